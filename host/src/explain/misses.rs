//! Where there is no answer: what stands in its place, what was said of the name in vain, and which services would have it.
//!
//! The host knows no rule of a policy, so it asks: a service is synthesised as it would be if every instance and resource of
//! it were up. If the name is there then, it is missing because something is down; that is exact, whatever `availability`
//! means to the policy. Services whose own name is a part of the one that is asked come first, then all others of which
//! something is not up, as long as there is time.

use std::sync::Arc;
use std::time::Instant;

use zonesmith_cluster::{Availability, Service};
use zonesmith_zone::name::{Name, NameRef};
use zonesmith_zone::place::{Place, PlaceKind};
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::record::{Origin, Record};
use zonesmith_zone::reverse::address_of;
use zonesmith_zone::validate::{CheckedRecord, check};

use self::candidates::{Candidate, candidates, near_services};
use super::makers::Row;
use super::reason::Reason;
use super::words::down;
use super::workbench::Workbench;
use super::{MOST_NAMES, MakingResource, Question, is_answer, sources, type_name};
use crate::policy::Severity;
use crate::synthesis::evidence::{ClusterEvidence, Evidence};
use crate::synthesis::report::ServiceReport;

mod candidates;

/// Services told of that have other names: more say nothing.
const MOST_SERVICES: usize = 3;

/// Services told of that are not up: more mean the same thing.
const MOST_DOWN: usize = 3;

/// What the zones alone say.
pub(super) fn reasons_of_place(
    evidence: &Evidence,
    place: &Place<'_>,
    question: &Question,
    rows: &[Row],
) -> Vec<Reason> {
    let zone_set = &evidence.zone_set;
    let mut reasons = Vec::new();
    if let Some(cut) = &place.cut
        && question.rtype != Some(rtype::DS)
    {
        reasons.push(Reason::Delegated {
            cut: cut.to_string(),
            nameservers: targets(evidence, cut.as_ref(), rtype::NS),
        });
    }
    match &place.kind {
        PlaceKind::Outside => {
            let apexes = zone_set.zones().iter().map(|zone| zone.apex().to_string());
            let (mut zones, reverse): (Vec<_>, Vec<_>) =
                apexes.partition(|apex| !apex.ends_with(".arpa."));
            zones.extend(reverse);
            reasons.push(Reason::OutsideEveryZone { zones });
        }
        PlaceKind::EmptyNonTerminal => {
            let below = zone_set.below(question.name.as_ref(), MOST_NAMES);
            reasons.push(Reason::EmptyNonTerminal {
                below: below.iter().map(ToString::to_string).collect(),
            });
        }
        PlaceKind::Redirected(dname) => {
            let target = targets(evidence, dname.as_ref(), rtype::DNAME);
            reasons.push(Reason::Redirected {
                dname: dname.to_string(),
                target: target.into_iter().next().unwrap_or_default(),
            });
        }
        PlaceKind::Records | PlaceKind::Wildcard(_) => {
            let is_answered = rows
                .iter()
                .any(|(rtype, _)| is_answer(question.rtype, *rtype));
            if !is_answered && !rows.is_empty() {
                let mut types: Vec<_> = rows.iter().map(|(_, row)| row.rtype.clone()).collect();
                types.dedup();
                reasons.push(Reason::NoRecordOfType { types });
            }
        }
        PlaceKind::Missing(_) => {}
    }
    reasons
}

/// The names that records of this type point to.
fn targets(evidence: &Evidence, name: NameRef<'_>, rtype: u16) -> Vec<String> {
    let records = evidence.zone_set.dated(name).map(|(record, _)| record);
    records
        .filter(|record| record.rtype == rtype)
        .filter_map(|record| Name::from_wire(record.octets).ok())
        .map(|(target, _)| target.to_string())
        .collect()
}

