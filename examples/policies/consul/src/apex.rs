//! The zones themselves, and the records of no service: nameservers, nodes, and the metadata of nodes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use zonesmith_policy::cluster::{Cluster, Info};
use zonesmith_policy::naming::{Soa, Zone, nameservers};
use zonesmith_policy::settings::{Contact, SettingsError};
use zonesmith_policy::{Configuration, Diagnostic, ResourceRecord, Severity, name};

use crate::Consul;
use crate::rules::Rule;

/// Metadata whose key begins so is told without it (Consul's documentation, "Node lookup results").
const VALUE_ONLY: &str = "rfc1035-";

/// The nodes that have a name in DNS.
pub(crate) struct Nodes(Vec<Node>);

struct Node {
    /// As the source has it.
    name: String,
    /// Several labels, if it has dots.
    label: String,
    addresses: Vec<IpAddr>,
    metadata: Vec<String>,
}

impl Nodes {
    /// What gives no name goes to `diagnostics`.
    pub(crate) fn of(cluster: &Cluster, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut nodes = Vec::new();
        for node in &cluster.nodes {
            let label = match name::labels(&node.name) {
                Ok(label) => label,
                Err(error) => {
                    let diagnostic = Diagnostic::no_name("node", &node.name, error);
                    diagnostics.push(diagnostic.by_rule(Rule::Node));
                    continue;
                }
            };
            let metadata = metadata(&node.info).unwrap_or_else(|error| {
                let message = format!("of the node \"{}\": {error}", node.name);
                let diagnostic = Diagnostic::new(Severity::Warning, message);
                diagnostics.push(diagnostic.by_rule(Rule::Meta));
                Vec::new()
            });
            nodes.push(Node {
                name: node.name.clone(),
                label,
                addresses: node.addresses.clone(),
                metadata,
            });
        }
        Self(nodes)
    }

    /// The label of this node, if the address is one of its own.
    pub(crate) fn label_at(&self, name: &str, address: IpAddr) -> Option<&str> {
        let node = self.0.iter().find(|node| node.name == name)?;
        let is_its = node.addresses.contains(&address);
        is_its.then_some(node.label.as_str())
    }

    /// Whether any node has this address.
    pub(crate) fn have(&self, address: IpAddr) -> bool {
        let mut nodes = self.0.iter();
        nodes.any(|node| node.addresses.contains(&address))
    }
}

/// The domain, the reverse zones, and what stands in them whatever the services.
pub(crate) fn configuration(
    policy: &Consul,
    cluster: &Cluster,
    diagnostics: Vec<Diagnostic>,
) -> Configuration {
    let domain = policy.settings.domain.as_str();
    let ttl = &policy.settings.ttl;
    let nameservers = nameservers(domain, &cluster.nameservers);
    let contact = Contact::of_zone(policy.settings.contact.as_ref(), domain);
    // Consul's own timers.
    let soa = Soa {
        ttl: ttl.negative.get(),
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: ttl.negative.get(),
        ..Soa::new(name::below("ns1", domain), contact)
    };
    let zones = Zone::with_reverse_zones(domain, &policy.reverse_zones, &soa, &nameservers)
        .into_iter()
        .map(|zone| zone.with_nameserver_ttl(ttl.nameserver.get()))
        .collect();
    let addresses = nameservers.iter().map(|one| {
        one.record(ttl.nameserver_address.get())
            .by_rule(Rule::Nameserver)
    });
    let mut records: Vec<ResourceRecord> = addresses.collect();
    for node in &policy.nodes.0 {
        add_node(policy, node, &mut records);
    }
    Configuration {
        zones,
        records,
        diagnostics,
    }
}

fn add_node(policy: &Consul, node: &Node, records: &mut Vec<ResourceRecord>) {
    let ttl = policy.settings.ttl.node.get();
    let texts = node.metadata.iter().filter(|_| policy.settings.rules.meta);
    for owner in policy.names.node(&node.label) {
        for &address in &node.addresses {
            let record = ResourceRecord::address(owner.as_str(), ttl, address);
            records.push(record.by_rule(Rule::Node));
        }
        for text in texts.clone() {
            let record = ResourceRecord::txt(owner.as_str(), ttl, text);
            records.push(record.by_rule(Rule::Meta));
        }
    }
    if !policy.settings.rules.ptr {
        return;
    }
    let name = policy.names.answered_node(&node.label);
    for &address in &node.addresses {
        let way_back = policy.reverse_zones.ptr(address, ttl, name.as_str());
        records.extend(way_back.map(|record| record.by_rule(Rule::Ptr)));
    }
}

/// `key=value` (RFC 1464) of the node's `meta`, or of its `labels`, which is what an OpenSVC agent says.
fn metadata(info: &Info) -> Result<Vec<String>, SettingsError> {
    let pairs: Option<BTreeMap<String, String>> = match info.read("meta")? {
        Some(pairs) => Some(pairs),
        None => info.read("labels")?,
    };
    let texts = pairs.into_iter().flatten().map(|(key, value)| {
        if key.starts_with(VALUE_ONLY) {
            value
        } else {
            [key, value].join("=")
        }
    });
    Ok(texts.collect())
}
