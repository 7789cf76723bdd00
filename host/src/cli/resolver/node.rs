//! `zonesmith resolver node`: the node's own resolver asks the cluster's name servers for the cluster's names.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::known::{Kept, Told};
use super::show::say_nothing;
use super::written;
use crate::cli::ask::Answers;
use crate::cli::reach::Reach;
use crate::cli::{Exit, output};
use crate::config::environment::Environment;
use crate::resolver::Why;
use crate::resolver::format;
use crate::resolver::given::Given;
use crate::resolver::registry::Form;

const EXAMPLES: &str = "\
Examples:
  zonesmith resolver node --write /etc/systemd/resolved.conf.d/zonesmith.conf
  systemctl restart systemd-resolved

The zones of the cluster are asked for there, reverse zones too; short names are not looked for in them. Since resolved asks servers \
of this section for all other names as well, beside those of the network, they have to answer them, too: the recursors do.";

/// Print what the node's own resolver is told
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Node {
    /// The language
    #[arg(long, value_enum, default_value_t)]
    format: NodeFormat,

    /// Write it to this file, which `zonesmith resolver follow` then keeps right
    #[arg(long, value_name = "FILE")]
    write: Option<Utf8PathBuf>,

    #[command(flatten)]
    told: Told,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum NodeFormat {
    /// A drop-in of resolved.conf
    #[default]
    SystemdResolved,
}

impl Node {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let registry = match self.write {
            Some(_) => Some(self.kept.open(environment)?),
            None => None,
        };
        let cluster = self
            .told
            .cluster(&self.reach, registry.as_ref(), environment)?;
        if cluster.nameservers.is_empty() {
            say_nothing(&Why::Off(cluster.name));
            return Ok(Exit::Done);
        }
        let domains = format::routed(&self.zones(&cluster.name, environment));
        let Some((file, registry)) = self.write.zip(registry) else {
            let NodeFormat::SystemdResolved = self.format;
            output::print(format::resolved(&cluster.nameservers, &domains))?;
            return Ok(Exit::Done);
        };
        let written = written::Written {
            service: None,
            cluster: self.told.cluster,
            form: Form::SystemdResolved { domains },
            given: Given::default(),
        };
        written.keep(&registry, &file, &cluster)
    }

    /// Those that are served; the cluster's own where nobody is asked.
    fn zones(&self, cluster: &str, environment: &Environment) -> Vec<String> {
        let zones = if self.told.nameservers.is_empty() {
            let daemon = self.reach.connect(environment);
            daemon.and_then(|mut daemon| Answers::zones(&mut daemon))
        } else {
            Ok(Vec::new())
        };
        let mut zones = zones.unwrap_or_default();
        let mut plain = zones.iter().map(|zone| zone.trim_end_matches('.'));
        if !plain.any(|zone| zone.eq_ignore_ascii_case(cluster)) {
            zones.insert(0, cluster.to_owned());
        }
        zones
    }
}
