//! `zonesmith policy pull`: a component of a registry to a file, after everything was checked.

use std::fs;
use std::io;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde::Serialize;

use super::verify::{Asked, said};
use super::way::ToRegistry;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::digest::Digest;
use crate::kit::anatomy::Anatomy;
use crate::kit::build;
use crate::registry::{Place, Pulled};
use crate::trust::signature::{beside, read_beside};
use crate::trust::{Distrust, Signature, Signed, Trust};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy pull registry.example/dns/site:1.4 -o /etc/zonesmith/site.wasm
  zonesmith policy pull registry.example/dns/site@sha256:…               what `push` printed as pin
  zonesmith policy pull registry.example/dns/site:1.4 --digest sha256:…  the component's own digest

The keys that the configuration trusts are asked for, or those of `--key`. A component that they do not sign, or of another digest, is not \
written; nor is anything when the registry is away, slow, or holds something else there. A running daemon takes a new file at once.";

/// Pull a component from a registry of containers
///
/// Component and signature are written when both were checked, and not at all when they are there already.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Pull {
    /// Where from: HOST/NAME:TAG, or HOST/NAME@DIGEST, which is pinned
    #[arg(value_name = "PLACE")]
    place: Place,

    /// Where the component is put; its signature lies beside it [default: NAME.wasm, here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,

    #[command(flatten)]
    asked: Asked,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    registry: ToRegistry,

    #[command(flatten)]
    reach: Reach,
}

/// What was pulled.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Report<'a> {
    file: &'a Utf8Path,
    /// Of the component.
    digest: Digest,
    /// Where the same bytes are for ever.
    pin: String,
    signed: Option<&'a Signed>,
    /// Whether the file was there already.
    unchanged: bool,
}

impl Pull {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self {
            place,
            output,
            asked,
            format,
            registry,
            reach,
        } = self;
        let trust = asked.trust(&reach, environment)?;
        let file = output.unwrap_or_else(|| format!("{}.wasm", place.name()).into());
        let pulled = registry.open(place.clone())?.pull()?;
        let (signature, signed) = chosen(&trust, &pulled, asked.digest)
            .map_err(|distrust| anyhow::anyhow!("{place} {distrust}; nothing was written"))?;
        let anatomy = Anatomy::of(&pulled.bytes).with_context(|| format!("look at {place}"))?;
        if anatomy.contract.is_none() {
            bail!("{place} is a component, but no policy; nothing was written");
        }
        let unchanged = is_there(&file, &pulled.bytes, signature)?;
        if !unchanged {
            write(&file, &pulled.bytes, signature)?;
        }
        let report = Report {
            file: &file,
            digest: anatomy.digest,
            pin: place.pin(pulled.manifest),
            signed: signed.as_ref(),
            unchanged,
        };
        match format {
            Format::Json => output::print_json(&report)?,
            Format::Table => output::print(report.table())?,
        }
        Ok(Exit::Done)
    }
}

impl Report<'_> {
    fn table(self) -> Table {
        let Self {
            file,
            digest,
            pin,
            signed,
            unchanged,
        } = self;
        let mut table = Table::default();
        let mut row = |name: &str, value: String| table.push([name.to_owned(), value]);
        row(
            if unchanged { "unchanged" } else { "written" },
            file.to_string(),
        );
        row("digest", digest.to_string());
        row("pin", pin);
        row(
            "signature",
            signed.map_or_else(|| "not asked for".to_owned(), said),
        );
        table
    }
}

/// The signature that is written beside the component, and who made it: of several, one that is trusted. Where nobody is
/// asked for one, any that can be read: a daemon elsewhere may ask.
fn chosen<'a>(
    trust: &Trust,
    pulled: &'a Pulled,
    digest: Option<Digest>,
) -> Result<(Option<&'a str>, Option<Signed>), Distrust> {
    let signatures = || pulled.signatures.iter().map(String::as_str);
    if !trust.asks_for_signature() {
        trust.decide(&pulled.bytes, None, digest)?;
        let readable = signatures().find(|text| Signature::parse(text).is_ok());
        return Ok((readable, None));
    }
    let mut first = None;
    for text in signatures() {
        match trust.decide(&pulled.bytes, Some(text), digest) {
            Ok(signed) => return Ok((Some(text), signed)),
            Err(distrust) => {
                first.get_or_insert(distrust);
            }
        }
    }
    match first {
        Some(distrust) => Err(distrust),
        None => trust
            .decide(&pulled.bytes, None, digest)
            .map(|signed| (None, signed)),
    }
}

/// Whether both are there already: a daemon need not look.
fn is_there(file: &Utf8Path, bytes: &[u8], signature: Option<&str>) -> anyhow::Result<bool> {
    let found = match fs::read(file) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("read {file}")),
    };
    let beside = read_beside(file).with_context(|| format!("read the signature of {file}"))?;
    Ok(found == bytes && beside.as_deref() == signature)
}

/// The signature comes first: a daemon that looks in between refuses the one, and looks again for the other.
fn write(file: &Utf8Path, bytes: &[u8], signature: Option<&str>) -> anyhow::Result<()> {
    let place = beside(file);
    match signature {
        Some(text) => build::replace(&place, text.as_bytes())?,
        // What lies there is another component's.
        None if place.exists() => {
            fs::remove_file(&place).with_context(|| format!("remove {place}"))?;
        }
        None => {}
    }
    build::replace(file, bytes)
}
