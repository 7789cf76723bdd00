//! Who asks: this node's own programs, and those in containers. A node that asks somebody else is no fault: its containers have
//! resolvers of their own.

use std::net::IpAddr;

use camino::Utf8Path;

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::machine;
use super::scene::{Scene, shell_word};
use crate::resolver::ClusterDns;
use crate::resolver::registry::{Entry, Registry};
use crate::resolver::resolv_conf::ResolvConf;
use crate::snapshot::report::ClusterStatus;

/// Where systemd-resolved answers programs of this node.
const STUBS: [&str; 2] = ["127.0.0.53", "127.0.0.54"];

/// Where it is told of zones that others answer for.
const DROP_INS: &str = "etc/systemd/resolved.conf.d";

/// Where root keeps what was written for containers.
const REGISTRY: &str = "run/zonesmith-resolver";

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    node(scene, findings);
    containers(scene, findings);
}

/// Files that a hook, a plugin, or `--write` wrote, and that are to say what the cluster's name servers are now.
fn containers(scene: &Scene, findings: &mut Findings<'_>) {
    const RIGHT: &str = "resolvers of containers ask the name servers of the cluster";
    let directory = scene.asked.root.join(REGISTRY);
    let entries = Registry::look(&directory).map(|registry| registry.all());
    let entries = entries.unwrap_or_default().into_iter();
    let entries: Vec<_> = entries.filter(Entry::is_needed).collect();
    if entries.is_empty() {
        return findings.skipped(RIGHT, "none was set up here");
    }
    let clusters = scene
        .status()
        .into_iter()
        .flat_map(|status| &status.clusters);
    let clusters: Vec<_> = clusters.map(known).collect();
    let mut stale = Vec::new();
    for entry in &entries {
        let is_of = |cluster: &&ClusterDns| {
            entry
                .cluster
                .as_ref()
                .is_none_or(|name| cluster.name == *name)
        };
        let Some(cluster) = clusters.iter().find(is_of) else {
            continue;
        };
        // What is nothing to be set, and what was taken over, is right as it is.
        let Ok(Ok(wanted)) = entry.wanted(cluster) else {
            continue;
        };
        let found = entry.place.read().ok().flatten().unwrap_or_default();
        if found != wanted && ResolvConf::read(&found).is_ours {
            stale.push(entry.key.clone());
        }
    }
    if stale.is_empty() {
        return findings.green(RIGHT, format!("{} files", entries.len()));
    }
    let follow = match machine::unit(&scene.asked.root, &["zonesmith-resolver.service"]) {
        Some(unit) => format!("systemctl restart {unit}"),
        None => scene.command(&format!("resolver follow{}", registry_option(scene))),
    };
    let cure = Cure::command(follow).then(Cure::words(
        "it runs on, and keeps them right: as a service, where containers run",
    ));
    let seen = format!(
        "{} of {} do not: {}",
        stale.len(),
        entries.len(),
        stale.join(", ")
    );
    findings.red(RIGHT, seen, cure);
}

/// Where the entries are, when that is not where everybody finds them.
fn registry_option(scene: &Scene) -> String {
    let root = &scene.asked.root;
    if root == "/" {
        return String::new();
    }
    format!(" --registry {}", shell_word(root.join(REGISTRY).as_str()))
}

fn known(cluster: &ClusterStatus) -> ClusterDns {
    let addresses = cluster.nameservers.iter();
    ClusterDns {
        name: cluster.name.trim_end_matches('.').to_owned(),
        nameservers: addresses.filter_map(|text| text.parse().ok()).collect(),
    }
}

fn node(scene: &Scene, findings: &mut Findings<'_>) {
    const NODE: &str = "programs of this node ask the name servers of the cluster";
    findings.begin(Part::Resolvers);
    let ours = scene.name_servers();
    let Some(status) = scene.status() else {
        return findings.skipped(NODE, "no daemon answers");
    };
    let root = &scene.asked.root;
    let file = root.join("etc/resolv.conf");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let asked: Vec<&str> = text.lines().filter_map(name_server).collect();
    let is_ours = |text: &str| {
        text.parse::<IpAddr>()
            .is_ok_and(|address| ours.contains(&address))
    };
    if asked.iter().any(|address| is_ours(address)) {
        return findings.green(NODE, format!("{file}: {}", asked.join(", ")));
    }
    let cluster = status.cluster.name.trim_end_matches('.');
    let path = root.join(DROP_INS).join("zonesmith.conf");
    let write = format!(
        "{} --write {}",
        scene.command(&format!("resolver node{}", registry_option(scene))),
        shell_word(path.as_str())
    );
    let restart = machine::unit(root, &["systemd-resolved.service"]);
    let restart = restart.map(|unit| format!("systemctl restart {unit}"));
    let write = Cure::commands([write].into_iter().chain(restart));
    match drop_in(&root.join(DROP_INS), cluster) {
        Some((file, servers)) => {
            let wrong: Vec<_> = servers.iter().filter(|server| !is_ours(server)).cloned().collect();
            let are_all = ours.iter().all(|address| servers.contains(&address.to_string()));
            if wrong.is_empty() && are_all {
                findings.green(NODE, format!("{file}: {}", servers.join(", ")));
            } else {
                let names: Vec<_> = ours.iter().map(ToString::to_string).collect();
                let seen = format!(
                    "{file} has {}; the cluster has {}",
                    servers.join(", "),
                    names.join(", ")
                );
                findings.yellow(NODE, seen, write);
            }
        }
        None if asked.iter().any(|address| STUBS.contains(address)) => findings.skipped(
            NODE,
            format!("systemd-resolved does not know the zone {cluster}; `zonesmith resolver node` tells it"),
        ),
        None => findings.skipped(NODE, format!("{file} names others: {}", asked.join(", "))),
    }
}

fn name_server(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    (words.next()? == "nameserver").then(|| words.next())?
}

/// What systemd-resolved is told of the cluster's zone: the file, and whom it asks.
fn drop_in(directory: &Utf8Path, cluster: &str) -> Option<(String, Vec<String>)> {
    let mut files: Vec<_> = directory.read_dir_utf8().ok()?.flatten().collect();
    files.sort_by_key(|file| file.file_name().to_owned());
    files.iter().find_map(|file| {
        let text = std::fs::read_to_string(file.path()).ok()?;
        let values = |key: &str| -> Vec<String> {
            let lines = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix(key));
            let lines = lines.filter_map(|rest| rest.trim_start().strip_prefix('='));
            lines
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect()
        };
        let has_zone = values("Domains").iter().any(|domain| {
            let domain = domain.trim_start_matches('~').trim_end_matches('.');
            domain.eq_ignore_ascii_case(cluster)
        });
        has_zone.then(|| (file.path().to_string(), values("DNS")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_told_of_the_zone_by_the_file_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap();
        assert_eq!(drop_in(path, "demo"), None);
        std::fs::write(path.join("other.conf"), "[Resolve]\nDNS=9.9.9.9\n").unwrap();
        let text = "[Resolve]\nDNS=10.0.0.1 10.0.0.2\nDomains=~demo\n";
        std::fs::write(path.join("zonesmith.conf"), text).unwrap();
        let (file, servers) = drop_in(path, "demo").unwrap();
        assert!(file.ends_with("zonesmith.conf"));
        assert_eq!(servers, ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(name_server("nameserver 10.0.0.1"), Some("10.0.0.1"));
        assert_eq!(name_server("search demo"), None);
    }
}
