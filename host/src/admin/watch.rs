//! `GET /watch`: what changes, as it changes (server-sent events).
//!
//! | event | says |
//! |---|---|
//! | `hello` | where the stream begins |
//! | `change` | one generation: names and zones that differ |
//! | `reset` | what changed is not known (the place is too old, of another run of the daemon, or too much changed at once) |
//! | `bye` | why the stream ends |
//!
//! The id of an event is a place, `GENERATION.RUN`. Who shows it again (`Last-Event-ID`, `?since=`) misses nothing, or is
//! told with a `reset` that it did. `?name=` and `?zone=`, each as often as wanted, leave out the rest; without them a
//! generation that only moved a serial is told, too. `?forget=1` adds what caches have to forget, and the zones to what
//! begins anew. Now and then a comment and the newest id show that the stream lives.
//!
//! Nobody is waited for: a stream holds two events; who reads slower than the zones change has its changes put together
//! later out of the history, and `reset` once they are not there any more; who takes nothing at all is told `bye` and
//! dropped.
//!
//! Rooms: `filter`, `stream`.

mod filter;
mod stream;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use self::filter::Filter;
use self::stream::{Stream, Taken};
use super::{Connection, Daemon, refusal};

/// Streams at a time, and others who wait for a change. Each takes a descriptor of those that are kept for other things than
/// PowerDNS.
const MOST_STREAMS: usize = 64;

/// What all who wait for changes share.
#[derive(Clone)]
pub(super) struct Watching {
    room: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

impl Watching {
    /// Until the daemon ends.
    pub(super) async fn until_stopping(mut self) {
        // An error is the daemon's end, too.
        let _ = self.stopping.wait_for(|is_over| *is_over).await;
    }

    /// A place among those who wait, for as long as it is kept; none: there is none, which is answered with [`full`].
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }

    /// Streams end when `stopping` says so.
    pub(super) fn new(stopping: watch::Receiver<bool>) -> Self {
        Self {
            room: Arc::new(Semaphore::new(MOST_STREAMS)),
            stopping,
        }
    }
}

/// What is said to one more than there may be.
pub(super) fn full() -> Response {
    let sentence = format!("{MOST_STREAMS} streams are open, and that is all there may be");
    (StatusCode::SERVICE_UNAVAILABLE, refusal(&sentence)).into_response()
}

/// Begins a stream.
pub(super) async fn watch<D: Daemon>(
    State(daemon): State<D>,
    Extension(watching): Extension<Watching>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let filter = match Filter::read(&query) {
        Ok(filter) => filter,
        Err(sentence) => return (StatusCode::BAD_REQUEST, refusal(&sentence)).into_response(),
    };
    // A client that comes back sends both; the header is the newer one.
    let header = headers.get("last-event-id");
    let place = match header.map(|id| id.to_str().unwrap_or_default()) {
        Some(id) => stream::place(id),
        None => filter.since.as_deref().map_or(Ok(None), stream::place),
    };
    let place = match place {
        Ok(place) => place,
        Err(sentence) => return (StatusCode::BAD_REQUEST, refusal(&sentence)).into_response(),
    };
    let Some(permit) = watching.enter() else {
        return full();
    };
    let (stream, events) = Stream::new(daemon, filter, connection);
    tokio::spawn(async move {
        stream.run(place, watching.stopping).await;
        drop(permit);
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::new(Taken(events))).into_response()
}