/// What else may be the reason: what failed a check, what is down, who has no such name.
pub(super) fn look(
    evidence: &Evidence,
    workbench: &mut Workbench,
    question: &Question,
    deadline: Instant,
) -> Vec<Reason> {
    let mut reasons = quarantined(evidence, question);
    let name = question.name.as_ref();
    let place = evidence.zone_set.place(name);
    if !matches!(place.kind, PlaceKind::Outside) {
        let mut look = Look {
            evidence,
            workbench,
            question,
            deadline,
            reasons: Vec::new(),
        };
        let candidates = candidates(evidence, name);
        look.not_up(&candidates);
        let is_missing = matches!(place.kind, PlaceKind::Missing(_)) && place.cut.is_none();
        if is_missing && look.reasons.is_empty() && reasons.is_empty() {
            look.other_names(&candidates);
        }
        let named = candidates.iter().filter(|candidate| candidate.is_named);
        for candidate in named.take(MOST_SERVICES) {
            look.troubles(candidate);
        }
        reasons.append(&mut look.reasons);
    }
    reasons.extend(sources::of_all(&evidence.report));
    reasons
}

/// Records of the name that failed a check.
fn quarantined(evidence: &Evidence, question: &Question) -> Vec<Reason> {
    let report = &evidence.report;
    let is_it = |owner: &str, rtype: &str| {
        let is_type = question
            .rtype
            .is_none_or(|asked| type_name(asked).eq_ignore_ascii_case(rtype));
        is_type && Name::parse(owner).is_ok_and(|owner| owner == question.name)
    };
    let services = report
        .services
        .iter()
        .map(|(key, service)| (report.label(key), service));
    let all = services.chain([(String::new(), &*report.configuration)]);
    let mut reasons = Vec::new();
    for (path, service) in all {
        let records = service.quarantined.iter();
        let of_name = records.filter(|record| is_it(&record.owner, &record.rtype));
        reasons.extend(of_name.map(|record| Reason::Quarantined {
            service: path.clone(),
            policy: record.policy.clone(),
            rule: record.rule.clone(),
            resource: record.resource.clone(),
            rtype: record.rtype.clone(),
            cause: record.reason.clone(),
        }));
    }
    let refused = report.master_files.iter().flat_map(|file| &file.refused);
    let of_name = refused.filter(|record| is_it(&record.owner, &record.rtype));
    reasons.extend(of_name.map(|record| Reason::Quarantined {
        service: String::new(),
        policy: record.place.clone(),
        rule: None,
        resource: None,
        rtype: record.rtype.clone(),
        cause: record.reason.clone(),
    }));
    reasons
}

/// Services are asked for the name.
struct Look<'a> {
    evidence: &'a Evidence,
    workbench: &'a mut Workbench,
    question: &'a Question,
    deadline: Instant,
    reasons: Vec<Reason>,
}

