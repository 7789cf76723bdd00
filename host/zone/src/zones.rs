//! All zones that are served together, in order of their apexes.

use crate::name::NameRef;
use crate::zone::Zone;

/// Zones by apex, each apex once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zones {
    /// In order of the apex.
    zones: Box<[Zone]>,
    /// For each zone the place of the one it lies in, the nearest.
    parents: Box<[Option<u32>]>,
}

impl Zones {
    /// Of zones with one apex the first stands: the order is the order of sources, then of policies.
    #[must_use]
    pub fn new(zones: Vec<Zone>) -> Self {
        let mut zones = zones;
        // A stable sort: equal apexes keep their order.
        zones.sort_by(|one, other| one.apex().cmp(other.apex()));
        zones.dedup_by(|later, first| later.apex() == first.apex());
        let mut taken = std::collections::BTreeSet::new();
        let zones: Box<[Zone]> = zones
            .into_iter()
            .map(|zone| {
                // Two apexes with one hash, once in a billion pairs: the later takes the next id that is free.
                let mut id = zone.id();
                while !taken.insert(id) {
                    id = id.checked_add(1).unwrap_or(1);
                }
                zone.with_id(id)
            })
            .collect();
        let parents = parents_of(&zones);
        Self { zones, parents }
    }

    /// In order of the apex.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Zone> + DoubleEndedIterator {
        self.zones.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.zones.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// The zone with this apex.
    #[must_use]
    pub fn find_apex(&self, apex: NameRef<'_>) -> Option<&Zone> {
        let at = self
            .zones
            .binary_search_by(|zone| zone.apex().as_ref().cmp(&apex))
            .ok()?;
        self.zones.get(at)
    }

    /// The zone a name is in: of the zones whose apex is the name or above it, the one with the longest.
    #[must_use]
    pub fn enclosing(&self, name: NameRef<'_>) -> Option<&Zone> {
        self.zones.get(self.place_enclosing(name)?)
    }

    /// The zone that the apex of `zone` lies in, if it is one of ours.
    #[must_use]
    pub fn above(&self, zone: &Zone) -> Option<&Zone> {
        self.enclosing(zone.apex().as_ref().parent()?)
    }

    /// Of the zones within `zone` that a name is in, the one whose apex is the shortest: where `zone` ends on the way down
    /// to the name.
    pub(crate) fn topmost_within(&self, zone: &Zone, name: NameRef<'_>) -> Option<&Zone> {
        let mut topmost = None;
        let mut at = self.place_enclosing(name)?;
        loop {
            let nested = self.zones.get(at)?;
            if !nested.apex().as_ref().is_below(zone.apex().as_ref()) {
                return topmost;
            }
            topmost = Some(nested);
            let Some(above) = self.parents.get(at).copied().flatten() else {
                return topmost;
            };
            at = above as usize;
        }
    }

    fn place_enclosing(&self, name: NameRef<'_>) -> Option<usize> {
        // An apex above the name is a prefix of its key. All apexes between that prefix and the key begin with the
        // prefix too, so the nearest apex before the key lies in the zone we want, or is its apex.
        let after = self
            .zones
            .partition_point(|zone| zone.apex().as_ref() <= name);
        let mut at = after.checked_sub(1)?;
        loop {
            let zone = self.zones.get(at)?;
            if name.is_at_or_below(zone.apex().as_ref()) {
                return Some(at);
            }
            at = (*self.parents.get(at)?)? as usize;
        }
    }

    /// The zones whose apex lies below `name`, in order.
    pub(crate) fn below<'a>(&'a self, name: NameRef<'a>) -> impl Iterator<Item = &'a Zone> + Clone {
        let start = self
            .zones
            .partition_point(|zone| zone.apex().as_ref() <= name);
        let zones = self.zones.get(start..).unwrap_or_default();
        zones
            .iter()
            .take_while(move |zone| zone.apex().as_ref().is_below(name))
    }

    /// The same zones, each with the serial that `serial` gives it.
    #[must_use]
    pub fn with_serials(&self, serial: impl Fn(&Zone) -> u32) -> Self {
        let zones = self
            .zones
            .iter()
            .map(|zone| zone.with_serial(serial(zone)))
            .collect();
        Self {
            zones,
            parents: self.parents.clone(),
        }
    }
}

/// In order of the apex an ancestor stands before its descendants: a stack of open ancestors is enough.
fn parents_of(zones: &[Zone]) -> Box<[Option<u32>]> {
    let mut open: Vec<(u32, NameRef<'_>)> = Vec::new();
    let mut parents = Vec::with_capacity(zones.len());
    for (at, zone) in (0_u32..).zip(zones) {
        let apex = zone.apex().as_ref();
        while open.pop_if(|(_, above)| !apex.is_below(*above)).is_some() {}
        parents.push(open.last().map(|&(at, _)| at));
        open.push((at, apex));
    }
    parents.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::test_zone::zone;

    fn enclosing(zones: &Zones, name: &str) -> Option<String> {
        zones
            .enclosing(Name::parse(name).unwrap().as_ref())
            .map(|zone| zone.apex().to_string())
    }

    #[test]
    fn the_longest_apex_at_or_above_a_name_is_its_zone() {
        let apexes = [
            "cluster1",
            "10.in-addr.arpa",
            "b.cluster1",
            "x.b.cluster1",
            "c.b.x.a.cluster1",
            "cluster10",
        ];
        let zones = Zones::new(apexes.map(zone).into());
        for (name, apex) in [
            ("cluster1", Some("cluster1.")),
            ("a.cluster1", Some("cluster1.")),
            ("b.cluster1", Some("b.cluster1.")),
            ("z.x.b.cluster1", Some("x.b.cluster1.")),
            ("y.b.cluster1", Some("b.cluster1.")),
            ("y.cluster1", Some("cluster1.")),
            ("b.x.a.cluster1", Some("cluster1.")),
            ("d.b.x.a.cluster1", Some("cluster1.")),
            ("a.c.b.x.a.cluster1", Some("c.b.x.a.cluster1.")),
            ("a.cluster10", Some("cluster10.")),
            ("cluster11", None),
            ("arpa", None),
            ("11.in-addr.arpa", None),
            (".", None),
        ] {
            assert_eq!(enclosing(&zones, name).as_deref(), apex, "of {name}");
        }
        let everything = Zones::new(vec![zone("."), zone("cluster1")]);
        assert_eq!(enclosing(&everything, "anything").as_deref(), Some("."));
        assert_eq!(
            enclosing(&everything, "a.cluster1").as_deref(),
            Some("cluster1.")
        );
    }

    #[test]
    fn the_first_of_equal_apexes_stands() {
        let zones = Zones::new(vec![
            zone("a").with_serial(7),
            zone("A.").with_serial(8),
            zone("b"),
        ]);
        assert_eq!(zones.iter().map(Zone::serial).collect::<Vec<_>>(), [7, 1]);
    }

    #[test]
    fn ids_are_positive_stable_and_different() {
        let zones = Zones::new(vec![zone("cluster1"), zone("10.in-addr.arpa")]);
        let ids: Vec<_> = zones.iter().map(Zone::id).collect();
        assert!(ids.iter().all(|&id| id > 0));
        // Whoever changes these makes every PowerDNS forget its zones.
        assert_eq!(ids, [386_489_363, 192_356_093]);
        let twins = Zones::new(vec![
            zone("a").with_id(i32::MAX),
            zone("b").with_id(i32::MAX),
        ]);
        assert_eq!(
            twins.iter().map(Zone::id).collect::<Vec<_>>(),
            [i32::MAX, 1]
        );
    }
}
