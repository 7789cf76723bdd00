//! `GET /cluster?name=…`: the state of a cluster as policies are given it, as a cluster document.
//!
//! An answer has a place in its `ETag`. `?after=PLACE` is answered when the clusters have changed since, at once if they have;
//! with 304 when they have not for [`PATIENCE`]. So who asks again and again has every state but those that another followed
//! while it was asking. A state may come twice: the place is never later than what it stands for.

use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::watch::{Watching, full};
use super::{Daemon, refusal};
use crate::synthesis::service_key::ClusterKey;
use crate::synthesis::told::ToldCluster;

/// How long somebody is kept who waits for the next state: shorter than anything between forgets a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cluster {
    /// Which one, where there are several.
    name: Option<String>,
    /// The place of the state that is known; the next one is wanted.
    after: Option<String>,
}

/// Answers 200 with the document, 304 when there is no other than what is known, 404 where there is no such cluster, 409 where there are several and none was named.
pub(super) async fn cluster<D: Daemon>(
    State(daemon): State<D>,
    Extension(watching): Extension<Watching>,
    query: Result<Query<Cluster>, QueryRejection>,
) -> Response {
    let (name, after) = match query {
        Ok(Query(Cluster { name, after })) => (name, after),
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let run = daemon.run();
    let mut states = daemon.states();
    let place = |states: u64| format!("{states}.{run}");
    if let Some(after) = after {
        let Some(_permit) = watching.enter() else {
            return full();
        };
        let another = states.wait_for(|states| place(*states) != after);
        let has_changed = tokio::select! {
            changed = tokio::time::timeout(PATIENCE, another) => changed.is_ok_and(|changed| changed.is_ok()),
            () = watching.until_stopping() => false,
        };
        if !has_changed {
            return StatusCode::NOT_MODIFIED.into_response();
        }
    }
    // Before the clusters are asked for: what changes from here on is after it.
    let place = place(*states.borrow());
    let Some(told) = daemon.clusters().await else {
        let busy = "the daemon is at something long, as a reload of many services; ask again";
        return refuse(StatusCode::SERVICE_UNAVAILABLE, busy);
    };
    match pick(told, name.as_deref()) {
        Ok(one) => write(one, &place).await,
        Err((code, sentence)) => refuse(code, &sentence),
    }
}

/// The cluster of a name, or the only one.
fn pick(
    mut told: Vec<ToldCluster>,
    name: Option<&str>,
) -> Result<ToldCluster, (StatusCode, String)> {
    if told.is_empty() {
        let sentence = "no source has said anything yet".to_owned();
        return Err((StatusCode::SERVICE_UNAVAILABLE, sentence));
    }
    let names: Vec<_> = told.iter().map(|one| one.cluster.name.clone()).collect();
    let names = names.join(", ");
    let Some(name) = name else {
        let only = if told.len() == 1 { told.pop() } else { None };
        return only.ok_or_else(|| {
            let sentence = format!("there are several clusters ({names}): name one");
            (StatusCode::CONFLICT, sentence)
        });
    };
    let key = ClusterKey::of(name);
    let found = told
        .into_iter()
        .find(|one| ClusterKey::of(&one.cluster.name) == key);
    found.ok_or_else(|| {
        let sentence = format!("there is no cluster `{name}`, but {names}");
        (StatusCode::NOT_FOUND, sentence)
    })
}

/// Large clusters take a while: nothing for a thread that answers others.
async fn write(one: ToldCluster, place: &str) -> Response {
    let written = tokio::task::spawn_blocking(move || zonesmith_cluster::write(&one.state()));
    match written.await {
        Ok(document) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json".to_owned()),
                (header::ETAG, format!("\"{place}\"")),
            ];
            (headers, document).into_response()
        }
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn refuse(code: StatusCode, sentence: &str) -> Response {
    (code, refusal(sentence)).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn told(name: &str) -> ToldCluster {
        ToldCluster {
            cluster: Arc::new(zonesmith_cluster::Cluster {
                name: name.to_owned(),
                ..Default::default()
            }),
            services: Vec::new(),
        }
    }

    #[test]
    fn the_only_cluster_needs_no_name_and_of_several_one_is_named() {
        let pick = |told: Vec<ToldCluster>, name| {
            pick(told, name)
                .map(|one| one.cluster.name.clone())
                .map_err(|(code, _)| code.as_u16())
        };
        let both = || vec![told("One"), told("two")];
        for (clusters, name, expected) in [
            (vec![told("One")], None, Ok("One")),
            (both(), Some("one."), Ok("One")),
            (both(), Some("two"), Ok("two")),
            (both(), None, Err(409)),
            (both(), Some("three"), Err(404)),
            (Vec::new(), None, Err(503)),
        ] {
            assert_eq!(
                pick(clusters, name),
                expected.map(str::to_owned),
                "{name:?}"
            );
        }
    }
}
