//! What caches have to forget because of one generation: worked out once, beside the step that it belongs to, and the same
//! for a janitor inside the daemon and for one elsewhere.
//!
//! Two kinds of caches keep two kinds of things. An *authoritative server* keeps the replies of the daemon, each under the
//! name that was asked; a chain of aliases or a wildcard is put together anew for every question. A *resolver* keeps whole
//! answers: the answer to a name that a wildcard covers, or that is an alias, is untrue as soon as what it was made of is.
//!
//! Additional records are no reason to forget anything. An authoritative server puts the addresses of an SRV's target
//! into its reply anew each time; a resolver keeps them as what they are, hints, and never answers from them.
//!
//! Rooms: `touched` looks at names and what is around them, `seen` at one name in one zone, `aliases` follows those who
//! point at a name.

mod aliases;
#[cfg(test)]
mod model;
mod seen;
#[cfg(test)]
mod tests;
mod touched;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;
use zonesmith_zone::zone_set::ZoneSet;

use self::touched::{Collected, Sought, Touched};
use super::changes::{Changed, ZoneChange, ZoneFate};

pub use self::aliases::Aliases;

/// Names that an extent lists; of more, their whole zones are forgotten. A recursor takes a tenth of a millisecond for each
/// name, an authoritative server a hundredth: at this many it is busier forgetting than it would be asking anew.
const MOST_NAMES: usize = 2_048;

/// Names, and everything at or below others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// Exactly these, in canonical order; none of them lies in a subtree of the same extent.
    pub names: Box<[Name]>,
    /// The tops of whole subtrees, in canonical order; none lies in another.
    pub subtrees: Box<[Name]>,
}

/// What caches have to forget because of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forget {
    /// Names whose reply from the daemon differs.
    pub authoritative: Extent,
    /// Names whose answer differs for the client of a resolver that keeps whole answers.
    pub resolver: Extent,
}

impl Extent {
    /// Brings names and subtrees in order, and leaves out what is said already.
    #[must_use]
    pub fn new(
        names: impl IntoIterator<Item = Name>,
        subtrees: impl IntoIterator<Item = Name>,
    ) -> Self {
        let mut tops: Vec<Name> = Vec::new();
        for top in subtrees.into_iter().collect::<BTreeSet<_>>() {
            // A top sorts before everything in its subtree, and nothing stands between.
            let is_said = tops.last().is_some_and(|last| is_within(&top, last));
            if !is_said {
                tops.push(top);
            }
        }
        let mut extent = Self {
            names: Box::default(),
            subtrees: tops.into(),
        };
        let names = names.into_iter().collect::<BTreeSet<_>>();
        let names = names.into_iter().filter(|name| !extent.has_subtree(name));
        extent.names = names.collect();
        extent
    }

    /// Whether nothing has to be forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.subtrees.is_empty()
    }

    /// Whether this name has to be forgotten.
    #[must_use]
    pub fn covers(&self, name: &Name) -> bool {
        self.names.binary_search(name).is_ok() || self.has_subtree(name)
    }

    /// How many names and subtrees it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len() + self.subtrees.len()
    }

    /// Octets that it holds, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let names = self.names.iter().chain(&self.subtrees);
        names
            .map(|name| size_of::<Name>() + name.as_ref().key().len())
            .sum()
    }

    fn has_subtree(&self, name: &Name) -> bool {
        let after = self.subtrees.partition_point(|top| top <= name);
        let last = after.checked_sub(1).and_then(|at| self.subtrees.get(at));
        last.is_some_and(|top| is_within(name, top))
    }
}

/// What a publication made different: what there is to know besides the zones before and after.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'a> {
    /// Names whose records differ.
    pub changed: &'a Changed,
    /// Zones that came, went, or have another SOA.
    pub zones: &'a [ZoneChange],
    /// Apexes of the zones in which something differs, where the names are too many to list.
    pub different: &'a BTreeSet<Name>,
    /// Apexes of zones that are signed in another way.
    pub signed: &'a [Name],
    /// Whether somebody else chooses what clients are given, or nobody any more: then any answer may be another.
    pub is_chosen_anew: bool,
}

