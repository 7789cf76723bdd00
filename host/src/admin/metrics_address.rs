//! `/metrics` on an address of the network, for a Prometheus that is elsewhere: that one path and nothing else, in the clear,
//! for whoever reaches the address. It is off until `admin.metrics` names one.
//!
//! A stranger gets as little of the daemon as can be: one request on a connection, a few connections at a time, and not long
//! for either.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::{Daemon, metrics};

/// Connections at a time: a few Prometheus servers, and a person with curl.
const MOST_CONNECTIONS: usize = 16;

/// How long one may take, from its first octet to the last of the answer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How soon it is tried again to have an address that is taken, as by the daemon that this one takes over from.
const RETRY: Duration = Duration::from_secs(5);

/// Answers on the address that `wanted` has, through its changes, for ever.
pub async fn serve(daemon: impl Daemon, mut wanted: watch::Receiver<Option<SocketAddr>>) {
    loop {
        let address = *wanted.borrow_and_update();
        let answer = async {
            match address {
                Some(address) => answer(&daemon, address).await,
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

async fn answer(daemon: &impl Daemon, address: SocketAddr) {
    let listener = listen(address).await;
    info!(%address, "metrics are answered");
    let router = router(daemon.clone());
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
        let router = router.clone();
        tokio::spawn(async move {
            if timeout(TIME_LIMIT, exchange(stream, router)).await.is_err() {
                debug!("a client of the metrics took too long");
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
                    warn!(%address, %error, "metrics cannot be answered there; it is tried again");
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
        debug!(%error, "a client of the metrics left");
    }
}

fn router<D: Daemon>(daemon: D) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics::<D>))
        .with_state(daemon)
}
