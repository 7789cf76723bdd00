//! `getBeforeAndAfterNamesAbsolute` (`id`, `qname` relative to the zone): the names around one, for the proof that it does
//! not exist, or has no more than it has.
//!
//! With NSEC, `before` is the name itself or the one before it and `after` the one after, relative to the zone, the apex as
//! `.`. With NSEC3 `qname` is a hash, `before` and `after` are hashes, and `unhashed` is the name of `before`, absolute.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;
use zonesmith_zone::name::Name;
use zonesmith_zone::nsec3;
use zonesmith_zone::zone::Zone;

use super::{Ground, either, name_to_read};
use crate::remote::number::Number;
use crate::remote::reply::Outcome;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct GetBeforeAndAfterNamesAbsolute<'a> {
    id: Number,
    #[serde(borrow)]
    qname: Cow<'a, str>,
}

impl GetBeforeAndAfterNamesAbsolute<'_> {
    pub(crate) fn answer<'a>(&self, ground: Ground<'a>) -> Outcome<'a> {
        either(self.find(ground))
    }

    fn find<'a>(&self, ground: Ground<'a>) -> Result<Outcome<'a>, Outcome<'a>> {
        let id = self.id.0;
        let zone = ground
            .zone_by_id(id)
            .ok_or_else(|| Outcome::Failed(format!("no zone has the id {id}")))?;
        if let Some(chain) = ground.snapshot.nsec3.get(&zone.id())
            && let Some(hash) = nsec3::from_text(&self.qname)
            && let Some((unhashed, before, after)) = chain.neighbours(&hash)
        {
            return Ok(Outcome::Value(json!({
                "unhashed": unhashed.to_string(),
                "before": nsec3::to_text(&before),
                "after": nsec3::to_text(&after),
            })));
        }
        let relative = name_to_read("qname", &self.qname)?;
        let name = if relative.as_ref().is_root() {
            zone.apex().clone()
        } else {
            let apex = zone.apex().to_string();
            name_to_read(
                "qname",
                &format!("{relative}{}", apex.trim_start_matches('.')),
            )?
        };
        let around = ground.snapshot.zone_set.neighbours(zone, name.as_ref());
        Ok(Outcome::Value(json!({
            "unhashed": around.before.to_string(),
            "before": relative_to(zone, &around.before),
            "after": relative_to(zone, &around.after),
        })))
    }
}

/// The labels of a name that are below the apex; the apex itself is `.`.
fn relative_to(zone: &Zone, name: &Name) -> String {
    let text = name.to_string();
    let apex = zone.apex().to_string();
    if text == apex {
        return ".".to_owned();
    }
    match text.strip_suffix(&apex) {
        Some(relative) if apex != "." => relative.to_owned(),
        _ => text,
    }
}
