//! What there is to tell beside the zones: sources, policies, and of each service what did not go well.
//!
//! Facts only, as the writer came by them; `admin` turns them into what `status` prints. Services without anything to
//! tell are not in it, so that it stays small, and the list is shared between reports until it changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use zonesmith_cluster::{Format, Problem, Service};
use zonesmith_zone::record::Origin;
use zonesmith_zone::validate::Quarantined;

use super::SourceName;
use super::service::ServiceResult;
use super::service_key::{ClusterKey, ServiceKey};
use super::shadow::Board;
use super::static_zones::MasterFileReport;
use crate::digest::Digest;
use crate::policy::loader::RefusedPolicy;
use crate::policy::stack::StackEntry;
use crate::policy::{Component, Diagnostic, FailureKind, Severity};
use crate::store::policies::Pin;

/// Conflicts listed in a report; the number of all is told beside.
pub const MOST_CONFLICTS: usize = 1_000;

/// The kind of conflict in which the same service of a cluster is named by an earlier source and by a later one.
pub(super) const NAMED_BY_TWO_SOURCES: &str = "named-by-two-sources";

/// Everything there is to tell.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The clusters that sources speak of, in the order of their first sources.
    pub clusters: Vec<ClusterReport>,
    /// The live policies, in the order of the stack.
    pub policies: Arc<[PolicyReport]>,
    /// The candidate that may not go live.
    pub refused: Option<RefusedPolicy>,
    /// The candidate in the shadow.
    pub shadow: Option<Arc<Board>>,
    /// The policy that was taken back by itself, as long as what came instead of it is live.
    pub taken_back: Option<Box<TakenBack>>,
    /// Where state comes from.
    pub sources: Vec<SourceReport>,
    /// Whether every source has spoken, or said that it cannot, and every cluster that has DNS is served.
    pub is_complete: bool,
    /// What the policies' configurations had to say, cluster by cluster.
    pub configuration: Arc<ServiceReport>,
    /// Services that have something to tell.
    pub services: Arc<BTreeMap<ServiceKey, ServiceReport>>,
    /// The first [`MOST_CONFLICTS`] conflicts.
    pub conflicts: Arc<[ConflictReport]>,
    /// How many conflicts there are.
    pub conflict_count: usize,
    /// The site's master files, in the order of the configuration.
    pub master_files: Arc<[MasterFileReport]>,
}

/// A cluster, with the configuration's word in it.
#[derive(Debug, Clone)]
pub struct ClusterReport {
    /// What its services are known by.
    pub key: ClusterKey,
    /// The sources that speak of it, in the order of the configuration.
    pub sources: Vec<SourceName>,
    /// Why it has no DNS.
    pub off: Option<&'static str>,
    /// Its name, as given.
    pub name: String,
    /// `cluster.dns`.
    pub nameservers: Vec<std::net::IpAddr>,
    /// Networks: `backend 10.22.0.0/16`.
    pub networks: Vec<String>,
    /// How many services there are.
    pub services: usize,
    /// Whether the name is the configuration's.
    pub is_name_configured: bool,
    /// Whether the nameservers are the configuration's.
    pub are_nameservers_configured: bool,
    /// Whether the networks are the configuration's.
    pub are_networks_configured: bool,
}

/// A live policy.
#[derive(Debug, Clone)]
pub struct PolicyReport {
    /// What it is, and the bytes it was made of.
    pub component: Component,
    /// A JSON text.
    pub settings: Arc<str>,
    /// Its file, or that it is the default one.
    pub source: String,
    /// What stands there whatever its file says, if so.
    pub pin: Option<Pin>,
}

/// A policy that was promoted, failed, and was taken back by the daemon itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The place of the stack.
    pub place: String,
    /// Its name.
    pub policy: String,
    /// Of its component.
    pub digest: Digest,
    /// A sentence.
    pub reason: String,
    /// Seconds since 1970.
    pub time: u64,
}

/// A source.
#[derive(Debug, Clone)]
pub struct SourceReport {
    /// As configured: `file:/etc/zonesmith/cluster.json`.
    pub source: String,
    /// What it turned out to be.
    pub format: Option<Format>,
    /// Why it cannot say anything just now.
    pub error: Option<String>,
    /// Services it told.
    pub services: usize,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
    /// When it spoke last, if that was before the daemon started.
    pub remembered: Option<SystemTime>,
}

/// What there is to tell of one service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceReport {
    /// Policies that fail for it.
    pub failures: Vec<FailureReport>,
    /// Records refused by the host's checks.
    pub quarantined: Vec<QuarantineReport>,
    /// What policies have to say about it.
    pub diagnostics: Vec<DiagnosticReport>,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
}

/// A policy that fails for a service.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureReport {
    /// The policy's name.
    pub policy: String,
    /// What kind of failure.
    pub kind: FailureKind,
    /// A sentence.
    pub message: String,
    /// Of the first failure in a row.
    pub since: SystemTime,
    /// Tries since then.
    pub retries: u32,
}

/// A record that is not served.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantineReport {
    /// The policy's name.
    pub policy: String,
    /// The rule that made it.
    pub rule: Option<String>,
    /// `<node>/<resource>` it comes from.
    pub resource: Option<String>,
    /// As the policy wrote it.
    pub owner: String,
    /// `A`, `SRV`, …
    pub rtype: String,
    /// A sentence.
    pub reason: String,
}

/// Something a policy says about a service.
#[derive(Debug, Clone, PartialEq)]
pub struct DiagnosticReport {
    /// The policy's name.
    pub policy: String,
    /// How much it matters.
    pub severity: Severity,
    /// The rule it concerns.
    pub rule: Option<String>,
    /// `<node>/<resource>` it concerns.
    pub resource: Option<String>,
    /// A sentence.
    pub message: String,
}

