//! One path on an address of the network and nothing else, in the clear, for whoever reaches the address: `/metrics` for a
//! Prometheus, `/watch` for a janitor that are elsewhere. It is off until the configuration names an address.
//!
//! A stranger gets as little of the daemon as can be: one request on a connection, a few connections at a time, and not long
//! for either. A stream has no end, but somebody has to take what it says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::watch::Watching;
use super::{Connection, Daemon, metrics};

/// Connections at a time: a few Prometheus servers, and a person with curl; a janitor on each of some hosts.
const MOST_CONNECTIONS: usize = 16;

/// How long one may take, from its first octet to the last of the answer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How soon it is tried again to have an address that is taken, as by the daemon that this one takes over from.
const RETRY: Duration = Duration::from_secs(5);

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// `/metrics`
    Metrics,
    /// `/watch`
    Watch,
}

/// Answers on the address that `wanted` has, through its changes, for ever.
pub async fn serve(
    daemon: impl Daemon,
    path: Path,
    mut wanted: watch::Receiver<Option<SocketAddr>>,
) {
    loop {
        let address = *wanted.borrow_and_update();
        let answer = async {
            match address {
                Some(address) => answer(&daemon, path, address).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = answer => {}
            changed = wanted.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

async fn answer(daemon: &impl Daemon, path: Path, address: SocketAddr) {
    let listener = listen(address).await;
    info!(%address, ?path, "this is answered there");
    // Streams end with this function: when the address is another one, or the daemon ends.
    let (_stop, stopping) = watch::channel(false);
    let watching = Watching::new(stopping);
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                debug!(%error, "no connection can be accepted");
                sleep(RETRY).await;
                continue;
            }
        };
        // Who finds no room is not told: that would take as long as an answer.
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            continue;
        };
        let router = router(daemon.clone(), path, &watching, &stream);
        tokio::spawn(async move {
            match path {
                Path::Metrics => {
                    if timeout(TIME_LIMIT, exchange(stream, router)).await.is_err() {
                        debug!("a client of the metrics took too long");
                    }
                }
                Path::Watch => exchange(stream, router).await,
            }
            drop(permit);
        });
    }
}

async fn listen(address: SocketAddr) -> TcpListener {
    let mut is_told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    warn!(%address, %error, "nothing can be answered there; it is tried again");
                }
                sleep(RETRY).await;
            }
        }
    }
}

async fn exchange(stream: TcpStream, router: Router) {
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TIME_LIMIT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await;
    if let Err(error) = served {
        debug!(%error, "a client of an address left");
    }
}

fn router<D: Daemon>(daemon: D, path: Path, watching: &Watching, stream: &TcpStream) -> Router {
    let router = match path {
        Path::Metrics => Router::new().route("/metrics", get(metrics::metrics::<D>)),
        Path::Watch => Router::new()
            .route("/watch", get(super::watch::watch::<D>))
            .layer(Extension(watching.clone()))
            .layer(Extension(ConnectInfo(Connection::of(stream)))),
    };
    router.with_state(daemon)
}
