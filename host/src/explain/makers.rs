//! Who made a record: every rule, resource and service that makes exactly this one, and who says another that does not stand.
//!
//! A contribution keeps one rule and one origin of a record. What else makes it shows when the service is synthesised once
//! more; where that cannot be (the policy fails for it, the service is just going, no time is left) the kept ones are told.

use std::time::Instant;

use zonesmith_cluster::Service;
use zonesmith_zone::conflict::ConflictKind;
use zonesmith_zone::place::Place;
use zonesmith_zone::rdata::{self, rtype};
use zonesmith_zone::record::Origin;
use zonesmith_zone::validate::check;

use super::reason::Reason;
use super::workbench::Workbench;
use super::{
    ExplainedRecord, Maker, MakingPolicy, MakingResource, MakingRule, is_answer, type_name,
};
use crate::policy::stack::StackEntry;
use crate::synthesis::evidence::{Claim, ClaimedRecord, Evidence, Who};

/// Winners named where a record loses: the first say enough.
const MOST_WINNERS: usize = 3;

/// A record, and what it is by number.
pub(super) type Row = (u16, ExplainedRecord);

/// What the contributors to one name say, with everything that makes it.
pub(super) struct Makers<'a> {
    evidence: &'a Evidence,
    /// For each claim.
    made: Vec<Vec<Made>>,
}

/// One way in which a contributor makes a record.
struct Made {
    rtype: u16,
    octets: Box<[u8]>,
    rule: Option<u16>,
    origin: Option<Origin>,
    place: Option<String>,
}

impl<'a> Makers<'a> {
    pub(super) fn new(
        evidence: &'a Evidence,
        workbench: &mut Workbench,
        deadline: Instant,
    ) -> Self {
        workbench.tidy(evidence);
        let made = evidence
            .claims
            .iter()
            .map(|claim| made(evidence, claim, workbench, deadline))
            .collect();
        Self { evidence, made }
    }

    /// What the name that answers has, its SOA included, each record with who made it.
    pub(super) fn records(&self, place: &Place<'_>) -> Vec<Row> {
        let owner = &self.evidence.owner;
        let mut rows: Vec<Row> = self
            .evidence
            .zone_set
            .dated(owner.as_ref())
            .map(|(record, since)| {
                let explained = ExplainedRecord {
                    name: owner.to_string(),
                    rtype: type_name(record.rtype),
                    ttl: record.ttl,
                    content: content(record.rtype, record.octets),
                    since: Some(since),
                    makers: self.makers_of(record.rtype, record.octets),
                };
                (record.rtype, explained)
            })
            .collect();
        if let Some(zone) = place.zone.filter(|zone| zone.apex() == owner) {
            let mut text = Vec::new();
            zone.write_soa_content(&mut text);
            let soa = ExplainedRecord {
                name: owner.to_string(),
                rtype: type_name(rtype::SOA),
                ttl: zone.soa_ttl(),
                content: String::from_utf8_lossy(&text).into_owned(),
                since: None,
                makers: self.declarers(),
            };
            rows.insert(0, (rtype::SOA, soa));
        }
        rows
    }

    /// What is said of the name and does not stand.
    pub(super) fn losses(&self, rows: &[Row], asked: Option<u16>) -> Vec<Reason> {
        let mut lost = Vec::new();
        for (at, (claim, made)) in self.evidence.claims.iter().zip(&self.made).enumerate() {
            for record in &claim.records {
                let loss = self
                    .evidence
                    .losses
                    .iter()
                    .find(|loss| loss.claim == at && loss.rtype == record.rtype);
                let Some(loss) = loss.filter(|_| is_answer(asked, record.rtype)) else {
                    continue;
                };
                let standing = self.standing(record.rtype, &record.octets);
                let text = content(record.rtype, &record.octets);
                let is_served = rows
                    .iter()
                    .any(|(rtype, row)| *rtype == record.rtype && row.content == text);
                if is_served && standing.contains(&at) {
                    continue;
                }
                let way = made
                    .iter()
                    .find(|made| made.is(record.rtype, &record.octets));
                lost.push(Reason::Lost {
                    rtype: type_name(record.rtype),
                    content: text,
                    kind: loss.kind.as_str().to_owned(),
                    maker: Box::new(way.map(|made| self.maker(claim, made)).unwrap_or_default()),
                    winners: winners(rows, record.rtype),
                });
            }
        }
        lost
    }

    fn makers_of(&self, rtype: u16, octets: &[u8]) -> Vec<Maker> {
        let mut makers = Vec::new();
        for at in self.standing(rtype, octets) {
            let (Some(claim), Some(made)) = (self.evidence.claims.get(at), self.made.get(at))
            else {
                continue;
            };
            for made in made.iter().filter(|made| made.is(rtype, octets)) {
                let maker = self.maker(claim, made);
                if !makers.contains(&maker) {
                    makers.push(maker);
                }
            }
        }
        makers
    }

    /// The claims whose word this record is, if it is served: those of the first rank that says it, and of these none that
    /// gives way.
    fn standing(&self, rtype: u16, octets: &[u8]) -> Vec<usize> {
        let claims = &self.evidence.claims;
        let saying = claims.iter().enumerate().filter_map(|(at, claim)| {
            let is_it =
                |record: &&ClaimedRecord| record.rtype == rtype && *record.octets == *octets;
            claim
                .records
                .iter()
                .find(is_it)
                .map(|record| (at, claim.rank, record))
        });
        let saying: Vec<_> = saying.collect();
        let first = saying.iter().map(|(_, rank, _)| *rank).min();
        let gives_way = |at: usize, record: &ClaimedRecord| {
            let mut losses = self.evidence.losses.iter();
            record.exclusive
                && losses.any(|loss| {
                    loss.claim == at
                        && loss.rtype == rtype
                        && loss.kind == ConflictKind::NotExclusive
                })
        };
        saying
            .into_iter()
            .filter(|(at, rank, record)| Some(*rank) == first && !gives_way(*at, record))
            .map(|(at, _, _)| at)
            .collect()
    }

