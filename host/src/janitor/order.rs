//! What one server is to forget next: bounded, in an order that transports can cut into commands.

use std::collections::BTreeSet;

use zonesmith_zone::name::Name;

use crate::snapshot::forget::Extent;

/// Names in one order; more are the zones that they are of. A recursor forgets them in a quarter of a second one by one, and
/// whole zones in no time: so what came after a burst of changes is forgotten within half a second, also behind an order that
/// is under way.
pub(super) const MOST_NAMES: usize = 2_048;

/// What a server is to forget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// Names and subtrees.
    pub(super) extent: Extent,
    /// Apexes of which only the serial moved: apart, since whoever forgets whole subtrees alone leaves them out.
    pub(super) moved: BTreeSet<Name>,
    /// Zones came or went: that is what it has to know first.
    pub(super) has_other_zones: bool,
}

/// One thing of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) name: &'a Name,
    pub(super) reach: Reach,
}

/// How much a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Exact,
    Subtree,
}

impl Order {
    /// Everything in these zones.
    pub(super) fn whole(zones: &[Name]) -> Self {
        Self {
            extent: Extent::new([], zones.iter().cloned()),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.extent.is_empty() && self.moved.is_empty() && !self.has_other_zones
    }

    /// Adds another one. Says whether there are too many names now, so that it is whole zones instead.
    pub(super) fn add(&mut self, more: &Self, zones: &[Name]) -> bool {
        self.has_other_zones |= more.has_other_zones;
        self.moved.extend(more.moved.iter().cloned());
        if more.extent.is_empty() {
            return false;
        }
        if self.extent.is_empty() {
            self.extent = more.extent.clone();
        } else {
            let both = |one: &[Name], other: &[Name]| [one, other].concat();
            self.extent = Extent::new(
                both(&self.extent.names, &more.extent.names),
                both(&self.extent.subtrees, &more.extent.subtrees),
            );
        }
        if self.extent.names.len() <= MOST_NAMES {
            return false;
        }
        self.collapse(zones);
        true
    }

    /// Whole zones instead of names. A name of no zone any more stays: its zone went, which is a subtree already.
    fn collapse(&mut self, zones: &[Name]) {
        let mut tops = Vec::from(std::mem::take(&mut self.extent.subtrees));
        let mut names = Vec::new();
        for name in std::mem::take(&mut self.extent.names) {
            let within = |zone: &&Name| name.as_ref().is_at_or_below(zone.as_ref());
            // The closest: what is above it need not be forgotten.
            let zone = zones
                .iter()
                .filter(within)
                .max_by_key(|zone| zone.as_ref().key().len());
            match zone {
                Some(zone) if tops.last() == Some(zone) => {}
                Some(zone) => tops.push(zone.clone()),
                None => names.push(name),
            }
        }
        self.extent = Extent::new(names, tops);
    }

    /// Everything that is to be forgotten: subtrees first, since one of them may be the larger part.
    pub(super) fn items(&self) -> Vec<Item<'_>> {
        let mut items = self.changed();
        let moved = self.moved.iter();
        let moved = moved.filter(|apex| !self.extent.covers(apex));
        items.extend(moved.map(|name| Item {
            name,
            reach: Reach::Exact,
        }));
        items
    }

    /// The same without apexes of which only the serial moved.
    pub(super) fn changed(&self) -> Vec<Item<'_>> {
        let item = |reach| move |name| Item { name, reach };
        let subtrees = self.extent.subtrees.iter().map(item(Reach::Subtree));
        let names = self.extent.names.iter().map(item(Reach::Exact));
        subtrees.chain(names).collect()
    }
}

impl Item<'_> {
    /// As control sockets take it: a `$` at the end is everything below, and no name ends with one.
    pub(super) fn word(&self) -> String {
        match self.reach {
            Reach::Exact => self.name.to_string(),
            Reach::Subtree => format!("{}$", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<Name> {
        texts
            .iter()
            .map(|text| Name::parse(text).unwrap())
            .collect()
    }

    fn order(texts: &[&str], subtrees: &[&str]) -> Order {
        Order {
            extent: Extent::new(names(texts), names(subtrees)),
            ..Order::default()
        }
    }

    fn words(order: &Order) -> Vec<String> {
        order.items().iter().map(Item::word).collect()
    }

    #[test]
    fn orders_are_put_together_and_nothing_is_said_twice() {
        let mut one = order(&["b.demo", "a.demo"], &[]);
        assert!(!one.add(&order(&["a.demo", "x.sub.demo"], &["sub.demo"]), &[]));
        assert_eq!(words(&one), ["sub.demo.$", "a.demo.", "b.demo."]);
    }

    #[test]
    fn an_apex_of_which_only_the_serial_moved_is_forgotten_once_and_can_be_left_out() {
        let mut one = order(&["a.demo", "other"], &["sub.demo"]);
        one.add(
            &Order {
                moved: names(&["demo", "other", "sub.demo"]).into_iter().collect(),
                ..Order::default()
            },
            &[],
        );
        assert_eq!(words(&one), ["sub.demo.$", "a.demo.", "other.", "demo."]);
        let changed: Vec<_> = one.changed().iter().map(Item::word).collect();
        assert_eq!(changed, ["sub.demo.$", "a.demo.", "other."]);
    }

    #[test]
    fn too_many_names_are_the_zones_that_they_are_of() {
        let zones = names(&["demo", "sub.demo", "10.in-addr.arpa"]);
        let many: Vec<_> = (0..=MOST_NAMES)
            .map(|number| Name::parse(&format!("n{number}.sub.demo")).unwrap())
            .collect();
        let mut one = order(&["gone.example"], &["old.example"]);
        let more = Order {
            extent: Extent::new(many, []),
            has_other_zones: true,
            ..Order::default()
        };
        assert!(one.add(&more, &zones));
        assert!(one.has_other_zones);
        assert_eq!(
            words(&one),
            ["sub.demo.$", "old.example.$", "gone.example."]
        );
    }

    #[test]
    fn a_name_that_looks_like_a_subtree_is_escaped() {
        let dollar = order(&[r"a\$.demo", r"x y.demo"], &[]);
        assert_eq!(words(&dollar), [r"a\036.demo.", r"x\032y.demo."]);
    }
}
