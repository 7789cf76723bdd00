//! `zonesmith status`: what is live, from where, and what is wrong with it.

mod again;
mod caches;
mod children;
mod promotion;
mod selection;

use std::fmt::Write;

use clap::Args;

use super::Exit;
use super::output::{self, Format, Table};
use super::reach::Reach;
use crate::config::environment::Environment;
use crate::snapshot::report::{self, ServingState};

/// How many of a kind are shown to a person; JSON has all.
const SHOWN: usize = 10;

const EXAMPLES: &str = "\
Examples:
  zonesmith status
  zonesmith status --watch
  zonesmith status --format json | jq .generation
  zonesmith status --format json | jq '.quarantined[] | select(.service == \"shop/svc/web\")'";

/// Print what is live
///
/// Prints the zones, the policies, the sources, and what is wrong: a policy that was refused, services that fail (their
/// last good records are served), records that are not served and why.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Status {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Print it again whenever it changes, until Ctrl-C; JSON is an object a line
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Status {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        if self.watch {
            return again::run(&self.reach.admin(environment)?, self.format);
        }
        let status = self.reach.admin(environment)?.status()?;
        match self.format {
            Format::Json => output::print_json(&status)?,
            Format::Table => output::print(text(&status))?,
        }
        Ok(Exit::Done)
    }
}

fn text(status: &report::Status) -> String {
    let mut text = head(status).to_string();
    for table in live(status).into_iter().chain(trouble(status)).flatten() {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{table}");
    }
    text
}

/// What is served, by whom, from where.
fn live(status: &report::Status) -> [Option<Table>; 8] {
    // Forward zones first, then the reverse zones that have names: there may be dozens of empty ones.
    let mut zones: Vec<_> = status.zones.iter().collect();
    zones.sort_by_key(|zone| (zone.apex.ends_with(".arpa."), std::cmp::Reverse(zone.names)));
    let zones = listed(["ZONE", "SERIAL", "NAMES"], &zones, |zone| {
        [
            zone.apex.clone(),
            zone.serial.to_string(),
            zone.names.to_string(),
        ]
    });
    // A single one stands in the head.
    let several = Some(&*status.clusters).filter(|clusters| clusters.len() > 1);
    let clusters = listed(
        ["CLUSTER", "SERVICES", "NAMESERVERS", "SOURCES", "OFF"],
        several.unwrap_or_default(),
        |cluster| {
            [
                cluster.name.clone(),
                cluster.services.to_string(),
                cluster.nameservers.join(" "),
                cluster.sources.join(" "),
                cluster.off.clone().unwrap_or_default(),
            ]
        },
    );
    let sources = listed(
        ["SOURCE", "STATE", "FORMAT", "SERVICES", "ERROR"],
        &status.sources,
        |source| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let services = source.services.to_string();
            [
                source.source.clone(),
                source.state.clone(),
                text(&source.format),
                services,
                text(&source.error),
            ]
        },
    );
    [
        zones,
        master_files(status),
        promotion::policies(status),
        promotion::shadow(status),
        selection::table(status),
        clusters,
        sources,
        caches::table(status),
    ]
}

/// What a site wrote by hand; the first fault of a file, and how many there are.
fn master_files(status: &report::Status) -> Option<Table> {
    let head = ["MASTER FILE", "ZONE", "STATE", "RECORDS", "ERROR"];
    listed(head, &status.master_files, |file| {
        let error = match &*file.faults {
            [] => String::new(),
            [only] => only.clone(),
            [first, others @ ..] => format!("{first} (and {} more)", others.len()),
        };
        let zone = if file.merge {
            format!("{} (merged)", file.zone)
        } else {
            file.zone.clone()
        };
        [
            file.file.clone(),
            zone,
            file.state.clone(),
            file.records.to_string(),
            error,
        ]
    })
}

/// What somebody may want to do something about.
fn trouble(status: &report::Status) -> [Option<Table>; 11] {
    let refused = listed(
        ["REFUSED", "STAGE", "REASON"],
        status.refused.as_slice(),
        |refused| {
            [
                refused.policy.clone(),
                refused.stage.clone(),
                refused.reason.clone(),
            ]
        },
    );
    let problems: Vec<_> = status
        .sources
        .iter()
        .flat_map(|source| &source.problems)
        .collect();
    let problems = listed(["NOT UNDERSTOOD", "WHY"], &problems, |problem| {
        [problem.path.clone(), problem.message.clone()]
    });
    let failing = listed(
        ["FAILING", "POLICY", "KIND", "FOR", "TRIES", "MESSAGE"],
        &status.failing,
        |failing| {
            let (since, retries) = (format!("{} s", failing.since), failing.retries.to_string());
            [
                failing.service.clone(),
                failing.policy.clone(),
                failing.kind.clone(),
                since,
                retries,
                failing.message.clone(),
            ]
        },
    );
    let quarantined = listed(
        ["QUARANTINED", "TYPE", "FROM", "RULE", "WHY"],
        &status.quarantined,
        |record| {
            let from = origin(&record.service, &record.policy, record.resource.as_deref());
            let rule = record.rule.clone().unwrap_or_default();
            [
                record.owner.clone(),
                record.rtype.clone(),
                from,
                rule,
                record.reason.clone(),
            ]
        },
    );
    let conflicts = listed(
        ["CONFLICT", "TYPE", "KIND", "NOT SERVED"],
        &status.conflicts,
        |conflict| {
            [
                conflict.name.clone(),
                conflict.rtype.clone(),
                conflict.kind.clone(),
                conflict.loser.clone(),
            ]
        },
    );
    let diagnostics = listed(
        ["DIAGNOSTIC", "FROM", "MESSAGE"],
        &status.diagnostics,
        |diagnostic| {
            let from = origin(
                &diagnostic.service,
                &diagnostic.policy,
                diagnostic.resource.as_deref(),
            );
            [
                diagnostic.severity.clone(),
                from,
                diagnostic.message.clone(),
            ]
        },
    );
    [
        promotion::rolled_back(status),
        refused,
        problems,
        failing,
        quarantined,
        conflicts,
        diagnostics,
        not_remembered(status),
        not_notified(status),
        listed(["NOTIFY"], &status.notify_problems, |problem| {
            [problem.clone()]
        }),
        caches::trouble(status),
    ]
}

