//! `GET /explain?name=…&type=…&client=…`: why a name answers what it answers, or why it does not.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Daemon, refusal};
use crate::explain::Question;

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explain {
    /// A name, or an address.
    name: String,
    /// A type of records; none for all.
    #[serde(rename = "type")]
    rtype: Option<String>,
    /// A network or an address, where a policy chooses which records a client is given.
    client: Option<String>,
}

impl Explain {
    fn question(self) -> Result<Question, String> {
        let question = Question::parse(&self.name, self.rtype.as_deref())?;
        match self.client {
            Some(client) => question.for_client(&client),
            None => Ok(question),
        }
    }
}

/// Answers 200 with the explanation, also of a name that is not there: the question itself was answered.
pub(super) async fn explain<D: Daemon>(
    State(daemon): State<D>,
    query: Result<Query<Explain>, QueryRejection>,
) -> Response {
    let question = query
        .map_err(|error| error.body_text())
        .and_then(|Query(explain)| explain.question());
    match question {
        Ok(question) => Json(daemon.explain(question).await).into_response(),
        Err(sentence) => (StatusCode::BAD_REQUEST, refusal(&sentence)).into_response(),
    }
}
