//! `zonesmith resolver cni-plugin`, also called `zonesmith-cni`: run by a runtime while it sets up a network.

use std::io::{self, Read};

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::Value;

use super::known::{self, Kept, Told};
use super::show::say_nothing;
use crate::cli::reach::Reach;
use crate::cli::{Exit, output};
use crate::config::environment::Environment;
use crate::resolver::ClusterDns;
use crate::resolver::cni::failure::{Code, Failure};
use crate::resolver::cni::request::{Command, Request, version_of};
use crate::resolver::cni::{self, VERSIONS};
use crate::resolver::place::Place;
use crate::resolver::registry::{Entry, Fate, Form, Life, Registry};

const EXAMPLES: &str = "\
A link in the directory of plugins makes it one: ln -s /usr/bin/zonesmith /usr/lib/cni/zonesmith-cni

In the list `plugins` of a network it comes last: { \"type\": \"zonesmith-cni\" }. Its keys, all optional: `service`, for containers that \
name none; `cluster`; `resolvConf`, a file to write (`netns`: the one that `ip netns exec` has its programs read); `admin`, \
`config`, `registry`, as the options of the same names. The service of a container is its label org.zonesmith.service (args.cni.labels), \
its pod's annotation, or ZONESMITH_SERVICE in CNI_ARGS.";

/// Fill in the resolver of a network's containers (a plugin)
///
/// Reads the variables CNI_… and a configuration on its standard input, as the Container Network Interface has it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CniPlugin {}

impl CniPlugin {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let Self {} = self;
        run(environment)
    }
}

/// The plugin, called by its name.
pub(in crate::cli) fn run(environment: &Environment) -> anyhow::Result<Exit> {
    let mut input = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut input);
    let read = read.map_err(|error| {
        Failure::new(
            Code::Input,
            "the standard input cannot be read",
            error.to_string(),
        )
    });
    match read.and_then(|_| answer(environment, &input)) {
        Ok(Some(result)) => {
            output::print_json(&result)?;
            Ok(Exit::Done)
        }
        Ok(None) => Ok(Exit::Done),
        Err(failure) => {
            let newest = VERSIONS.last().copied().unwrap_or_default();
            let version = version_of(&input).unwrap_or_else(|| newest.to_owned());
            output::print_json(&failure.json(&version))?;
            Ok(Exit::Failed)
        }
    }
}

fn answer(environment: &Environment, input: &[u8]) -> Result<Option<Value>, Failure> {
    let command = Command::read(environment.get("CNI_COMMAND"))?;
    if command == Command::Version {
        return Ok(Some(cni::version(version_of(input).as_deref())));
    }
    let request = Request::read(command, |name| environment.get(name), input)?;
    let surroundings = Surroundings::of(&request, environment);
    match command {
        Command::Version => Ok(None),
        Command::Add => surroundings.add(&request).map(Some),
        Command::Check => surroundings.check(&request).map(|()| None),
        Command::Status => {
            surroundings.cluster().map_err(|failure| Failure {
                code: Code::NotAvailable,
                ..failure
            })?;
            Ok(None)
        }
        Command::Del => {
            surroundings.forget(|key| key == request.key());
            Ok(None)
        }
        Command::Collect => {
            let needed = request.still_needed();
            let network = request.network_key();
            surroundings.forget(|key| {
                key.starts_with(&network) && !needed.iter().any(|other| other == key)
            });
            Ok(None)
        }
    }
}

/// What the network's configuration says of us.
struct Surroundings<'environment> {
    environment: &'environment Environment,
    reach: Reach,
    told: Told,
    kept: Kept,
}

