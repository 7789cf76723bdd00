//! A question as a resolver would answer it: the search list is gone through, aliases are followed, and a miss has its
//! reasons.

use std::net::IpAddr;

use zonesmith_cluster::IpPrefix;
use zonesmith_zone::canonical::LONGEST_CHAIN;
use zonesmith_zone::near::distance;
use zonesmith_zone::place::{Place, PlaceKind};
use zonesmith_zone::rdata::{self, decode, parse_type, rtype, target};
use zonesmith_zone::reverse::{address_of, reverse_name};
use zonesmith_zone::{Answer as Found, Name, RecordRef};

use crate::bindings::exports::zonesmith::playground::workbench::{
    Answer, AnswerStatus, AnswerStep, Choosing, Question,
};
use crate::document::Document;
use crate::given;
use crate::maker::Maker;
use crate::printed;
use crate::rows;
use crate::said;
use crate::stack::Stack;

/// Names shown that lie below one, or are like one.
const MOST_NAMES: usize = 5;

/// Services named where a name is missing: more say nothing.
const MOST_SERVICES: usize = 3;

/// A question that can be asked.
struct Asked {
    /// None: all types.
    rtype: Option<u16>,
    client: Option<IpPrefix>,
}

/// Answers it.
pub(crate) fn answer(
    document: &Document,
    stack: &Stack,
    question: &Question,
) -> Result<Answer, String> {
    let asked = Asked::read(question)?;
    let names = names(question)?;
    let look = Look {
        document,
        stack,
        asked: &asked,
    };
    let mut steps = Vec::new();
    if stack.zone_set.zones().is_empty() {
        return Ok(Answer {
            status: AnswerStatus::NotServed,
            steps,
        });
    }
    for name in names {
        let (step, alias) = look.at(&name);
        let is_there = matches!(step.status, AnswerStatus::Found | AnswerStatus::Referral);
        steps.push(step);
        let mut next = alias;
        let mut hops = 0;
        while let Some(name) = next.take().filter(|_| hops < LONGEST_CHAIN) {
            let (step, alias) = look.at(&name);
            steps.push(step);
            next = alias;
            hops += 1;
        }
        if is_there {
            break;
        }
    }
    let last = steps.last();
    Ok(Answer {
        status: last.map_or(AnswerStatus::NotServed, |step| step.status),
        steps,
    })
}

impl Asked {
    fn read(question: &Question) -> Result<Self, String> {
        let Question { type_, client, .. } = question;
        let rtype = if type_.eq_ignore_ascii_case("ANY") {
            None
        } else {
            let number = parse_type(type_.to_ascii_uppercase().as_bytes());
            Some(number.ok_or_else(|| format!("{type_} is no type of records"))?)
        };
        let client = client
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        Ok(Self {
            rtype,
            client: client.map(network).transpose()?,
        })
    }

    fn is_answer(&self, rtype: u16) -> bool {
        self.rtype.is_none_or(|asked| asked == rtype) || rtype == rtype::CNAME
    }
}

/// An address is a network of its own.
fn network(text: &str) -> Result<IpPrefix, String> {
    let whole = match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => format!("{text}/32"),
        Ok(IpAddr::V6(_)) => format!("{text}/128"),
        Err(_) => text.to_owned(),
    };
    whole
        .parse()
        .map_err(|_| format!("{text} is neither an address nor a network"))
}

/// What a resolver asks for, one after the other: a name with a dot inside as it is first, any other in the search list
/// first.
fn names(question: &Question) -> Result<Vec<Name>, String> {
    let text = question.name.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(vec![reverse_name(address)]);
    }
    let parse = |text: &str| Name::parse(text).map_err(|error| format!("{text}: {error}"));
    let as_it_is = parse(text)?;
    if text.ends_with('.') {
        return Ok(vec![as_it_is]);
    }
    let mut names = Vec::new();
    for domain in &question.search_domains {
        names.push(parse(&format!("{text}.{}", domain.trim()))?);
    }
    let at = if text.contains('.') { 0 } else { names.len() };
    names.insert(at, as_it_is);
    Ok(names)
}

struct Look<'a> {
    document: &'a Document,
    stack: &'a Stack,
    asked: &'a Asked,
}

