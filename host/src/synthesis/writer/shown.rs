//! Which zones show a name: the one it is in, and the one around that where it is part of the delegation. Their serials move
//! when the name changes.

use zonesmith_zone::name::{Name, NameRef};
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{Answer, ZoneSet};

/// The apexes of the zones that show `name`.
pub(super) fn zones_showing<'a>(
    zone_set: &'a ZoneSet,
    name: NameRef<'_>,
) -> impl Iterator<Item = &'a Name> {
    let zone = zone_set.zones().enclosing(name);
    let above = zone.and_then(|zone| {
        zone_set
            .zones()
            .above(zone)
            .filter(|_| is_delegation(zone_set, zone, name))
    });
    zone.into_iter().chain(above).map(Zone::apex)
}

/// Whether the zone around `zone` has this name of it: its apex, with NS and DS, or the name of a nameserver, with glue.
fn is_delegation(zone_set: &ZoneSet, zone: &Zone, name: NameRef<'_>) -> bool {
    let apex = zone.apex().as_ref();
    if name == apex {
        return true;
    }
    let Answer::Records { mut records, .. } = zone_set.find(apex) else {
        return false;
    };
    records.any(|record| {
        record.rtype == rtype::NS
            && Name::from_wire(record.octets).is_ok_and(|(target, _)| target.as_ref() == name)
    })
}
