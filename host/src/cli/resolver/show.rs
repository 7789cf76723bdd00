//! `zonesmith resolver SERVICE`: what the resolver of its containers is told, in the language of a runtime.

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::Args;
use zonesmith_cluster::ServicePath;

use super::known::{Kept, Told};
use super::written;
use crate::cli::Exit;
use crate::cli::output;
use crate::cli::reach::Reach;
use crate::config::environment::{self, Environment};
use crate::resolver::format::{self, Format};
use crate::resolver::given::{Given, Network};
use crate::resolver::registry::Form;
use crate::resolver::{Choice, ClusterDns, Resolver, Why, choose};

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The service: `web`, `shop/svc/web`
    #[arg(value_name = "SERVICE", required = true)]
    service: Option<ServicePath>,

    /// The language
    #[arg(long, value_enum, default_value = "resolv.conf")]
    format: Format,

    /// Write it to this file, which `zonesmith resolver follow` then keeps right
    #[arg(long, value_name = "FILE")]
    write: Option<Utf8PathBuf>,

    #[command(flatten)]
    said: Said,

    #[command(flatten)]
    told: Told,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    reach: Reach,
}

/// What is said of the container already.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What the container is given already")]
struct Said {
    /// Its network: host, none, container:NAME, …
    #[arg(long, value_name = "MODE")]
    network: Option<String>,

    /// A name server; may be repeated
    #[arg(long, value_name = "ADDR")]
    dns: Vec<String>,

    /// A domain; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    dns_search: Vec<String>,

    /// An option; may be repeated
    #[arg(long, value_name = "OPTION")]
    dns_option: Vec<String>,

    /// The same as options of `docker run` or `podman run`; those that do not concern it are passed over
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

impl Said {
    fn given(&self) -> Given {
        let mut given = Given {
            network: self
                .network
                .as_deref()
                .map(Network::read)
                .unwrap_or_default(),
            nameservers: self.dns.clone(),
            search: self.dns_search.clone(),
            options: self.dns_option.clone(),
        };
        given.add_words(&self.options);
        given
    }
}

impl Show {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let service = self.service.clone().context("name a service")?;
        let given = self.said.given();
        if let Some(why) = self.format.refuses(&given) {
            return self
                .say(&Choice::Nothing(why), &service, None)
                .map(|_| Exit::Done);
        }
        let registry = match self.write {
            Some(_) => Some(self.kept.open(environment)?),
            None => None,
        };
        let cluster = self
            .told
            .cluster(&self.reach, registry.as_ref(), environment)?;
        let choice = choose(Some(&service), &cluster, given.clone())?;
        let Some(resolver) = self.say(&choice, &service, Some(&cluster))? else {
            return Ok(Exit::Done);
        };
        let Some((file, registry)) = self.write.zip(registry) else {
            let program = environment::program()?;
            let text = self
                .format
                .write(resolver, Some(service.as_str()), program.as_str());
            output::print(text)?;
            return Ok(Exit::Done);
        };
        let form = match self.format {
            Format::ResolvConf => Form::ResolvConf,
            Format::SystemdResolved => Form::SystemdResolved {
                domains: Vec::new(),
            },
            Format::Docker
            | Format::Podman
            | Format::Quadlet
            | Format::Oci
            | Format::Cni
            | Format::Json => anyhow::bail!(
                "a file is kept right in the formats resolv.conf and systemd-resolved; others are read once, by who starts a container"
            ),
        };
        let written = written::Written {
            service: Some(service),
            cluster: self.told.cluster,
            form,
            given,
        };
        written.keep(&registry, &file, &cluster)
    }

    /// Says what was chosen, where that is all there is to say; else what is to be written.
    fn say<'choice>(
        &self,
        choice: &'choice Choice,
        service: &ServicePath,
        cluster: Option<&ClusterDns>,
    ) -> anyhow::Result<Option<&'choice Resolver>> {
        if self.format == Format::Json {
            let all = format::described(choice, Some(service.as_str()), cluster);
            output::print_json(&all)?;
            return Ok(None);
        }
        match choice {
            Choice::Set(resolver) => Ok(Some(resolver)),
            Choice::Nothing(why) => {
                say_nothing(why);
                Ok(None)
            }
        }
    }
}

/// That nothing is set, and why.
pub(super) fn say_nothing(why: &Why) {
    output::remark(format_args!("nothing is set: {why}"));
}
