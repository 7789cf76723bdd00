//! `zonesmith policy verify`: whether a daemon would believe a component, without one.

use std::fs;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::Serialize;

use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::digest::Digest;
use crate::trust::signature::read_beside;
use crate::trust::{KeyId, Signed, Trust, TrustedKey};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy verify site.wasm                        by the keys that the configuration trusts
  zonesmith policy verify site.wasm --key zonesmith.pub
  zonesmith policy verify site.wasm --key RWQ… --digest sha256:…

The exit code is 1 when the component is not to be believed.";

/// Check the signature of a component, as the daemon does
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Verify {
    /// The component; its signature lies beside it, FILE.minisig
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    #[command(flatten)]
    asked: Asked,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

/// Who and what is to be believed.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// A key that is trusted, as its file or its text; repeatable [default: `trusted-keys` of the configuration]
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,

    /// The digest that the component is to have
    #[arg(long, value_name = "DIGEST")]
    pub(super) digest: Option<Digest>,
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Report<'a> {
    file: &'a Utf8Path,
    digest: Digest,
    key: Option<KeyId>,
    comment: Option<&'a str>,
    refused: Option<String>,
}

impl Asked {
    /// Who is trusted; nobody is asked for a signature where nobody named a key.
    pub(super) fn trust(&self, reach: &Reach, environment: &Environment) -> anyhow::Result<Trust> {
        if self.keys.is_empty() {
            let configuration = reach.configuration(environment)?;
            return Ok(Trust::new(configuration.trusted_keys.value.0));
        }
        let keys: anyhow::Result<Vec<_>> = self.keys.iter().map(|word| key(word)).collect();
        keys.map(Trust::new)
    }
}

impl Verify {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let file = &self.file;
        let trust = self.asked.trust(&self.reach, environment)?;
        if !trust.asks_for_signature() {
            bail!("no key is trusted: `trusted-keys` in the configuration names them, or `--key`");
        }
        let bytes = fs::read(file).with_context(|| format!("read {file}"))?;
        let signature =
            read_beside(file).with_context(|| format!("read the signature of {file}"))?;
        let decided = trust.decide(&bytes, signature.as_deref(), self.asked.digest);
        let signed = decided.as_ref().ok().and_then(Option::as_ref);
        match self.format {
            Format::Json => output::print_json(&Report {
                file,
                digest: Digest::of(&bytes),
                key: signed.map(|signed| signed.key),
                comment: signed.map(|signed| &*signed.comment),
                refused: decided.as_ref().err().map(ToString::to_string),
            })?,
            Format::Table => output::print(match &decided {
                Ok(signed) => format!("{file} {}\n", signed.as_ref().map(said).unwrap_or_default()),
                Err(distrust) => format!("{file} {distrust}\n"),
            })?,
        }
        Ok(if decided.is_ok() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}

/// Who signed, the rest of a sentence. A comment is a stranger's text as long as nobody read it: it does not colour the terminal.
pub(super) fn said(Signed { key, comment }: &Signed) -> String {
    let comment = comment.replace(char::is_control, " ");
    format!("is signed with the key {key}: {comment}")
}

/// A key by its text, or by its file.
fn key(word: &str) -> anyhow::Result<TrustedKey> {
    if let Ok(key) = word.parse() {
        return Ok(key);
    }
    let text = fs::read_to_string(word).with_context(|| format!("read the public key {word}"))?;
    TrustedKey::of_file(&text).with_context(|| format!("read the public key {word}"))
}