impl<'environment> Surroundings<'environment> {
    fn of(request: &Request, environment: &'environment Environment) -> Self {
        let path = |key: &str| request.text(key).map(Utf8PathBuf::from);
        let servers = request.texts("nameservers");
        Self {
            environment,
            reach: Reach {
                config: path("config"),
                socket: None,
                admin: path("admin"),
            },
            told: Told {
                cluster: request.text("cluster").map(str::to_owned),
                nameservers: servers
                    .iter()
                    .filter_map(|server| server.parse().ok())
                    .collect(),
            },
            kept: Kept {
                registry: path("registry"),
            },
        }
    }

    /// Where files are listed; none where there may be none: then nothing is remembered.
    fn registry(&self) -> anyhow::Result<Registry> {
        self.kept.open(self.environment)
    }

    fn cluster(&self) -> Result<ClusterDns, Failure> {
        let registry = self.registry().ok();
        let known = self
            .reach
            .configuration(self.environment)
            .map_err(|error| {
                Failure::new(
                    Code::Configuration,
                    "the configuration of zonesmith cannot be used",
                    output::sentence(&error),
                )
            })?;
        let clusters = self
            .told
            .clusters(&known, registry.as_ref())
            .map_err(|error| {
                Failure::new(
                    Code::TryAgain,
                    "nobody knows the cluster's name servers",
                    output::sentence(&error),
                )
            })?;
        let cluster = known::pick(&clusters, self.told.cluster.as_deref());
        let cluster = cluster
            .map_err(|error| Failure::new(Code::Configuration, output::sentence(&error), ""))?;
        Ok(cluster.clone())
    }

    fn add(&self, request: &Request) -> Result<Value, Failure> {
        let cluster = self.cluster()?;
        let (result, why) = cni::add(request, &cluster)?;
        if let Some(why) = why {
            say_nothing(&why);
            return Ok(result);
        }
        if let Some(entry) = self.entry(request)? {
            let kept = entry.write(&cluster).and_then(|fate| match fate {
                Fate::Left(_) => Ok(()),
                Fate::Right | Fate::Written | Fate::TakenOver => self.registry()?.keep(&entry),
            });
            kept.map_err(|error| {
                Failure::new(
                    Code::Input,
                    "the resolver's file is not written",
                    output::sentence(&error),
                )
            })?;
        }
        Ok(result)
    }

    fn check(&self, request: &Request) -> Result<(), Failure> {
        let cluster = self.cluster()?;
        let listed = self
            .registry()
            .ok()
            .and_then(|registry| registry.entry(&request.key()));
        let Some(entry) = listed else {
            return cni::check(request, &cluster);
        };
        let wrong = |details: String| {
            Failure::new(
                Code::Resolver,
                "the resolver's file is not as it should be",
                details,
            )
        };
        let file = entry.place.on_host();
        let found = entry
            .place
            .read()
            .map_err(|error| wrong(format!("{file}: {error}")))?;
        match entry.wanted(&cluster) {
            Ok(Ok(wanted)) if found.as_ref() != Some(&wanted) => Err(wrong(format!(
                "{file} does not say what the cluster {} is; `zonesmith resolver follow` keeps it right",
                cluster.name
            ))),
            Ok(_) => Ok(()),
            Err(error) => Err(wrong(output::sentence(&error))),
        }
    }

    fn entry(&self, request: &Request) -> Result<Option<Entry>, Failure> {
        let Some(file) = request.file()? else {
            return Ok(None);
        };
        let life = request.namespace().unwrap_or(&file).to_owned();
        Ok(Some(Entry {
            key: request.key(),
            service: request.service()?.map(|service| service.to_string()),
            cluster: self.told.cluster.clone(),
            place: Place::of_host(file),
            form: Form::ResolvConf,
            given: request.given(),
            is_written: true,
            life: Life::Path(life),
        }))
    }

    /// Takes away what is kept under such names, as far as that can be: who deletes is not to be kept from it.
    fn forget(&self, is_meant: impl Fn(&str) -> bool) {
        let Ok(registry) = self.registry() else {
            return;
        };
        for entry in registry.all().iter().filter(|entry| is_meant(&entry.key)) {
            registry.bury(entry);
        }
    }
}
