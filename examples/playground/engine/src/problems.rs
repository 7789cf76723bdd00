//! Everything that somebody may want to change: in the document, in what policies say, in what came of it.

use std::collections::BTreeSet;

use zonesmith_zone::canonical::Canonical;
use zonesmith_zone::rdata::{rtype, target};
use zonesmith_zone::{Name, RecordRef, ZoneSet};

use crate::bindings::exports::zonesmith::playground::workbench::{Counts, Problem, ProblemKind};
use crate::bindings::zonesmith::policy::naming::Severity;
use crate::document::Document;
use crate::entry::{Answer, Entry};
use crate::maker::Maker;
use crate::printed;
use crate::stack::{Place, Stack};

/// All of them: of the document first, then what hinders most.
pub(crate) fn all(document: &Document, stack: &Stack) -> Vec<Problem> {
    let mut problems = Vec::new();
    of_document(document, &mut problems);
    of_policies(stack, &mut problems);
    for (place, entry, answer) in stack.said() {
        let said = At {
            document,
            stack,
            place: &place,
        };
        said.failure(entry, answer, &mut problems);
        said.diagnostics(answer, &mut problems);
        said.checks(&mut problems);
    }
    conflicts(document, stack, &mut problems);
    dangling(document, stack, &mut problems);
    problems
}

/// How many there are of each severity.
pub(crate) fn count(problems: &[Problem]) -> Counts {
    let count = |wanted| {
        let of_it = problems.iter().filter(|problem| problem.severity == wanted);
        u32::try_from(of_it.count()).unwrap_or(u32::MAX)
    };
    Counts {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        information: count(Severity::Information),
    }
}

/// Those of one list that are not in the other.
pub(crate) fn without(problems: &[Problem], others: &[Problem]) -> Vec<Problem> {
    let key = |problem: &Problem| {
        let Problem {
            sentence,
            policy,
            service,
            name,
            instance,
            resource,
            ..
        } = problem.clone();
        (sentence, policy, service, name, instance, resource)
    };
    let others: BTreeSet<_> = others.iter().map(key).collect();
    let rest = problems
        .iter()
        .filter(|problem| !others.contains(&key(problem)));
    rest.cloned().collect()
}

fn problem(kind: ProblemKind, severity: Severity, sentence: String) -> Problem {
    Problem {
        kind,
        severity,
        sentence,
        policy: None,
        rule: None,
        service: None,
        instance: None,
        resource: None,
        path: None,
        name: None,
    }
}

fn of_document(document: &Document, problems: &mut Vec<Problem>) {
    for found in printed::problems_of(document.state()) {
        problems.push(Problem {
            path: Some(found.path.clone()),
            ..problem(
                ProblemKind::Document,
                Severity::Error,
                found.message.clone(),
            )
        });
    }
    if document.state().cluster.nameservers.is_empty() && document.format().is_some() {
        let sentence = "DNS is off: the cluster has no nameserver (`dns`)".to_owned();
        problems.push(Problem {
            path: Some("cluster".to_owned()),
            ..problem(ProblemKind::Document, Severity::Error, sentence)
        });
    }
}

fn of_policies(stack: &Stack, problems: &mut Vec<Problem>) {
    for entry in &stack.entries {
        if let Some(reason) = entry.refusal() {
            problems.push(Problem {
                policy: Some(entry.name().to_owned()),
                ..problem(ProblemKind::Refused, Severity::Error, reason.to_owned())
            });
        }
    }
    for (policy, apex, reason) in &stack.refused_zones {
        let sentence = format!("the zone \"{apex}\" is refused: {reason}");
        let policy = stack.entries.get(*policy);
        problems.push(Problem {
            policy: policy.map(|entry| entry.name().to_owned()),
            name: Some(apex.clone()),
            ..problem(ProblemKind::RefusedZone, Severity::Error, sentence)
        });
    }
}

/// Where something was said.
struct At<'a> {
    document: &'a Document,
    stack: &'a Stack,
    place: &'a Place,
}

