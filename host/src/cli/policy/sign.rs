//! `zonesmith policy sign`: a signature beside a component.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;

use super::password::Password;
use crate::cli::Exit;
use crate::cli::output;
use crate::digest::Digest;
use crate::kit::anatomy::Anatomy;
use crate::kit::build;
use crate::trust::secret::SigningKey;
use crate::trust::signature::beside;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy sign site.wasm                              site.wasm.minisig, with zonesmith.key
  zonesmith policy sign site.wasm --key release.key --password-file release.password
  zonesmith policy sign site.wasm --comment 'reviewed by Ana, change 4711'

The signature is one of minisign's (`minisign -Vm site.wasm -p zonesmith.pub` checks it, too) and lies beside the component. It \
covers the component and the comment, not the settings.";

/// Sign a component
///
/// A daemon whose configuration names the key (`trusted-keys`) takes it then, and refuses it as soon as a bit of it changes.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Sign {
    /// The component
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// The secret key, of `zonesmith policy keygen` or `minisign -G`
    #[arg(long, value_name = "FILE", default_value = "zonesmith.key")]
    key: Utf8PathBuf,

    #[command(flatten)]
    password: Password,

    /// What is signed with it, a line [default: time, name and digest]
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

impl Sign {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let file = &self.file;
        let bytes = fs::read(file).with_context(|| format!("read {file}"))?;
        // A signature is a word: not for what is no component at all.
        Anatomy::of(&bytes).with_context(|| format!("look at {file}"))?;
        let key = &self.key;
        let secret = fs::read_to_string(key).with_context(|| format!("read the key {key}"))?;
        let signing = SigningKey::of_file(&secret, || self.password.known())
            .with_context(|| format!("read the key {key}"))?;
        let comment = self.comment.as_deref().map_or_else(
            || comment(file.file_name().unwrap_or_default(), Digest::of(&bytes)),
            str::to_owned,
        );
        let signature = signing.sign(&bytes, &comment)?;
        let place = beside(file);
        build::replace(&place, signature.as_bytes())?;
        let id = signing.id();
        output::print(format_args!(
            "{place} is signed with the key {id}: {comment}\n"
        ))?;
        Ok(Exit::Done)
    }
}

/// What other programs say, too, and the digest, by which `status` and `pull` call the component.
fn comment(name: &str, digest: Digest) -> String {
    let name = name.replace(char::is_control, " ");
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_or(0, |since| since.as_secs());
    format!("timestamp:{seconds}\tfile:{}\tdigest:{digest}", name.trim())
}