impl Look<'_> {
    /// What is answered for one name, and the name that an alias leads to.
    fn at(&self, name: &Name) -> (AnswerStep, Option<Name>) {
        let zone_set = &self.stack.zone_set;
        let place = zone_set.place(name.as_ref());
        let owner = place.kind.wildcard().unwrap_or(name);
        let records = match zone_set.find(owner.as_ref()) {
            Found::Records { records, .. } => records.collect(),
            Found::EmptyNonTerminal { .. } | Found::NoSuchName => Vec::new(),
        };
        let answered: Vec<RecordRef<'_>> = records
            .iter()
            .filter(|record| self.asked.is_answer(record.rtype))
            .copied()
            .collect();
        let mut rows = Vec::new();
        if let Some(zone) = place.zone {
            if zone.apex() == name && self.asked.is_answer(rtype::SOA) {
                rows.push(rows::soa(zone));
            }
            rows.extend(
                answered
                    .iter()
                    .map(|record| rows::made(self.document, self.stack, zone, owner, record)),
            );
        }
        let status = status(&place, !rows.is_empty());
        let is_missing = matches!(status, AnswerStatus::NoSuchName | AnswerStatus::OutOfZone);
        let near = is_missing.then(|| zone_set.near(name.as_ref(), MOST_NAMES));
        let alias = answered
            .iter()
            .find(|record| record.rtype == rtype::CNAME && self.asked.rtype != Some(rtype::CNAME))
            .and_then(|record| target(record.rtype, record.octets));
        let step = AnswerStep {
            name: name.to_string(),
            status,
            zone: place.zone.map(|zone| zone.apex().to_string()),
            wildcard: place.kind.wildcard().map(ToString::to_string),
            is_empty_non_terminal: place.kind == PlaceKind::EmptyNonTerminal,
            reasons: self.reasons(name, &place, &records, rows.is_empty()),
            near: near.iter().flatten().map(ToString::to_string).collect(),
            choosing: self.choosing(name, &place, &answered, rows.len() - answered.len()),
            records: rows,
        };
        (step, alias.filter(|_| status == AnswerStatus::Found))
    }

    /// Why not more is answered.
    fn reasons(
        &self,
        name: &Name,
        place: &Place<'_>,
        records: &[RecordRef<'_>],
        is_nothing: bool,
    ) -> Vec<String> {
        let zone_set = &self.stack.zone_set;
        let mut reasons = Vec::new();
        if let Some(cut) = &place.cut {
            reasons.push(format!("{cut} is delegated: its nameservers are asked"));
        }
        match &place.kind {
            PlaceKind::Outside => {
                let apexes = zone_set.zones().iter().map(|zone| zone.apex().to_string());
                let apexes = apexes.collect::<Vec<_>>().join(", ");
                reasons.push(format!(
                    "the name is in none of the zones, which are {apexes}"
                ));
            }
            PlaceKind::EmptyNonTerminal => {
                let below = zone_set.below(name.as_ref(), MOST_NAMES);
                let below: Vec<_> = below.iter().map(ToString::to_string).collect();
                reasons.push(format!(
                    "the name itself has no records; it is there because names below it have, as {}",
                    below.join(", ")
                ));
            }
            PlaceKind::Redirected(dname) => {
                reasons.push(format!(
                    "a DNAME at {dname} sends whoever asks to another name"
                ));
            }
            PlaceKind::Records | PlaceKind::Wildcard(_) if is_nothing && !records.is_empty() => {
                let mut types: Vec<_> = records
                    .iter()
                    .map(|record| printed::type_name(record.rtype))
                    .collect();
                types.dedup();
                reasons.push(format!("the name has other records: {}", types.join(", ")));
            }
            PlaceKind::Missing(_) if place.cut.is_none() => self.services(name, &mut reasons),
            PlaceKind::Records | PlaceKind::Wildcard(_) | PlaceKind::Missing(_) => {}
        }
        self.refused(name, &mut reasons);
        reasons
    }

    /// Services that a name which is not there may be of: one that is called like a part of it, else those nearly so.
    fn services(&self, name: &Name, reasons: &mut Vec<String>) {
        let services = &self.document.state().services;
        if let Some(address) = address_of(name.as_ref()) {
            let mut all = services.values().flat_map(|service| &service.instances);
            let is_there = all.any(|instance| {
                let mut resources = instance.resources.iter();
                resources.any(|resource| resource.addresses.contains(&address))
            });
            if !is_there {
                reasons.push(format!("no service has the address {address}"));
            }
            return;
        }
        let mut near = Vec::new();
        for path in services.keys() {
            let called = path.name().to_ascii_lowercase();
            let mut labels = name.as_ref().labels();
            if labels.any(|label| *label == *called.as_bytes()) {
                reasons.push(format!(
                    "{path} is there, and no policy makes this name of it"
                ));
            }
            let labels = name.as_ref().labels();
            let nearest = labels.filter_map(|label| distance(&label, called.as_bytes()));
            near.extend(nearest.min().map(|distance| (distance, path)));
        }
        if reasons.is_empty() {
            near.sort();
            let near: Vec<_> = near.iter().take(MOST_SERVICES).collect();
            let near: Vec<_> = near.iter().map(|(_, path)| path.as_str()).collect();
            reasons.push(if near.is_empty() {
                "no service is called like a part of this name".to_owned()
            } else {
                let near = near.join(", ");
                format!("no service is called like a part of this name; nearly so is {near}")
            });
        }
        reasons.truncate(MOST_SERVICES);
    }

    /// Records of the name that are not served.
    fn refused(&self, name: &Name, reasons: &mut Vec<String>) {
        for (place, _, answer) in self.stack.said() {
            let checked = self.stack.checked(&place);
            for record in checked
                .iter()
                .flat_map(|checked| checked.quarantined.iter())
            {
                if Name::parse(&record.owner).is_ok_and(|owner| owner == *name) {
                    let whose = printed::whose(self.stack, &place, record.rule, record.origin);
                    let (rtype, reason) = (&record.rtype, &record.reason);
                    reasons.push(format!(
                        "a record of type {rtype} {whose} is quarantined: {reason}"
                    ));
                }
            }
            let service = place.service.as_ref();
            if let (Some(failure), Some(service)) = (&answer.failure, service) {
                let mut labels = name.as_ref().labels();
                let called = service.name().to_ascii_lowercase();
                if labels.any(|label| *label == *called.as_bytes()) {
                    reasons.push(format!("the policy fails for {service}: {failure}"));
                }
            }
        }
        let conflicts = self.stack.contents.conflicts().get(name);
        for conflict in conflicts.into_iter().flatten() {
            if let Some(place) = self.stack.place_of(conflict.loser) {
                let maker = Maker::at(self.stack, place, None, None);
                let who = maker
                    .service_path()
                    .map_or("the configuration", |path| path.as_str());
                let rtype = printed::type_name(conflict.rtype);
                let why = conflict.kind.sentence();
                reasons.push(format!("{rtype}, which {who} says, does not stand: {why}"));
            }
        }
    }

    /// Who may choose, and from what: of a set of two records and more, and not at or beneath a delegation.
    fn choosing(
        &self,
        name: &Name,
        place: &Place<'_>,
        answered: &[RecordRef<'_>],
        before: usize,
    ) -> Option<Choosing> {
        let client = self.asked.client?;
        let chooser = self
            .stack
            .entries
            .iter()
            .position(|entry| entry.policy.selects && entry.answers().next().is_some())?;
        if place.cut.is_some() {
            return None;
        }
        let first = answered
            .chunk_by(|one, other| one.rtype == other.rtype)
            .find(|set| set.len() > 1 && set.iter().all(|record| record.rtype != rtype::NS))?;
        let rtype = first.first()?.rtype;
        let records = answered.iter().enumerate();
        let (places, offered): (Vec<_>, Vec<_>) = records
            .filter(|(_, record)| record.rtype == rtype)
            .map(|(at, record)| {
                (
                    at + before,
                    said::offered(decode(record.rtype, record.octets)),
                )
            })
            .unzip();
        let mut rrtype = Vec::new();
        rdata::write_type(rtype, &mut rrtype);
        Some(Choosing {
            policy: u32::try_from(chooser).ok()?,
            name: name.to_string(),
            rrtype: String::from_utf8_lossy(&rrtype).into_owned(),
            client: given::prefix(client),
            records: offered,
            places: places
                .into_iter()
                .filter_map(|at| u32::try_from(at).ok())
                .collect(),
        })
    }
}

/// What a resolver is told.
fn status(place: &Place<'_>, has_records: bool) -> AnswerStatus {
    match &place.kind {
        PlaceKind::Outside => AnswerStatus::OutOfZone,
        PlaceKind::Redirected(_) => AnswerStatus::Referral,
        PlaceKind::Records | PlaceKind::Wildcard(_) if has_records => AnswerStatus::Found,
        _ if place.cut.is_some() => AnswerStatus::Referral,
        PlaceKind::Records | PlaceKind::Wildcard(_) | PlaceKind::EmptyNonTerminal => {
            AnswerStatus::NoData
        }
        PlaceKind::Missing(_) => AnswerStatus::NoSuchName,
    }
}
