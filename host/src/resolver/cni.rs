//! A network that plugins of the Container Network Interface set up: ours comes after those that make it, and fills in what
//! the resolver of the container is told.
//!
//! Spec 1.1.0, 1.0.0, 0.4.0, and 0.3, which differ in nothing that concerns us: what the plugins before us made is passed on
//! as it came, whatever stands in it, with `dns` filled in. The runtime does with it what it does with results. One that does
//! nothing (`ip netns`) can be given a file, `resolvConf` in the network's configuration, which is kept right as well.
//!
//! - [`request`]: what a runtime asks
//! - [`failure`](mod@failure): what it is told when that cannot be

pub mod failure;
pub mod request;

use serde_json::{Map, Value, json};

use self::failure::{Code, Failure};
use self::request::Request;
use super::given::Given;
use super::{Choice, ClusterDns, Why, choose, format};

/// How the plugin is called in a directory of plugins, and in configurations.
pub const PLUGIN: &str = "zonesmith-cni";

/// Versions of the spec, the newest last.
pub const VERSIONS: [&str; 5] = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

/// What a runtime is told of versions, whatever it asks in.
#[must_use]
pub fn version(asked: Option<&str>) -> Value {
    let newest = VERSIONS.last().copied().unwrap_or_default();
    json!({ "cniVersion": asked.unwrap_or(newest), "supportedVersions": VERSIONS })
}

/// The result of `ADD`: what came before us, with `dns`; and why that was left as it was, if so.
///
/// # Errors
/// Nothing came before us, or the service has no name.
pub fn add(request: &Request, cluster: &ClusterDns) -> Result<(Value, Option<Why>), Failure> {
    let mut result = previous(request)?.clone();
    result.insert("cniVersion".into(), request.version().into());
    let choice = chosen(request, cluster)?;
    let (dns, why) = match choice {
        Choice::Set(resolver) => (Some(format::dns(&resolver)), None),
        Choice::Nothing(why) => (given_dns(&request.configured()), Some(why)),
    };
    if let Some(mut dns) = dns {
        // The domain of the result is nobody's business but that of who gave it.
        if let Some(domain) = result.get("dns").and_then(|dns| dns.get("domain"))
            && let Some(fields) = dns.as_object_mut()
        {
            fields.insert("domain".into(), domain.clone());
        }
        result.insert("dns".into(), dns);
    }
    Ok((Value::Object(result), why))
}

/// Whether what `ADD` did still holds: the result has it, and one of its name servers is still one.
///
/// # Errors
/// Why not.
pub fn check(request: &Request, cluster: &ClusterDns) -> Result<(), Failure> {
    let result = previous(request)?;
    if let Choice::Nothing(_) = chosen(&request.without_our_own(cluster), cluster)? {
        return Ok(());
    }
    let told = servers_of(result.get("dns"));
    let is_known = cluster
        .nameservers
        .iter()
        .any(|known| told.contains(&known.to_string()));
    if is_known {
        return Ok(());
    }
    Err(Failure::new(
        Code::Resolver,
        "the container asks none of the cluster's name servers",
        format!(
            "it was told [{}], the cluster {} has [{}]; add it to the network again",
            told.join(" "),
            cluster.name,
            cluster
                .nameservers
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        ),
    ))
}

/// What is chosen for this container.
///
/// # Errors
/// Its service has no name.
pub fn chosen(request: &Request, cluster: &ClusterDns) -> Result<Choice, Failure> {
    let service = request.service()?;
    choose(service.as_ref(), cluster, request.given())
        .map_err(|error| Failure::new(Code::Configuration, error.to_string(), ""))
}

fn previous(request: &Request) -> Result<&Map<String, Value>, Failure> {
    request.previous().ok_or_else(|| {
        Failure::new(
            Code::Configuration,
            "there is no `prevResult`",
            format!("{PLUGIN} makes no network: it comes after a plugin that does, in the list `plugins`"),
        )
    })
}

/// What was configured, for a result, if there was anything.
fn given_dns(given: &Given) -> Option<Value> {
    let is_given = !given.nameservers.is_empty();
    is_given.then(|| {
        json!({ "nameservers": given.nameservers, "search": given.search, "options": given.options })
    })
}

fn servers_of(dns: Option<&Value>) -> Vec<String> {
    request::texts(dns.and_then(|dns| dns.get("nameservers")))
}

#[cfg(test)]
mod tests;