/// What a restart would not know, or this one did not.
fn not_remembered(status: &report::Status) -> Option<Table> {
    let mut rows = Vec::new();
    for source in &status.sources {
        if let Some(not_kept) = &source.not_kept {
            let (since, error) = (not_kept.since, &not_kept.error);
            let why = format!("not kept for {since} s: {error}");
            rows.push([source.source.clone(), why]);
        }
        if let Some(lost) = &source.lost {
            rows.push([source.source.clone(), format!("lost: {lost}")]);
        }
    }
    listed(["NOT REMEMBERED", "WHY"], &rows, Clone::clone)
}

/// Who does not know of the newest serial, and did not answer when told.
fn not_notified(status: &report::Status) -> Option<Table> {
    let failing = status.notify.iter().filter(|told| told.failures > 0);
    let failing: Vec<_> = failing.collect();
    let head = ["NOT NOTIFIED", "TARGET", "SERIAL", "STATE", "TRIES", "WHY"];
    listed(head, &failing, |told| {
        [
            told.zone.clone(),
            told.target.clone(),
            told.serial.to_string(),
            told.state.clone(),
            told.failures.to_string(),
            told.error.clone().unwrap_or_default(),
        ]
    })
}

fn head(status: &report::Status) -> Table {
    let mut table = Table::default();
    let state = match status.state {
        ServingState::Starting => "starting",
        ServingState::Serving => "serving",
        ServingState::Off => "off",
    };
    let state = status
        .reason
        .as_ref()
        .map_or_else(|| state.to_owned(), |reason| format!("{state}: {reason}"));
    table.push(["zonesmith".into(), status.version.clone()]);
    table.push(["state".into(), state]);
    table.push([
        "socket".into(),
        status.socket.clone().unwrap_or_else(|| "none".into()),
    ]);
    if status.socket.is_some() {
        table.push(["connections".into(), connections(&status.connections)]);
    }
    status
        .children
        .iter()
        .for_each(|child| table.push(children::row(child)));
    let cluster = &status.cluster;
    table.push(["cluster".into(), said(&cluster.name, &cluster.name_origin)]);
    table.push([
        "nameservers".into(),
        said(&cluster.nameservers.join(" "), &cluster.nameservers_origin),
    ]);
    table.push([
        "networks".into(),
        said(&cluster.networks.join(", "), &cluster.networks_origin),
    ]);
    table.push(["services".into(), cluster.services.to_string()]);
    let served = format!(
        "{} names, {} records, {} zones",
        status.names,
        status.records,
        status.zones.len()
    );
    if let Some(error) = &status.store.error {
        let file = &status.store.file;
        table.push([
            "state file".into(),
            format!("{file} cannot be written: {error}"),
        ]);
    } else if !status.store.file.is_empty() {
        table.push(["state file".into(), status.store.file.clone()]);
    }
    if let Some(lost) = &status.store.lost {
        table.push(["state lost".into(), lost.clone()]);
    }
    table.push([format!("generation {}", status.generation), served]);
    table
}

/// How many connections there are, and what became of those that there are not.
fn connections(connections: &report::ConnectionStatus) -> String {
    let report::ConnectionStatus {
        open,
        limit,
        refused,
        gave_way,
        problem,
        ..
    } = connections;
    let mut text = format!("{open} of {limit}");
    for (count, what) in [(gave_way, "idle ones gave way"), (refused, "refused")] {
        if *count > 0 {
            text = format!("{text}, {count} {what}");
        }
    }
    problem
        .iter()
        .fold(text, |text, problem| format!("{text}; {problem}"))
}

/// A fact and who said it.
fn said(fact: &str, origin: &str) -> String {
    match (fact, origin) {
        ("", _) => "none".to_owned(),
        (fact, "") => fact.to_owned(),
        (fact, origin) => format!("{fact} ({origin})"),
    }
}

/// Whom a record or a word is from: a service and its resource, or a policy's configuration.
fn origin(service: &str, policy: &str, resource: Option<&str>) -> String {
    match (service, resource) {
        ("", _) => policy.to_owned(),
        (service, None) => service.to_owned(),
        (service, Some(resource)) => format!("{service} {resource}"),
    }
}

/// A table of the first few things of a kind; none when there are none.
fn listed<T, const N: usize>(
    head: [&str; N],
    things: &[T],
    row: impl Fn(&T) -> [String; N],
) -> Option<Table> {
    Table::of_first(SHOWN, head, things, row)
}

#[cfg(test)]
mod tests;
