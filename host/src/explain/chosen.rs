//! Which of the records a client is given, where a policy chooses: what a lookup does, done once more for who asks why.

use std::fmt;

use serde::{Deserialize, Serialize};
use zonesmith_zone::zone_set::{Answer, RecordRef};

use super::makers::content;
use super::{Question, is_answer, type_name};
use crate::snapshot::Snapshot;
use crate::snapshot::selection::{Given, may_be_chosen_from};

/// Records named in a sentence.
const MOST_NAMED: usize = 8;

/// A set of records that a policy may choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ChosenSet {
    /// Their type.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The policy that is asked.
    pub policy: String,
    /// How many there are.
    pub records: usize,
    /// The network that was named; none: nobody was, and the policy was not asked.
    pub client: Option<String>,
    /// What it is given, where that is not all of them.
    pub given: Option<Vec<String>>,
    /// Leading bits of an address by which the answer is kept; none where it is kept for everyone.
    pub scope: Option<u8>,
}

/// The sets at the name that somebody may choose from. Asks the policy, if a client was named: that counts like a lookup.
pub(super) fn chosen(snapshot: &Snapshot, question: &Question) -> Vec<ChosenSet> {
    let Some(choose) = &snapshot.selection else {
        return Vec::new();
    };
    let name = question.name.as_ref();
    let Answer::Records {
        zone,
        records,
        standing,
        ..
    } = snapshot.zone_set.find(name)
    else {
        return Vec::new();
    };
    let wanted = |rtype| is_answer(question.rtype, rtype);
    let given = question
        .client
        .map(|client| Given::of(&**choose, (zone, name), client, standing, records, wanted));
    let policy = choose.status().policy;
    let all: Vec<_> = records.collect();
    let sets = all.chunk_by(|one, other| one.rtype == other.rtype);
    let sets = sets.filter_map(|set| {
        let rtype = set.first()?.rtype;
        let is_asked_about = set.len() > 1 && may_be_chosen_from(rtype, standing) && wanted(rtype);
        is_asked_about.then(|| {
            let of_client = given.as_ref().map(|given| of_set(given, rtype, set));
            let (given, scope) = of_client.unwrap_or_default();
            ChosenSet {
                rtype: type_name(rtype),
                policy: policy.clone(),
                records: set.len(),
                client: question.client.map(|client| client.to_string()),
                given,
                scope,
            }
        })
    });
    sets.collect()
}

/// What is given of a set, if that is not all of it, and for whom that is kept.
fn of_set(given: &Given, rtype: u16, set: &[RecordRef<'_>]) -> (Option<Vec<String>>, Option<u8>) {
    let masks = (0..).zip(set).filter_map(|(place, record)| {
        let mask = given.scope_mask(rtype, place)?;
        Some((content(rtype, record.octets), mask))
    });
    let masks: Vec<_> = masks.collect();
    let scope = masks.iter().map(|(_, mask)| *mask).max();
    let is_everything = masks.len() == set.len();
    let contents = masks.into_iter().map(|(content, _)| content).collect();
    (
        (!is_everything).then_some(contents),
        scope.filter(|scope| *scope > 0),
    )
}

impl fmt::Display for ChosenSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rtype,
            policy,
            records,
            client,
            given,
            scope,
        } = self;
        let Some(client) = client else {
            return write!(
                out,
                "{policy} may choose which of the {records} records of type {rtype} a client is given: --client NETWORK says \
                 which"
            );
        };
        match (given, scope) {
            (Some(given), _) => {
                let shown = given.get(..MOST_NAMED.min(given.len())).unwrap_or_default();
                let more = if shown.len() < given.len() {
                    ", …"
                } else {
                    ""
                };
                write!(
                    out,
                    "{client} is given {} of the {records} records of type {rtype}, as {policy} chooses: {}{more}",
                    given.len(),
                    shown.join(", ")
                )?;
            }
            (None, Some(_)) => write!(
                out,
                "{client} is given all {records} records of type {rtype}: {policy} chose them, or could not be asked"
            )?,
            (None, None) => write!(
                out,
                "{client} is given all {records} records of type {rtype}, as everyone is: {policy} does not choose from them"
            )?,
        }
        match scope {
            Some(scope) => write!(out, " (kept for /{scope})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_one_sentence() {
        let set = ChosenSet {
            rtype: "A".into(),
            policy: "nearest".into(),
            records: 3,
            ..ChosenSet::default()
        };
        let of = |given: Option<&[&str]>, scope| {
            let given = given.map(|given| given.iter().map(ToString::to_string).collect());
            let client = Some("10.22.0.0/16".to_owned());
            ChosenSet {
                client,
                given,
                scope,
                ..set.clone()
            }
            .to_string()
        };
        insta::assert_snapshot!(
            [
                set.to_string(),
                of(Some(&["10.22.0.5"]), Some(16)),
                of(None, Some(16)),
                of(None, None),
            ]
            .join("\n"), @r"
        nearest may choose which of the 3 records of type A a client is given: --client NETWORK says which
        10.22.0.0/16 is given 1 of the 3 records of type A, as nearest chooses: 10.22.0.5 (kept for /16)
        10.22.0.0/16 is given all 3 records of type A: nearest chose them, or could not be asked (kept for /16)
        10.22.0.0/16 is given all 3 records of type A, as everyone is: nearest does not choose from them
        ");
    }
}
