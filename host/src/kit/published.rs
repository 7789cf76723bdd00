//! What the daemon would publish of what policies said: the zones, and everything it would tell of them.
//!
//! Printed, it is a golden file: every zone as a master file (with serial 0, the daemon has its own), then a comment for each
//! thing that the daemon would tell. The harness of the SDK prints the same of a policy that runs natively.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zonesmith_cluster::State;
use zonesmith_zone::notes::{Notes, Whose};
use zonesmith_zone::print::write_zone;
use zonesmith_zone::record::Origin;
use zonesmith_zone::validate::check;
use zonesmith_zone::{
    CheckedRecord, Contents, Contribution, Contributor, ContributorId, Name, Quarantined, Reason,
    Zone, ZoneSet, Zones,
};

use super::run::{Answer, Run};
use crate::policy::Severity;

/// The zones of a stack of policies over a cluster, and where everything in them comes from.
pub struct Published {
    /// Every contribution, winning or not.
    pub contents: Contents,
    /// As the daemon would hold them.
    pub zone_set: ZoneSet,
    /// The policies, in the order of the stack.
    pub runs: Vec<Run>,
    /// Records that were refused.
    pub quarantined: Vec<(Place, Quarantined)>,
    /// Zones that were refused: the policy, and the apex as it was written.
    pub refused_zones: Vec<(usize, String, Reason)>,
    /// RRsets that a contributor gives several TTLs, with those.
    pub mixed_ttls: Vec<(Place, Name, u16, Vec<u32>)>,
    places: BTreeMap<ContributorId, Place>,
    problems: Vec<String>,
}

/// An answer of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index into [`Published::runs`].
    pub run: usize,
    /// Index into the answers of that.
    pub answer: usize,
}

impl Published {
    /// Checks and merges what policies said of a cluster.
    #[must_use]
    pub fn of(state: &State, runs: Vec<Run>) -> Self {
        let of_services = state.services.values();
        let problems = of_services.flat_map(|service| &service.problems);
        let problems = state.problems.iter().chain(problems);
        let problems = problems.map(ToString::to_string).collect();
        let (zones, mut nameservers, refused_zones) = declare(&runs);
        let mut quarantined = Vec::new();
        let mut mixed_ttls = Vec::new();
        let mut contributions = Vec::new();
        let mut places = Vec::new();
        for (run, of_run) in runs.iter().enumerate() {
            for (answer, of_answer) in of_run.answers.iter().enumerate() {
                let place = Place { run, answer };
                let records = of_answer.said.as_ref().map(|said| said.records.clone());
                let (mut records, refused) = check(records.unwrap_or_default(), &zones);
                quarantined.extend(refused.into_iter().map(|record| (place, record)));
                mixed_ttls.extend(
                    mixed(&mut records)
                        .into_iter()
                        .map(|(owner, rtype, ttls)| (place, owner, rtype, ttls)),
                );
                if let Some(of_zones) = nameservers.get_mut(run) {
                    // Beside the first answer: the configuration's.
                    records.append(of_zones);
                }
                let contributor = Contributor {
                    rank: u32::try_from(run).unwrap_or(u32::MAX),
                    label: Arc::from(of_answer.path().unwrap_or_default()),
                };
                contributions.push((contributor, Contribution::from_records(records)));
                places.push(place);
            }
        }
        let (contents, ids) = Contents::build(zones, contributions);
        Self {
            zone_set: contents.zone_set(),
            contents,
            runs,
            quarantined,
            refused_zones,
            mixed_ttls,
            places: ids.into_iter().zip(places).collect(),
            problems,
        }
    }

    /// The answer at a place, and the policy that gave it.
    #[must_use]
    pub fn at(&self, place: Place) -> Option<(&Run, &Answer)> {
        let run = self.runs.get(place.run)?;
        Some((run, run.answers.get(place.answer)?))
    }

