//! Whether the names that a policy gives are what resolvers and programs expect: labels, aliases, targets, reverse names.
//!
//! Looked at is what would be published, after everything merged: a target of one service may be the name of another, or of
//! a policy before. Where a name lies in no zone of the stack, or below a delegation, nothing is known of it.

use zonesmith_zone::canonical::Canonical;
use zonesmith_zone::rdata::{rtype, target};
use zonesmith_zone::reverse::address_of;
use zonesmith_zone::{Name, NameRef, RecordRef, Standing, ZoneSet};

use super::finding::{Check, Finding, FoundRecord, From};
use crate::kit::published::{Place, Published};

/// Looks at every record of the policy at this place of the stack.
pub(super) fn look(published: &Published, run: usize, findings: &mut Vec<Finding>) {
    let zone_set = &published.zone_set;
    for zone in zone_set.zones().iter() {
        for listed in zone_set.list(zone) {
            let name = listed.name();
            let encloses = zone_set.zones().enclosing(name.as_ref());
            // Names of a zone within are looked at in that zone.
            if encloses.is_none_or(|of| of.apex() != zone.apex()) {
                continue;
            }
            let at_apex = *zone.apex() == name;
            let contributions = Contributions::of(published, run, name.as_ref());
            let looked = Looked {
                zone_set,
                name: &name,
            };
            for record in listed.records() {
                let Some(from) = contributions.find(published, &record) else {
                    continue;
                };
                let standing = (!at_apex).then(|| listed.standing());
                for finding in looked.at(&record, standing) {
                    findings.push(
                        finding
                            .about(FoundRecord::one(&name, record.rtype, record.octets))
                            .from(from.clone()),
                    );
                }
            }
        }
    }
    primaries(published, run, findings);
}

/// Who of a policy contributes to a name.
struct Contributions<'a> {
    name: NameRef<'a>,
    of_run: Vec<(Place, zonesmith_zone::ContributorId)>,
}

impl<'a> Contributions<'a> {
    fn of(published: &Published, run: usize, name: NameRef<'a>) -> Self {
        let ids = published.contents.contributors_of(name).into_iter();
        let of_run = ids.filter_map(|id| Some((published.place_of(id)?, id)));
        Self {
            name,
            of_run: of_run.filter(|(place, _)| place.run == run).collect(),
        }
    }

    /// Where a record comes from; none if it is another policy's.
    fn find(&self, published: &Published, record: &RecordRef<'_>) -> Option<From> {
        self.of_run.iter().find_map(|(place, id)| {
            let contribution = published.contents.contribution(*id)?;
            let mut said = contribution.find(self.name);
            let said =
                said.find(|said| said.rtype == record.rtype && said.octets == record.octets)?;
            Some(From::of(published, *place, said.rule, said.origin))
        })
    }
}

/// One name that is looked at.
struct Looked<'a> {
    zone_set: &'a ZoneSet,
    name: &'a Name,
}

