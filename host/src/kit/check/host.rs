//! What the host would do with what a policy says: what it refuses, what it lets stand in the place of something else, and what
//! it cannot explain.

use zonesmith_zone::Name;
use zonesmith_zone::conflict::ConflictKind;

use super::finding::{Check, Finding, FoundRecord, From};
use crate::kit::published::{Place, Published};
use crate::kit::run::Run;

/// How many names are listed where a finding is about many.
const LISTED: usize = 3;

/// Everything about the policy at this place of the stack.
pub(super) fn look(published: &Published, run: usize, findings: &mut Vec<Finding>) {
    let Some(of_run) = published.runs.get(run) else {
        return;
    };
    describe(of_run, findings);
    for answer in &of_run.answers {
        if let (Err(failure), Some(path)) = (&answer.said, answer.path()) {
            let message = format!("{}: {failure}", failure.kind);
            findings.push(Finding::new(Check::Failing, message).from(From::service(path)));
        }
    }
    for (_, apex, reason) in published.refused_zones.iter().filter(|(of, ..)| *of == run) {
        let message = format!("the zone \"{apex}\" cannot be served: {reason}");
        findings.push(Finding::new(Check::RefusedZone, message));
    }
    for (place, record) in published.quarantined.iter().filter(|(at, _)| at.run == run) {
        let from = From::of(published, *place, record.rule, record.origin);
        let about = FoundRecord {
            name: record.owner.clone(),
            rtype: record.rtype.clone(),
            content: None,
        };
        let finding = Finding::new(Check::Quarantined, record.reason.to_string());
        findings.push(finding.from(from).about(about));
    }
    conflicts(published, run, findings);
    mixed_ttls(published, run, findings);
    explained(of_run, findings);
}

fn describe(run: &Run, findings: &mut Vec<Finding>) {
    let description = run.component.description();
    let mut say = |message: String| findings.push(Finding::new(Check::Description, message));
    if description.documentation.trim().is_empty() {
        say("it does not say what it does: its documentation is empty".to_owned());
    }
    if !is_semantic(&description.version) {
        let version = &description.version;
        say(format!(
            "its version \"{version}\" is no semantic version, as 1.0.0 is"
        ));
    }
    for (at, rule) in description.rules.iter().enumerate() {
        let name = &rule.name;
        if description
            .rules
            .iter()
            .take(at)
            .any(|other| other.name == *name)
        {
            say(format!("two rules are called \"{name}\""));
        }
        if rule.documentation.trim().is_empty() {
            say(format!("its rule \"{name}\" does not say what it does"));
        }
    }
}

/// Three numbers (semver.org), and whatever stands behind them.
fn is_semantic(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|octet| octet.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
}

fn conflicts(published: &Published, run: usize, findings: &mut Vec<Finding>) {
    for (name, conflicts) in published.contents.conflicts() {
        for conflict in conflicts {
            let Some(place) = published.place_of(conflict.loser) else {
                continue;
            };
            if place.run != run {
                continue;
            }
            let contribution = published.contents.contribution(conflict.loser);
            let mut records = contribution
                .into_iter()
                .flat_map(|it| it.find(name.as_ref()));
            let record = records.find(|record| record.rtype == conflict.rtype);
            let from = From::of(
                published,
                place,
                record.and_then(|record| record.rule),
                record.and_then(|record| record.origin),
            );
            let why = format!("it does not stand: {}", conflict.kind.sentence());
            let finding = Finding::new(Check::Conflict, why)
                .from(from)
                .about(FoundRecord::set(name, conflict.rtype));
            findings.push(match conflict.kind {
                // A policy that adds to another yields where both have a name: that is what stacking is.
                ConflictKind::Shadowed => finding.as_information(),
                ConflictKind::CnameBesideOther
                | ConflictKind::SeveralCnames
                | ConflictKind::NotExclusive
                | ConflictKind::RrsetTooLarge => finding,
            });
        }
    }
}

