//! A model for tests: zones as a list of records, and a resolver that looks through all of them for each question.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::name::Name;
use zonesmith_zone::record::{Rdata, Record, SoaDeclaration, ZoneDeclaration};
use zonesmith_zone::validate::validate;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

/// The zone within a zone, which comes and goes.
const NESTED: &str = "n.demo.";

/// Types that are asked for.
pub(super) const TYPES: &[&str] = &["A", "TXT", "CNAME", "SOA"];

/// What one name has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Address(u8),
    /// Another type beside an address.
    Text(u8),
    Alias(Name),
    Cut(Name),
}

/// All zones.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    contents: BTreeMap<Name, Content>,
    has_nested: bool,
    serial: u32,
}

/// What happens to them.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Set(Name, Content),
    Remove(Name),
    Nested,
    Serial,
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// Names that may have records.
fn owners() -> Vec<Name> {
    let mut owners = vec![String::from("demo.")];
    let mut last = owners.clone();
    for _ in 0..3 {
        let below = last.iter().flat_map(|parent| {
            let labels = ["a", "b", "*"].into_iter();
            labels.map(move |label| format!("{label}.{parent}"))
        });
        last = below.collect();
        owners.extend(last.clone());
    }
    for text in [
        NESTED,
        "a.n.demo.",
        "*.n.demo.",
        "a.a.n.demo.",
        "r.",
        "a.r.",
        "*.r.",
    ] {
        owners.push(text.to_owned());
    }
    owners.iter().map(|text| name(text)).collect()
}

/// All names that are asked for: those, and below each of them some that never have records.
pub(super) fn names() -> BTreeSet<Name> {
    let owners = owners().into_iter();
    let names = owners.flat_map(|owner| {
        let below = ["x", "x.x"].map(|labels| name(&format!("{labels}.{owner}")));
        below.into_iter().chain([owner])
    });
    names.collect()
}

fn is_wildcard(name: &Name) -> bool {
    name.to_string().starts_with("*.")
}

fn is_apex(name: &Name) -> bool {
    ["demo.", NESTED, "r."].contains(&name.to_string().as_str())
}

impl Change {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let owner = || proptest::sample::select(owners());
        let targets: Vec<Name> = names().into_iter().collect();
        let target = || proptest::sample::select(targets.clone());
        let content = prop_oneof![
            4 => (0..3_u8).prop_map(Content::Address),
            2 => (0..2_u8).prop_map(Content::Text),
            3 => target().prop_map(Content::Alias),
            1 => target().prop_map(Content::Cut),
        ];
        prop_oneof![
            12 => (owner(), content).prop_map(|(owner, content)| Self::Set(owner, content)),
            5 => owner().prop_map(Self::Remove),
            1 => Just(Self::Nested),
            1 => Just(Self::Serial),
        ]
    }

    /// `a.demo A 1`, or a name alone, which goes.
    pub(super) fn read(line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        match words.as_slice() {
            [owner] => Self::Remove(name(owner)),
            [owner, "A", number] => {
                Self::Set(name(owner), Content::Address(number.parse().unwrap()))
            }
            [owner, "CNAME", target] => Self::Set(name(owner), Content::Alias(name(target))),
            [owner, "NS", target] => Self::Set(name(owner), Content::Cut(name(target))),
            _ => panic!("{line}"),
        }
    }
}

impl World {
    pub(super) fn take(&mut self, change: &Change) {
        match change {
            // What cannot stand there does not come.
            Change::Set(owner, Content::Alias(_) | Content::Cut(_)) if is_apex(owner) => {}
            Change::Set(owner, Content::Cut(_)) if is_wildcard(owner) => {}
            Change::Set(owner, content) => {
                self.contents.insert(owner.clone(), content.clone());
            }
            Change::Remove(owner) => {
                self.contents.remove(owner);
            }
            Change::Nested => self.has_nested = !self.has_nested,
            Change::Serial => self.serial += 1,
        }
    }