impl Looked<'_> {
    /// What is wrong with one record of it; `standing`: unless it is the apex.
    fn at(&self, record: &RecordRef<'_>, standing: Option<Standing>) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.asterisk(&mut findings);
        if let Some(hidden) = standing.and_then(|standing| hidden(standing, record.rtype)) {
            findings.push(Finding::new(Check::Occluded, hidden));
            return findings;
        }
        match record.rtype {
            rtype::A | rtype::AAAA => findings.extend(host_label(self.name.as_ref())),
            rtype::SRV => {
                findings.extend(self.service_label());
                findings.extend(self.target(record, Aliases::Forbidden("RFC 2782")));
            }
            rtype::MX => findings.extend(self.target(record, Aliases::Forbidden("RFC 2181 §10.3"))),
            rtype::NS => findings.extend(self.target(record, Aliases::Forbidden("RFC 2181 §10.3"))),
            rtype::SVCB | rtype::HTTPS => findings.extend(self.target(record, Aliases::Allowed)),
            rtype::CNAME => findings.extend(self.alias(record)),
            rtype::PTR => findings.extend(self.pointer(record)),
            _ => {}
        }
        findings
    }

    /// Only a whole first label is a wildcard.
    fn asterisk(&self, findings: &mut Vec<Finding>) {
        let mut labels = self.name.as_ref().labels();
        let first = labels.next().unwrap_or_default();
        let is_inside = labels.any(|label| label.contains(&b'*'));
        if is_inside || (first.contains(&b'*') && *first != *b"*") {
            findings.push(Finding::new(
                Check::Asterisk,
                "only a `*` that is the whole first label is a wildcard (RFC 4592 §2.1.1)",
            ));
        }
    }

    fn service_label(&self) -> Option<Finding> {
        let mut labels = self.name.as_ref().labels();
        let mut is_marked = || labels.next().is_some_and(|label| label.starts_with(b"_"));
        let is_service = is_marked() && is_marked();
        (!is_service).then(|| {
            Finding::new(
                Check::ServiceLabel,
                "a client that follows RFC 2782 asks for `_service._protocol` before the name of the host",
            )
        })
    }

    /// What a record refers to, in zones of ours.
    fn target(&self, record: &RecordRef<'_>, aliases: Aliases) -> Option<Finding> {
        let target = target(record.rtype, record.octets)?;
        // No service, no mail, or the owner itself.
        if target.as_ref().is_root() {
            return None;
        }
        if let Some(finding) = host_label(target.as_ref()) {
            return Some(finding);
        }
        let aliased = match (aliases, self.zone_set.canonical(&target)) {
            (_, Canonical::Unknown) => return None,
            (Aliases::Forbidden(rfc), Canonical::Name { hops, .. }) if hops > 0 => {
                let message = format!("its target is an alias, which {rfc} forbids");
                return Some(Finding::new(Check::TargetIsAlias, message));
            }
            (_, Canonical::Loop) => return self.loops(),
            (_, Canonical::Missing(name)) => {
                let message = format!("there is no {name}");
                return Some(Finding::new(Check::NoSuchTarget, message));
            }
            (_, Canonical::Name { name, .. }) => name,
        };
        self.zone_set
            .addresses(aliased.as_ref())
            .is_empty()
            .then(|| Finding::new(Check::NoSuchTarget, format!("{aliased} has no address")))
    }

    fn alias(&self, record: &RecordRef<'_>) -> Option<Finding> {
        let target = target(record.rtype, record.octets)?;
        if target == *self.name {
            return self.loops();
        }
        match self.zone_set.canonical(&target) {
            Canonical::Unknown | Canonical::Name { hops: 0, .. } => None,
            Canonical::Name { hops, name } => Some(Finding::new(
                Check::AliasChain,
                format!(
                    "it leads to {name} by {hops} more aliases; it should name that (RFC 1034 §3.6.2)"
                ),
            )),
            Canonical::Missing(name) => Some(Finding::new(
                Check::NoSuchTarget,
                format!("there is no {name}"),
            )),
            Canonical::Loop => self.loops(),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it is what those who find a loop return"
    )]
    fn loops(&self) -> Option<Finding> {
        Some(Finding::new(
            Check::AliasLoop,
            "it leads back to itself, or through too many aliases: nobody gets an answer",
        ))
    }

    /// RFC 1912 §2.1: what an address is called has that address.
    fn pointer(&self, record: &RecordRef<'_>) -> Option<Finding> {
        let target = target(record.rtype, record.octets)?;
        let canonical = self.zone_set.canonical(&target);
        let Some(address) = address_of(self.name.as_ref()) else {
            // Of a service (RFC 6763), not of an address.
            return match canonical {
                Canonical::Missing(name) => Some(Finding::new(
                    Check::NoSuchTarget,
                    format!("there is no {name}"),
                )),
                Canonical::Loop => self.loops(),
                Canonical::Unknown | Canonical::Name { .. } => None,
            };
        };
        let message = match canonical {
            Canonical::Unknown => return None,
            Canonical::Loop => return self.loops(),
            Canonical::Missing(name) => format!("there is no {name}"),
            Canonical::Name { hops, .. } if hops > 0 => {
                format!("{target} is an alias; a PTR names the host itself (RFC 2181 §10.2)")
            }
            Canonical::Name { name, .. } => {
                if self.zone_set.addresses(name.as_ref()).contains(&address) {
                    return None;
                }
                format!("{name} does not have the address {address} (RFC 1912 §2.1)")
            }
        };
        Some(Finding::new(Check::PtrWithoutAddress, message))
    }
}

/// Whether a record may refer to an alias, and who says that it may not.
#[derive(Clone, Copy)]
enum Aliases {
    Allowed,
    Forbidden(&'static str),
}

/// What of a record nobody is given, since a delegation is at its name or above it.
fn hidden(standing: Standing, rrtype: u16) -> Option<&'static str> {
    match (standing, rrtype) {
        (Standing::Authoritative, _)
        | (Standing::AtCut, rtype::NS | rtype::DS | rtype::A | rtype::AAAA)
        // Glue.
        | (Standing::BelowCut, rtype::A | rtype::AAAA) => None,
        (Standing::AtCut, _) => {
            Some("the name is delegated: beside NS and DS nothing is answered there (RFC 2181 §6)")
        }
        (Standing::BelowCut, _) => {
            Some("a name above is delegated: nobody is answered from here (RFC 2181 §6)")
        }
    }
}

/// RFC 1123 §2.1: letters, digits and hyphens, the latter neither first nor last.
fn host_label(name: NameRef<'_>) -> Option<Finding> {
    let is_host = |label: &[u8]| {
        label
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || *octet == b'-')
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    };
    let mut labels = name.labels().enumerate();
    let odd = labels.find(|(at, label)| !(is_host(label) || (*at == 0 && **label == *b"*")));
    odd.map(|(_, label)| {
        let label = String::from_utf8_lossy(&label).escape_debug().to_string();
        Finding::new(
            Check::HostLabel,
            format!(
                "`{label}` is no label of a host: letters, digits and hyphens, with no hyphen at either end (RFC 1123 §2.1)"
            ),
        )
    })
}

/// The primary server that each SOA names: where updates and notifications would go.
fn primaries(published: &Published, run: usize, findings: &mut Vec<Finding>) {
    let zones = published.runs.get(run).map_or(&[][..], |run| &run.zones);
    for zone in zones {
        let Ok(primary) = Name::parse(&zone.soa.mname) else {
            continue;
        };
        let message = match published.zone_set.canonical(&primary) {
            Canonical::Missing(name) => format!("there is no {name}, its primary server"),
            Canonical::Name { name, .. }
                if published.zone_set.addresses(name.as_ref()).is_empty() =>
            {
                format!("{name}, its primary server, has no address")
            }
            Canonical::Unknown | Canonical::Loop | Canonical::Name { .. } => continue,
        };
        let soa = Name::parse(&zone.apex).map(|apex| FoundRecord::set(&apex, rtype::SOA));
        let finding = Finding::new(Check::NoSuchTarget, message).as_information();
        findings.push(match soa {
            Ok(soa) => finding.about(soa),
            Err(_) => finding,
        });
    }
}