    /// Whose words the contribution is.
    #[must_use]
    pub fn place_of(&self, id: ContributorId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    /// How many records of a policy may stand.
    #[must_use]
    pub fn records_of(&self, run: usize) -> usize {
        let of_run = self.places.iter().filter(|(_, place)| place.run == run);
        let contributions = of_run.filter_map(|(id, _)| self.contents.contribution(*id));
        contributions.map(Contribution::len).sum()
    }

    /// What there is to tell beside the zones.
    fn notes(&self) -> Notes {
        let mut notes = Notes::default();
        for problem in &self.problems {
            notes.problem(problem);
        }
        for (run, apex, reason) in &self.refused_zones {
            let policy = self.runs.get(*run).map_or("?", Run::name);
            notes.refused_zone(policy, apex, reason);
        }
        let mut quarantined = self.quarantined.iter().peekable();
        for (run, of_run) in self.runs.iter().enumerate() {
            for (answer, of_answer) in of_run.answers.iter().enumerate() {
                match &of_answer.said {
                    Ok(said) => {
                        for diagnostic in &said.diagnostics {
                            let whose =
                                whose(of_run, of_answer, diagnostic.rule, diagnostic.origin);
                            let severity = diagnostic.severity.as_str();
                            notes.diagnostic(severity, &whose, &diagnostic.message);
                        }
                    }
                    Err(failure) => {
                        let message = format!("the policy failed: {failure}");
                        let whose = whose(of_run, of_answer, None, None);
                        notes.diagnostic(Severity::Error.as_str(), &whose, &message);
                    }
                }
                let place = Place { run, answer };
                while let Some((_, record)) = quarantined.next_if(|(of, _)| *of == place) {
                    notes.quarantined(
                        &whose(of_run, of_answer, record.rule, record.origin),
                        record,
                    );
                }
            }
        }
        let policies: Vec<_> = self.runs.iter().map(|run| run.name().to_owned()).collect();
        notes.conflicts(&self.contents, &policies);
        notes
    }
}

impl fmt::Display for Published {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        for zone in self.zone_set.zones().iter() {
            write_zone(&self.zone_set, zone, &mut text);
        }
        formatter.write_str(&String::from_utf8_lossy(&text))?;
        self.notes().fmt(formatter)
    }
}

/// Whose words something is that a policy says of a place in a service.
fn whose<'a>(
    run: &'a Run,
    answer: &'a Answer,
    rule: Option<u16>,
    origin: Option<Origin>,
) -> Whose<'a> {
    let (node, resource) = answer.place(origin);
    Whose {
        policy: run.name(),
        service: answer.path(),
        node,
        resource,
        rule: run.rule(rule),
    }
}

/// The zones of all policies, for each policy the NS records of those it declares, and what is no zone.
type Declared = (Zones, Vec<Vec<CheckedRecord>>, Vec<(usize, String, Reason)>);

fn declare(runs: &[Run]) -> Declared {
    let mut zones = Vec::new();
    let mut nameservers = Vec::new();
    let mut refused = Vec::new();
    for (run, of_run) in runs.iter().enumerate() {
        let mut of_zones = Vec::new();
        for declared in &of_run.zones {
            match Zone::declare(declared) {
                Ok((zone, records)) => {
                    zones.push(zone);
                    of_zones.extend(records);
                }
                Err(reason) => refused.push((run, declared.apex.clone(), reason)),
            }
        }
        nameservers.push(of_zones);
    }
    let zones = Zones::new(zones).with_serials(|_| 0);
    (zones, nameservers, refused)
}

/// Sorts records, and finds the RRsets that have several TTLs.
fn mixed(records: &mut [CheckedRecord]) -> Vec<(Name, u16, Vec<u32>)> {
    records.sort_by(|one, other| (&one.owner, one.rtype).cmp(&(&other.owner, other.rtype)));
    let mut mixed = Vec::new();
    for rrset in records.chunk_by(|one, other| one.owner == other.owner && one.rtype == other.rtype)
    {
        let mut ttls: Vec<_> = rrset.iter().map(|record| record.ttl).collect();
        ttls.sort_unstable();
        ttls.dedup();
        if let [first, _, ..] = rrset
            && ttls.len() > 1
        {
            mixed.push((first.owner.clone(), first.rtype, ttls));
        }
    }
    mixed
}
