//! `zonesmith policy keygen`: a pair of keys for who signs policies.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::password::Password;
use crate::cli::Exit;
use crate::cli::output;
use crate::trust::secret::{Generated, generate};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy keygen                          zonesmith.key, zonesmith.pub
  zonesmith policy keygen -o release               release.key, release.pub
  zonesmith config set trusted-keys+=RWQ…          what the daemon is to be told on each node

Keys and signatures are those of minisign: `minisign -G`, `-S` and `-V` do the same. Whoever has the file ending in .key and \
its password can name everything in the cluster: keep it away from the nodes.";

/// Make a pair of keys, to sign policies with
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Keygen {
    /// What the two files are called: NAME.key is yours alone, NAME.pub is for everyone
    #[arg(short, long, value_name = "NAME", default_value = "zonesmith")]
    output: Utf8PathBuf,

    /// Protect the secret key by nothing but the rights of its file
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,

    #[command(flatten)]
    password: Password,
}

impl Keygen {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let file = |ending| Utf8PathBuf::from(format!("{}.{ending}", self.output));
        let (secret, public) = (file("key"), file("pub"));
        for path in [&secret, &public] {
            if path.exists() {
                anyhow::bail!("{path} is there already; a key that was used is not overwritten");
            }
        }
        let password = if self.no_password {
            None
        } else {
            Some(self.password.chosen()?)
        };
        let made: Generated = generate(password)?;
        write(&secret, 0o600, &made.secret_file)?;
        write(&public, 0o644, &made.public_file)?;
        let (id, key) = (made.public.id(), &made.public);
        output::print(format_args!(
            "{secret} signs: keep it, and its password, to yourself\n{public} is the key {id}, for everyone; a daemon trusts it by\n\n  \
             zonesmith config set trusted-keys+={key}\n"
        ))?;
        Ok(Exit::Done)
    }
}

/// Writes a file that is not there yet, and whose rights are right from its first octet on.
fn write(path: &Utf8Path, mode: u32, text: &str) -> anyhow::Result<()> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        });
    written.with_context(|| format!("write {path}"))
}
