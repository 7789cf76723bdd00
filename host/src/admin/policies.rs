//! `GET /policies` and `GET /policies/{digest}`: the stack as it is live, and the components themselves, for whoever tries
//! something beside the daemon that is to do as it does.
//!
//! The bytes are those that were proven, not what their file holds by now: that may be a candidate that was refused.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Daemon, refusal, zones};
use crate::digest::Digest;
use crate::synthesis::report::PolicyReport;

/// A policy at its place in the stack. Every cluster has the same stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackPolicy {
    /// As it says itself.
    pub name: String,
    /// As it says itself.
    pub version: String,
    /// Of its bytes.
    pub digest: Digest,
    /// What it was configured with.
    pub settings: Value,
    /// Its file, or that it is the default one.
    pub source: String,
    /// Octets of the component.
    pub size: usize,
    /// The contract it speaks.
    pub contract: String,
    /// Whether it can choose which records a client is given; of several the first one does.
    pub selects: bool,
}

impl StackPolicy {
    fn of(policy: &PolicyReport) -> Self {
        let PolicyReport {
            component,
            settings,
            source,
            pin: _,
        } = policy;
        let description = component.description();
        Self {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: component.digest(),
            // The policy has read them, and whoever reads settings makes sure of more.
            settings: serde_json::from_str(settings).unwrap_or_default(),
            source: source.clone(),
            size: component.bytes().len(),
            contract: component.contract().to_owned(),
            selects: component.selects(),
        }
    }
}

/// The stack, in order; empty while nothing is served.
pub(super) async fn policies<D: Daemon>(State(daemon): State<D>) -> Response {
    let stack: Vec<_> = daemon.policies().iter().map(StackPolicy::of).collect();
    Json(stack).into_response()
}

/// A component of the stack.
pub(super) async fn component<D: Daemon>(
    State(daemon): State<D>,
    Path(digest): Path<String>,
) -> Response {
    let wanted: Digest = match digest.parse() {
        Ok(wanted) => wanted,
        Err(error) => return zones::bad(&format!("`{digest}` is no digest: {error}")),
    };
    let policies = daemon.policies();
    let mut of_stack = policies.iter();
    match of_stack.find(|policy| policy.component.digest() == wanted) {
        Some(policy) => wasm(policy.clone()),
        None => {
            let sentence = refusal(&format!("no live policy has the digest {wanted}"));
            (StatusCode::NOT_FOUND, sentence).into_response()
        }
    }
}

/// The bytes as they lie in memory: an interpreter in a component makes it tens of megabytes.
fn wasm(policy: PolicyReport) -> Response {
    struct Held(PolicyReport);

    impl AsRef<[u8]> for Held {
        fn as_ref(&self) -> &[u8] {
            self.0.component.bytes()
        }
    }

    let body = Body::from(Bytes::from_owner(Held(policy)));
    ([(header::CONTENT_TYPE, "application/wasm")], body).into_response()
}
