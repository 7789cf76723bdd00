//! The resolver of a container: which name servers it asks, where it looks for short names, and how it asks.
//!
//! A container of the service `shop/svc/web` asks the cluster's name servers, and finds `web` as `web.shop.svc.cluster1`: the
//! search path is the service's own name, its namespace, its kind. Whoever starts a container may have said some of it
//! already. What was said stays as it is, nothing is said twice, and where somebody else answers for the container (the
//! host, another container, name servers of its own) nothing is set, and why is said.
//!
//! `use-vc`: over TCP, a name server that is gone is noticed at once, over UDP after ten seconds. `ndots:2`: names such as
//! `web.shop` are looked for in the cluster first.
//!
//! | room | job |
//! |---|---|
//! | [`given`] | what was said already: options of a runtime, or a file it wrote |
//! | [`format`](mod@format) | the same in each language that sets up a container |
//! | [`resolv_conf`] | the file that resolvers read |
//! | [`place`] | where such a file is, written without a step outside of the container |
//! | [`registry`] | the files that were written, to be kept right |
//! | [`oci`] | a container that a runtime of the Open Container Initiative makes |
//! | [`cni`] | a network that a plugin of the Container Network Interface sets up |
//!
//! It knows nothing of a daemon: what the cluster is, it is told.

pub mod cni;
pub mod format;
pub mod given;
pub mod oci;
pub mod place;
pub mod registry;
pub mod resolv_conf;

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zonesmith_cluster::ServicePath;

use self::given::Given;

/// How a container asks, at least.
pub const OPTIONS: [&str; 3] = ["ndots:2", "edns0", "use-vc"];

/// The annotation, label or argument of a container that names its service.
pub const SERVICE_ANNOTATION: &str = "org.zonesmith.service";

/// The annotation of a container that says whether anything is set: `off`, or `replace` for name servers that are there.
pub const RESOLVER_ANNOTATION: &str = "org.zonesmith.resolver";

/// A cluster and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClusterDns {
    /// Its name, without a last dot.
    pub name: String,
    /// In order; none: the cluster has no DNS.
    pub nameservers: Vec<IpAddr>,
}

/// What a container's resolver is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolver {
    /// What was said before.
    pub given: Given,
    /// Whom it asks, in order.
    pub nameservers: Vec<IpAddr>,
    /// Domains that were not given, in order, after those that were.
    pub search: Vec<String>,
    /// Options that were not given.
    pub options: Vec<String>,
}

/// Whether there is something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This.
    Set(Resolver),
    /// Nothing, and why.
    Nothing(Why),
}

/// Why nothing is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has no network of its own.
    HostNetwork,
    /// It is in the network of another container, whose resolver it has.
    OtherContainer(String),
    /// It is in a pod, which has the resolver.
    Pod(String),
    /// The runtime takes no resolver for a container without a network.
    NoNetwork,
    /// It was given name servers.
    OwnNameservers(Vec<String>),
    /// It was given a file, which others may read, too.
    OwnFile(String),
    /// It asked for that.
    Unwanted,
    /// It says of no service.
    NoService,
    /// There is nobody to ask.
    Off(String),
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostNetwork => formatter.write_str(
                "it is in the host's network, and asks whom the host asks; `zonesmith resolver node` is for the host",
            ),
            Self::OtherContainer(other) => {
                write!(formatter, "it is in the network of {other}, whose resolver it has")
            }
            Self::Pod(pod) => write!(
                formatter,
                "it is in the pod {pod}, which has the resolver: give the options to `podman pod create`"
            ),
            Self::NoNetwork => formatter.write_str(
                "podman takes no resolver for a container that it gives no network; `zonesmith resolver oci-hook` sets it",
            ),
            Self::OwnNameservers(servers) => {
                write!(formatter, "it was given name servers: {}", servers.join(" "))
            }
            Self::OwnFile(path) => {
                write!(formatter, "it was given the file {path}, which others may read, too")
            }
            Self::Unwanted => write!(formatter, "its {RESOLVER_ANNOTATION} is `off`"),
            Self::NoService => write!(formatter, "it has no {SERVICE_ANNOTATION}"),
            Self::Off(cluster) => write!(
                formatter,
                "the cluster {cluster} has no name servers (`cluster.dns`)"
            ),
        }
    }
}

/// A service or a cluster that has no name in DNS.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` gives no name in DNS: labels of letters, digits, `-` and `_` do, with dots between")]
pub struct NoName(String);

/// What the resolver of a container of this service is told; of none, where nobody knows which.
///
/// # Errors
/// When the service or the cluster has no name in DNS.
pub fn choose(
    service: Option<&ServicePath>,
    cluster: &ClusterDns,
    given: Given,
) -> Result<Choice, NoName> {
    if let Some(why) = given.network.has_another_resolver() {
        return Ok(Choice::Nothing(why));
    }
    let is_known = |server: &String| {
        let server = server.parse::<IpAddr>();
        server.is_ok_and(|server| cluster.nameservers.contains(&server))
    };
    if !given.nameservers.iter().all(is_known) {
        return Ok(Choice::Nothing(Why::OwnNameservers(given.nameservers)));
    }
    if cluster.nameservers.is_empty() {
        return Ok(Choice::Nothing(Why::Off(cluster.name.clone())));
    }
    let mut search = search_path(service, &cluster.name)?;
    search.retain(|domain| !given.has_domain(domain));
    let mut options: Vec<String> = OPTIONS.map(str::to_owned).to_vec();
    options.retain(|option| !given.has_option(option));
    Ok(Choice::Set(Resolver {
        given,
        nameservers: cluster.nameservers.clone(),
        search,
        options,
    }))
}

impl Resolver {
    /// The name servers that were not given.
    pub fn more_nameservers(&self) -> impl Iterator<Item = &IpAddr> {
        let is_given = |server: &IpAddr| {
            let mut given = self.given.nameservers.iter();
            given.any(|given| given.parse() == Ok(*server))
        };
        self.nameservers
            .iter()
            .filter(move |server| !is_given(server))
    }

    /// All domains, those that were given first.
    #[must_use]
    pub fn all_search(&self) -> Vec<String> {
        // A dot alone says that there is no search path; only a command line can say so.
        let given = self.given.search.iter().filter(|domain| *domain != ".");
        given.chain(&self.search).cloned().collect()
    }

    /// All options, those that were given first.
    #[must_use]
    pub fn all_options(&self) -> Vec<String> {
        let given = self.given.options.iter();
        given.chain(&self.options).cloned().collect()
    }
}

/// Where short names are looked for: below the service, its namespace, its kind.
fn search_path(service: Option<&ServicePath>, cluster: &str) -> Result<Vec<String>, NoName> {
    let cluster = labels(cluster)?;
    let Some(service) = service else {
        return Ok(vec![format!("svc.{cluster}")]);
    };
    let kind = format!("{}.{cluster}", labels(service.kind())?);
    let namespace = format!("{}.{kind}", labels(service.namespace())?);
    let own = format!("{}.{namespace}", labels(scaler_of(service.name()))?);
    Ok(vec![own, namespace, kind])
}

/// The slices of a scaler, `1.web`, have the names of the scaler.
fn scaler_of(name: &str) -> &str {
    match name.split_once('.') {
        Some((number, scaler))
            if !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit()) =>
        {
            scaler
        }
        Some(_) | None => name,
    }
}

/// Lower case, without a last dot. What is written into files and command lines has no other characters.
fn labels(text: &str) -> Result<String, NoName> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_part = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_part)
    };
    if name.split('.').all(is_label) {
        Ok(name)
    } else {
        Err(NoName(text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
