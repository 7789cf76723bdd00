//! Our own socket, for commands and monitoring: HTTP over a unix socket that only its owner may use, so that every tool
//! that speaks HTTP can ask (`curl --unix-socket PATH http://localhost/status`) and no port is opened to anyone.
//!
//! It asks the daemon through [`Daemon`] and holds nothing itself: an answer is what is live at that moment.
//! A refusal of ours is JSON too: `{"error": "a sentence"}`.
//!
//! | path | gives |
//! |---|---|
//! | `GET /live` | 200 as long as the process runs |
//! | `GET /ready` | 200 while zones are served, 503 and the reason until then |
//! | `GET /status` | [`Status`] |
//! | `GET /metrics` | what Prometheus reads: the table of [`metrics`] |
//! | `GET /zones`, `GET /zones/{apex}` | zones, and the names of one |
//! | `GET /lookup?name=&type=` | [`Found`]: what is served at a name, and the generation it is of |
//! | `GET /watch?name=&zone=&since=` | what changes, as it changes: a stream of [`Event`](crate::snapshot::event::Event)s |
//! | `GET /explain?name=N&type=T&client=C` | [`Explanation`]: who made each record, or why there is none |
//! | `GET /cluster?name=&after=` | a cluster document: what policies are given; with `after`, the next one |
//! | `GET /policies` | the stack: a [`StackPolicy`] each |
//! | `GET /policies/{digest}` | a component of the stack, the bytes that are live |
//! | `GET /state` | [`Content`]: everything that is kept, secrets too |
//! | `POST /policy/reload?force=true` | [`Outcome`] |
//! | `POST /policy/shadow` ([`Load`]), `DELETE /policy/shadow` | [`Outcome`]: a candidate runs beside what is live |
//! | `POST /policy/promote?force=true` | [`Outcome`]: the candidate is live |
//! | `POST /policy/rollback?digest=&replace=&force=true` | [`Outcome`]: what was live before is |
//! | `GET /policy/history` | a [`HistoryEvent`] each, the last first |
//! | `POST /probe?zone=Z`, `DELETE /probe` | [`Probed`]: a name to be watched on its way, and gone by itself |
//! | `POST /handover` | an upgrade to [`HANDOVER`]: another daemon takes over |
//! | `GET /openapi.json` | all of this, for programs (`host/etc/openapi.json`) |

pub mod address;
pub mod client;
mod cluster;
mod explain;
mod handover;
mod live;
mod lookup;
pub mod metrics;
mod openapi;
mod policies;
mod policy;
mod probe;
mod promotion;
mod ready;
mod state;
mod status;
mod watch;
mod zones;

use std::future::Future;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;

use anyhow::Context;
use axum::extract::connect_info::Connected;
use axum::http::{StatusCode, Uri};
use axum::routing::{MethodRouter, get, post};
use axum::serve::IncomingStream;
use axum::{Extension, Json, Router};
use serde_json::json;
use tokio::sync::watch as fact;

use self::watch::Watching;
use crate::explain::{Explanation, Question};
use crate::policy::pins::Offered;
use crate::snapshot::Snapshot;
use crate::snapshot::changes::Changes;
use crate::snapshot::report::Status;
use crate::store::StoreError;
use crate::store::content::Content;
use crate::store::policies::PolicyState;
use crate::synthesis::outcome::Outcome;
use crate::synthesis::probe::Probe;
use crate::synthesis::promotion::Back;
use crate::synthesis::report::PolicyReport;
use crate::synthesis::told::ToldCluster;

pub use self::lookup::{Found, FoundRecord};
pub use self::policies::StackPolicy;
pub use self::probe::{Gone, Probed};
pub use self::promotion::{HistoryEvent, Load};

/// What a connection speaks after `POST /handover`; the messages have a version of their own.
pub const HANDOVER: &str = "zonesmith-handover";

