//! What must hold of any octets whatever: the fuzz targets call this, each in three lines.
//!
//! It stands beside what it exercises, so that it is compiled, linted and kept up with the rest; a target of its own
//! world would rot. It tells what is wrong instead of panicking, as everything else here.

mod master_files;
mod records;

pub use master_files::master_files;
pub use records::records;

use crate::name::Name;
use crate::print::write_zone;
use crate::rdata::{read, rtype, write_content, write_type};
use crate::record::{SoaDeclaration, ZoneDeclaration};
use crate::validate::CheckedRecord;
use crate::zone::Zone;
use crate::zone_set::ZoneSet;
use crate::zones::Zones;

/// One nested in another, and a reverse zone.
const APEXES: [&str; 3] = ["cluster1.", "shop.cluster1.", "10.in-addr.arpa."];

/// Proves that a record's own text says the same record; `false` if it is one of which we know that it does not.
fn read_back(record: &CheckedRecord) -> Result<bool, String> {
    let mut rtype = Vec::new();
    write_type(record.rtype, &mut rtype);
    let mut content = Vec::new();
    write_content(record.rtype, &record.octets, &mut content);
    let (rtype, content) = (as_text(&rtype), as_text(&content));
    let again = read(&rtype, &content);
    if is_parameter_with_nine(record.rtype, &content) && again.is_err() {
        return Ok(false);
    }
    if again.as_ref() != Ok(&(record.rtype, record.octets.clone())) {
        return Err(format!(
            "{rtype} {content} is read back as {again:?}, not {record:?}"
        ));
    }
    let owner = record.owner.to_string();
    if Name::parse(&owner).as_ref() != Ok(&record.owner) {
        return Err(format!("the owner {owner} is not read back"));
    }
    Ok(true)
}

/// `domain` 0.12.3 takes the digit 9 for no part of a SvcParam's key: it refuses `key9="x"`, which we print.
fn is_parameter_with_nine(rtype: u16, content: &str) -> bool {
    matches!(rtype, rtype::SVCB | rtype::HTTPS)
        && content
            .split(' ')
            .filter_map(|word| word.strip_prefix("key"))
            .any(|word| word.split('=').next().is_some_and(|key| key.contains('9')))
}

fn zones() -> Result<Zones, String> {
    let declare = |apex: &str| {
        let declaration = ZoneDeclaration {
            apex: apex.to_owned(),
            soa: SoaDeclaration {
                ttl: 60,
                mname: "dns.cluster1.".to_owned(),
                rname: "hostmaster.cluster1.".to_owned(),
                refresh: 7200,
                retry: 3600,
                expire: 432_000,
                minimum: 86_400,
            },
            nameservers: vec!["ns1.cluster1.".to_owned()],
            nameserver_ttl: 3600,
        };
        Zone::declare(&declaration).map(|(zone, _)| zone)
    };
    let zones: Result<Vec<_>, _> = APEXES.into_iter().map(declare).collect();
    zones.map(Zones::new).map_err(|reason| reason.to_string())
}

fn printed<'a>(zone_set: &ZoneSet, zones: impl IntoIterator<Item = &'a Zone>) -> String {
    let mut out = Vec::new();
    for zone in zones {
        write_zone(zone_set, zone, &mut out);
    }
    as_text(&out)
}

fn as_text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
