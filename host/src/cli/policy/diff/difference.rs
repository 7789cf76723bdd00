//! A comparison as it is printed: JSON for programs, lines and tables for people, in `words` of its own.

mod words;

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;
use zonesmith_zone::comparison::{Comparison, Totals};

pub(super) use self::words::CountWord;
use self::words::{FaultWord, NameWord, RuleWord, ServiceWord, ZoneWord};
use crate::cli::output::Table;
use crate::cli::paint::Paint;

/// Rules and services a table shows; JSON has all.
const SHOWN: usize = 20;

/// Everything that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Difference {
    totals: Counted,
    zones: Vec<ZoneWord>,
    names: Vec<NameWord>,
    not_served: Vec<FaultWord>,
    by_rule: Vec<RuleWord>,
    by_service: Vec<ServiceWord>,
}

/// The totals.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Counted {
    zones: CountWord,
    names: CountWord,
    records: CountWord,
    not_served: CountWord,
}

impl Difference {
    pub(super) fn of(comparison: &Comparison) -> Self {
        let Comparison {
            zones,
            names,
            faults,
        } = comparison;
        let text = |word: Option<Arc<str>>| word.as_deref().map(str::to_owned);
        let by_rule = comparison.by_rule().into_iter();
        let by_service = comparison.by_service().into_iter();
        Self {
            totals: Counted::of(comparison.totals()),
            zones: zones.iter().map(ZoneWord::of).collect(),
            names: names.iter().map(NameWord::of).collect(),
            not_served: faults
                .iter()
                .map(|(change, fault)| FaultWord::of(*change, fault))
                .collect(),
            by_rule: by_rule
                .map(|((policy, rule), counts)| RuleWord {
                    policy: policy.to_string(),
                    rule: text(rule),
                    records: CountWord::of(counts),
                })
                .collect(),
            by_service: by_service
                .map(|((policy, service), counts)| ServiceWord {
                    policy: policy.to_string(),
                    service: text(service),
                    records: CountWord::of(counts),
                })
                .collect(),
        }
    }

    /// Lines of what differs, tables of whose it is, and the totals.
    pub(super) fn text(&self, paint: Paint) -> String {
        let mut text = self.lines(paint);
        if text.is_empty() {
            return "nothing changes\n".to_owned();
        }
        let cells = |counts: CountWord| {
            let CountWord {
                added,
                removed,
                changed,
            } = counts;
            [added, removed, changed].map(|number| number.to_string())
        };
        let or_none = |word: &Option<String>| word.as_deref().unwrap_or("-").to_owned();
        let head = |whose| ["POLICY", whose, "ADDED", "REMOVED", "CHANGED"];
        let rules = Table::of_first(SHOWN, head("RULE"), &self.by_rule, |row| {
            let [added, removed, changed] = cells(row.records);
            let (policy, rule) = (row.policy.clone(), or_none(&row.rule));
            [policy, rule, added, removed, changed]
        });
        let services = Table::of_first(SHOWN, head("SERVICE"), &self.by_service, |row| {
            let [added, removed, changed] = cells(row.records);
            let (policy, service) = (row.policy.clone(), or_none(&row.service));
            [policy, service, added, removed, changed]
        });
        for table in [rules, services].into_iter().flatten() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{table}");
        }
        let _ = write!(text, "\n{}", self.totals.text());
        text
    }

    /// A line for each record, zone and fault that differs.
    pub(super) fn lines(&self, paint: Paint) -> String {
        let mut text = String::new();
        for zone in &self.zones {
            text.push_str(&zone.line(paint));
        }
        for name in &self.names {
            for record in &name.records {
                text.push_str(&record.line(&name.name, paint));
            }
        }
        for fault in &self.not_served {
            text.push_str(&fault.line(paint));
        }
        text
    }
}

impl Counted {
    pub(super) fn of(totals: Totals) -> Self {
        let Totals {
            zones,
            names,
            records,
            faults,
        } = totals;
        Self {
            zones: CountWord::of(zones),
            names: CountWord::of(names),
            records: CountWord::of(records),
            not_served: CountWord::of(faults),
        }
    }

    /// `names: 1 added, …`, a line for each.
    pub(super) fn text(&self) -> String {
        let Self {
            zones,
            names,
            records,
            not_served,
        } = self;
        let line = |what: &str, counts: &CountWord| {
            let CountWord {
                added,
                removed,
                changed,
            } = counts;
            format!("{what:<8} {added} added, {removed} removed, {changed} changed\n")
        };
        let mut text = String::new();
        if zones.sum() > 0 {
            text.push_str(&line("zones", zones));
        }
        text.push_str(&line("names", names));
        text.push_str(&line("records", records));
        let CountWord { added, removed, .. } = not_served;
        if not_served.sum() > 0 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "not served: {added} more, {removed} less");
        }
        text
    }
}

#[cfg(test)]
mod tests;
