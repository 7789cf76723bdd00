//! `POST`/`DELETE /policy/shadow`, `POST /policy/promote`, `POST /policy/rollback`, `GET /policy/history`: policies beside their
//! files.
//!
//! A component comes as octets, not as a path: who brings it may see other files than the daemon.

use std::fmt;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use domain::utils::base64;
use serde::{Deserialize, Serialize};

use super::{Daemon, refusal, zones};
use crate::policy::pins::Offered;
use crate::store::policies::{Event, PolicyState};
use crate::synthesis::outcome::Outcome;
use crate::synthesis::promotion::Back;

/// Octets of a request with a component: the largest that a policy may have, in base64, and settings.
const LARGEST_BODY: usize = 48 << 20;

/// A candidate for the shadow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Load {
    /// Where it came from, for people.
    pub source: String,
    /// The component in base64.
    pub component: String,
    /// A JSON text; without it, those of the policy whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// The text of its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The name of the policy whose place it is to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
}

/// Something that happened to a policy, and whether it can be brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct HistoryEvent {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Whether the component is kept.
    pub is_kept: bool,
    /// Whether it is what is live at its place.
    pub is_live: bool,
}

/// The query of a promotion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Promote {
    /// Publish also what would remove most names, or fails for services.
    #[serde(default)]
    force: bool,
}

/// The query of a rollback.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RollBack {
    /// The first digits of a digest.
    digest: Option<String>,
    /// The policy whose place is meant.
    replace: Option<String>,
    /// Publish also what would remove most names.
    #[serde(default)]
    force: bool,
}

/// The paths of this file.
pub(super) fn routes<D: Daemon>() -> [(&'static str, MethodRouter<D>); 4] {
    [
        (
            "/policy/shadow",
            post(shadow::<D>)
                .delete(end_shadow::<D>)
                .layer(DefaultBodyLimit::max(LARGEST_BODY)),
        ),
        ("/policy/promote", post(promote::<D>)),
        ("/policy/rollback", post(roll_back::<D>)),
        ("/policy/history", get(history::<D>)),
    ]
}

async fn shadow<D: Daemon>(
    State(daemon): State<D>,
    load: Result<Json<Load>, JsonRejection>,
) -> Response {
    let Load {
        source,
        component,
        settings,
        signature,
        replace,
    } = match load {
        Ok(Json(load)) => load,
        Err(error) => return zones::bad(&error.body_text()),
    };
    let bytes: Vec<u8> = match base64::decode(&component) {
        Ok(bytes) => bytes,
        Err(error) => return zones::bad(&format!("the component is not base64: {error}")),
    };
    if let Some(settings) = &settings
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(settings)
    {
        return zones::bad(&format!("the settings are not JSON: {error}"));
    }
    let offered = Offered {
        source,
        bytes: bytes.into(),
        settings: settings.map(Into::into),
        signature: signature.map(Into::into),
        replace,
    };
    answer(daemon.shadow(offered).await)
}

async fn end_shadow<D: Daemon>(State(daemon): State<D>) -> Response {
    answer(daemon.end_shadow().await)
}

async fn promote<D: Daemon>(
    State(daemon): State<D>,
    query: Result<Query<Promote>, QueryRejection>,
) -> Response {
    match query {
        Ok(Query(Promote { force })) => answer(daemon.promote(force).await),
        Err(error) => zones::bad(&error.body_text()),
    }
}

async fn roll_back<D: Daemon>(
    State(daemon): State<D>,
    query: Result<Query<RollBack>, QueryRejection>,
) -> Response {
    match query {
        Ok(Query(RollBack {
            digest,
            replace,
            force,
        })) => answer(daemon.roll_back(Back { digest, replace }, force).await),
        Err(error) => zones::bad(&error.body_text()),
    }
}

async fn history<D: Daemon>(State(daemon): State<D>) -> Response {
    match daemon.policy_history() {
        Ok(state) => Json(events(&state)).into_response(),
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            (StatusCode::INTERNAL_SERVER_ERROR, refusal(&error)).into_response()
        }
    }
}

/// The last one first.
fn events(state: &PolicyState) -> Vec<HistoryEvent> {
    let events = state.events.iter().rev();
    events
        .map(|event| {
            let digest = event.policy.as_ref().map(|policy| policy.digest);
            let last = state.published_last(&event.place);
            HistoryEvent {
                is_kept: digest.is_some_and(|digest| state.components.contains(&digest)),
                is_live: digest.is_some() && last.is_some_and(|last| std::ptr::eq(last, event)),
                event: event.clone(),
            }
        })
        .collect()
}

/// 200 with the outcome, a refused candidate included; 409 where there was nothing to do it with.
fn answer(outcome: anyhow::Result<Outcome>) -> Response {
    match outcome {
        Ok(outcome) => Json(outcome).into_response(),
        Err(error) => (StatusCode::CONFLICT, refusal(&format!("{error:#}"))).into_response(),
    }
}

impl Load {
    /// A candidate of these octets.
    #[must_use]
    pub fn of(source: impl fmt::Display, component: &[u8]) -> Self {
        Self {
            source: source.to_string(),
            component: base64::encode_string(component),
            settings: None,
            signature: None,
            replace: None,
        }
    }
}
