//! `GET /zones` and `GET /zones/{apex}`: which zones there are, and the names of one, a page at a time.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use zonesmith_zone::name::Name;

use super::{Daemon, refusal};
use crate::snapshot::Snapshot;
use crate::snapshot::report::ZoneStatus;

/// Names of a page when nobody says how many.
const USUAL_PAGE: usize = 1_000;

/// Names of the largest page: a megabyte or two, made in milliseconds.
const LARGEST_PAGE: usize = 10_000;

/// All zones of one generation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Zones {
    generation: u64,
    zones: Vec<ZoneStatus>,
}

/// One zone and some of its names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct OneZone {
    generation: u64,
    #[serde(flatten)]
    zone: ZoneStatus,
    /// As in a master file, without owner and type.
    soa: String,
    /// Names with records, in canonical order.
    name_list: Vec<ListedName>,
    /// The `after` of the next page; none on the last one.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct ListedName {
    name: String,
    records: usize,
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Page {
    /// The last name of the page before.
    after: Option<String>,
    /// Names at most.
    limit: Option<usize>,
}

/// The zones, forward ones first.
pub(super) async fn zones<D: Daemon>(State(daemon): State<D>) -> Response {
    let Some(snapshot) = daemon.live() else {
        return not_served(&daemon);
    };
    let zones = Zones {
        generation: snapshot.generation,
        zones: counted(&daemon).await,
    };
    Json(zones).into_response()
}

/// One zone, by its apex in any case, with or without its last dot.
pub(super) async fn zone<D: Daemon>(
    State(daemon): State<D>,
    Path(apex): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Response {
    let page = match page {
        Ok(Query(page)) => page,
        Err(error) => return bad(&error.body_text()),
    };
    let apex = match Name::parse(&apex) {
        Ok(apex) => apex,
        Err(error) => return bad(&format!("`{apex}` is no name: {error}")),
    };
    let after = match page.after.as_deref().map(Name::parse).transpose() {
        Ok(after) => after,
        Err(error) => return bad(&format!("`after` is no name: {error}")),
    };
    let Some(snapshot) = daemon.live() else {
        return not_served(&daemon);
    };
    let counted = counted(&daemon).await;
    let limit = page.limit.unwrap_or(USUAL_PAGE).clamp(1, LARGEST_PAGE);
    match one(&snapshot, &apex, after.as_ref(), limit, &counted) {
        Some(zone) => Json(zone).into_response(),
        None => {
            let sentence = refusal(&format!("there is no zone {apex}"));
            (StatusCode::NOT_FOUND, sentence).into_response()
        }
    }
}

fn one(
    snapshot: &Snapshot,
    apex: &Name,
    after: Option<&Name>,
    limit: usize,
    counted: &[ZoneStatus],
) -> Option<OneZone> {
    let zone = snapshot.zone_set.zones().find_apex(apex.as_ref())?;
    let mut names = Vec::new();
    let mut next = None;
    for listed in snapshot.zone_set.list(zone) {
        let name = listed.name();
        if after.is_some_and(|after| name <= *after) {
            continue;
        }
        if names.len() == limit {
            next = names.last().map(|last: &ListedName| last.name.clone());
            break;
        }
        names.push(ListedName {
            name: name.to_string(),
            records: listed.records().count(),
        });
    }
    let mut soa = Vec::new();
    zone.write_soa_content(&mut soa);
    let text = apex.to_string();
    let counts = counted.iter().find(|counted| counted.apex == text);
    Some(OneZone {
        generation: snapshot.generation,
        zone: ZoneStatus {
            apex: text,
            id: zone.id(),
            serial: zone.serial(),
            names: counts.map_or(0, |counts| counts.names),
            records: counts.map_or(0, |counts| counts.records),
        },
        soa: String::from_utf8_lossy(&soa).into_owned(),
        name_list: names,
        next,
    })
}

/// Counting goes over all names, so it is not done beside the answers of others.
async fn counted<D: Daemon>(daemon: &D) -> Vec<ZoneStatus> {
    let daemon = daemon.clone();
    let status = tokio::task::spawn_blocking(move || daemon.status()).await;
    status.map_or_else(|_| Vec::new(), |status| status.zones)
}

pub(super) fn not_served<D: Daemon>(daemon: &D) -> Response {
    let reason = daemon.not_ready();
    let reason = reason.unwrap_or_else(|| "no zone is published yet".to_owned());
    (StatusCode::SERVICE_UNAVAILABLE, refusal(&reason)).into_response()
}

pub(super) fn bad(sentence: &str) -> Response {
    (StatusCode::BAD_REQUEST, refusal(sentence)).into_response()
}