/// One RRset has one TTL (RFC 2181 §5.2); the host takes the lowest.
fn mixed_ttls(published: &Published, run: usize, findings: &mut Vec<Finding>) {
    let say = |place: Place, name: &Name, rtype, ttls: &[u32], of: &str| {
        let ttls: Vec<_> = ttls.iter().map(ToString::to_string).collect();
        let message = format!(
            "the records of one RRset have the TTLs {}{of}: the lowest is served (RFC 2181 §5.2)",
            ttls.join(", ")
        );
        Finding::new(Check::MixedTtls, message)
            .from(From::of(published, place, None, None))
            .about(FoundRecord::set(name, rtype))
    };
    for (place, name, rtype, ttls) in &published.mixed_ttls {
        if place.run == run {
            findings.push(say(*place, name, *rtype, ttls, ""));
        }
    }
    for zone in published.zone_set.zones().iter() {
        for listed in published.zone_set.list(zone) {
            let name = listed.name();
            let said = ttls_of(published, run, &name);
            for rrset in said.chunk_by(|one, other| one.rtype == other.rtype) {
                let mut ttls: Vec<_> = rrset.iter().map(|said| said.ttl).collect();
                ttls.dedup();
                let [first, .., last] = rrset else { continue };
                // Within one service it was told above.
                let is_of_several = rrset.iter().any(|said| said.place != first.place);
                if ttls.len() > 1 && is_of_several {
                    let other = published.at(first.place);
                    let other = other.and_then(|(_, answer)| answer.path());
                    let other = other.unwrap_or("the configuration");
                    let of = format!(", one in {other}");
                    findings.push(say(last.place, &name, last.rtype, &ttls, &of));
                }
            }
        }
    }
}

/// The TTL of a record, and who says it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SaidTtl {
    rtype: u16,
    ttl: u32,
    place: Place,
}

/// The TTLs at a name that several services contribute to, sorted.
fn ttls_of(published: &Published, run: usize, name: &Name) -> Vec<SaidTtl> {
    let ids = published.contents.contributors_of(name.as_ref());
    if ids.len() < 2 {
        return Vec::new();
    }
    let mut said = Vec::new();
    for id in ids {
        let Some(place) = published.place_of(id).filter(|place| place.run == run) else {
            continue;
        };
        let contribution = published.contents.contribution(id);
        let records = contribution
            .into_iter()
            .flat_map(|contribution| contribution.find(name.as_ref()));
        said.extend(records.map(|record| SaidTtl {
            rtype: record.rtype,
            ttl: record.ttl,
            place,
        }));
    }
    said.sort_unstable();
    said
}

/// Whether `explain` can say of each record by which rule it is there, and for what.
fn explained(run: &Run, findings: &mut Vec<Finding>) {
    let has_rules = !run.component.description().rules.is_empty();
    let (mut without_rule, mut without_origin) = (Vec::new(), Vec::new());
    for answer in &run.answers {
        let records = answer.said.as_ref().map_or(&[][..], |said| &said.records);
        let of_service = answer.service.is_some();
        for record in records {
            if has_rules && record.rule.is_none() {
                without_rule.push(record.owner.as_str());
            }
            if of_service && record.origin.is_none() {
                without_origin.push(record.owner.as_str());
            }
        }
        let strays = answer.call.strays;
        if strays > 0 {
            let message = format!(
                "it names {strays} rules or origins that are not there, or that a configuration does not have: they are \
                 dropped"
            );
            let from = answer.path().map(From::service).unwrap_or_default();
            findings.push(Finding::new(Check::Stray, message).from(from));
        }
    }
    for (records, lack) in [
        (
            without_rule,
            "name no rule, so `explain` cannot say why they are there",
        ),
        (
            without_origin,
            "name no instance or resource, so `explain` cannot say what they are of",
        ),
    ] {
        if let Some(which) = some_of(&records) {
            let message = format!("{} records {lack}: {which}", records.len());
            findings.push(Finding::new(Check::Unexplained, message));
        }
    }
}

/// The first few of a list.
fn some_of(names: &[&str]) -> Option<String> {
    let shown = names.get(..LISTED.min(names.len()))?;
    if shown.is_empty() {
        return None;
    }
    let more = if names.len() > LISTED { ", …" } else { "" };
    Some(format!("{}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semantic_version_has_three_numbers() {
        for (version, expected) in [
            ("1.0.0", true),
            ("0.12.3-rc.1+build", true),
            ("1.0", false),
            ("01.0.0", false),
            ("1.0.x", false),
            ("", false),
        ] {
            assert_eq!(is_semantic(version), expected, "{version}");
        }
    }
}
