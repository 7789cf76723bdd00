//! Everything that is told about the daemon, put together when somebody asks: the live snapshot, the writer's report,
//! the configuration.

mod promotion;

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::counts::Counts;
use super::sources;
use crate::config::{Configuration, Origin};
use crate::dns_notify;
use crate::janitor;
use crate::master_file::Role;
use crate::memory::SourceMemory;
use crate::remote::Statistics;
use crate::snapshot::Snapshot;
use crate::snapshot::report::{
    CacheStatus, ClusterStatus, ConflictStatus, ConnectionStatus, DiagnosticStatus, FailingStatus,
    MasterFileStatus, NotKept, NotifyStatus, PolicyStatus, ProblemStatus, QuarantinedStatus,
    RefusedStatus, ServingState, SourceStatus, Status, StoreStatus,
};
use crate::store;
use crate::synthesis::report::{ClusterReport, PolicyReport, Report, ServiceReport, SourceReport};
use crate::synthesis::service_key::ServiceKey;
use crate::synthesis::{Handle, Phase};

/// The status of everything.
pub(super) fn status(
    synthesis: &Handle,
    configuration: &Configuration,
    notify: dns_notify::Report,
    statistics: Option<&Statistics>,
    is_open: bool,
    counts: &Counts,
) -> Status {
    // First: who is told that something is live finds the report that goes with it.
    let live = synthesis.live();
    let report = synthesis.report();
    let (state, reason) = match &*synthesis.phase().borrow() {
        Phase::Starting(reason) => (ServingState::Starting, Some(reason.clone())),
        Phase::Off(reason) => (ServingState::Off, Some(reason.clone())),
        Phase::Serving(_) => (ServingState::Serving, None),
    };
    let mut status = Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run: synthesis.run(),
        started: synthesis.started(),
        state,
        reason: reason.map(|reason| with_refusal(&report, reason)),
        socket: is_open.then(|| configuration.socket_path.value.to_string()),
        cluster: report
            .clusters
            .first()
            .map(|cluster| cluster_status(cluster, configuration))
            .unwrap_or_default(),
        clusters: report
            .clusters
            .iter()
            .map(|cluster| cluster_status(cluster, configuration))
            .collect(),
        refused: report.refused.as_ref().map(|refused| RefusedStatus {
            policy: refused.policy.clone(),
            digest: refused
                .digest
                .map(|digest| digest.to_string())
                .unwrap_or_default(),
            stage: refused.refusal.stage.to_string(),
            reason: refused.refusal.reason.clone(),
        }),
        sources: sources_of(&report),
        policies: report.policies.iter().map(policy_status).collect(),
        conflict_count: report.conflict_count,
        conflicts: report
            .conflicts
            .iter()
            .map(|conflict| ConflictStatus {
                name: conflict.name.clone(),
                rtype: conflict.rtype.clone(),
                kind: conflict.kind.clone(),
                loser: conflict.loser.clone(),
            })
            .collect(),
        store: StoreStatus {
            file: configuration.state_dir.value.join(store::FILE).to_string(),
            error: synthesis.trouble().map(|error| error.to_string()),
            lost: None,
        },
        ..Status::default()
    };
    promotion::add(&mut status, &report);
    add_notify(&mut status, notify);
    status.connections = statistics.map(connections).unwrap_or_default();
    if let Some(snapshot) = live {
        add_zones(&mut status, &snapshot, counts);
    }
    add_service(&mut status, "", &report.configuration);
    add_master_files(&mut status, &report);
    for (key, service) in &*report.services {
        add_service(&mut status, &report.label(key), service);
        add_problems(&mut status, &report, key, service);
    }
    status
}

fn policy_status(policy: &PolicyReport) -> PolicyStatus {
    let (pinned, watched) = promotion::pinned(policy.pin.as_ref());
    let description = policy.component.description();
    PolicyStatus {
        name: description.name.clone(),
        version: description.version.clone(),
        file: policy.source.clone(),
        digest: policy.component.digest().to_string(),
        contract: policy.component.contract().to_owned(),
        pinned,
        watched,
    }
}

