//! `setDomainMetadata` (`name`, `kind`, `value`: a list of texts): keeps the values, or forgets the kind when there are
//! none; `true` when that is on the disk, and what is served follows it.
//!
//! Only for zones that are served: with several backends PowerDNS asks each until one says `true`. What a zone had may be
//! forgotten after the zone is gone.

use serde::Deserialize;
use zonesmith_zone::nsec3::Parameters;

use super::{Ground, cannot_keep, either, name_to_write};
use crate::remote::reply::Outcome;

/// Octets of a kind. The longest that PowerDNS knows has 20.
const LONGEST_KIND: usize = 64;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct SetDomainMetadata {
    name: String,
    kind: String,
    value: Vec<String>,
}

impl SetDomainMetadata {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(self.keep(ground))
    }

    fn keep<'a>(&self, ground: Ground<'a>) -> Result<Outcome<'a>, Outcome<'a>> {
        let Self { name, kind, value } = self;
        let name = name_to_write("name", name)?;
        if !value.is_empty() {
            ground.zone_to_write(&name)?;
            check(kind, value).map_err(Outcome::Refused)?;
        }
        let store = &ground.backend.store;
        store
            .set_metadata(&name, kind, value)
            .map_err(cannot_keep)?;
        if matches!(kind.as_str(), "NSEC3PARAM" | "NSEC3NARROW") {
            ground.backend.signing.changed(&name);
        }
        Ok(Outcome::Done)
    }
}

/// Why these values are not kept.
fn check(kind: &str, values: &[String]) -> Result<(), String> {
    let is_plain = |octet: u8| octet.is_ascii_graphic();
    if kind.is_empty() || kind.len() > LONGEST_KIND || !kind.bytes().all(is_plain) {
        return Err(format!("kind: not 1 to {LONGEST_KIND} letters: {kind:?}"));
    }
    match (kind, values) {
        ("PRESIGNED", _) => Err(
            "PRESIGNED: zones come without signatures here, PowerDNS signs them as it answers"
                .to_owned(),
        ),
        ("NSEC3PARAM", [parameters]) => Parameters::parse(parameters)
            .map(drop)
            .map_err(|error| format!("NSEC3PARAM: {error}")),
        ("NSEC3PARAM", _) => Err("NSEC3PARAM: a zone has one".to_owned()),
        _ => Ok(()),
    }
}
