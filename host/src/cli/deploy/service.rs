//! `zonesmith system/svc/dns deploy --env port=1216`: the target `opensvc` in the words of the agent's users.

use std::ffi::OsString;

use anyhow::bail;
use clap::Args;

use super::options::Options;
use crate::deployment::opensvc::SERVICE;

/// The service of an OpenSVC cluster.
#[derive(Debug, Args)]
pub(in crate::cli) struct Service {
    /// A key of the service, as the agent takes it: port=1216
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "port")]
    env: Vec<String>,

    #[command(flatten)]
    options: Options,
}

impl Service {
    /// What is chosen, `--env` among it.
    pub(super) fn options(self) -> anyhow::Result<Options> {
        let Self { env, mut options } = self;
        for pair in &env {
            let port = pair.strip_prefix("port=").map(str::parse);
            match port {
                Some(Ok(port)) => options = options.on_port(port),
                Some(Err(_)) | None => {
                    bail!("the service has one key, `--env port=NUMBER`, and not `{pair}`")
                }
            }
        }
        Ok(options)
    }
}

/// The words of a command line; where the service stands before `deploy`, those of its target.
pub(in crate::cli) fn plain_words(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.collect();
    let stands_there = words.iter().skip(1).take(2).eq([SERVICE, "deploy"].iter());
    if stands_there {
        words.splice(1..3, ["deploy", "opensvc"].map(OsString::from));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_may_stand_before_deploy() {
        for (line, expected) in [
            (
                "zonesmith system/svc/dns deploy --env port=1216",
                "zonesmith deploy opensvc --env port=1216",
            ),
            (
                "zonesmith system/svc/dns start",
                "zonesmith system/svc/dns start",
            ),
            ("zonesmith deploy systemd", "zonesmith deploy systemd"),
            ("zonesmith", "zonesmith"),
        ] {
            let words = plain_words(line.split(' ').map(OsString::from));
            assert_eq!(words.join(" ".as_ref()), expected, "of {line}");
        }
    }
}
