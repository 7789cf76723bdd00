//! The hashes of a zone in order, each with its name.
//!
//! In the chain is what has an NSEC3 record (RFC 5155 §7.1): names the zone is authoritative for, delegations, and the empty
//! non-terminals that lead to them; with opt-out no delegation without DS. Not in it is what lies below a cut.
//!
//! It follows changes at their own cost: whether a name is in the chain depends on the name, on a cut above it and on what
//! lies below it, so a change of a name can concern it, its ancestors, and, if it became a cut or is one no more, what is
//! below.

use super::{Hash, Parameters, hash};
use crate::delta::Delta;
use crate::map::{Entry, Find, Map, MapChange};
use crate::name::{Name, NameRef};
use crate::packed::{Records, Shown};
use crate::rdata::rtype;
use crate::zone::{Zone, subtree_end};
use crate::zone_set::{Standing, ZoneSet};

/// The chain of one zone. Cloning it costs nothing.
#[derive(Debug, Clone)]
pub struct Chain {
    parameters: Parameters,
    /// The order key of a name, by the hash of the name.
    names: Map,
}

impl Chain {
    /// The chain of a zone as it is now.
    #[must_use]
    pub fn build(zone_set: &ZoneSet, zone: &Zone, parameters: Parameters) -> Self {
        let apex = zone.apex().as_ref();
        let mut entries = Vec::new();
        let mut add = |name: NameRef<'_>| {
            entries.push((hash(name, &parameters), Box::<[u8]>::from(name.key())));
        };
        add(apex);
        let mut before = apex.to_owned();
        for listed in zone_set.list(zone) {
            let name = listed.name();
            if name.as_ref() == apex || !has_nsec3(listed.standing(), listed.records(), &parameters)
            {
                continue;
            }
            add(name.as_ref());
            // In canonical order an ancestor without records is one of a name for the first time, or was one of the last.
            ancestors(name.as_ref(), apex)
                .take_while(|ancestor| !before.as_ref().is_at_or_below(*ancestor))
                .for_each(&mut add);
            before = name;
        }
        entries.sort_unstable();
        Self {
            names: Map::bulk(entries),
            parameters,
        }
    }

    /// The chain after a change that leads from one set of zones to another. Both have the same apexes; other ones want a
    /// chain built anew.
    #[must_use]
    pub fn apply(&self, before: &ZoneSet, after: &ZoneSet, zone: &Zone, delta: &Delta) -> Self {
        let mut concerned = Vec::new();
        for change in &delta.changes {
            let name = change.name.as_ref();
            if name.is_at_or_below(zone.apex().as_ref()) {
                concern(&mut concerned, before, after, zone, name);
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        let mut changes: Vec<_> = concerned
            .iter()
            .filter_map(|key| {
                let name = NameRef::from_key(key);
                let hash = hash(name, &self.parameters);
                let was_in = matches!(self.names.find(&hash), Find::Here(_));
                let is_in = is_member(after, zone, name, &self.parameters);
                (was_in != is_in).then(|| MapChange {
                    key: hash.into(),
                    value: is_in.then(|| name.key().into()),
                })
            })
            .collect();
        if changes.is_empty() {
            return self.clone();
        }
        changes.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Self {
            names: self.names.apply(&changes),
            parameters: self.parameters.clone(),
        }
    }

    /// How names are hashed.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// How many names have an NSEC3 record.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none: never, the apex has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Octets of memory held, shared with older chains or not.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.names.bytes()
    }

    /// Around a hash: the name whose hash it is or comes last before it, that hash, and the first hash after it. The first
    /// hash comes after the last.
    #[must_use]
    pub fn neighbours(&self, hash: &[u8]) -> Option<(Name, Hash, Hash)> {
        // Nothing lies between octets and the same octets followed by the least one.
        let after_it = [hash, &[0]].concat();
        let before = self
            .names
            .last_before(&after_it)
            .or_else(|| self.names.last_before(&[u8::MAX; size_of::<Hash>() + 1]))?;
        let after = self
            .names
            .range_from(&after_it)
            .next()
            .or_else(|| self.names.range_from(&[]).next())?;
        let octets = |entry: Entry<'_>| Hash::try_from(entry.key()).ok();
        Some((
            Name::from_key(before.value()),
            octets(before)?,
            octets(after)?,
        ))
    }
}

/// The names that a change of this name can bring into the chain or out of it.
fn concern(
    concerned: &mut Vec<Vec<u8>>,
    before: &ZoneSet,
    after: &ZoneSet,
    zone: &Zone,
    name: NameRef<'_>,
) {
    let apex = zone.apex().as_ref();
    let was = before.standing_towards(zone, name);
    let is = after.standing_towards(zone, name);
    if was == Standing::BelowCut && is == Standing::BelowCut {
        return;
    }
    if was != is && (was == Standing::AtCut || is == Standing::AtCut) {
        // What lies below an apex is never the zone's, so this is a name like others.
        let end = subtree_end(name);
        for zone_set in [before, after] {
            for key in zone_set.keys_between(name.key(), &end) {
                let below = NameRef::from_key(&key);
                concerned.extend(ancestors(below, name).map(|name| name.key().to_vec()));
                concerned.push(key);
            }
        }
    }
    concerned.extend(ancestors(name, apex).map(|name| name.key().to_vec()));
    concerned.push(name.key().to_vec());
}

/// Whether a name has an NSEC3 record.
fn is_member(zone_set: &ZoneSet, zone: &Zone, name: NameRef<'_>, parameters: &Parameters) -> bool {
    if name == zone.apex().as_ref() {
        return true;
    }
    let standing = zone_set.standing_towards(zone, name);
    let at_name = zone_set
        .value_at(name)
        .map(|value| Records::of_value(value, Shown::All));
    match (at_name, standing) {
        (Some(records), _) => has_nsec3(standing, records, parameters),
        (None, Standing::Authoritative) => leads_to_member(zone_set, zone, name, parameters),
        (None, Standing::AtCut | Standing::BelowCut) => false,
    }
}

/// Whether below a name without records a name has an NSEC3 record. Usually the first does.
fn leads_to_member(
    zone_set: &ZoneSet,
    zone: &Zone,
    name: NameRef<'_>,
    parameters: &Parameters,
) -> bool {
    let mut from = name.key().to_vec();
    while let Some(below) = zone_set
        .first_denying(zone, &from)
        .filter(|below| below.as_ref().is_below(name))
    {
        let below = below.as_ref();
        let records = zone_set
            .value_at(below)
            .map(|value| Records::of_value(value, Shown::All))
            .unwrap_or_default();
        let standing = zone_set.standing_towards(zone, below);
        if has_nsec3(standing, records, parameters) {
            return true;
        }
        from = subtree_end(below).into();
    }
    false
}

/// Whether a name with these records has an NSEC3 record.
fn has_nsec3(standing: Standing, records: Records<'_>, parameters: &Parameters) -> bool {
    let has = |rtype| {
        let mut records = records;
        records.any(|record| record.rtype == rtype)
    };
    match standing {
        Standing::Authoritative => true,
        Standing::AtCut => has(rtype::NS) && (!parameters.is_opt_out || has(rtype::DS)),
        Standing::BelowCut => false,
    }
}

/// The names between a name and one above it, neither included, from the lowest up.
fn ancestors<'a>(name: NameRef<'a>, above: NameRef<'_>) -> impl Iterator<Item = NameRef<'a>> {
    let length = above.key().len();
    std::iter::successors(name.parent(), |name| name.parent())
        .take_while(move |name| name.key().len() > length)
}
