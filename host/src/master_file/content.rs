//! One master file with all that it includes: read, and checked against the zone it is for.

use std::collections::HashMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::master_file::{self, MasterFile, MasterRecord, Place};
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::record::{Origin, Record, SoaDeclaration, ZoneDeclaration};
use zonesmith_zone::validate::{CheckedRecord, Quarantined, check};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use super::folder::{Folder, read_plain};
use super::{Listed, Role};
use crate::digest::Digest;

/// What a good file says.
#[derive(Debug)]
pub struct Content {
    /// The zone that it is, if it is one of its own.
    pub own: Option<OwnZone>,
    /// Its records. The origin of each is the place in [`files`](Self::files), and the line.
    pub contribution: Contribution,
    /// Records that may not stand: what each is, and why. Places as in the contribution.
    pub quarantined: Vec<Quarantined>,
    /// What its author should know, each with file and line.
    pub remarks: Vec<String>,
    /// The file, and all that it includes.
    pub files: Vec<Arc<str>>,
}

/// A zone that a file is.
#[derive(Debug)]
pub struct OwnZone {
    /// Apex and SOA.
    pub zone: Zone,
    /// The serial that its author wrote: what secondaries may have seen before.
    pub serial: u32,
}

/// What was read on the way, good or not: what is unchanged need not be read again.
pub(super) type Seen = Vec<(Utf8PathBuf, Option<Digest>)>;

/// Digests of files that were read before; whether all of them are as they were.
pub(super) fn is_unchanged(seen: &Seen) -> bool {
    !seen.is_empty() && seen.iter().all(|(path, digest)| digest_of(path) == *digest)
}

fn digest_of(path: &Utf8Path) -> Option<Digest> {
    read_plain(path).ok().map(|text| Digest::of(&text))
}

impl Content {
    /// Reads the file and what it includes. Also returns which files those are.
    ///
    /// # Errors
    /// Everything that is wrong with them, each a sentence with file and line.
    pub(super) fn read(listed: &Listed) -> (Seen, Result<Self, Vec<String>>) {
        let mut seen = Seen::new();
        let content = read_files(listed, &mut seen).and_then(|file| Self::of(listed, file));
        (seen, content)
    }

    /// `FILE:LINE` of a record's origin.
    #[must_use]
    pub fn place(&self, origin: Option<Origin>) -> String {
        let Some(Origin { instance, resource }) = origin else {
            return String::new();
        };
        let file = usize::try_from(instance)
            .ok()
            .and_then(|at| self.files.get(at))
            .map_or("", |file| file);
        format!("{file}:{}", resource.unwrap_or_default())
    }

    fn of(listed: &Listed, file: MasterFile) -> Result<Self, Vec<String>> {
        let MasterFile {
            soa,
            records,
            files,
        } = file;
        // The apex is all that records are checked against: the SOA may be another's.
        let bounds = Zones::new(vec![bounds(&listed.apex).map_err(|error| vec![error])?]);
        let (checked, quarantined) = check(with_origins(records, &files), &bounds);
        let mut remarks = Vec::new();
        let own = match listed.role {
            Role::Zone => Some(own_zone(listed, soa, &checked).map_err(|error| vec![error])?),
            Role::Merge => {
                remarks.extend(soa.map(|(_, _, _, place)| {
                    format!(
                        "{}: the SOA is not used: that of the zone stands",
                        text_of(&place)
                    )
                }));
                None
            }
        };
        Ok(Self {
            own,
            contribution: Contribution::from_records(checked),
            quarantined,
            remarks,
            files,
        })
    }
}

fn read_files(listed: &Listed, seen: &mut Seen) -> Result<MasterFile, Vec<String>> {
    let mut note = |path: &Utf8Path, read: Result<Vec<u8>, String>| {
        seen.push((
            path.to_owned(),
            read.as_ref().ok().map(|text| Digest::of(text)),
        ));
        read
    };
    let text = note(&listed.file, read_plain(&listed.file)).map_err(|error| vec![error])?;
    let folder = Folder::of(&listed.file).map_err(|error| vec![error])?;
    let mut include = |written: &str, standing_in: &str| {
        let path = Folder::path(written, standing_in);
        let text = note(&path, folder.read(&path))?;
        Ok((Arc::from(path.as_str()), text))
    };
    master_file::read(listed.file.as_str(), &text, &listed.apex, &mut include)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Records that know where they were read: the place of the file in `files`, and the line.
fn with_origins(records: Vec<MasterRecord>, files: &[Arc<str>]) -> Vec<Record> {
    let places: HashMap<&str, u32> = files.iter().map(|file| &**file).zip(0..).collect();
    records
        .into_iter()
        .map(|MasterRecord { mut record, place }| {
            record.origin = Some(Origin {
                instance: places.get(&*place.file).copied().unwrap_or_default(),
                resource: Some(place.line),
            });
            record
        })
        .collect()
}

/// A zone of this apex, for checks only.
fn bounds(apex: &Name) -> Result<Zone, String> {
    let name = apex.to_string();
    Zone::declare(&ZoneDeclaration {
        apex: name.clone(),
        soa: SoaDeclaration {
            ttl: 0,
            mname: name.clone(),
            rname: name.clone(),
            refresh: 0,
            retry: 0,
            expire: 0,
            minimum: 0,
        },
        nameservers: vec![name],
        nameserver_ttl: 0,
    })
    .map(|(zone, _)| zone)
    .map_err(|reason| reason.to_string())
}

/// What a file of its own must have: SOA and NS at its apex.
fn own_zone(
    listed: &Listed,
    soa: Option<(SoaDeclaration, String, u32, Place)>,
    records: &[CheckedRecord],
) -> Result<OwnZone, String> {
    let Listed { apex, file, .. } = listed;
    let Some((soa, owner, serial, place)) = soa else {
        return Err(format!(
            "{file}: the zone {apex} has no SOA; `merge = true` adds records to a zone that is served anyway"
        ));
    };
    let at = text_of(&place);
    if Name::parse(&owner).as_ref() != Ok(apex) {
        return Err(format!(
            "{at}: the SOA is that of {owner}; the zone is {apex}"
        ));
    }
    let nameservers: Vec<_> = records
        .iter()
        .filter(|record| record.rtype == rtype::NS && record.owner == *apex)
        .filter_map(|record| Name::from_wire(&record.octets).ok())
        .map(|(name, _)| name.to_string())
        .collect();
    if nameservers.is_empty() {
        return Err(format!("{file}: the zone {apex} has no NS at its apex"));
    }
    let declaration = ZoneDeclaration {
        apex: apex.to_string(),
        soa,
        nameservers,
        // The records have theirs.
        nameserver_ttl: 0,
    };
    let (zone, _) = Zone::declare(&declaration).map_err(|reason| format!("{at}: {reason}"))?;
    Ok(OwnZone { zone, serial })
}

fn text_of(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}