/// Whose caches are purged, and how far.
pub(super) fn add_caches(status: &mut Status, report: janitor::report::Report) {
    let milliseconds = |since: SystemTime| {
        let age = since.elapsed().unwrap_or_default().as_millis();
        u64::try_from(age).unwrap_or(u64::MAX)
    };
    let rows = report.rows.into_iter();
    status.caches = rows
        .map(|row| CacheStatus {
            target: row.target,
            role: row.role.to_owned(),
            state: row.state.to_owned(),
            found: row.is_found,
            generation: row.generation,
            behind: row.behind.map(milliseconds),
            entries: row.entries,
            failures: row.failures,
            error: row.error,
        })
        .collect();
    status.cache_problem = report.problem;
}

/// How old it is what the sources said, and whether it is kept.
pub(super) fn add_memory(status: &mut Status, memory: &BTreeMap<String, SourceMemory>) {
    let seconds = |since: SystemTime| since.elapsed().map_or(0, |age| age.as_secs());
    for source in &mut status.sources {
        let key = source.source.parse().map(|address| sources::key(&address));
        let Some(memory) = key.ok().and_then(|key| memory.get(&key)) else {
            continue;
        };
        if memory.is_remembered && source.format.is_some() {
            "remembered".clone_into(&mut source.state);
        }
        source.age = memory.spoke.map(seconds);
        source.lost.clone_from(&memory.lost);
        source.not_kept = memory.trouble.as_ref().map(|(since, error)| NotKept {
            since: seconds(*since),
            error: error.clone(),
        });
    }
}

/// While nothing is served yet, a refused policy is the reason.
fn with_refusal(report: &Report, reason: String) -> String {
    match &report.refused {
        Some(refused) => refused.refusal.of(&refused.policy),
        None => reason,
    }
}

fn connections(statistics: &Statistics) -> ConnectionStatus {
    let totals = statistics.totals();
    ConnectionStatus {
        open: totals.open,
        limit: statistics.limit(),
        accepted: totals.connections,
        refused: totals.refused,
        gave_way: totals.gave_way,
        requests: totals.requests,
        errors: totals.errors,
        problem: statistics.problem(),
    }
}

fn add_notify(status: &mut Status, notify: dns_notify::Report) {
    let dns_notify::Report { rows, problems } = notify;
    let row = |row: dns_notify::Row| NotifyStatus {
        zone: row.zone,
        target: row.target,
        serial: row.serial,
        state: row.state.to_owned(),
        failures: row.failures,
        error: row.error,
    };
    status.notify = rows.into_iter().map(row).collect();
    status.notify_problems = problems;
}

fn add_zones(status: &mut Status, snapshot: &Snapshot, counts: &Counts) {
    let count = counts.of(snapshot);
    status.generation = snapshot.generation;
    status.names = snapshot.zone_set.names();
    status.selection = snapshot
        .selection
        .as_ref()
        .map(|selection| selection.status());
    status.records = count.records;
    status.zones.clone_from(&count.zones);
}

fn cluster_status(cluster: &ClusterReport, configuration: &Configuration) -> ClusterStatus {
    let source = cluster.sources.join(", ");
    let origin = |is_configured: bool, origin: &Origin| {
        if is_configured {
            origin.to_string()
        } else {
            source.clone()
        }
    };
    ClusterStatus {
        name: cluster.name.clone(),
        nameservers: cluster
            .nameservers
            .iter()
            .map(ToString::to_string)
            .collect(),
        networks: cluster.networks.clone(),
        services: cluster.services,
        name_origin: origin(
            cluster.is_name_configured,
            &configuration.cluster_name.origin,
        ),
        nameservers_origin: origin(
            cluster.are_nameservers_configured,
            &configuration.cluster_dns.origin,
        ),
        networks_origin: origin(
            cluster.are_networks_configured,
            &configuration.cluster_networks.origin,
        ),
        sources: cluster.sources.iter().map(ToString::to_string).collect(),
        off: cluster.off.map(str::to_owned),
    }
}

