//! What a site's master files add to the zones of the policies.
//!
//! Each file is a contributor of its own, before all policies: a site overrides by standing first, and what it wrote by hand
//! it meant. So an RRset of a file stands whole, and a policy's of that name and type is shadowed; the files among
//! themselves merge, as services do. Of an apex that a file and a policy name, the file gives SOA and NS.
//!
//! A file speaks for the zone it is listed for and for nothing else: what lies at or below the apex of a zone nested in it is
//! that zone's (but for DS, which belongs above, RFC 4035 §2.4), and is refused with that reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use zonesmith_zone::contents::{Contents, Contributor, ContributorId};
use zonesmith_zone::contribution::{ContributedRecord, Contribution};
use zonesmith_zone::delta::Delta;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::{self, rtype};
use zonesmith_zone::validate::CheckedRecord;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use crate::master_file::{Content, Followed, Listed, Role};

mod report;

pub use self::report::{FileState, MasterFileReport, RefusedRecord};

/// The rank of files; those of policies begin after it.
pub(super) const RANK: u32 = 0;

/// What of the files is in the contents.
#[derive(Default)]
pub(super) struct StaticZones {
    /// The zones of the policies that no file is.
    policy_zones: Vec<Zone>,
    files: Vec<Served>,
}

/// A file whose records are in the contents.
struct Served {
    listed: Listed,
    content: Arc<Content>,
    id: ContributorId,
    admitted: Admitted,
}

/// What of a file's records has a place.
#[derive(Default)]
struct Admitted {
    /// Whether its zone is there at all.
    has_zone: bool,
    /// What has none, and why.
    refused: Vec<RefusedRecord>,
}

/// What following the files did.
#[derive(Default)]
pub(super) struct Followup {
    /// Of the names.
    pub(super) delta: Delta,
    /// Zones that have another SOA now, or whose author wrote another serial.
    pub(super) touched: BTreeSet<Name>,
    /// Whether zones appear or go: then all contributions are to be checked anew.
    pub(super) needs_all: bool,
}

impl StaticZones {
    /// For contents that are about to be built, whose first contributors these become.
    pub(super) fn prepare(files: &[Followed], policy_zones: Vec<Zone>) -> (Zones, Prepared) {
        let zones = all_zones(files.iter().filter_map(own_zone), &policy_zones);
        let mut prepared = Prepared {
            policy_zones,
            files: Vec::new(),
            contributions: Vec::new(),
        };
        for followed in files {
            let Some(content) = &followed.content else {
                continue;
            };
            let (contribution, admitted) = admit(&followed.listed, content, &zones);
            prepared
                .contributions
                .push((contributor(&followed.listed), contribution));
            prepared
                .files
                .push((followed.listed.clone(), Arc::clone(content), admitted));
        }
        (zones, prepared)
    }

    /// Takes over what changed of the files, at the cost of the change. Zones do not appear or go by it.
    pub(super) fn follow(&mut self, files: &[Followed], contents: &mut Contents) -> Followup {
        let mut followup = Followup {
            needs_all: !self
                .files
                .iter()
                .filter(|file| file.content.own.is_some())
                .map(|file| &file.listed)
                .eq(files
                    .iter()
                    .filter(|followed| own_zone(followed).is_some())
                    .map(|followed| &followed.listed)),
            ..Followup::default()
        };
        let zone_set = contents.zone_set();
        let mut gone = Vec::new();
        self.files.retain(|file| {
            let is_listed = files.iter().any(|followed| followed.listed == file.listed);
            let stays = is_listed || file.listed.role == Role::Zone;
            if !stays {
                gone.push(file.id);
            }
            stays
        });
        let mut changes: Vec<_> = gone
            .iter()
            .map(|id| (*id, Contribution::default()))
            .collect();
        for followed in files {
            let Some(content) = &followed.content else {
                continue;
            };
            let listed = &followed.listed;
            let known = self.files.iter_mut().find(|file| file.listed == *listed);
            let is_same = |file: &Served| Arc::ptr_eq(&file.content, content);
            if known.as_deref().is_some_and(is_same)
                || (known.is_none() && listed.role == Role::Zone)
            {
                continue;
            }
            let (contribution, admitted) = admit(listed, content, zone_set.zones());
            let id = known
                .as_deref()
                .map_or_else(|| contents.add(contributor(listed)), |file| file.id);
            changes.push((id, contribution));
            match known {
                Some(file) => {
                    if has_other_soa(&file.content, content) {
                        followup.touched.insert(listed.apex.clone());
                    }
                    file.content = Arc::clone(content);
                    file.admitted = admitted;
                }
                None => self.files.push(Served {
                    listed: listed.clone(),
                    content: Arc::clone(content),
                    id,
                    admitted,
                }),
            }
        }
        followup.delta = contents.replace(changes);
        // Empty by now, so nothing changes but the list of contributors.
        let _ = contents.remove(&gone);
        if !followup.touched.is_empty() {
            let own = self
                .files
                .iter()
                .filter_map(|file| file.content.own.as_ref());
            contents.set_zones(all_zones(own.map(|own| &own.zone), &self.policy_zones));
        }
        followup
    }

