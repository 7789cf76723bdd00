//! A state as the text a person reads, for tests.

use std::fmt::Write;
use std::path::PathBuf;

use crate::state::State;

/// The text of a file of the repository.
pub(crate) fn file(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|fault| panic!("read {}: {fault}", path.display()))
}

/// Everything that has a field, a line each; `info` as JSON behind it.
pub(crate) fn outline(state: &State) -> String {
    let mut out = String::new();
    let cluster = &state.cluster;
    writeln!(
        out,
        "cluster {:?} dns {:?} {}",
        cluster.name,
        cluster.nameservers,
        cluster.info.as_json()
    )
    .unwrap();
    for node in &cluster.nodes {
        writeln!(
            out,
            "  node {} {:?} {:?} {}",
            node.name,
            node.score,
            node.addresses,
            node.info.as_json()
        )
        .unwrap();
    }
    for network in &cluster.networks {
        let (name, prefix, scope) = (&network.name, network.prefix, network.scope);
        writeln!(
            out,
            "  network {name} {prefix} {scope:?} {:?} {}",
            network.subnets,
            network.info.as_json()
        )
        .unwrap();
    }
    for (path, service) in &state.services {
        assert_eq!(*path, service.path);
        writeln!(
            out,
            "{path} {:?} {}",
            service.labels,
            service.info.as_json()
        )
        .unwrap();
        for instance in &service.instances {
            let (node, score, availability) =
                (&instance.node, instance.score, instance.availability);
            writeln!(
                out,
                "  {node} {score:?} {availability} {}",
                instance.info.as_json()
            )
            .unwrap();
            for resource in &instance.resources {
                let exposes: Vec<_> = resource.exposes.iter().map(ToString::to_string).collect();
                let (id, status) = (&resource.id, resource.status);
                write!(
                    out,
                    "    {id} {status} {:?} {:?} ",
                    resource.addresses, resource.hostname
                )
                .unwrap();
                writeln!(out, "[{}] {}", exposes.join(" "), resource.info.as_json()).unwrap();
            }
        }
        for problem in &service.problems {
            writeln!(out, "  ! {problem}").unwrap();
        }
    }
    for problem in &state.problems {
        writeln!(out, "! {problem}").unwrap();
    }
    out
}
