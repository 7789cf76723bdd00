//! `POST /probe`, `DELETE /probe`: a name that `zonesmith doctor` watches on its way through name servers. Each request to publish
//! it makes it say something else, so that an answer tells which publication it is of.

use std::hash::{BuildHasher, RandomState};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;

use super::zones::bad;
use super::{Daemon, refusal};
use crate::synthesis::probe::{LEASE, Probe, name_in};

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The apex of the zone that it is to be in.
    zone: String,
}

/// A name that is published, and goes by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Probed {
    /// Absolute, lower case.
    pub name: String,
    /// Its TXT record, as in a master file.
    pub content: String,
    /// The generation that has it.
    pub generation: u64,
    /// Seconds until it goes.
    pub lease: u64,
}

/// That it is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Gone {
    /// The generation that does not have it.
    pub generation: u64,
}

/// Publishes it, with something else to say.
pub(super) async fn publish<D: Daemon>(
    State(daemon): State<D>,
    place: Result<Query<Place>, QueryRejection>,
) -> Response {
    let zone = match place {
        Ok(Query(place)) => place.zone,
        Err(error) => return bad(&error.body_text()),
    };
    let zone = match Name::parse(&zone) {
        Ok(zone) => zone,
        Err(error) => return bad(&format!("`{zone}` is no name: {error}")),
    };
    let name = match name_in(&zone) {
        Ok(name) => name,
        Err(error) => return bad(&format!("{error:#}")),
    };
    let text = format!("{:016x}", RandomState::new().hash_one(&name));
    let probe = Probe {
        name: name.clone(),
        text: text.clone(),
    };
    match daemon.probe(Some(probe)).await {
        Ok(generation) => Json(Probed {
            name: name.to_string(),
            content: format!("\"{text}\""),
            generation,
            lease: LEASE.as_secs(),
        })
        .into_response(),
        Err(error) => refused(&error),
    }
}

/// Takes it away.
pub(super) async fn end<D: Daemon>(State(daemon): State<D>) -> Response {
    match daemon.probe(None).await {
        Ok(generation) => Json(Gone { generation }).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &anyhow::Error) -> Response {
    let sentence = refusal(&format!("{error:#}"));
    (StatusCode::SERVICE_UNAVAILABLE, sentence).into_response()
}