    /// The serial that the author of a zone's file wrote.
    pub(super) fn serial_of(&self, apex: &Name) -> Option<u32> {
        self.files
            .iter()
            .filter(|file| file.listed.apex == *apex)
            .find_map(|file| file.content.own.as_ref())
            .map(|own| own.serial)
    }

    /// The file that a contributor is.
    pub(super) fn file(&self, id: ContributorId) -> Option<&Arc<Content>> {
        let file = self.files.iter().find(|file| file.id == id);
        file.map(|file| &file.content)
    }

    /// What there is to tell of all files, those included that are not served.
    pub(super) fn report(&self, files: &[Followed]) -> Arc<[MasterFileReport]> {
        files
            .iter()
            .map(|followed| {
                let served = self
                    .files
                    .iter()
                    .find(|file| file.listed == followed.listed);
                MasterFileReport::of(followed, served.map(|file| &file.admitted))
            })
            .collect()
    }
}

/// [`StaticZones`] whose contributors have no numbers yet.
pub(super) struct Prepared {
    policy_zones: Vec<Zone>,
    files: Vec<(Listed, Arc<Content>, Admitted)>,
    /// For the contents, in this order.
    pub(super) contributions: Vec<(Contributor, Contribution)>,
}

impl Prepared {
    /// With the numbers that the contents gave the first contributors.
    pub(super) fn numbered(self, ids: &[ContributorId]) -> StaticZones {
        let files = self.files.into_iter().zip(ids);
        StaticZones {
            policy_zones: self.policy_zones,
            files: files
                .map(|((listed, content, admitted), id)| Served {
                    listed,
                    content,
                    id: *id,
                    admitted,
                })
                .collect(),
        }
    }
}

/// The apexes of the zones that files are.
pub(super) fn own_apexes(files: &[Followed]) -> BTreeSet<Name> {
    files
        .iter()
        .filter_map(own_zone)
        .map(|zone| zone.apex().clone())
        .collect()
}

fn own_zone(followed: &Followed) -> Option<&Zone> {
    let own = followed.content.as_ref()?.own.as_ref()?;
    Some(&own.zone)
}

/// The files' zones before the policies': of one apex the first stands.
fn all_zones<'a>(own: impl Iterator<Item = &'a Zone>, policy_zones: &'a [Zone]) -> Zones {
    Zones::new(own.chain(policy_zones).cloned().collect())
}

fn contributor(listed: &Listed) -> Contributor {
    Contributor {
        rank: RANK,
        label: listed.file.as_str().into(),
    }
}

/// Whether the SOA differs, its serial included.
fn has_other_soa(before: &Content, after: &Content) -> bool {
    match (&before.own, &after.own) {
        (Some(before), Some(after)) => {
            before.zone.soa() != after.zone.soa() || before.serial != after.serial
        }
        _ => false,
    }
}

/// The records of a file that lie in its zone, as the zones are cut now.
fn admit(listed: &Listed, content: &Content, zones: &Zones) -> (Contribution, Admitted) {
    let apex = &listed.apex;
    let mut admitted = Admitted {
        has_zone: zones.find_apex(apex.as_ref()).is_some(),
        refused: Vec::new(),
    };
    if !admitted.has_zone {
        return (Contribution::default(), admitted);
    }
    let has_nested = zones
        .iter()
        .any(|zone| zone.apex().as_ref().is_below(apex.as_ref()));
    if !has_nested {
        return (content.contribution.clone(), admitted);
    }
    let mut records = Vec::new();
    for (owner, record) in content.contribution.iter() {
        let Some(zone) = zones.enclosing(owner.as_ref()) else {
            continue;
        };
        if zone.apex() == apex || belongs_above(apex, &owner, &record, zone, zones) {
            records.push(checked(owner, &record));
        } else {
            let mut name = Vec::new();
            rdata::write_type(record.rtype, &mut name);
            admitted.refused.push(RefusedRecord {
                place: content.place(record.origin),
                owner: owner.to_string(),
                rtype: String::from_utf8_lossy(&name).into_owned(),
                reason: format!(
                    "the name is in the zone {}, which is served as well",
                    zone.apex()
                ),
            });
        }
    }
    (Contribution::from_records(records), admitted)
}

/// Whether a record at the apex of a nested zone is the word of the zone above it, which is `apex`.
fn belongs_above(
    apex: &Name,
    owner: &Name,
    record: &ContributedRecord<'_>,
    zone: &Zone,
    zones: &Zones,
) -> bool {
    record.rtype == rtype::DS
        && zone.apex() == owner
        && zones.above(zone).is_some_and(|above| above.apex() == apex)
}

pub(super) fn checked(owner: Name, record: &ContributedRecord<'_>) -> CheckedRecord {
    let ContributedRecord {
        rtype,
        ttl,
        octets,
        rule,
        origin,
        exclusive,
    } = *record;
    CheckedRecord {
        owner,
        ttl,
        rtype,
        octets: octets.into(),
        rule,
        origin,
        exclusive,
    }
}