impl Forget {
    /// What has to be forgotten when `before` becomes `after`. `aliases` are those of `after`.
    #[must_use]
    pub fn between(
        before: &ZoneSet,
        after: &ZoneSet,
        difference: &Difference<'_>,
        aliases: &Aliases,
    ) -> Self {
        let mut touched = Touched::new(before, after);
        let zones = difference.zones.iter();
        let (moved, others): (Vec<_>, Vec<_>) =
            zones.partition(|zone| matches!(zone.what, ZoneFate::Moved(_)));
        for zone in others {
            touched.replaced(&zone.apex);
        }
        for apex in difference.different {
            touched.replaced(apex);
        }
        if difference.is_chosen_anew {
            for zone in after.zones().iter() {
                touched.replaced(zone.apex());
            }
        }
        for apex in difference.signed {
            touched.signed(apex);
        }
        let names = difference.changed.names().iter();
        let names = names.map(|change| &change.name);
        touched.look(names.chain(moved.into_iter().map(|zone| &zone.apex)));
        let Sought {
            authoritative,
            resolver,
        } = touched.sought();
        let resolver = aliases.with_those_of(resolver, after);
        Self {
            authoritative: bounded(authoritative, before, after),
            resolver: bounded(resolver, before, after),
        }
    }

    /// Octets that it holds, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.authoritative.bytes() + self.resolver.bytes()
    }
}

/// An extent of what was collected; whole zones, where there are too many names.
fn bounded(collected: Collected, before: &ZoneSet, after: &ZoneSet) -> Extent {
    let Collected {
        names,
        mut subtrees,
    } = collected;
    if names.len() <= MOST_NAMES {
        return Extent::new(names, subtrees);
    }
    for name in &names {
        for zone_set in [before, after] {
            let zone = zone_set.zones().enclosing(name.as_ref());
            subtrees.extend(zone.map(|zone| zone.apex().clone()));
        }
    }
    Extent::new([], subtrees)
}

fn is_within(name: &Name, top: &Name) -> bool {
    name.as_ref().is_at_or_below(top.as_ref())
}

/// The same in text, as `/watch?forget=1` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ForgetEvent {
    /// What authoritative servers have to forget.
    pub authoritative: ExtentEvent,
    /// What resolvers have to forget.
    pub resolver: ExtentEvent,
}

/// Names and subtrees in text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ExtentEvent {
    /// Exactly these.
    pub names: Vec<String>,
    /// These and everything below them.
    pub subtrees: Vec<String>,
}

impl From<&Forget> for ForgetEvent {
    fn from(forget: &Forget) -> Self {
        let Forget {
            authoritative,
            resolver,
        } = forget;
        Self {
            authoritative: authoritative.into(),
            resolver: resolver.into(),
        }
    }
}

impl From<&Extent> for ExtentEvent {
    fn from(extent: &Extent) -> Self {
        let Extent { names, subtrees } = extent;
        let texts = |names: &[Name]| names.iter().map(Name::to_string).collect();
        Self {
            names: texts(names),
            subtrees: texts(subtrees),
        }
    }
}

impl TryFrom<&ForgetEvent> for Forget {
    type Error = zonesmith_zone::name::NameError;

    fn try_from(event: &ForgetEvent) -> Result<Self, Self::Error> {
        Ok(Self {
            authoritative: (&event.authoritative).try_into()?,
            resolver: (&event.resolver).try_into()?,
        })
    }
}

impl TryFrom<&ExtentEvent> for Extent {
    type Error = zonesmith_zone::name::NameError;

    fn try_from(event: &ExtentEvent) -> Result<Self, Self::Error> {
        let names = |texts: &[String]| {
            let names = texts.iter().map(|text| Name::parse(text));
            names.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self::new(names(&event.names)?, names(&event.subtrees)?))
    }
}
