//! `zonesmith resolver oci-hook`: run by a runtime while it makes a container.
//!
//! A container starts even when nobody knows the cluster: a name service that is down must not keep others down. Its file is
//! then listed as not written yet, and `follow` writes it.

use std::fs;
use std::io::{self, Read};

use anyhow::Context;
use clap::Args;
use zonesmith_cluster::ServicePath;

use super::known::{Kept, Told};
use super::show::say_nothing;
use crate::cli::reach::Reach;
use crate::cli::{Exit, output};
use crate::config::environment::Environment;
use crate::resolver::ClusterDns;
use crate::resolver::given::Given;
use crate::resolver::oci::{Config, Container, State};
use crate::resolver::registry::{Entry, Fate, Form, Life, Registry};
use crate::resolver::resolv_conf::ResolvConf;

/// What runtimes copy from, for containers that are given nothing.
const FILES_OF_THE_HOST: [&str; 3] = [
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/systemd/resolve/stub-resolv.conf",
];

const EXAMPLES: &str = "\
A runtime runs it at the stages createRuntime (or createContainer) and poststop; `zonesmith resolver SERVICE --format oci` prints what \
config.json needs, host/docs/containers.md what podman does. The container's service is its annotation org.zonesmith.service. With \
org.zonesmith.resolver = `off` it is left alone, with `replace` its own name servers are replaced.

What is in the container's /etc/resolv.conf and not in the host's was given by somebody: domains and options stay and ours are added, \
with name servers nothing is set.";

/// Set the resolver of a container that a runtime makes (a hook)
///
/// Reads the state of the container on its standard input and writes its /etc/resolv.conf.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct OciHook {
    /// The service of containers that have no annotation
    #[arg(long, value_name = "SERVICE")]
    service: Option<ServicePath>,

    #[command(flatten)]
    told: Told,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    reach: Reach,
}

impl OciHook {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let mut text = Vec::new();
        io::stdin()
            .lock()
            .read_to_end(&mut text)
            .context("read the container's state")?;
        let state = State::read(&text)?;
        if state.is_over() {
            // Nobody waits for this any more: what cannot be forgotten now is forgotten by `follow`.
            if let Ok(registry) = self.kept.open(environment) {
                registry.forget(&state.key());
            }
            return Ok(Exit::Done);
        }
        let config = Config::of(&state.bundle)?;
        let container = match config.container(&state, self.service.as_ref())? {
            Ok(container) => container,
            Err(why) => {
                say_nothing(&why);
                return Ok(Exit::Done);
            }
        };
        let registry = self.kept.open(environment)?;
        let cluster = self.told.cluster(&self.reach, Some(&registry), environment);
        let entry = self.entry(&state, &container, cluster.as_ref().ok(), &registry)?;
        match cluster {
            Ok(cluster) => set(entry, &cluster, &registry)?,
            Err(error) => {
                registry.keep(&entry)?;
                output::remark(format_args!(
                    "zonesmith: the resolver of {} is not set, `zonesmith resolver follow` sets it later: {}",
                    state.id,
                    output::sentence(&error)
                ));
            }
        }
        Ok(Exit::Done)
    }

    fn entry(
        &self,
        state: &State,
        container: &Container,
        cluster: Option<&ClusterDns>,
        registry: &Registry,
    ) -> anyhow::Result<Entry> {
        let Container {
            service,
            place,
            replaces,
        } = container;
        let file = place
            .read()
            .with_context(|| format!("read {}", place.on_host()))?;
        let file = ResolvConf::read(&file.unwrap_or_default());
        let before = registry.entry(&state.key()).filter(|_| file.is_ours);
        let mut given = match before {
            Some(before) => before.given,
            None => Given::of_file(&file, &of_host(), cluster),
        };
        if *replaces {
            given.nameservers.clear();
        }
        let process = state.pid.filter(|pid| *pid != 0).and_then(Life::of_process);
        Ok(Entry {
            key: state.key(),
            service: Some(service.to_string()),
            cluster: self.told.cluster.clone(),
            place: place.clone(),
            form: Form::ResolvConf,
            given,
            is_written: false,
            life: process.unwrap_or_else(|| Life::Path(state.bundle.clone())),
        })
    }
}

fn set(mut entry: Entry, cluster: &ClusterDns, registry: &Registry) -> anyhow::Result<()> {
    match entry.write(cluster)? {
        Fate::Left(why) => {
            say_nothing(&why);
            registry.forget(&entry.key);
            Ok(())
        }
        Fate::Right | Fate::Written | Fate::TakenOver => {
            entry.is_written = true;
            registry.keep(&entry)
        }
    }
}

fn of_host() -> Vec<ResolvConf> {
    let files = FILES_OF_THE_HOST.iter();
    let texts = files.filter_map(|path| fs::read_to_string(path).ok());
    texts.map(|text| ResolvConf::read(&text)).collect()
}
