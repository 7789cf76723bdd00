//! Where names come from: sources, policies, and what a site wrote by hand. What is wrong with one of them leaves what was good
//! last, so names are answered, and grow old.

use super::check::Part;
use super::cure::{Cure, Edit};
use super::findings::Findings;
use super::scene::Scene;
use crate::snapshot::report::{SourceStatus, Status};
use crate::snapshot::selection::SelectionStatus;

/// Where the stage of a refused policy is one that may be passed.
const GUARD: &str = "guard";

/// How many of a kind are told one by one.
const TOLD: usize = 3;

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Daemon);
    let Some(status) = scene.status() else { return };
    for source in &status.sources {
        one(source, findings);
    }
    policies(scene, status, findings);
    selection(scene, status, findings);
    master_files(status, findings);
    services(scene, status, findings);
}

fn one(source: &SourceStatus, findings: &mut Findings<'_>) {
    let address = &source.source;
    let check = format!("the source {address} says what runs");
    let services = format!("{}, {} services", source.state, source.services);
    let cure = match address.strip_prefix("file:") {
        Some(path) => Cure::words(format!(
            "{path} has to be a cluster document that the daemon may read"
        )),
        None => Cure::words(format!(
            "{address} has to answer; how it is reached stands in the configuration (`zonesmith config show`)"
        )),
    };
    match (&source.error, &*source.problems) {
        (Some(error), _) if source.format.is_none() => findings.red(check, error, cure),
        (Some(error), _) => {
            findings.red(check, format!("what it said last is served: {error}"), cure);
        }
        (None, [problem, ..]) => {
            let cure =
                Cure::words("what is not understood is left out: mend it where it is written");
            let (count, path, message) = (source.problems.len(), &problem.path, &problem.message);
            findings.yellow(
                check,
                format!("{services}; {count} not understood: {path}: {message}"),
                cure,
            );
        }
        (None, []) if source.format.is_none() => {
            findings.red(check, "it has not said anything yet", cure);
        }
        (None, []) => findings.green(check, services),
    }
    if let Some(not_kept) = &source.not_kept {
        let cure =
            Cure::words("the state directory has to have room, and be the daemon's to write");
        findings.yellow(
            format!("what {address} says survives a restart"),
            &not_kept.error,
            cure,
        );
    }
}

fn policies(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    const LIVE: &str = "the policies that are configured are live";
    let Some(refused) = &status.refused else {
        let names: Vec<_> = status.policies.iter().map(|policy| &*policy.file).collect();
        return findings.green(LIVE, names.join(", "));
    };
    let cure = if refused.stage == GUARD {
        Cure::command(scene.command("policy reload --force")).then(Cure::words("if that is meant"))
    } else {
        Cure::command(
            scene
                .command("policy check FILE")
                .replace("FILE", &refused.policy),
        )
        .then(Cure::words(
            "says more; the last good policies are live until it is mended",
        ))
    };
    let seen = format!(
        "{} is refused at {}: {}",
        refused.policy, refused.stage, refused.reason
    );
    findings.yellow(LIVE, seen, cure);
}

/// Who chooses which records clients are given, and whether that works.
fn selection(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    let Some(selection) = &status.selection else {
        return;
    };
    let check = format!(
        "{} chooses which records clients are given",
        selection.policy
    );
    if selection.failures == 0 && selection.rest.is_none() {
        let SelectionStatus {
            chosen, everyone, ..
        } = selection;
        let seen = format!("{chosen} sets chosen from, {everyone} left to everyone");
        return findings.green(check, seen);
    }
    let kind = selection.kind.as_deref().unwrap_or("failure");
    let error = selection.error.as_deref().unwrap_or_default();
    let seen = format!("{kind}: {error}; clients are given all records");
    let cure = Cure::command(scene.command("policy check FILE")).then(Cure::words(
        "asks it for many clients; the policy has to be mended",
    ));
    findings.yellow(check, seen, cure);
}

fn master_files(status: &Status, findings: &mut Findings<'_>) {
    for file in &status.master_files {
        let check = format!("the master file {} is served", file.file);
        match &*file.faults {
            [] if file.state == "served" => {
                findings.green(check, format!("{} records for {}", file.records, file.zone));
            }
            [] => {
                let cure = Cure::words(format!("there has to be a zone {}", file.zone));
                findings.yellow(check, &file.state, cure);
            }
            [fault, ..] => {
                let count = file.faults.len();
                let seen = format!("{fault} ({count} in all); what was good last is served");
                findings.yellow(check, seen, of_fault(&file.file, fault));
            }
        }
    }
}

/// A fault begins with file and line, where it has one.
fn of_fault(file: &str, fault: &str) -> Cure {
    let place = fault.split(": ").next().unwrap_or_default();
    let line = place
        .rsplit_once(':')
        .and_then(|(path, line)| Some((path, line.parse().ok()?)));
    match line {
        Some((path, line)) => Cure::edit(Edit::wrong(path, line)),
        None => Cure::words(format!("mend {file}")),
    }
}

fn services(scene: &Scene, status: &Status, findings: &mut Findings<'_>) {
    for failing in status.failing.iter().take(TOLD) {
        let cure = Cure::command(scene.command("status")).then(Cure::words(
            "has all; the service or the policy has to be mended, its last good names are served",
        ));
        let check = format!("{} gets names of {}", failing.service, failing.policy);
        findings.yellow(
            check,
            format!("{}: {}", failing.kind, failing.message),
            cure,
        );
    }
    if let Some(record) = status.quarantined.first() {
        let cure = Cure::command(scene.command("status")).then(Cure::words(
            "has all; the policy or the service has to say something else",
        ));
        let seen = format!(
            "{} are not, the first: {} {}: {}",
            status.quarantined.len(),
            record.owner,
            record.rtype,
            record.reason
        );
        findings.yellow("all records are served", seen, cure);
    }
}
