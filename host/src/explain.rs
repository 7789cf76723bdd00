//! Why a name answers what it answers, or why it does not: values that a table, JSON, or a browser can show.
//!
//! ```text
//!  writer ──Evidence──▶ Explainer ──▶ Explanation ──▶ a tree for people, JSON for programs
//!                          ▲ │
//!       records of a service └─▶ policy, in an instance of its own
//! ```
//!
//! What is served is explained by what makes it: the services that contribute to the name are synthesised once more, in
//! instances that are not the writer's, and what comes out is compared record by record. For a name that is not there the
//! same is done with services as they would be if everything of them were up: so it shows whether the name is missing because
//! something is down, whatever the rules of the policy are. The host knows no rule.
//!
//! - [`reason`]: why there is no answer, each reason a value and a sentence
//! - [`mod@chosen`]: which of the records a client is given, where a policy chooses
//! - `makers`: who made a record
//! - `misses`: what is looked for where there is no answer
//! - `question`: what somebody asks
//! - `sources`: what there is to say of the sources
//! - `workbench`: instances of the policies, kept for the next question
//! - `words`: the tree
//!
//! **Invariant:** nobody waits for an explanation: not the writer, not a lookup. Each has a limit of time, beyond which it
//! says what it found by then.

pub mod chosen;
mod makers;
mod misses;
mod question;
pub mod reason;
mod sources;
mod words;
mod workbench;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zonesmith_zone::place::{Place, PlaceKind};
use zonesmith_zone::rdata;

use self::chosen::{ChosenSet, chosen};
use self::makers::Makers;
pub use self::question::Question;
use self::reason::Reason;
use self::workbench::Workbench;
use crate::synthesis::evidence::Evidence;
use crate::synthesis::{Handle, Phase};

/// Longest a question may take, with what a policy is asked for it. PowerDNS waits for two seconds.
const TIME_LIMIT: Duration = Duration::from_millis(1_000);

/// Names shown that lie below one, or are like one.
const MOST_NAMES: usize = 5;

/// The answer to a [`Question`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Explanation {
    /// The name that was asked for: absolute, lower case.
    pub name: String,
    /// The type that was asked for; `ANY` for all.
    #[serde(rename = "type")]
    pub rtype: String,
    /// What a resolver is told, seen from here.
    pub status: Status,
    /// Of what is served.
    pub generation: u64,
    /// The apex of the zone that the name is in.
    pub zone: Option<String>,
    /// The wildcard that answers for the name.
    pub wildcard: Option<String>,
    /// What is answered.
    pub records: Vec<ExplainedRecord>,
    /// Which of them a client is given, where a policy may choose.
    pub chosen: Vec<ChosenSet>,
    /// Why not more is answered.
    pub reasons: Vec<Reason>,
    /// Names with records that are written like this one, the nearest first.
    pub near: Vec<String>,
}

/// What a resolver is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There are records.
    Found,
    /// The name is there, without records of this type.
    NoData,
    /// There is no such name.
    NoSuchName,
    /// The name is delegated to other name servers, or redirected.
    Referral,
    /// The name is in none of the zones.
    OutOfZone,
    /// Nothing is served.
    #[default]
    NotServed,
}

/// A record and who made it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ExplainedRecord {
    /// Its owner: the name that was asked for, or the wildcard.
    pub name: String,
    /// `A`
    #[serde(rename = "type")]
    pub rtype: String,
    /// Seconds.
    pub ttl: u32,
    /// As in a master file.
    pub content: String,
    /// The generation since which it is served as it is; none of an SOA, which is never the same for long.
    pub since: Option<u64>,
    /// Who made it: several where several say the same.
    pub makers: Vec<Maker>,
}

/// Where a record comes from, from the rule to the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Maker {
    /// The policy; none of a master file's.
    pub policy: Option<MakingPolicy>,
    /// The rule of the policy.
    pub rule: Option<MakingRule>,
    /// The resource that the record comes from.
    pub resource: Option<MakingResource>,
    /// The service; none where the policy's configuration has the record.
    pub service: Option<String>,
    /// Of the service: the source that names it.
    pub source: Option<String>,
    /// `FILE:LINE` of a master file's, or the file alone.
    pub place: Option<String>,
    /// Whether the policy fails for the service: the record is what it said last.
    pub is_last_good: bool,
}

/// A policy that makes a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MakingPolicy {
    /// Its own word.
    pub name: String,
    /// Its own word.
    pub version: String,
    /// Of its bytes.
    pub digest: String,
    /// Its path, or that it is the default one.
    pub file: String,
}

/// A rule that makes a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MakingRule {
    /// A short word.
    pub name: String,
    /// What the policy says of it.
    pub documentation: String,
}

/// A resource, or an instance as a whole, that a record comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MakingResource {
    /// The node of the instance.
    pub node: String,
    /// How the instance is: `up`.
    pub availability: String,
    /// The resource; none: the instance as a whole.
    pub id: Option<String>,
    /// How the resource is.
    pub status: Option<String>,
}