/// What the socket asks of the daemon.
pub trait Daemon: Clone + Send + Sync + 'static {
    /// What is live.
    fn status(&self) -> Status;

    /// Why there is nothing to ask, if so.
    fn not_ready(&self) -> Option<String>;

    /// The live zones, while there are any.
    fn live(&self) -> Option<Arc<Snapshot>>;

    /// Tells this run of the daemon from every other.
    fn run(&self) -> String;

    /// What changed after a generation.
    fn changes_since(&self, generation: u64) -> Changes;

    /// The live generation, and each one that follows.
    fn generations(&self) -> fact::Receiver<u64>;

    /// How often the clusters changed in this run, and each time that they do.
    fn states(&self) -> fact::Receiver<u64>;

    /// Everything that is kept.
    ///
    /// # Errors
    /// The state cannot be read.
    fn state(&self) -> Result<Content, StoreError>;

    /// The live policies, in the order of the stack; none while nothing is served.
    fn policies(&self) -> Arc<[PolicyReport]>;

    /// All clusters as their sources tell them; none while the daemon is at something long.
    fn clusters(&self) -> impl Future<Output = Option<Vec<ToldCluster>>> + Send;

    /// Why a name answers what it answers, or why it does not.
    fn explain(&self, question: Question) -> impl Future<Output = Explanation> + Send;

    /// Looks again at policies and settings, and publishes what they say unless it is refused. `force`: also when it
    /// would remove most names.
    fn reload(&self, force: bool) -> impl Future<Output = Outcome> + Send;

    /// Has a candidate run beside what is live; an error says why not, where it was not refused.
    fn shadow(&self, offered: Offered) -> impl Future<Output = anyhow::Result<Outcome>> + Send;

    /// Has none run.
    fn end_shadow(&self) -> impl Future<Output = anyhow::Result<Outcome>> + Send;

    /// Makes the candidate live.
    fn promote(&self, force: bool) -> impl Future<Output = anyhow::Result<Outcome>> + Send;

    /// Makes live what was before.
    fn roll_back(
        &self,
        back: Back,
        force: bool,
    ) -> impl Future<Output = anyhow::Result<Outcome>> + Send;

    /// What happened to policies.
    ///
    /// # Errors
    /// The state cannot be read.
    fn policy_history(&self) -> Result<PolicyState, StoreError>;

    /// Publishes a name that goes by itself instead of the one before; none: takes it away. The generation that has it so.
    fn probe(&self, probe: Option<Probe>) -> impl Future<Output = anyhow::Result<u64>> + Send;

    /// Gives everything to the daemon at the other end, if it may have it.
    fn hand_over(&self, successor: UnixStream);
}

/// Answers on `listener` until `shutdown`, and what was asked by then.
///
/// # Errors
///
/// When the listener cannot be used.
pub async fn serve(
    listener: UnixListener,
    daemon: impl Daemon,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    listener
        .set_nonblocking(true)
        .context("make the admin socket ready")?;
    let listener =
        tokio::net::UnixListener::from_std(listener).context("make the admin socket ready")?;
    // Streams have no end of their own: without a word they would be waited for.
    let (stop, stopping) = fact::channel(false);
    let shutdown = async move {
        shutdown.await;
        stop.send_replace(true);
    };
    let service = router(daemon, Watching::new(stopping));
    let service = service.into_make_service_with_connect_info::<Connection>();
    axum::serve(listener, service)
        .with_graceful_shutdown(shutdown)
        .await
        .context("answer on the admin socket")
}

fn router<D: Daemon>(daemon: D, watching: Watching) -> Router {
    let mut router = Router::new();
    for (path, methods) in routes::<D>() {
        router = router.route(path, methods);
    }
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(other_method)
        .layer(Extension(watching))
        .with_state(daemon)
}

/// Every path. What stands here stands in `host/etc/openapi.json`, too.
fn routes<D: Daemon>() -> Vec<(&'static str, MethodRouter<D>)> {
    let mut routes = vec![
        ("/live", get(live::live)),
        ("/ready", get(ready::ready::<D>)),
        ("/status", get(status::status::<D>)),
        ("/metrics", get(metrics::metrics::<D>)),
        ("/explain", get(explain::explain::<D>)),
        ("/zones", get(zones::zones::<D>)),
        ("/zones/{apex}", get(zones::zone::<D>)),
        ("/lookup", get(lookup::lookup::<D>)),
        ("/watch", get(watch::watch::<D>)),
        ("/cluster", get(cluster::cluster::<D>)),
        ("/policies", get(policies::policies::<D>)),
        ("/policies/{digest}", get(policies::component::<D>)),
        ("/state", get(state::state::<D>)),
        ("/policy/reload", post(policy::reload::<D>)),
        ("/probe", post(probe::publish::<D>).delete(probe::end::<D>)),
        ("/handover", post(handover::hand_over::<D>)),
        ("/openapi.json", get(openapi::openapi)),
    ];
    routes.extend(promotion::routes::<D>());
    routes
}

/// A client's connection, to be closed where nobody reads from it.
#[derive(Clone)]
struct Connection(Option<Arc<UnixStream>>);

impl Connected<IncomingStream<'_, tokio::net::UnixListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, tokio::net::UnixListener>) -> Self {
        Self::of(stream.io())
    }
}

impl Connection {
    /// Also one of the network: to be closed, any stream will do.
    fn of(stream: &impl AsFd) -> Self {
        let descriptor = stream.as_fd().try_clone_to_owned();
        // Without a descriptor left it stays open for as long as the client wants.
        Self(
            descriptor
                .ok()
                .map(|descriptor| Arc::new(descriptor.into())),
        )
    }

    fn close(&self) {
        if let Some(stream) = &self.0 {
            // Fails only if the client is gone, which is what is wanted.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

async fn no_such_path(uri: Uri) -> (StatusCode, Json<serde_json::Value>) {
    (
        StatusCode::NOT_FOUND,
        refusal(&format!("there is no {}", uri.path())),
    )
}

async fn other_method(uri: Uri) -> (StatusCode, Json<serde_json::Value>) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        refusal(&format!("{} takes another method", uri.path())),
    )
}

fn refusal(sentence: &str) -> Json<serde_json::Value> {
    Json(json!({ "error": sentence }))
}

#[cfg(test)]
mod tests;