impl Look<'_> {
    /// Services that would have the name if everything of them were up.
    fn not_up(&mut self, candidates: &[Candidate<'_>]) {
        let down: Vec<_> = candidates
            .iter()
            .filter(|candidate| !is_all_up(candidate.service))
            .collect();
        for (at, candidate) in down.iter().enumerate() {
            if self.reasons.len() >= MOST_DOWN {
                return;
            }
            if Instant::now() > self.deadline {
                self.reasons.push(Reason::NotAllLookedAt {
                    services: at,
                    all: down.len(),
                });
                return;
            }
            let up = all_up(candidate.service);
            for policy in 0..candidate.cluster.stack.len() {
                let record = self
                    .synthesize(candidate.cluster, policy, &up)
                    .into_iter()
                    .find(|record| self.is_asked(record));
                if let Some(record) = record {
                    let reason = self.would_be_up(candidate, policy, &record);
                    self.reasons.push(reason);
                    break;
                }
            }
        }
    }

    /// Services that are called as the name says, and have other names; or that no service is called so.
    fn other_names(&mut self, candidates: &[Candidate<'_>]) {
        let named: Vec<_> = candidates
            .iter()
            .filter(|candidate| candidate.is_named)
            .take(MOST_SERVICES)
            .collect();
        if named.is_empty() {
            let name = self.question.name.as_ref();
            self.reasons.push(match address_of(name) {
                Some(address) => Reason::NoSuchAddress {
                    address: address.to_string(),
                },
                None => Reason::NoSuchService {
                    near: near_services(self.evidence, name, MOST_SERVICES),
                },
            });
        }
        // What a failing policy would make is not known; that it fails is told below.
        let report = &self.evidence.report;
        let is_well = |candidate: &&&Candidate<'_>| {
            let told = candidate.report(report);
            told.is_none_or(|told| told.failures.is_empty())
        };
        for candidate in named.iter().filter(is_well) {
            let mut names: Vec<Name> = (0..candidate.cluster.stack.len())
                .flat_map(|policy| self.synthesize(candidate.cluster, policy, candidate.service))
                .map(|record| record.owner)
                .collect();
            names.sort_by_key(|name| (std::cmp::Reverse(self.likeness(name)), name.clone()));
            names.dedup();
            names.truncate(MOST_NAMES);
            self.reasons.push(Reason::OtherNames {
                service: candidate.label(&self.evidence.report),
                instances: candidate.service.instances.len(),
                names: names.iter().map(ToString::to_string).collect(),
            });
        }
    }

    /// What policies have to say of a service that may have the name.
    fn troubles(&mut self, candidate: &Candidate<'_>) {
        let report = &self.evidence.report;
        self.reasons
            .extend(sources::contested(report, &candidate.label(report)));
        let Some(ServiceReport {
            failures,
            diagnostics,
            ..
        }) = candidate.report(report)
        else {
            return;
        };
        let service = candidate.label(report);
        self.reasons
            .extend(failures.iter().map(|failure| Reason::Failing {
                service: service.clone(),
                policy: failure.policy.clone(),
                cause: failure.message.clone(),
            }));
        let remarks = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity > Severity::Information);
        self.reasons
            .extend(remarks.map(|diagnostic| Reason::Remark {
                service: service.clone(),
                policy: diagnostic.policy.clone(),
                message: diagnostic.message.clone(),
            }));
    }

    /// What of a service is not up, where a record comes from that would be there.
    fn would_be_up(
        &self,
        candidate: &Candidate<'_>,
        policy: usize,
        record: &CheckedRecord,
    ) -> Reason {
        let entry = candidate.cluster.stack.get(policy);
        let description = entry.map(|entry| entry.component.description());
        let rule = record.rule.and_then(|rule| {
            let rules = &description?.rules;
            rules.get(usize::from(rule)).map(|rule| rule.name.clone())
        });
        let state = not_up(candidate.service, record.origin);
        Reason::NotUp {
            service: candidate.label(&self.evidence.report),
            policy: description.map_or_else(String::new, |description| description.name.clone()),
            rule,
            state: state.iter().map(down).collect(),
        }
    }

    /// Octets of the key that a name shares with the one that is asked.
    fn likeness(&self, name: &Name) -> usize {
        let asked = self.question.name.as_ref().key();
        let shared = name.as_ref().key().iter().zip(asked);
        shared.take_while(|(one, other)| one == other).count()
    }

    fn is_asked(&self, record: &CheckedRecord) -> bool {
        record.owner == self.question.name && is_answer(self.question.rtype, record.rtype)
    }

    fn synthesize(
        &mut self,
        cluster: &ClusterEvidence,
        policy: usize,
        service: &Service,
    ) -> Vec<CheckedRecord> {
        let made = self.workbench.synthesize(cluster, policy, service);
        let records: Vec<Record> = made.map(|made| made.records).unwrap_or_default();
        check(records, self.evidence.zone_set.zones()).0
    }
}

/// The resource a record would come from as it is now; all that is not up where that is not known.
fn not_up(service: &Service, origin: Option<Origin>) -> Vec<MakingResource> {
    let mut found = Vec::new();
    for (at, instance) in (0_u32..).zip(&service.instances) {
        for (of, resource) in (0_u32..).zip(&instance.resources) {
            let is_it = origin.is_none_or(|origin| {
                origin.instance == at && origin.resource.is_none_or(|resource| resource == of)
            });
            let is_up =
                resource.status == Availability::Up && instance.availability == Availability::Up;
            if is_it && !is_up {
                found.push(MakingResource {
                    node: instance.node.to_string(),
                    availability: instance.availability.to_string(),
                    id: Some(resource.id.to_string()),
                    status: Some(resource.status.to_string()),
                });
            }
        }
    }
    found.truncate(MOST_NAMES);
    found
}

fn is_all_up(service: &Service) -> bool {
    service.instances.iter().all(|instance| {
        instance.availability == Availability::Up
            && instance
                .resources
                .iter()
                .all(|resource| resource.status == Availability::Up)
    })
}

/// The service as it would be if everything of it were up.
fn all_up(service: &Arc<Service>) -> Service {
    let mut up = Service::clone(service);
    for instance in &mut up.instances {
        instance.availability = Availability::Up;
        for resource in &mut instance.resources {
            resource.status = Availability::Up;
        }
    }
    up
}