    /// Who declares the zone whose apex this is: whoever gives its nameservers.
    fn declarers(&self) -> Vec<Maker> {
        let naming = |claim: &&Claim| {
            let has_nameserver = claim.records.iter().any(|record| record.rtype == rtype::NS);
            match &claim.who {
                Who::File { is_zone, .. } => *is_zone,
                Who::Configuration { .. } => has_nameserver,
                Who::Service { .. } => false,
            }
        };
        let claims = self.evidence.claims.iter().filter(naming);
        let Some(claim) = claims.min_by_key(|claim| claim.rank) else {
            return Vec::new();
        };
        let declared = Made {
            rtype: rtype::SOA,
            octets: Box::default(),
            rule: None,
            origin: None,
            place: match &claim.who {
                Who::File { file, .. } => Some(file.to_string()),
                Who::Configuration { .. } | Who::Service { .. } => None,
            },
        };
        vec![self.maker(claim, &declared)]
    }

    fn maker(&self, claim: &Claim, made: &Made) -> Maker {
        match &claim.who {
            Who::File { file, .. } => Maker {
                place: Some(made.place.clone().unwrap_or_else(|| file.to_string())),
                ..Maker::default()
            },
            Who::Configuration { cluster, policy } => Maker {
                policy: self.entry(*cluster, *policy).map(policy_of),
                rule: self.rule(*cluster, *policy, made.rule),
                ..Maker::default()
            },
            Who::Service {
                cluster,
                policy,
                label,
                service,
                is_failing,
                source,
            } => Maker {
                policy: self.entry(*cluster, *policy).map(policy_of),
                rule: self.rule(*cluster, *policy, made.rule),
                resource: service
                    .as_deref()
                    .filter(|_| !is_failing)
                    .and_then(|service| resource_of(service, made.origin?)),
                service: Some(label.clone()),
                source: Some(source.clone()),
                place: None,
                is_last_good: *is_failing,
            },
        }
    }

    fn entry(&self, cluster: usize, policy: usize) -> Option<&StackEntry> {
        self.evidence.clusters.get(cluster)?.stack.get(policy)
    }

    fn rule(&self, cluster: usize, policy: usize, rule: Option<u16>) -> Option<MakingRule> {
        let rules = &self.entry(cluster, policy)?.component.description().rules;
        let rule = rules.get(usize::from(rule?))?;
        Some(MakingRule {
            name: rule.name.clone(),
            documentation: rule.documentation.clone(),
        })
    }
}

impl Made {
    fn is(&self, rtype: u16, octets: &[u8]) -> bool {
        self.rtype == rtype && *self.octets == *octets
    }
}

/// Every way in which a contributor makes its records of the name.
fn made(
    evidence: &Evidence,
    claim: &Claim,
    workbench: &mut Workbench,
    deadline: Instant,
) -> Vec<Made> {
    let mut again = Vec::new();
    if let Who::Service {
        cluster,
        policy,
        service: Some(service),
        is_failing: false,
        ..
    } = &claim.who
        && let Some(of) = evidence.clusters.get(*cluster)
        && Instant::now() < deadline
        && let Some(synthesis) = workbench.synthesize(of, *policy, service)
    {
        let (records, _) = check(synthesis.records, evidence.zone_set.zones());
        let of_name = records
            .into_iter()
            .filter(|record| record.owner == evidence.owner);
        again.extend(of_name.map(|record| Made {
            rtype: record.rtype,
            octets: record.octets,
            rule: record.rule,
            origin: record.origin,
            place: None,
        }));
    }
    let mut made = Vec::new();
    for record in &claim.records {
        let before = made.len();
        let is_it = |made: &mut Made| made.is(record.rtype, &record.octets);
        made.extend(again.extract_if(.., is_it));
        if made.len() == before {
            made.push(Made {
                rtype: record.rtype,
                octets: record.octets.clone(),
                rule: record.rule,
                origin: record.origin,
                place: record.place.clone(),
            });
        }
    }
    made
}

fn winners(rows: &[Row], rtype: u16) -> Vec<String> {
    let has_type = rows.iter().any(|(other, _)| *other == rtype);
    let mut winners = Vec::new();
    let standing = rows
        .iter()
        .filter(|(other, _)| !has_type || *other == rtype);
    for maker in standing.flat_map(|(_, row)| &row.makers) {
        let text = maker.to_string();
        if !winners.contains(&text) && winners.len() < MOST_WINNERS {
            winners.push(text);
        }
    }
    winners
}

fn policy_of(entry: &StackEntry) -> MakingPolicy {
    let description = entry.component.description();
    MakingPolicy {
        name: description.name.clone(),
        version: description.version.clone(),
        digest: entry.component.digest().to_string(),
        file: entry.source.to_string(),
    }
}

fn resource_of(service: &Service, origin: Origin) -> Option<MakingResource> {
    let instance = service
        .instances
        .get(usize::try_from(origin.instance).ok()?)?;
    let resource = origin
        .resource
        .and_then(|at| instance.resources.get(usize::try_from(at).ok()?));
    Some(MakingResource {
        node: instance.node.to_string(),
        availability: instance.availability.to_string(),
        id: resource.map(|resource| resource.id.to_string()),
        status: resource.map(|resource| resource.status.to_string()),
    })
}

/// As in a master file.
pub(super) fn content(rtype: u16, octets: &[u8]) -> String {
    let mut text = Vec::new();
    rdata::write_content(rtype, octets, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
