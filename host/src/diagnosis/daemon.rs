//! The daemon: whether it answers, serves, and can keep what it must; and whom it cannot reach.

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::machine;
use super::scene::Scene;
use crate::snapshot::report::{ServingState, Status};

const ANSWERS: &str = "the daemon answers on its admin socket";
const SERVES: &str = "it serves zones";

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Daemon);
    let status = match &scene.status {
        Ok(status) => status,
        Err(error) => {
            let is_refused = error.contains("Permission denied");
            let cure = if is_refused {
                Cure::words("run this as root, or as the user who runs the daemon")
            } else {
                Cure::command(scene.start_daemon())
            };
            return findings.red(ANSWERS, error, cure);
        }
    };
    let ours = env!("CARGO_PKG_VERSION");
    let version = format!("{}, version {}", scene.asked.admin, status.version);
    if status.version == ours {
        findings.green(ANSWERS, version);
    } else {
        let seen = format!("{version}; this program is of version {ours}");
        findings.yellow(ANSWERS, seen, scene.restart_daemon());
    }
    serves(scene, status, findings);
    keeps(scene, status, findings);
    children(scene, status, findings);
    secondaries(scene, status, findings);
}

fn serves(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    let reason = || status.reason.clone().unwrap_or_default();
    match status.state {
        ServingState::Serving => {
            let seen = format!(
                "{} zones, {} names, generation {}",
                status.zones.len(),
                status.names,
                status.generation
            );
            findings.green(SERVES, seen);
        }
        ServingState::Starting => {
            let cure = Cure::words("what its sources need is said below");
            findings.red(SERVES, format!("not yet: {}", reason()), cure);
        }
        ServingState::Off => {
            let own = machine::addresses();
            let own = own
                .first()
                .map_or_else(|| "ADDRESS".to_owned(), ToString::to_string);
            let cure = scene.set(&[format!("cluster.dns={own}")]).then(Cure::words(
                "these are addresses of the nodes whose recursors are asked; the source of the cluster's state may name them, too",
            ));
            findings.red(SERVES, reason(), cure);
        }
    }
    for cluster in status
        .clusters
        .iter()
        .filter(|_| status.state == ServingState::Serving)
    {
        if let Some(reason) = &cluster.off {
            let cure = Cure::words(format!(
                "name the addresses of its name servers at {}",
                cluster.sources.join(", ")
            ));
            findings.red(
                format!("it serves the cluster {}", cluster.name),
                reason,
                cure,
            );
        }
    }
}

fn keeps(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    const KEEPS: &str = "it keeps serials and keys";
    let store = &status.store;
    let state = scene
        .configuration()
        .map(|configuration| configuration.state_dir.value.as_str());
    let state = state.unwrap_or("the state directory");
    if let Some(error) = &store.error {
        let cure = Cure::words(format!(
            "{state} has to be on a disk with room, and the daemon has to be allowed to write there"
        ));
        findings.red(KEEPS, format!("{}: {error}", store.file), cure);
    } else if let Some(lost) = &store.lost {
        let cure = Cure::command(scene.command("state import FILE")).then(Cure::words(
            "with a file that `zonesmith state export` wrote; what was lost is not served",
        ));
        findings.yellow(KEEPS, lost, cure);
    } else {
        findings.green(KEEPS, store.file.as_str());
    }
    let connections = &status.connections;
    if let Some(problem) = &connections.problem {
        let cure = Cure::words("more descriptors: `LimitNOFILE=` in the daemon's unit");
        findings.red("it has room for PowerDNS's connections", problem, cure);
    }
}

fn children(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    for child in &status.children {
        let check = format!("the {} that it runs answers", child.program);
        if child.answers {
            findings.green(
                check,
                format!("at {}, version {}", child.address, child.version),
            );
            continue;
        }
        let error = child.error.clone().unwrap_or_else(|| "not yet".to_owned());
        let cure = Cure::words(format!(
            "free {} for it, or name another address",
            child.address
        ))
        .then(scene.restart_daemon());
        findings.red(check, error, cure);
    }
}

/// Who is told of changes, and does not answer.
fn secondaries(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    for problem in &status.notify_problems {
        let cure = Cure::words("mend what it names in the section `notify` of the configuration");
        findings.yellow("secondaries can be told of changes", problem, cure);
    }
    let mut targets: Vec<&str> = Vec::new();
    for told in status.notify.iter().filter(|told| told.failures > 0) {
        if targets.contains(&told.target.as_str()) {
            continue;
        }
        targets.push(&told.target);
        let target = &told.target;
        let also = scene
            .configuration()
            .map(|configuration| &configuration.notify_also.value.0);
        let is_ours = also.is_some_and(|also| {
            also.iter()
                .any(|one| crate::dns_notify::target::print(*one) == *target)
        });
        let cure = if is_ours {
            scene.set(&[format!("notify.also-={target}")])
        } else {
            Cure::words("it is an address of an NS record of the zone: take that away")
        };
        let cure = cure.then(Cure::words("unless it is a secondary that shall come back"));
        let error = told.error.clone().unwrap_or_default();
        findings.yellow(
            format!("the secondary at {target} hears of changes"),
            format!("not of {} {}: {error}", told.zone, told.serial),
            cure,
        );
    }
}