impl At<'_> {
    fn failure(&self, entry: &Entry, answer: &Answer, problems: &mut Vec<Problem>) {
        let Some(failure) = &answer.failure else {
            return;
        };
        let sentence = match answer.good {
            Some(_) => format!("the policy failed, and the last good records stay: {failure}"),
            None => format!("the policy failed: {failure}"),
        };
        let service = self.place.service.as_ref();
        let known = service.and_then(|path| self.document.state().services.get(path));
        problems.push(Problem {
            policy: Some(entry.name().to_owned()),
            service: service.map(ToString::to_string),
            path: known.and_then(|service| self.document.path_of_service(service)),
            ..problem(ProblemKind::Failure, Severity::Error, sentence)
        });
    }

    fn diagnostics(&self, answer: &Answer, problems: &mut Vec<Problem>) {
        let said = answer.good.as_ref();
        for diagnostic in said.map_or(&[][..], |said| &said.diagnostics) {
            let maker = Maker::at(self.stack, self.place, diagnostic.rule, diagnostic.origin);
            let found = problem(
                ProblemKind::Diagnostic,
                diagnostic.severity,
                diagnostic.message.clone(),
            );
            problems.push(whose(self.document, found, &maker));
        }
    }

    fn checks(&self, problems: &mut Vec<Problem>) {
        let Some(checked) = self.stack.checked(self.place) else {
            return;
        };
        for record in checked.quarantined.iter() {
            let maker = Maker::at(self.stack, self.place, record.rule, record.origin);
            let sentence = format!(
                "{} {} is not served: {}",
                record.owner, record.rtype, record.reason
            );
            let found = problem(ProblemKind::Quarantined, Severity::Error, sentence);
            problems.push(Problem {
                name: Some(record.owner.clone()),
                ..whose(self.document, found, &maker)
            });
        }
        for (owner, rtype) in checked.several_ttls.iter() {
            let maker = Maker::at(self.stack, self.place, None, None);
            let rtype = printed::type_name(*rtype);
            let sentence = format!(
                "{owner} {rtype} has several TTLs; the lowest stands for all (RFC 2181 §5.2)"
            );
            let found = problem(ProblemKind::SeveralTtls, Severity::Information, sentence);
            problems.push(Problem {
                name: Some(owner.to_string()),
                ..whose(self.document, found, &maker)
            });
        }
    }
}

/// The same with whose it is.
fn whose(document: &Document, problem: Problem, maker: &Maker<'_>) -> Problem {
    let owned = |text: &str| text.to_owned();
    Problem {
        policy: maker.policy.map(owned),
        rule: maker.rule.map(|rule| rule.name.clone()),
        service: maker.service_path().map(ToString::to_string),
        instance: maker.node().map(owned),
        resource: maker.resource().map(owned),
        path: document.path_of(maker),
        ..problem
    }
}

fn conflicts(document: &Document, stack: &Stack, problems: &mut Vec<Problem>) {
    for (name, conflicts) in stack.contents.conflicts() {
        for conflict in conflicts {
            let Some(place) = stack.place_of(conflict.loser) else {
                continue;
            };
            let contribution = stack.contents.contribution(conflict.loser);
            let lost = contribution.and_then(|said| {
                said.find(name.as_ref())
                    .find(|said| said.rtype == conflict.rtype)
            });
            let maker = Maker::at(
                stack,
                place,
                lost.and_then(|said| said.rule),
                lost.and_then(|said| said.origin),
            );
            let rtype = printed::type_name(conflict.rtype);
            let sentence = format!(
                "{name} {rtype} does not stand: {}",
                conflict.kind.sentence()
            );
            let found = problem(ProblemKind::Conflict, Severity::Warning, sentence);
            problems.push(Problem {
                name: Some(name.to_string()),
                ..whose(document, found, &maker)
            });
        }
    }
}

/// Records that refer to names of ours that are not there.
fn dangling(document: &Document, stack: &Stack, problems: &mut Vec<Problem>) {
    let zone_set = &stack.zone_set;
    for zone in zone_set.zones().iter() {
        for listed in zone_set.list(zone) {
            for record in listed.records() {
                let Some(target) = target(record.rtype, record.octets) else {
                    continue;
                };
                let Some(why) = why_dangling(zone_set, &record, &target) else {
                    continue;
                };
                let name = listed.name();
                let maker = Maker::of(stack, name.as_ref(), &record);
                let rtype = printed::type_name(record.rtype);
                let found = problem(
                    ProblemKind::Dangling,
                    Severity::Warning,
                    format!("{name} {rtype} leads nowhere: {why}"),
                );
                problems.push(Problem {
                    name: Some(name.to_string()),
                    ..whose(document, found, &maker)
                });
            }
        }
    }
}

fn why_dangling(zone_set: &ZoneSet, record: &RecordRef<'_>, target: &Name) -> Option<String> {
    // No service, no mail, or the owner itself.
    if target.as_ref().is_root() {
        return None;
    }
    match zone_set.canonical(target) {
        Canonical::Unknown => None,
        Canonical::Missing(name) => Some(format!("there is no {name}")),
        Canonical::Loop => Some("its aliases never end".to_owned()),
        Canonical::Name { name, .. } => {
            let wants_address = !matches!(record.rtype, rtype::CNAME | rtype::PTR | rtype::DNAME);
            let has_none = wants_address && zone_set.addresses(name.as_ref()).is_empty();
            has_none.then(|| format!("{name} has no address"))
        }
    }
}
