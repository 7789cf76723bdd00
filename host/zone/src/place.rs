//! Where a name stands in the zones, and which name answers for it: what a resolver is told, seen from the zones alone.
//!
//! A name server finds wildcards, redirections and delegations by asking for other names (RFC 4592, RFC 6672, RFC 1034 §4.3.2);
//! somebody who asks why a name answers as it does wants to know which name that was.

use crate::map::Entry;
use crate::name::{Name, NameRef};
use crate::packed::{Records, Shown};
use crate::rdata::rtype;
use crate::zone::Zone;
use crate::zone_set::{Answer, ZoneSet};

/// Where a name stands.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The zone it is in.
    pub zone: Option<&'a Zone>,
    /// The delegation that is at the name or above it: whoever asks for the name is sent there.
    pub cut: Option<Name>,
    /// What is there.
    pub kind: PlaceKind,
}

/// What is at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceKind {
    /// It is in no zone.
    Outside,
    /// It has records; an apex always has its SOA.
    Records,
    /// It is there because names below it are.
    EmptyNonTerminal,
    /// It is not there, and this wildcard answers for it.
    Wildcard(Name),
    /// It is not there, and the DNAME at this name sends whoever asks to another name.
    Redirected(Name),
    /// It is not there; of the names above it this one is the nearest that is.
    Missing(Name),
}

impl PlaceKind {
    /// The wildcard that answers.
    #[must_use]
    pub fn wildcard(&self) -> Option<&Name> {
        match self {
            Self::Wildcard(wildcard) => Some(wildcard),
            Self::Outside
            | Self::Records
            | Self::EmptyNonTerminal
            | Self::Redirected(_)
            | Self::Missing(_) => None,
        }
    }
}

impl ZoneSet {
    /// Where `name` stands.
    #[must_use]
    pub fn place(&self, name: NameRef<'_>) -> Place<'_> {
        let Some(zone) = self.zones().enclosing(name) else {
            return Place {
                zone: None,
                cut: None,
                kind: PlaceKind::Outside,
            };
        };
        let kind = match self.find(name) {
            Answer::Records { .. } => PlaceKind::Records,
            Answer::EmptyNonTerminal { .. } => PlaceKind::EmptyNonTerminal,
            Answer::NoSuchName => self.place_of_none(zone, name),
        };
        Place {
            zone: Some(zone),
            cut: self.cut_above(zone, name).map(NameRef::to_owned),
            kind,
        }
    }

    /// The first names below a name that have records, at most `most`; those of zones within its zone are among them.
    #[must_use]
    pub fn below(&self, name: NameRef<'_>, most: usize) -> Vec<Name> {
        let from = [name.key(), &[0]].concat();
        let below = self
            .map
            .range_from(&from)
            .take_while(|entry| entry.starts_with(name.key()));
        below
            .take(most)
            .map(Entry::key)
            .map(|key| Name::from_key(&key))
            .collect()
    }

    fn place_of_none(&self, zone: &Zone, name: NameRef<'_>) -> PlaceKind {
        let apex = zone.apex().as_ref();
        let above = || {
            std::iter::successors(name.parent(), |name| name.parent())
                .take_while(|above| above.is_at_or_below(apex))
        };
        let redirects = above().find(|above| self.has(*above, rtype::DNAME));
        if let Some(redirects) = redirects {
            return PlaceKind::Redirected(redirects.to_owned());
        }
        // RFC 4592 §3.3.1: only the wildcard below the nearest name that is there counts.
        let encloser = above()
            .find(|above| !matches!(self.find(*above), Answer::NoSuchName))
            .unwrap_or(apex);
        let wildcard = Name::from_key(&[encloser.key(), b"*\0"].concat());
        if self.value_at(wildcard.as_ref()).is_some() {
            return PlaceKind::Wildcard(wildcard);
        }
        PlaceKind::Missing(encloser.to_owned())
    }

    fn has(&self, name: NameRef<'_>, rtype: u16) -> bool {
        self.value_at(name).is_some_and(|value| {
            Records::of_value(value, Shown::All).any(|record| record.rtype == rtype)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Contents;
    use crate::contribution::Contribution;
    use crate::test_zone::{contributor, record, zones};

    #[test]
    fn a_name_stands_where_a_resolver_finds_it() {
        let records = [
            "c NS ns1.c.",
            "a.b.c A 10.0.0.1",
            "*.w.c A 10.0.0.2",
            "x.w.c TXT a",
            "d.c NS ns.d.c.",
            "ns.d.c A 10.0.0.3",
            "r.c DNAME a.c.",
            "*.c TXT any",
        ];
        let contents = Contents::build(
            zones(&["c"]),
            vec![(
                contributor(0, "a"),
                Contribution::from_records(records.map(record).into()),
            )],
        )
        .0;
        let zone_set = contents.zone_set();
        let name = |text: &str| Name::parse(text).unwrap();
        for (asked, cut, kind) in [
            ("c", None, PlaceKind::Records),
            ("a.b.c", None, PlaceKind::Records),
            ("b.c", None, PlaceKind::EmptyNonTerminal),
            ("y.w.c", None, PlaceKind::Wildcard(name("*.w.c"))),
            ("z.y.w.c", None, PlaceKind::Wildcard(name("*.w.c"))),
            ("y.x.w.c", None, PlaceKind::Missing(name("x.w.c"))),
            ("z.b.c", None, PlaceKind::Missing(name("b.c"))),
            ("q.c", None, PlaceKind::Wildcard(name("*.c"))),
            ("d.c", Some("d.c"), PlaceKind::Records),
            ("ns.d.c", Some("d.c"), PlaceKind::Records),
            ("q.d.c", Some("d.c"), PlaceKind::Missing(name("d.c"))),
            ("q.r.c", None, PlaceKind::Redirected(name("r.c"))),
            ("q.p.r.c", None, PlaceKind::Redirected(name("r.c"))),
        ] {
            let place = zone_set.place(name(asked).as_ref());
            assert_eq!(place.kind, kind, "{asked}");
            assert_eq!(place.cut, cut.map(name), "{asked}");
            assert!(place.zone.is_some());
        }
        assert_eq!(
            zone_set.place(name("a.e").as_ref()).kind,
            PlaceKind::Outside
        );
        assert_eq!(zone_set.below(name("w.c").as_ref(), 1), [name("*.w.c")]);
        assert_eq!(zone_set.below(name("a.b.c").as_ref(), 1), []);
    }
}
