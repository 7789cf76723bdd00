//! `GET /metrics`: what Prometheus reads, by the library of those who keep its format.
//!
//! Everything exported is a row of [`TABLE`]: its name, what it means, its labels and where it is read, so that a
//! metric without documentation cannot exist and `host/docs/metrics.md` is this table printed. Facts are read off the
//! status when somebody asks; what happens and is over is counted where it happens (`telemetry::counters`).

pub mod table;

use std::fmt;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use self::table::{Labels, Metric, Reading, TABLE};
use super::{Daemon, refusal};
use crate::snapshot::report::Status;
use crate::telemetry::counters::Counters;

/// What stands before every name.
pub const PREFIX: &str = "zonesmith";

/// What the text is.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The page.
pub(super) async fn metrics<D: Daemon>(State(daemon): State<D>) -> Response {
    // Names are counted for it: not beside the answers of others.
    let page = tokio::task::spawn_blocking(move || {
        page(&daemon.status(), crate::telemetry::counters::counters())
    });
    match page.await {
        Ok(Ok(page)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], page).into_response(),
        Ok(Err(_)) | Err(_) => {
            let sentence = refusal("the metrics cannot be written");
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
    }
}

/// Every metric, in the order of the table.
///
/// # Errors
/// None that is known: the text is written to memory.
pub fn page(status: &Status, counters: &Counters) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    for metric in TABLE {
        register(&mut registry, metric, status, counters);
    }
    let mut page = String::new();
    encode(&mut page, &registry)?;
    Ok(page)
}

fn register(registry: &mut Registry, metric: &Metric, status: &Status, counters: &Counters) {
    let Metric { name, help, .. } = metric;
    match metric.reading {
        Reading::Gauge(read) => {
            let family = Family::<Labels, Gauge<f64, std::sync::atomic::AtomicU64>>::default();
            for (labels, value) in read(status) {
                family.get_or_create(&labels).set(value);
            }
            registry.register(*name, *help, family);
        }
        Reading::Counter(read) => {
            let family = Family::<Labels, Counter>::default();
            for (labels, value) in read(status) {
                family.get_or_create(&labels).inc_by(value);
            }
            registry.register(*name, *help, family);
        }
        Reading::Counted(read) => read(counters, registry, name, help),
    }
}

#[cfg(test)]
mod tests;