/// Something of a service that another one stands in front of.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictReport {
    /// The name.
    pub name: String,
    /// `A`, `SRV`, …; empty where it is about a whole service.
    pub rtype: String,
    /// A sentence.
    pub kind: String,
    /// The service whose records lost; the policy's name where it is its configuration; the source whose word lost.
    pub loser: String,
}

impl SourceReport {
    /// Of a source that has not said anything.
    pub(super) fn new(source: &SourceName) -> Self {
        Self {
            source: source.to_string(),
            format: None,
            error: None,
            services: 0,
            problems: Vec::new(),
            remembered: None,
        }
    }
}

impl Report {
    /// The sources whose word of a service is not served, since one before them names it too.
    pub fn contesting<'a>(&'a self, label: &'a str) -> impl Iterator<Item = &'a str> {
        let conflicts = self.conflicts.iter();
        let of_service = conflicts.filter(move |conflict| {
            conflict.kind == NAMED_BY_TWO_SOURCES && conflict.name == label
        });
        of_service.map(|conflict| conflict.loser.as_str())
    }

    /// What a service is called: its path, with its cluster before it where that is not the first one.
    #[must_use]
    pub fn label(&self, key: &ServiceKey) -> String {
        let first = self.clusters.first();
        let prefix = key
            .cluster
            .prefix(first.is_none_or(|first| first.key == key.cluster));
        format!("{prefix}{}", key.path)
    }

    /// Keeps what there is to tell of a service, or that there is nothing.
    pub(super) fn remember(&mut self, key: &ServiceKey, report: ServiceReport) {
        if report.is_empty() {
            self.forget(key);
        } else if self.services.get(key) != Some(&report) {
            Arc::make_mut(&mut self.services).insert(key.clone(), report);
        }
    }

    /// The service is gone.
    pub(super) fn forget(&mut self, key: &ServiceKey) {
        if self.services.contains_key(key) {
            Arc::make_mut(&mut self.services).remove(key);
        }
    }
}

impl ServiceReport {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            failures,
            quarantined,
            diagnostics,
            problems,
        } = self;
        failures.is_empty()
            && quarantined.is_empty()
            && diagnostics.is_empty()
            && problems.is_empty()
    }

    /// What `result` has to tell of `service`; `since` and `retries` are of its failures.
    pub(super) fn of(
        service: &Service,
        result: &ServiceResult,
        policies: &[StackEntry],
        failing: (SystemTime, u32),
    ) -> Self {
        let mut report = Self {
            problems: service.problems.clone(),
            ..Self::default()
        };
        for (rank, outcome) in result.contributions.iter().enumerate() {
            let Err(failure) = outcome else { continue };
            report.failures.push(FailureReport {
                policy: name_of(policies, rank),
                kind: failure.kind,
                message: failure.message.clone(),
                since: failing.0,
                retries: failing.1,
            });
        }
        for (rank, record) in &result.quarantined {
            report.push_quarantined(policies, *rank, record, Some(service));
        }
        for (rank, diagnostic) in &result.diagnostics {
            report.push_diagnostic(policies, *rank, diagnostic, Some(service));
        }
        report
    }

    /// Adds a refused record; `service` is none for a policy's configuration.
    pub(super) fn push_quarantined(
        &mut self,
        policies: &[StackEntry],
        rank: usize,
        record: &Quarantined,
        service: Option<&Service>,
    ) {
        self.quarantined.push(QuarantineReport {
            policy: name_of(policies, rank),
            rule: record.rule.and_then(|rule| rule_of(policies, rank, rule)),
            resource: resource_of(service, record.origin),
            owner: record.owner.clone(),
            rtype: record.rtype.clone(),
            reason: record.reason.to_string(),
        });
    }

    /// Adds what a policy says; `service` is none for its configuration.
    pub(super) fn push_diagnostic(
        &mut self,
        policies: &[StackEntry],
        rank: usize,
        diagnostic: &Diagnostic,
        service: Option<&Service>,
    ) {
        self.diagnostics.push(DiagnosticReport {
            policy: name_of(policies, rank),
            severity: diagnostic.severity,
            rule: diagnostic
                .rule
                .and_then(|rule| rule_of(policies, rank, rule)),
            resource: resource_of(service, diagnostic.origin),
            message: diagnostic.message.clone(),
        });
    }
}

impl PolicyReport {
    pub(super) fn of(entry: &StackEntry) -> Self {
        Self {
            component: entry.component.clone(),
            settings: Arc::clone(&entry.settings),
            source: entry.origin(),
            pin: entry.pinned.as_ref().map(|pinned| pinned.pin.clone()),
        }
    }
}

fn name_of(policies: &[StackEntry], rank: usize) -> String {
    policies.get(rank).map_or_else(String::new, |entry| {
        entry.component.description().name.clone()
    })
}

fn rule_of(policies: &[StackEntry], rank: usize, rule: u16) -> Option<String> {
    let rules = &policies.get(rank)?.component.description().rules;
    rules.get(usize::from(rule)).map(|rule| rule.name.clone())
}

fn resource_of(service: Option<&Service>, origin: Option<Origin>) -> Option<String> {
    let Origin { instance, resource } = origin?;
    let instance = service?.instances.get(usize::try_from(instance).ok()?)?;
    let resource =
        resource.and_then(|resource| instance.resources.get(usize::try_from(resource).ok()?));
    Some(match resource {
        Some(resource) => format!("{}/{}", instance.node, resource.id),
        None => instance.node.to_string(),
    })
}
