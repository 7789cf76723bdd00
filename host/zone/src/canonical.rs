//! What a name comes to when its aliases are followed, as far as the zones know: a target of one service may be the name of
//! another, or of a policy before. Where a name lies in no zone, or below a delegation, nothing is known of it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::name::{Name, NameRef};
use crate::packed::RecordRef;
use crate::place::PlaceKind;
use crate::rdata::{rtype, target};
use crate::zone_set::{Answer, ZoneSet};

/// How many aliases are followed: what resolvers do.
pub const LONGEST_CHAIN: usize = 16;

/// What a name comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Canonical {
    /// It leads into zones of others.
    Unknown,
    /// It leads nowhere: this name is not there.
    Missing(Name),
    /// It never ends.
    Loop,
    /// A name of ours that is there, after so many aliases.
    Name {
        /// What answers, so that its records are found.
        name: Name,
        /// Aliases on the way.
        hops: usize,
    },
}

impl ZoneSet {
    /// Follows the aliases of a name.
    #[must_use]
    pub fn canonical(&self, name: &Name) -> Canonical {
        let mut name = name.clone();
        let mut seen = BTreeSet::new();
        for hops in 0..LONGEST_CHAIN {
            if !seen.insert(name.clone()) {
                return Canonical::Loop;
            }
            let place = self.place(name.as_ref());
            if place.cut.is_some() {
                return Canonical::Unknown;
            }
            let answers = match place.kind {
                PlaceKind::Outside | PlaceKind::Redirected(_) => return Canonical::Unknown,
                PlaceKind::Missing(_) => return Canonical::Missing(name),
                PlaceKind::EmptyNonTerminal => return Canonical::Name { name, hops },
                PlaceKind::Records => name.clone(),
                PlaceKind::Wildcard(wildcard) => wildcard,
            };
            let alias = self
                .records_at(answers.as_ref())
                .find(|record| record.rtype == rtype::CNAME)
                .and_then(|record| target(record.rtype, record.octets));
            match alias {
                Some(next) => name = next,
                None => {
                    return Canonical::Name {
                        name: answers,
                        hops,
                    };
                }
            }
        }
        Canonical::Loop
    }

    /// The addresses of a name.
    #[must_use]
    pub fn addresses(&self, name: NameRef<'_>) -> Vec<IpAddr> {
        let addresses = self
            .records_at(name)
            .filter_map(|record| match record.rtype {
                rtype::A => <[u8; 4]>::try_from(record.octets)
                    .ok()
                    .map(|octets| Ipv4Addr::from(octets).into()),
                rtype::AAAA => <[u8; 16]>::try_from(record.octets)
                    .ok()
                    .map(|octets| Ipv6Addr::from(octets).into()),
                _ => None,
            });
        addresses.collect()
    }

    fn records_at(&self, name: NameRef<'_>) -> impl Iterator<Item = RecordRef<'_>> {
        let records = match self.find(name) {
            Answer::Records { records, .. } => Some(records),
            Answer::EmptyNonTerminal { .. } | Answer::NoSuchName => None,
        };
        records.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Contents;
    use crate::contribution::Contribution;
    use crate::test_zone::{contributor, record, zones};

    #[test]
    fn aliases_lead_to_a_name_or_nowhere_or_out_of_sight() {
        let records = [
            "a.c A 10.0.0.1",
            "a.c AAAA fd00::1",
            "b.c CNAME a.c.",
            "d.c CNAME b.c.",
            "lost.c CNAME gone.c.",
            "out.c CNAME a.example.",
            "round.c CNAME about.c.",
            "about.c CNAME round.c.",
            "*.w.c CNAME a.c.",
            "x.y.c TXT a",
            "cut.c NS ns.example.",
        ];
        let said = Contribution::from_records(records.map(record).into());
        let contents = Contents::build(zones(&["c"]), vec![(contributor(0, "a"), said)]).0;
        let zone_set = contents.zone_set();
        let name = |text: &str| Name::parse(text).unwrap();
        let leads = |text: &str, hops| Canonical::Name {
            name: name(text),
            hops,
        };
        for (asked, expected) in [
            ("a.c", leads("a.c", 0)),
            ("d.c", leads("a.c", 2)),
            ("any.w.c", leads("a.c", 1)),
            ("y.c", leads("y.c", 0)),
            ("lost.c", Canonical::Missing(name("gone.c"))),
            ("out.c", Canonical::Unknown),
            ("in.cut.c", Canonical::Unknown),
            ("round.c", Canonical::Loop),
        ] {
            assert_eq!(zone_set.canonical(&name(asked)), expected, "{asked}");
        }
        let addresses = zone_set.addresses(name("a.c").as_ref());
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["10.0.0.1", "fd00::1"]);
        assert_eq!(zone_set.addresses(name("b.c").as_ref()), [] as [IpAddr; 0]);
    }
}
