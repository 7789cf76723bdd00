//! The words of a comparison: a value for JSON, and a line for people.

use std::sync::Arc;

use serde::Serialize;
use zonesmith_zone::comparison::{
    Change, ComparedName, ComparedRecord, ComparedZone, Counts, Fault, Maker,
};
use zonesmith_zone::rdata::{write_content, write_type};

use crate::cli::paint::Paint;

/// How many of each.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::cli::policy::diff) struct CountWord {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) changed: usize,
}

/// A zone that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ZoneWord {
    apex: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<SoaWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<SoaWord>,
}

/// Its SOA.
#[derive(Debug, Serialize)]
pub(super) struct SoaWord {
    ttl: u32,
    soa: String,
}

/// A name whose records differ.
#[derive(Debug, Serialize)]
pub(super) struct NameWord {
    pub(super) name: String,
    change: &'static str,
    pub(super) records: Vec<RecordWord>,
}

/// A record that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RecordWord {
    change: &'static str,
    #[serde(rename = "type")]
    rtype: String,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_before: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_after: Option<u32>,
    makers: Vec<MakerWord>,
}

/// Whose word something is.
#[derive(Debug, Serialize)]
pub(super) struct MakerWord {
    policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
}

/// Something that only one side does not serve.
#[derive(Debug, Serialize)]
pub(super) struct FaultWord {
    change: &'static str,
    kind: &'static str,
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    #[serde(flatten)]
    maker: MakerWord,
    sentence: String,
}

/// Records of a rule that differ.
#[derive(Debug, Serialize)]
pub(super) struct RuleWord {
    pub(super) policy: String,
    pub(super) rule: Option<String>,
    #[serde(flatten)]
    pub(super) records: CountWord,
}

/// Records of a service that differ.
#[derive(Debug, Serialize)]
pub(super) struct ServiceWord {
    pub(super) policy: String,
    pub(super) service: Option<String>,
    #[serde(flatten)]
    pub(super) records: CountWord,
}

impl CountWord {
    pub(in crate::cli::policy::diff) fn of(counts: Counts) -> Self {
        let Counts {
            added,
            removed,
            changed,
        } = counts;
        Self {
            added,
            removed,
            changed,
        }
    }

    pub(in crate::cli::policy::diff) fn sum(self) -> usize {
        self.added + self.removed + self.changed
    }
}

impl ZoneWord {
    pub(super) fn of(zone: &ComparedZone) -> Self {
        let soa = |soa: &Option<(u32, String)>| {
            let (ttl, soa) = soa.clone()?;
            Some(SoaWord { ttl, soa })
        };
        Self {
            apex: zone.apex.to_string(),
            change: zone.change().as_str(),
            before: soa(&zone.before),
            after: soa(&zone.after),
        }
    }

    pub(super) fn line(&self, paint: Paint) -> String {
        let Self {
            apex,
            change: _,
            before,
            after,
        } = self;
        let soa = |word: &SoaWord| format!("{}  SOA  {}", word.ttl, word.soa);
        let line = match (before, after) {
            (Some(before), Some(after)) => {
                let (before, after) = (soa(before), soa(after));
                paint.yellow(&format!("~ zone {apex}  {before} → {after}"))
            }
            (Some(_), None) => paint.red(&format!("- zone {apex}")),
            (None, _) => paint.green(&format!("+ zone {apex}")),
        };
        format!("{line}\n")
    }
}

impl NameWord {
    pub(super) fn of(name: &ComparedName) -> Self {
        Self {
            name: name.name.to_string(),
            change: name.change.as_str(),
            records: name.records.iter().map(RecordWord::of).collect(),
        }
    }
}

impl RecordWord {
    pub(super) fn of(record: &ComparedRecord) -> Self {
        let (mut rtype, mut content) = (Vec::new(), Vec::new());
        write_type(record.rtype, &mut rtype);
        write_content(record.rtype, &record.octets, &mut content);
        Self {
            change: record.change().as_str(),
            rtype: String::from_utf8_lossy(&rtype).into_owned(),
            content: String::from_utf8_lossy(&content).into_owned(),
            ttl_before: record.ttl_before,
            ttl_after: record.ttl_after,
            makers: record.makers.iter().map(MakerWord::of).collect(),
        }
    }

    pub(super) fn line(&self, name: &str, paint: Paint) -> String {
        let Self { rtype, content, .. } = self;
        let makers: Vec<_> = self.makers.iter().map(MakerWord::text).collect();
        let whose = makers.join("; ");
        let rest = |ttl: String| format!("{name}  {ttl}  {rtype}  {content}");
        let line = match (self.ttl_before, self.ttl_after) {
            (Some(before), Some(after)) => {
                paint.yellow(&format!("~ {}", rest(format!("{before}→{after}"))))
            }
            (Some(before), None) => paint.red(&format!("- {}", rest(before.to_string()))),
            (None, after) => {
                let ttl = after.unwrap_or_default().to_string();
                paint.green(&format!("+ {}", rest(ttl)))
            }
        };
        format!("{line}{}\n", in_brackets(&whose))
    }
}

impl MakerWord {
    pub(super) fn of(maker: &Maker) -> Self {
        let Maker {
            policy,
            rule,
            service,
            node,
            resource,
        } = maker;
        let text = |word: &Option<Arc<str>>| word.as_deref().map(str::to_owned);
        Self {
            policy: policy.to_string(),
            rule: text(rule),
            service: text(service),
            node: text(node),
            resource: text(resource),
        }
    }

    /// `default, rule srv, shop/svc/web on n1, ip#0`
    pub(super) fn text(&self) -> String {
        let Self {
            policy,
            rule,
            service,
            node,
            resource,
        } = self;
        let mut text = policy.clone();
        let parts = [
            (", rule ", rule),
            (", ", service),
            (" on ", node),
            (", ", resource),
        ];
        for (before, part) in parts {
            if let Some(part) = part {
                text.push_str(before);
                text.push_str(part);
            }
        }
        text
    }
}

impl FaultWord {
    pub(super) fn of(change: Change, fault: &Fault) -> Self {
        let Fault {
            kind,
            name,
            rtype,
            maker,
            sentence,
        } = fault;
        Self {
            change: change.as_str(),
            kind: kind.as_str(),
            name: name.clone(),
            rtype: rtype.clone(),
            maker: MakerWord::of(maker),
            sentence: sentence.clone(),
        }
    }

    pub(super) fn line(&self, paint: Paint) -> String {
        let Self {
            change,
            kind,
            name,
            rtype,
            maker,
            sentence,
        } = self;
        let about: Vec<_> = [*kind, name, rtype]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        let about = plain(&format!("{}: {sentence}", about.join(" ")));
        let line = if *change == Change::Removed.as_str() {
            paint.green(&format!("no longer {about}"))
        } else {
            paint.red(&format!("now {about}"))
        };
        let whose = maker.text();
        format!("{line}{}\n", in_brackets(&whose))
    }
}

/// Whose word a line is, behind it; nothing where nobody's is known.
fn in_brackets(whose: &str) -> String {
    if whose.is_empty() {
        return String::new();
    }
    format!("  ({})", plain(whose))
}

/// A line of the policy's does not colour the terminal, nor break.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}
