//! What there is to say of a policy that was checked.

use std::fmt::Write;

use serde::Serialize;
use zonesmith_cluster::State;

use crate::cli::output::Table;
use crate::digest::Digest;
use crate::kit::check::Checked;
use crate::kit::check::cost::Costs;
use crate::kit::check::finding::{Finding, FoundRecord, From, Weight};
use crate::policy::{Component, Refusal, Severity};

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
    refused: Option<RefusedReport>,
    cluster: String,
    zones: Zones,
    services: usize,
    records: usize,
    costs: Option<Costs>,
    findings: Vec<Finding>,
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
struct RefusedReport {
    stage: &'static str,
    reason: String,
}

/// The zones that records had to be in.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Zones {
    /// Whether the policy declared them.
    is_own: bool,
    apexes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DiagnosticReport {
    severity: Severity,
    #[serde(flatten)]
    from: From,
    message: String,
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
        let mut report = Self::unknown(file, bytes);
        report.refuse(refusal);
        report
    }

    fn unknown(file: &str, bytes: &[u8]) -> Self {
        Self {
            file: file.to_owned(),
            size: bytes.len(),
            digest: Digest::of(bytes).to_string(),
            ..Self::default()
        }
    }

    /// The policy did not take the cluster or the settings.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refused = Some(RefusedReport {
            stage: refusal.stage.as_str(),
            reason: refusal.reason,
        });
    }

    /// What was found on a cluster.
    pub(super) fn take(&mut self, state: &State, checked: &Checked) {
        let zones = checked.published.zone_set.zones().iter();
        self.zones = Zones {
            is_own: checked.has_own_zones(),
            apexes: zones.map(|zone| zone.apex().to_string()).collect(),
        };
        self.cluster.clone_from(&state.cluster.name);
        self.services = state.services.len();
        self.records = checked.records();
        self.costs = Some(checked.costs.clone());
        self.findings.clone_from(&checked.findings);
        let diagnostics = checked.diagnostics();
        let diagnostics = diagnostics.map(|(from, diagnostic)| DiagnosticReport {
            severity: diagnostic.severity,
            from,
            message: diagnostic.message.clone(),
        });
        self.diagnostics = diagnostics.collect();
    }

    /// Whether the daemon would serve all of it; `strict`: and there is nothing to be warned of.
    pub(super) fn is_good(&self, strict: bool) -> bool {
        let worst = self.findings.iter().map(|finding| finding.weight).min();
        let least = if strict {
            Weight::Information
        } else {
            Weight::Warning
        };
        self.refused.is_none() && worst.is_none_or(|worst| worst >= least)
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = self.head().to_string();
        let findings = Table::of_first(
            SHOWN,
            ["FINDING", "CHECK", "RECORD", "FROM", "RULE", "WHY"],
            &self.findings,
            |finding| {
                let Finding {
                    weight,
                    check,
                    message,
                    from,
                    record,
                } = finding;
                [
                    weight.as_str().to_owned(),
                    check.as_str().to_owned(),
                    record
                        .as_ref()
                        .map_or_else(|| "-".to_owned(), FoundRecord::text),
                    from.text(),
                    from.rule.clone().unwrap_or_else(|| "-".to_owned()),
                    message.clone(),
                ]
            },
        );
        let diagnostics = Table::of_first(
            SHOWN,
            ["DIAGNOSTIC", "FROM", "MESSAGE"],
            &self.diagnostics,
            |diagnostic| {
                [
                    diagnostic.severity.as_str().to_owned(),
                    diagnostic.from.text(),
                    diagnostic.message.clone(),
                ]
            },
        );
        for table in [findings, diagnostics].into_iter().flatten() {
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
        let records = format!(
            "{} for {} services of {}",
            self.records, self.services, self.cluster
        );
        table.push(["records".into(), records]);
        if let Some(costs) = &self.costs {
            table.push(["time".into(), time(costs)]);
            let memory = costs.memory;
            table.push([
                "memory".into(),
                format!(
                    "{} KiB, {} % of {} MiB",
                    memory.octets >> 10,
                    memory.percent,
                    memory.limit >> 20
                ),
            ]);
        }
        table.push(["result".into(), self.result()]);
        table
    }

    /// "good", "not good: 2 errors, 1 warning".
    fn result(&self) -> String {
        let counts = [
            (Weight::Error, "error"),
            (Weight::Warning, "warning"),
            (Weight::Information, "remark"),
        ];
        let counts: Vec<_> = counts
            .into_iter()
            .filter_map(|(weight, word)| {
                let findings = self.findings.iter();
                let count = findings.filter(|finding| finding.weight == weight).count();
                let end = if count == 1 { "" } else { "s" };
                (count > 0).then(|| format!("{count} {word}{end}"))
            })
            .collect();
        let word = if self.is_good(false) {
            "good"
        } else {
            "not good"
        };
        if counts.is_empty() {
            word.to_owned()
        } else {
            format!("{word}: {}", counts.join(", "))
        }
    }
}

/// "configure 0.2 ms (1 % of 1 s), slowest shop/svc/web: 0.1 ms (1 % of 110 ms)"
fn time(costs: &Costs) -> String {
    let milliseconds = |microseconds: u64| {
        let tenths = microseconds.div_ceil(100);
        format!("{}.{} ms", tenths / 10, tenths % 10)
    };
    let share = |time: crate::kit::check::cost::Time| {
        format!(
            "{}, {} % of {}",
            milliseconds(time.microseconds),
            time.percent,
            milliseconds(time.limit)
        )
    };
    let mut parts = vec![format!("configure {}", share(costs.configure))];
    if let Some(slowest) = &costs.slowest {
        parts.push(format!(
            "slowest {} {}",
            slowest.service,
            share(slowest.time)
        ));
    }
    parts.extend(costs.choose.map(|time| format!("choose {}", share(time))));
    parts.join("; ")
}
