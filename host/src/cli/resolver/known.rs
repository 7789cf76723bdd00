//! What is known of the cluster: from the command line, else the daemon, else the configuration, else what a daemon said when
//! one was asked the last time. A container that starts while the daemon does not answer is set up like the one before it.

use std::net::IpAddr;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::admin::client::Client;
use crate::cli::reach::Reach;
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::resolver::ClusterDns;
use crate::resolver::registry::Registry;
use crate::snapshot::report::Status;

/// Options that say what the cluster is.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "The cluster")]
pub(super) struct Told {
    /// The cluster, where the daemon serves several
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,

    /// A name server of it, instead of asking the daemon; may be repeated
    #[arg(long = "nameserver", value_name = "ADDR", requires = "cluster")]
    pub(super) nameservers: Vec<IpAddr>,
}

/// Options of those who keep files right.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is kept")]
pub(super) struct Kept {
    /// Where the files that were written are listed [default: /run/zonesmith-resolver for root, else in the user's
    /// runtime directory]
    #[arg(long, value_name = "DIRECTORY")]
    pub(super) registry: Option<Utf8PathBuf>,
}

impl Kept {
    pub(super) fn open(&self, environment: &Environment) -> anyhow::Result<Registry> {
        Registry::open(&self.place(environment)?)
    }

    fn place(&self, environment: &Environment) -> anyhow::Result<Utf8PathBuf> {
        let default = || Registry::default_place(environment.get("XDG_RUNTIME_DIR"));
        self.registry
            .clone()
            .or_else(default)
            .context("name a directory with --registry: this user has no runtime directory")
    }
}

impl Told {
    /// Every cluster that is known.
    pub(super) fn clusters(
        &self,
        configuration: &Configuration,
        registry: Option<&Registry>,
    ) -> anyhow::Result<Vec<ClusterDns>> {
        if let Some(name) = &self.cluster
            && !self.nameservers.is_empty()
        {
            return Ok(vec![ClusterDns {
                name: name.clone(),
                nameservers: self.nameservers.clone(),
            }]);
        }
        let asked = ask(&configuration.admin_path.value);
        if let Ok(clusters) = &asked
            && !clusters.is_empty()
        {
            if let Some(registry) = registry {
                registry.remember(clusters);
            }
            return Ok(clusters.clone());
        }
        if let Some(cluster) = configured(configuration) {
            return Ok(vec![cluster]);
        }
        let remembered = registry.map(Registry::clusters).unwrap_or_default();
        if !remembered.is_empty() {
            return Ok(remembered);
        }
        asked.context(
            "know the cluster's name servers; `--cluster` and `--nameserver` say them, too",
        )?;
        bail!("the daemon knows no cluster yet; `--cluster` and `--nameserver` say one, too")
    }

    /// The cluster that is meant.
    pub(super) fn cluster(
        &self,
        reach: &Reach,
        registry: Option<&Registry>,
        environment: &Environment,
    ) -> anyhow::Result<ClusterDns> {
        let configuration = reach.configuration(environment)?;
        let clusters = self.clusters(&configuration, registry)?;
        pick(&clusters, self.cluster.as_deref()).cloned()
    }
}

/// The cluster of this name; without one, the first that has DNS.
pub(super) fn pick<'clusters>(
    clusters: &'clusters [ClusterDns],
    name: Option<&str>,
) -> anyhow::Result<&'clusters ClusterDns> {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let found = match name {
        Some(name) => clusters
            .iter()
            .find(|cluster| plain(&cluster.name) == plain(name)),
        None => {
            let has_dns = |cluster: &&ClusterDns| !cluster.nameservers.is_empty();
            clusters.iter().find(has_dns).or_else(|| clusters.first())
        }
    };
    let Some(found) = found else {
        let names: Vec<_> = clusters
            .iter()
            .map(|cluster| cluster.name.as_str())
            .collect();
        bail!(
            "there is no cluster {}; there are {}",
            name.unwrap_or_default(),
            names.join(" ")
        );
    };
    Ok(found)
}

fn ask(admin: &Utf8Path) -> anyhow::Result<Vec<ClusterDns>> {
    Ok(of_status(&Client::new(admin).status()?))
}

/// What a daemon says of its clusters.
pub(super) fn of_status(status: &Status) -> Vec<ClusterDns> {
    let clusters = status.clusters.iter();
    let named = clusters.filter(|cluster| !cluster.name.is_empty());
    let dns = named.map(|cluster| ClusterDns {
        name: cluster.name.trim_end_matches('.').to_owned(),
        nameservers: cluster
            .nameservers
            .iter()
            .filter_map(|server| server.parse().ok())
            .collect(),
    });
    dns.collect()
}

fn configured(configuration: &Configuration) -> Option<ClusterDns> {
    Some(ClusterDns {
        name: configuration.cluster_name.value.clone()?,
        nameservers: configuration.cluster_dns.value.clone()?,
    })
}
