//! From names whose records differ to names whose replies and answers do: a walk from each towards its apex, as far as
//! anything is not as it was.
//!
//! A name that comes makes the names above it exist, and takes away from a wildcard what it covered: the topmost name that
//! did not exist before, with everything below it. A cut that comes or goes is another word about everything below it.

use zonesmith_zone::name::{Name, NameRef};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Standing, ZoneSet};

use super::Extent;
use super::seen::{ADDRESSES, DNAME, OF_DELEGATION, Seen};

/// The key of the label `*`, which ends with the end of a label.
const WILDCARD: &[u8] = b"*\0";

/// Names and tops of subtrees, in any order, some of them several times.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) names: Vec<Name>,
    pub(super) subtrees: Vec<Name>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Sought {
    pub(super) authoritative: Collected,
    pub(super) resolver: Collected,
}

/// The zones before and after, and what of them differs.
pub(super) struct Touched<'a> {
    before: &'a ZoneSet,
    after: &'a ZoneSet,
    found: Sought,
    /// Zones that are forgotten as a whole: nothing within them has to be looked at.
    whole: Vec<Name>,
}

/// One zone, before and after.
#[derive(Clone, Copy)]
struct Pair<'a> {
    was: &'a Zone,
    is: &'a Zone,
}

/// What a zone said and says of a name.
#[derive(Clone, Copy)]
struct Sight<'a> {
    was: Seen<'a>,
    is: Seen<'a>,
    /// Whether this is the zone that answers for the name, and was it before.
    is_nearest: bool,
}

impl Sight<'_> {
    fn exists_as_before(&self) -> bool {
        self.was.exists() == self.is.exists()
    }

    fn stays(&self) -> bool {
        self.was.exists() && self.is.exists()
    }

    /// Whether the zone answers for the name by itself, or did.
    fn is_authoritative(&self) -> bool {
        let standings = [self.was.standing(), self.is.standing()];
        standings.contains(&Some(Standing::Authoritative))
    }
}

impl<'a> Touched<'a> {
    pub(super) fn new(before: &'a ZoneSet, after: &'a ZoneSet) -> Self {
        Self {
            before,
            after,
            found: Sought::default(),
            whole: Vec::new(),
        }
    }

    /// A zone that came or went, or in which nobody knows what differs.
    pub(super) fn replaced(&mut self, apex: &Name) {
        self.found.authoritative.subtrees.push(apex.clone());
        self.found.resolver.subtrees.push(apex.clone());
        self.whole.push(apex.clone());
    }

    /// A zone that is signed in another way. An authoritative server keeps keys and parameters with the apex, and signs
    /// anew; a resolver keeps what was signed, or was not.
    pub(super) fn signed(&mut self, apex: &Name) {
        self.found.authoritative.names.push(apex.clone());
        self.found.resolver.subtrees.push(apex.clone());
    }

    /// Looks at names whose records, or whose zone's SOA, differ.
    pub(super) fn look<'n>(&mut self, names: impl Iterator<Item = &'n Name>) {
        let whole = Extent::new([], self.whole.iter().cloned());
        // What is above a zone that came or went may exist because of it; what is within is forgotten anyway.
        for apex in &whole.subtrees {
            self.look_at(apex.as_ref());
        }
        for name in names.filter(|name| !whole.covers(name)) {
            self.look_at(name.as_ref());
        }
    }

    pub(super) fn sought(self) -> Sought {
        self.found
    }

    /// In each zone around the name that was and is there.
    fn look_at(&mut self, name: NameRef<'_>) {
        let mut next = self.before.zones().enclosing(name);
        while let Some(was) = next {
            if let Some(is) = self.after.zones().find_apex(was.apex().as_ref()) {
                if was.id() == is.id() {
                    self.walk(Pair { was, is }, name);
                } else {
                    // PowerDNS keeps replies by the number of the zone, too.
                    self.replaced(was.apex());
                }
            }
            next = self.before.zones().above(was);
        }
    }

    fn walk(&mut self, zone: Pair<'a>, name: NameRef<'_>) {
        let apex = zone.is.apex().as_ref();
        let mut topmost = None;
        let mut next = Some(name);
        while let Some(name) = next.filter(|name| name.is_at_or_below(apex)) {
            let sight = self.sight(zone, name);
            if sight.was.differs(&sight.is) {
                self.differs(zone, name, &sight);
            }
            if sight.is_nearest && sight.stays() {
                if let Some(topmost) = topmost
                    && sight.is_authoritative()
                    && self.has_wildcard(zone, name)
                {
                    let subtrees = &mut self.found.resolver.subtrees;
                    subtrees.push(NameRef::to_owned(topmost));
                }
                // What is above exists for this one, as before.
                return;
            }
            if sight.is_nearest && !sight.exists_as_before() {
                topmost = Some(name);
            }
            next = name.parent();
        }
    }

    fn sight(&self, zone: Pair<'a>, name: NameRef<'_>) -> Sight<'a> {
        let is_nearest = |zone_set: &ZoneSet| {
            let nearest = zone_set.zones().enclosing(name);
            nearest.is_some_and(|nearest| nearest.apex() == zone.is.apex())
        };
        Sight {
            was: Seen::of(self.before, zone.was, name),
            is: Seen::of(self.after, zone.is, name),
            is_nearest: is_nearest(self.before) && is_nearest(self.after),
        }
    }

    /// A name of which PowerDNS gets another reply.
    fn differs(&mut self, zone: Pair<'a>, name: NameRef<'_>, sight: &Sight<'a>) {
        let Sight {
            was,
            is,
            is_nearest,
        } = sight;
        self.found.authoritative.names.push(name.to_owned());
        self.found.resolver.names.push(name.to_owned());
        let comes_or_goes = was.is_cut() != is.is_cut();
        if comes_or_goes {
            self.found.authoritative.subtrees.push(name.to_owned());
        }
        if !is_nearest {
            return;
        }
        let is_dname = |seen: &Seen<'_>| seen.of_types(&[DNAME]).next().is_some();
        if comes_or_goes
            || is.is_cut() && was.differs_in(is, OF_DELEGATION)
            || is_dname(was)
            || is_dname(is)
        {
            self.found.resolver.subtrees.push(name.to_owned());
        }
        let is_below_cut = |seen: &Seen<'_>| seen.standing() == Some(Standing::BelowCut);
        if (is_below_cut(was) || is_below_cut(is)) && was.differs_in(is, ADDRESSES) {
            self.delegation_differs(zone, name);
        }
        if let Some(parent) = name.parent()
            && sight.is_authoritative()
            && name.key().strip_prefix(parent.key()) == Some(WILDCARD)
        {
            self.found.resolver.subtrees.push(parent.to_owned());
        }
    }

    /// Of a nameserver below a cut there is another address: whoever is referred there may get other answers.
    fn delegation_differs(&mut self, zone: Pair<'a>, name: NameRef<'_>) {
        let mut next = name.parent();
        while let Some(name) = next.filter(|name| name.is_below(zone.is.apex().as_ref())) {
            let sight = self.sight(zone, name);
            if sight.was.is_cut() || sight.is.is_cut() {
                self.found.resolver.subtrees.push(name.to_owned());
            }
            next = name.parent();
        }
    }

    /// Whether what does not exist right below this name is, or was, covered by a wildcard.
    fn has_wildcard(&self, zone: Pair<'a>, name: NameRef<'_>) -> bool {
        let key = [name.key(), WILDCARD].concat();
        let sight = self.sight(zone, NameRef::from_key(&key));
        sight.was.exists() || sight.is.exists()
    }
}
