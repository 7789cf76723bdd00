//! `GET /openapi.json`: what this socket answers, for programs that make a client of it.
//!
//! It is written by hand and held against the real thing by tests: every path of the router is in it and every path in it is
//! answered, and answers are what its schemas say. Macros would have kept the two together for the price of another
//! description in every handler, and of a crate for each.

use axum::http::header;
use axum::response::IntoResponse;

/// The document.
pub(super) const DOCUMENT: &str = include_str!("../../etc/openapi.json");

pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
