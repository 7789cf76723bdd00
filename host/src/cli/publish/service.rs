//! `zonesmith publish service`: one instance of a service, by hand.

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use zonesmith_cluster::{PieceReader, ServicePath, State};

use super::{Target, run, tell_once};
use crate::cli::{Exit, output};
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith publish service shop/svc/web --address 10.0.0.7 --expose 80/tcp --to etcd:http://db1
  zonesmith publish service web --address 10.0.0.7 --address fd00::7 --hostname web1 --node n1 --to etcd:http://db1

It is there while this runs, and its names with it: what a start script puts beside the program that it starts. Where \
nothing else has published the cluster itself, `zonesmith publish cluster.json --once` does, with a document that has no \
services.";

/// Publish one instance of a service
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Service {
    /// Its path: NAMESPACE/KIND/NAME; what is not named is root/svc
    #[arg(value_name = "SERVICE")]
    path: ServicePath,

    /// An address it has; may be repeated
    #[arg(long = "address", value_name = "ADDRESS", required = true)]
    addresses: Vec<std::net::IpAddr>,

    /// A port it is reached at, such as 80/tcp or 443/tcp:8443; may be repeated
    #[arg(long = "expose", value_name = "PORT/PROTOCOL")]
    exposes: Vec<zonesmith_cluster::PortExposure>,

    /// The hostname of the instance
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,

    /// The node it is on [default: the name of this machine]
    #[arg(long, value_name = "NAME")]
    node: Option<String>,

    #[command(flatten)]
    target: Target,
}

impl Service {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let node = match &self.node {
            Some(node) => node.clone(),
            None => machine()?,
        };
        let state = self.state(&node)?;
        let configuration = self.target.place.configuration(environment)?;
        let publication = self.target.publication(&configuration, None, false)?;
        run(publication, self.target.place.format, |updates| {
            tell_once(state, updates)
        })
    }

    fn state(&self, node: &str) -> anyhow::Result<State> {
        let mut info = serde_json::Map::new();
        info.insert("ipaddr".to_owned(), json!(self.addresses));
        if let Some(hostname) = &self.hostname {
            info.insert("hostname".to_owned(), json!(hostname));
        }
        if !self.exposes.is_empty() {
            let exposes: Vec<_> = self.exposes.iter().map(ToString::to_string).collect();
            info.insert("expose".to_owned(), json!(exposes));
        }
        let resource = json!({ "status": "up", "info": info });
        let instance = json!({ "availability": "up", "resources": { "ip#0": resource } });
        let service = json!({ "instances": { node: instance } });
        let text = service.to_string();
        // Read by the one who reads it again.
        let read = PieceReader::default().read_service(&self.path, text.as_bytes());
        let service = read.context("make an instance of that")?;
        for problem in &service.problems {
            output::remark(format_args!("zonesmith: {problem}"));
        }
        let mut state = State::default();
        state.services.insert(self.path.clone(), service.into());
        Ok(state)
    }
}

fn machine() -> anyhow::Result<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .context("find the name of this machine; say `--node NAME`")?;
    Ok(name.trim().to_owned())
}