fn sources_of(report: &Report) -> Vec<SourceStatus> {
    let sources = report.sources.iter();
    sources
        .map(|source| SourceStatus {
            cluster: report
                .clusters
                .iter()
                .find(|cluster| cluster.sources.iter().any(|of| **of == *source.source))
                .map(|cluster| cluster.name.clone()),
            ..source_status(source)
        })
        .collect()
}

fn source_status(source: &SourceReport) -> SourceStatus {
    let state = match (&source.error, &source.format) {
        (Some(_), _) => "failing",
        (None, Some(_)) => "live",
        (None, None) => "waiting",
    };
    SourceStatus {
        source: source.source.clone(),
        format: source.format.map(|format| format.to_string()),
        state: state.to_owned(),
        error: source.error.clone(),
        services: source.services,
        problems: source.problems.iter().map(problem_status).collect(),
        ..SourceStatus::default()
    }
}

fn problem_status(problem: &zonesmith_cluster::Problem) -> ProblemStatus {
    ProblemStatus {
        path: problem.path.clone(),
        message: problem.message.clone(),
    }
}

fn add_master_files(status: &mut Status, report: &Report) {
    for file in &*report.master_files {
        status.master_files.push(MasterFileStatus {
            zone: file.apex.clone(),
            file: file.file.clone(),
            merge: file.role == Role::Merge,
            state: file.state.as_str().to_owned(),
            records: file.records,
            faults: file.faults.to_vec(),
        });
        for record in &file.refused {
            status.quarantined.push(QuarantinedStatus {
                policy: record.place.clone(),
                owner: record.owner.clone(),
                rtype: record.rtype.clone(),
                reason: record.reason.clone(),
                ..QuarantinedStatus::default()
            });
        }
        for remark in &file.remarks {
            status.diagnostics.push(DiagnosticStatus {
                policy: file.file.clone(),
                severity: "information".to_owned(),
                message: remark.clone(),
                ..DiagnosticStatus::default()
            });
        }
    }
}

fn add_service(status: &mut Status, path: &str, service: &ServiceReport) {
    let ServiceReport {
        failures,
        quarantined,
        diagnostics,
        problems: _,
    } = service;
    for failure in failures {
        status.failing.push(FailingStatus {
            service: path.to_owned(),
            policy: failure.policy.clone(),
            kind: failure.kind.to_string(),
            message: failure.message.clone(),
            since: SystemTime::now()
                .duration_since(failure.since)
                .map_or(0, |since| since.as_secs()),
            retries: failure.retries,
        });
    }
    for record in quarantined {
        status.quarantined.push(QuarantinedStatus {
            service: path.to_owned(),
            policy: record.policy.clone(),
            rule: record.rule.clone(),
            resource: record.resource.clone(),
            owner: record.owner.clone(),
            rtype: record.rtype.clone(),
            reason: record.reason.clone(),
        });
    }
    for diagnostic in diagnostics {
        status.diagnostics.push(DiagnosticStatus {
            service: path.to_owned(),
            policy: diagnostic.policy.clone(),
            severity: diagnostic.severity.as_str().to_owned(),
            rule: diagnostic.rule.clone(),
            resource: diagnostic.resource.clone(),
            message: diagnostic.message.clone(),
        });
    }
}

/// What of a service could not be read is told with the first source of its cluster.
fn add_problems(status: &mut Status, report: &Report, key: &ServiceKey, service: &ServiceReport) {
    if service.problems.is_empty() {
        return;
    }
    let mut clusters = report.clusters.iter();
    let cluster = clusters.find(|cluster| cluster.key == key.cluster);
    let source = cluster.and_then(|cluster| cluster.sources.first());
    let mut sources = status.sources.iter_mut();
    if let Some(source) = sources.find(|known| source.is_some_and(|first| **first == *known.source))
    {
        let problems = service.problems.iter();
        source.problems.extend(problems.map(problem_status));
    }
}