    fn apexes(&self) -> Vec<&'static str> {
        let nested = self.has_nested.then_some(NESTED);
        ["demo.", "r."].into_iter().chain(nested).collect()
    }

    pub(super) fn zone_set(&self) -> ZoneSet {
        let mut zones = Vec::new();
        let mut own = Vec::new();
        for apex in self.apexes() {
            let (zone, records) = Zone::declare(&ZoneDeclaration {
                apex: apex.to_owned(),
                soa: SoaDeclaration {
                    ttl: 60,
                    mname: "ns.other".to_owned(),
                    rname: "contact.other".to_owned(),
                    refresh: 60,
                    retry: 60,
                    expire: 60,
                    minimum: 60,
                },
                nameservers: vec!["ns.other".to_owned()],
                nameserver_ttl: 60,
            })
            .unwrap();
            zones.push(zone);
            own.extend(records);
        }
        let zones = Zones::new(zones).with_serials(|_| self.serial);
        let records = self.contents.iter().flat_map(|(owner, content)| {
            let address = |number: &u8| Rdata::A([10, 0, 0, *number].into());
            let data = match content {
                Content::Address(number) => vec![address(number)],
                Content::Text(number) => {
                    vec![address(number), Rdata::Txt(vec![number.to_string()])]
                }
                Content::Alias(target) => vec![Rdata::Cname(target.to_string())],
                Content::Cut(target) => vec![Rdata::Ns(target.to_string())],
            };
            data.into_iter().map(|data| Record {
                owner: owner.to_string(),
                ttl: 60,
                data,
                rule: None,
                origin: None,
                exclusive: false,
            })
        });
        let (contribution, quarantined) = validate(records.collect(), &zones);
        assert!(quarantined.is_empty(), "{quarantined:?}");
        let contributor = |rank| Contributor {
            rank,
            label: "".into(),
        };
        let contributions = vec![
            (contributor(0), Contribution::from_records(own)),
            (contributor(1), contribution),
        ];
        Contents::build(zones, contributions).0.zone_set()
    }

    /// The zone that answers for a name.
    fn zone_of(&self, name: &Name) -> Option<Name> {
        let apexes = self.apexes().into_iter().map(self::name);
        let around = apexes.filter(|apex| name.as_ref().is_at_or_below(apex.as_ref()));
        around.max_by_key(|apex| apex.as_ref().label_count())
    }

    /// Whether a name of this zone exists: it, or one below it, has records.
    fn exists(&self, zone: &Name, name: &Name) -> bool {
        let apexes = self.apexes().into_iter().map(self::name);
        // Every apex has nameservers, and so is a name of the zone around it.
        let delegations = apexes.filter(|apex| {
            let above = apex.as_ref().parent().map(|parent| parent.to_owned());
            apex == zone || above.and_then(|above| self.zone_of(&above)).as_ref() == Some(zone)
        });
        let own = self.contents.keys();
        let own = own.filter(|owner| self.zone_of(owner).as_ref() == Some(zone));
        let mut all = own.cloned().chain(delegations);
        all.any(|one| one.as_ref().is_at_or_below(name.as_ref()))
    }

    /// What the client of a resolver is told.
    pub(super) fn answer(&self, name: &Name, rtype: &str, depth: usize) -> Vec<String> {
        let Some(zone) = self.zone_of(name) else {
            return vec!["elsewhere".to_owned()];
        };
        if depth > 16 {
            return vec!["a loop".to_owned()];
        }
        let ancestors = std::iter::successors(Some(name.as_ref()), |name| name.parent());
        let within: Vec<Name> = ancestors
            .take_while(|name| name.is_at_or_below(zone.as_ref()))
            .map(|name| name.to_owned())
            .collect();
        for above in within.iter().rev() {
            if let Some(Content::Cut(target)) = self.contents.get(above) {
                let glue = match self.contents.get(target) {
                    Some(Content::Address(number) | Content::Text(number))
                        if target.as_ref().is_at_or_below(above.as_ref()) =>
                    {
                        Some(number)
                    }
                    _ => None,
                };
                return vec![format!("go to {target} for {above}: {glue:?}")];
            }
        }
        if self.exists(&zone, name) {
            return self.records(name, name, &zone, rtype, depth);
        }
        let encloser = within.iter().find(|above| self.exists(&zone, above));
        let wildcard = encloser.map(|encloser| self::name(&format!("*.{encloser}")));
        match wildcard.filter(|wildcard| self.exists(&zone, wildcard)) {
            Some(wildcard) => self.records(&wildcard, name, &zone, rtype, depth),
            None => vec!["no such name".to_owned()],
        }
    }

    /// Where a name leads, if it is an alias.
    pub(super) fn chain(&self, name: &Name) -> Vec<Name> {
        let said = self.answer(name, "A", 0);
        let targets = said.iter().filter_map(|word| word.strip_prefix("see "));
        targets.map(self::name).collect()
    }

    fn records(
        &self,
        owner: &Name,
        asked: &Name,
        zone: &Name,
        rtype: &str,
        depth: usize,
    ) -> Vec<String> {
        let mut said = vec!["exists".to_owned()];
        match (self.contents.get(owner), rtype) {
            (Some(Content::Alias(target)), "CNAME") => said.push(target.to_string()),
            (Some(Content::Alias(target)), _) => {
                said.push(format!("see {target}"));
                if target != asked {
                    said.extend(self.answer(target, rtype, depth + 1));
                }
            }
            (Some(Content::Address(number) | Content::Text(number)), "A") => {
                said.push(number.to_string());
            }
            (Some(Content::Text(number)), "TXT") => said.push(number.to_string()),
            _ => {}
        }
        if rtype == "SOA" && owner == zone {
            said.push(self.serial.to_string());
        }
        said
    }
}