/// Explains names of what a writer serves.
#[derive(Clone)]
pub struct Explainer {
    synthesis: Handle,
    /// One question at a time: policies are called for it, and lookups shall keep the cores.
    workbench: Arc<Mutex<Workbench>>,
}

impl Explainer {
    /// Explains what this writer serves.
    #[must_use]
    pub fn new(synthesis: Handle) -> Self {
        Self {
            synthesis,
            workbench: Arc::default(),
        }
    }

    /// Answers a question. Blocks: it asks the writer, and calls policies.
    #[must_use]
    pub fn explain(&self, question: &Question) -> Explanation {
        let deadline = Instant::now() + TIME_LIMIT;
        let reason = match &*self.synthesis.phase().borrow() {
            Phase::Starting(reason) => Some(Reason::Starting {
                cause: reason.clone(),
            }),
            Phase::Off(reason) => Some(Reason::Off {
                cause: reason.clone(),
            }),
            Phase::Serving(_) => None,
        };
        if let Some(reason) = reason {
            return not_served(question, reason);
        }
        let mut workbench = self
            .workbench
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let evidence = self.synthesis.evidence(&question.name, false);
        let evidence = evidence.and_then(|evidence| {
            if answers(&evidence, question) {
                return Some(evidence);
            }
            // All services are wanted where something is missing.
            self.synthesis.evidence(&question.name, true)
        });
        let Some(evidence) = evidence else {
            let cause =
                "the writer does not answer; it is busy, or the daemon is stopping".to_owned();
            return not_served(question, Reason::Starting { cause });
        };
        let mut explanation = explain(question, &evidence, &mut workbench, deadline);
        if let Some(snapshot) = self.synthesis.live() {
            explanation.chosen = chosen(&snapshot, question);
        }
        explanation
    }
}

/// Explains a name by what is known of it.
fn explain(
    question: &Question,
    evidence: &Evidence,
    workbench: &mut Workbench,
    deadline: Instant,
) -> Explanation {
    let place = evidence.zone_set.place(question.name.as_ref());
    let makers = Makers::new(evidence, workbench, deadline);
    let all = makers.records(&place);
    let lost = makers.losses(&all, question.rtype);
    let records: Vec<_> = all
        .iter()
        .filter(|(rtype, _)| is_answer(question.rtype, *rtype))
        .map(|(_, record)| record.clone())
        .collect();
    let mut explanation = Explanation {
        status: status(&place, !records.is_empty()),
        generation: evidence.generation,
        zone: place.zone.map(|zone| zone.apex().to_string()),
        wildcard: place.kind.wildcard().map(ToString::to_string),
        records,
        reasons: misses::reasons_of_place(evidence, &place, question, &all),
        ..asked(question)
    };
    explanation.reasons.extend(lost);
    let of_sources = sources::of_records(&evidence.report, &explanation.records);
    explanation.reasons.extend(of_sources);
    if explanation.records.is_empty() {
        let found = misses::look(evidence, workbench, question, deadline);
        explanation.reasons.extend(found);
    }
    if matches!(explanation.status, Status::NoSuchName | Status::OutOfZone) {
        let near = evidence.zone_set.near(question.name.as_ref(), MOST_NAMES);
        explanation.near = near.iter().map(ToString::to_string).collect();
    }
    explanation
}

/// Whether there is something to answer.
fn answers(evidence: &Evidence, question: &Question) -> bool {
    let place = evidence.zone_set.place(question.name.as_ref());
    let is_apex = place.zone.is_some_and(|zone| {
        *zone.apex() == question.name && is_answer(question.rtype, rdata::rtype::SOA)
    });
    is_apex
        || evidence
            .zone_set
            .dated(evidence.owner.as_ref())
            .any(|(record, _)| is_answer(question.rtype, record.rtype))
}

/// Whether a record of type `rtype` is an answer for the type that was asked: an alias answers for every type.
fn is_answer(asked: Option<u16>, rtype: u16) -> bool {
    asked.is_none_or(|asked| asked == rtype) || rtype == rdata::rtype::CNAME
}

fn status(place: &Place<'_>, has_records: bool) -> Status {
    let is_below_cut = place.cut.is_some();
    match &place.kind {
        PlaceKind::Outside => Status::OutOfZone,
        PlaceKind::Redirected(_) => Status::Referral,
        PlaceKind::Records | PlaceKind::Wildcard(_) if has_records => Status::Found,
        _ if is_below_cut => Status::Referral,
        PlaceKind::Records | PlaceKind::Wildcard(_) | PlaceKind::EmptyNonTerminal => Status::NoData,
        PlaceKind::Missing(_) => Status::NoSuchName,
    }
}

fn asked(question: &Question) -> Explanation {
    Explanation {
        name: question.name.to_string(),
        rtype: question.rtype.map_or_else(|| "ANY".to_owned(), type_name),
        ..Explanation::default()
    }
}

fn not_served(question: &Question, reason: Reason) -> Explanation {
    Explanation {
        reasons: vec![reason],
        ..asked(question)
    }
}

/// The name of a type.
fn type_name(rtype: u16) -> String {
    let mut name = Vec::new();
    rdata::write_type(rtype, &mut name);
    String::from_utf8_lossy(&name).into_owned()
}
