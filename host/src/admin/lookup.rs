//! `GET /lookup?name=&type=`: what is served at a name, with the generation it is of. PowerDNS asks `pdns.sock`; this is for
//! those who watch, and have to know what they begin with.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::{self, rtype};
use zonesmith_zone::zone_set::Answer;

use super::Daemon;
use super::zones::{bad, not_served};
use crate::snapshot::Snapshot;
use crate::snapshot::event::{RecordEvent, type_text};

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Absolute, with or without its last dot, in any case.
    name: String,
    /// `A`; every type without it.
    #[serde(default, rename = "type")]
    rtype: Option<String>,
}

/// What there is at a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Found {
    /// The generation this is of.
    pub generation: u64,
    /// Absolute, lower case.
    pub name: String,
    /// `NOERROR`, `NODATA` (no record of this type, or only names below it), `NXDOMAIN`
    pub status: String,
    /// The apex of the zone that the name is in.
    pub zone: Option<String>,
    /// In order of type, then content.
    pub records: Vec<FoundRecord>,
}

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FoundRecord {
    /// `A`
    #[serde(rename = "type")]
    pub rtype: String,
    /// Seconds and content.
    #[serde(flatten)]
    pub record: RecordEvent,
}

/// The answer, out of one generation.
pub(super) async fn lookup<D: Daemon>(
    State(daemon): State<D>,
    question: Result<Query<Question>, QueryRejection>,
) -> Response {
    let question = match question {
        Ok(Query(question)) => question,
        Err(error) => return bad(&error.body_text()),
    };
    let name = match Name::parse(&question.name) {
        Ok(name) => name,
        Err(error) => return bad(&format!("`{}` is no name: {error}", question.name)),
    };
    let wanted = question
        .rtype
        .filter(|rtype| !rtype.eq_ignore_ascii_case("ANY"));
    let wanted = match wanted {
        None => None,
        Some(text) => match rdata::parse_type(text.as_bytes()) {
            Some(rtype) => Some(rtype),
            None => return bad(&format!("`{text}` is no type of records")),
        },
    };
    match daemon.live() {
        Some(snapshot) => Json(found(&snapshot, &name, wanted)).into_response(),
        None => not_served(&daemon),
    }
}

fn found(snapshot: &Snapshot, name: &Name, wanted: Option<u16>) -> Found {
    let is_wanted = |rtype| wanted.is_none_or(|wanted| wanted == rtype || rtype == rtype::CNAME);
    let (status, zone, records) = match snapshot.zone_set.find(name.as_ref()) {
        Answer::NoSuchName => ("NXDOMAIN", None, Vec::new()),
        Answer::EmptyNonTerminal { zone, .. } => ("NODATA", Some(zone), Vec::new()),
        Answer::Records {
            zone,
            at_apex,
            records,
            ..
        } => {
            let mut found = Vec::new();
            if at_apex && is_wanted(rtype::SOA) {
                let mut content = Vec::new();
                zone.write_soa_content(&mut content);
                found.push(FoundRecord {
                    rtype: "SOA".to_owned(),
                    record: RecordEvent {
                        ttl: zone.soa_ttl(),
                        content: String::from_utf8_lossy(&content).into_owned(),
                    },
                });
            }
            let records = records.filter(|record| is_wanted(record.rtype));
            found.extend(records.map(|record| FoundRecord {
                rtype: type_text(record.rtype),
                record: RecordEvent::of(&record),
            }));
            let status = if found.is_empty() {
                "NODATA"
            } else {
                "NOERROR"
            };
            (status, Some(zone), found)
        }
    };
    Found {
        generation: snapshot.generation,
        name: name.to_string(),
        status: status.to_owned(),
        zone: zone.map(|zone| zone.apex().to_string()),
        records,
    }
}
