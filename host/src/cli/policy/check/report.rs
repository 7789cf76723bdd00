//! What there is to say of a policy that was checked.

use std::fmt::Write;

use serde::Serialize;
use zonesmith_cluster::Service;
use zonesmith_zone::record::Origin;
use zonesmith_zone::validate::Quarantined;

use super::Diagnostic;
use crate::cli::output::Table;
use crate::digest::Digest;
use crate::policy::{Component, Failure, Refusal, Severity};

/// How many of a kind are shown to a person; JSON has all.
const SHOWN: usize = 20;

/// The outcome of a check.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Report {
    file: String,
    size: usize,
    digest: String,
    policy: Option<PolicyReport>,
    pub(super) refused: Option<RefusedReport>,
    pub(super) cluster: String,
    pub(super) zones: Zones,
    services: usize,
    records: usize,
    failing: Vec<FailingReport>,
    quarantined: Vec<QuarantinedReport>,
    diagnostics: Vec<DiagnosticReport>,
}

#[derive(Debug, Serialize)]
struct PolicyReport {
    name: String,
    version: String,
    contract: String,
    rules: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct RefusedReport {
    stage: &'static str,
    reason: String,
}

impl From<Refusal> for RefusedReport {
    fn from(refusal: Refusal) -> Self {
        Self {
            stage: refusal.stage.as_str(),
            reason: refusal.reason,
        }
    }
}

/// The zones that records had to be in.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Zones {
    /// Whether the policy declared them.
    pub(super) is_own: bool,
    pub(super) apexes: Vec<String>,
}

impl Zones {
    /// "demo. and 19 reverse zones (of the built-in policy)"
    fn text(&self) -> String {
        let (reverse, forward): (Vec<_>, Vec<_>) = self
            .apexes
            .iter()
            .map(String::as_str)
            .partition(|apex| apex.ends_with(".arpa."));
        let whose = if self.is_own {
            ""
        } else {
            " (of the built-in policy)"
        };
        let forward = forward.join(" ");
        match reverse.as_slice() {
            [] => format!("{forward}{whose}"),
            [one] => format!("{forward} {one}{whose}"),
            many => format!("{forward} and {} reverse zones{whose}", many.len()),
        }
    }
}

#[derive(Debug, Serialize)]
struct FailingReport {
    service: String,
    kind: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct QuarantinedReport {
    from: String,
    rule: String,
    owner: String,
    #[serde(rename = "type")]
    rtype: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct DiagnosticReport {
    severity: &'static str,
    from: String,
    message: String,
}

/// What a policy was asked about.
pub(super) enum Subject<'a> {
    /// The cluster.
    Configuration,
    /// One of its services.
    Service {
        /// Its path.
        path: String,
        /// For the names of instances and resources.
        service: &'a Service,
    },
}

impl Subject<'_> {
    /// "configuration", "shop/svc/web", "shop/svc/web n1 ip#0".
    fn name(&self, origin: Option<Origin>) -> String {
        let Self::Service { path, service } = self else {
            return "configuration".to_owned();
        };
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let Some(origin) = origin else {
            return path.clone();
        };
        let Some(instance) = service.instances.get(at(origin.instance)) else {
            return path.clone();
        };
        match origin
            .resource
            .and_then(|resource| instance.resources.get(at(resource)))
        {
            Some(resource) => format!("{path} {} {}", instance.node, resource.id),
            None => format!("{path} {}", instance.node),
        }
    }
}

impl Report {
    /// Of a policy that could be loaded.
    pub(super) fn of(file: &str, bytes: &[u8], component: &Component) -> Self {
        let description = component.description();
        let policy = PolicyReport {
            name: description.name.clone(),
            version: description.version.clone(),
            contract: component.contract().to_owned(),
            rules: description
                .rules
                .iter()
                .map(|rule| rule.name.clone())
                .collect(),
        };
        Self {
            policy: Some(policy),
            ..Self::unknown(file, bytes)
        }
    }

    /// Of one that could not.
    pub(super) fn refused(file: &str, bytes: &[u8], refusal: Refusal) -> Self {
        Self {
            refused: Some(refusal.into()),
            ..Self::unknown(file, bytes)
        }
    }

