//! What was said of a container's resolver before we were asked: by options of its runtime, or in a file.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::resolv_conf::ResolvConf;
use super::{ClusterDns, OPTIONS, Why};

/// What the user said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Given {
    /// The network it is in.
    pub network: Network,
    /// Whom it asks.
    pub nameservers: Vec<String>,
    /// Domains it looks in; a dot alone: in none.
    pub search: Vec<String>,
    /// How it asks.
    pub options: Vec<String>,
}

/// The network of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// One of its own, or of several containers that have resolvers of their own.
    #[default]
    Own,
    /// None, until somebody adds one.
    None,
    /// The host's.
    Host,
    /// That of another container.
    Of(String),
    /// That of a pod.
    Pod(String),
}

impl Network {
    /// As `--network` has it; also `container#1`, as the agent's `netns` has it.
    #[must_use]
    pub fn read(mode: &str) -> Self {
        let other = ["container:", "container#"];
        if other.iter().any(|prefix| mode.starts_with(prefix)) {
            return Self::Of(mode.to_owned());
        }
        match mode {
            "host" => Self::Host,
            "none" => Self::None,
            _ => Self::Own,
        }
    }

    /// Why a container in it is told nothing, whatever the cluster is, if so.
    #[must_use]
    pub fn has_another_resolver(&self) -> Option<Why> {
        match self {
            Self::Own | Self::None => None,
            Self::Host => Some(Why::HostNetwork),
            Self::Of(other) => Some(Why::OtherContainer(other.clone())),
            Self::Pod(pod) => Some(Why::Pod(pod.clone())),
        }
    }
}

impl Given {
    /// Reads the options of `docker run` or `podman run` that concern a resolver; others are nobody's business.
    #[must_use]
    pub fn of_words(words: &[String]) -> Self {
        let mut given = Self::default();
        given.add_words(words);
        given
    }

    /// The same, in addition.
    pub fn add_words(&mut self, words: &[String]) {
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word, None),
            };
            let list = match option {
                "--dns" => &mut self.nameservers,
                "--dns-search" => &mut self.search,
                "--dns-option" | "--dns-opt" => &mut self.options,
                "--net" | "--network" => {
                    if let Some(mode) = value.or_else(|| words.next()) {
                        self.network = Network::read(mode);
                    }
                    continue;
                }
                "--pod" => {
                    if let Some(pod) = value.or_else(|| words.next()) {
                        self.network = Network::Pod(pod.to_owned());
                    }
                    continue;
                }
                _ => continue,
            };
            let values = value.or_else(|| words.next()).unwrap_or_default();
            list.extend(
                values
                    .split([',', ' '])
                    .filter(|value| !value.is_empty())
                    .map(str::to_owned),
            );
        }
    }

    /// What a file has that neither the host's files have, from which runtimes copy, nor we wrote.
    #[must_use]
    pub fn of_file(file: &ResolvConf, hosts: &[ResolvConf], cluster: Option<&ClusterDns>) -> Self {
        let is_hosts = |list: fn(&ResolvConf) -> &[String], value: &String| {
            hosts.iter().any(|host| list(host).contains(value))
        };
        let is_cluster_server = |server: &str| {
            let server = server.parse::<IpAddr>().ok();
            cluster
                .is_some_and(|cluster| server.is_some_and(|ip| cluster.nameservers.contains(&ip)))
        };
        let is_cluster_domain = |domain: &str| {
            cluster.is_some_and(|cluster| {
                let domain = domain.trim_end_matches('.').to_ascii_lowercase();
                let zone = cluster.name.trim_end_matches('.').to_ascii_lowercase();
                domain
                    .strip_suffix(&zone)
                    .is_some_and(|rest| rest.ends_with('.'))
            })
        };
        let mut nameservers = file.nameservers.clone();
        nameservers.retain(|server| {
            !file.is_ours
                && !is_hosts(|host| &host.nameservers, server)
                && !is_cluster_server(server)
        });
        let mut search = file.search.clone();
        search.retain(|domain| {
            let is_ours = file.is_ours && is_cluster_domain(domain);
            !is_ours && !is_hosts(|host| &host.search, domain)
        });
        let mut options = file.options.clone();
        options.retain(|option| {
            let is_ours = file.is_ours && OPTIONS.contains(&option.as_str());
            !is_ours && !is_hosts(|host| &host.options, option)
        });
        Self {
            network: Network::Own,
            nameservers,
            search,
            options,
        }
    }

    /// Whether it looks in this domain, or in none at all.
    #[must_use]
    pub fn has_domain(&self, domain: &str) -> bool {
        let plain = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
        let mut given = self.search.iter();
        given.any(|given| given == "." || plain(given) == plain(domain))
    }

    /// Whether this option was given, with whatever value.
    #[must_use]
    pub fn has_option(&self, option: &str) -> bool {
        let name = |option: &str| option.split(':').next().map(str::to_owned);
        let mut given = self.options.iter();
        given.any(|given| name(given) == name(option))
    }
}