    fn unknown(file: &str, bytes: &[u8]) -> Self {
        Self {
            file: file.to_owned(),
            size: bytes.len(),
            digest: Digest::of(bytes).to_string(),
            ..Self::default()
        }
    }

    /// Whether the daemon would serve all of it.
    pub(super) fn is_good(&self) -> bool {
        self.refused.is_none() && self.failing.is_empty() && self.quarantined.is_empty()
    }

    /// Records that stand.
    pub(super) fn count(&mut self, subject: &Subject<'_>, records: usize) {
        self.records += records;
        if matches!(subject, Subject::Service { .. }) {
            self.services += 1;
        }
    }

    /// An answer of the policy: how many of its records stand, those that do not, and what it has to say.
    pub(super) fn take(
        &mut self,
        component: &Component,
        subject: &Subject<'_>,
        diagnostics: Vec<Diagnostic>,
        (records, quarantined): (usize, Vec<Quarantined>),
    ) {
        self.count(subject, records);
        let rules = &component.description().rules;
        let rule = |index: Option<u16>| {
            let rule = index.and_then(|index| rules.get(usize::from(index)));
            rule.map(|rule| rule.name.clone()).unwrap_or_default()
        };
        self.quarantined
            .extend(quarantined.into_iter().map(|record| QuarantinedReport {
                from: subject.name(record.origin),
                rule: rule(record.rule),
                owner: record.owner,
                rtype: record.rtype,
                reason: record.reason.to_string(),
            }));
        self.diagnostics
            .extend(diagnostics.into_iter().map(|diagnostic| DiagnosticReport {
                severity: match diagnostic.severity {
                    Severity::Information => "information",
                    Severity::Warning => "warning",
                    Severity::Error => "error",
                },
                from: subject.name(diagnostic.origin),
                message: diagnostic.message,
            }));
    }

    /// A service without an answer.
    pub(super) fn fail(&mut self, subject: &Subject<'_>, failure: Failure) {
        self.count(subject, 0);
        self.failing.push(FailingReport {
            service: subject.name(None),
            kind: failure.kind.as_str(),
            message: failure.message,
        });
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = self.head().to_string();
        let tables = [
            listed(["FAILING", "KIND", "MESSAGE"], &self.failing, |failing| {
                [
                    failing.service.clone(),
                    failing.kind.to_owned(),
                    failing.message.clone(),
                ]
            }),
            listed(
                ["QUARANTINED", "TYPE", "FROM", "RULE", "WHY"],
                &self.quarantined,
                |record| {
                    let QuarantinedReport {
                        from,
                        rule,
                        owner,
                        rtype,
                        reason,
                    } = record;
                    [
                        owner.clone(),
                        rtype.clone(),
                        from.clone(),
                        rule.clone(),
                        reason.clone(),
                    ]
                },
            ),
            listed(
                ["DIAGNOSTIC", "FROM", "MESSAGE"],
                &self.diagnostics,
                |diagnostic| {
                    [
                        diagnostic.severity.to_owned(),
                        diagnostic.from.clone(),
                        diagnostic.message.clone(),
                    ]
                },
            ),
        ];
        for table in tables.into_iter().flatten() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{table}");
        }
        text
    }

    fn head(&self) -> Table {
        let mut table = Table::default();
        table.push(["file".into(), format!("{}, {} bytes", self.file, self.size)]);
        table.push(["digest".into(), self.digest.clone()]);
        if let Some(policy) = &self.policy {
            table.push([
                "policy".into(),
                format!("{} {}", policy.name, policy.version),
            ]);
            table.push(["contract".into(), policy.contract.clone()]);
            if !policy.rules.is_empty() {
                table.push(["rules".into(), policy.rules.join(", ")]);
            }
        }
        if let Some(RefusedReport { stage, reason }) = &self.refused {
            table.push(["refused".into(), format!("at {stage}: {reason}")]);
            return table;
        }
        table.push(["zones".into(), self.zones.text()]);
        let quarantined = self.quarantined.len();
        let records = format!(
            "{} for {} services of {}",
            self.records, self.services, self.cluster
        );
        table.push([
            "records".into(),
            format!("{records}, {quarantined} quarantined"),
        ]);
        table.push([
            "result".into(),
            (if self.is_good() {
                "good"
            } else {
                "not good: see below"
            })
            .into(),
        ]);
        table
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
