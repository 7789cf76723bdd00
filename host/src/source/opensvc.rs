//! An OpenSVC agent of generation 3 as a source: its status once, then everything it tells.
//!
//! ```text
//!  connect ─▶ status ─▶ networks ─▶ events: the replay, its end ─▶ what happens, as it happens
//!     ▲                                     │ everything             │ services, or the cluster
//!     └── pause ◀── cut, or silent ◀────────┴────────────────────────┘
//! ```
//!
//! What the agent says is made into services by [`zonesmith_cluster::Agent`], which outlives connections: it knows what to
//! believe of an agent that stops or starts. Here is only when to ask.
//!
//! The agent unsubscribes a slow reader without a word and leaves the connection open. So we read always (nobody here ever
//! waits for the writer), and take for dead what was silent for longer than an agent can be: it tells the load of each
//! node every minute.
//!
//! Rooms: [`address`], `client` the questions, `events` octets into events, `tls` an agent over the network, `patches`
//! an agent of generation 2 (a socket called `lsnr.sock`), `teller` what the writer is told.

pub mod address;
mod client;
mod events;
mod patches;
mod teller;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, anyhow};
use camino::Utf8Path;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep_until;
use tracing::{debug, info, warn};
use zonesmith_cluster::{Agent, Format, Networks, News, Patched, State};

pub use self::address::AgentAddress;
use self::client::Client;
use self::events::Events;
use self::teller::{Gone, Teller};
use super::reconnect::Backoff;
use super::{AgentAccess, SourceUpdate};

/// How the socket of an agent of generation 2 is called.
const SOCKET_OF_GENERATION_2: &str = "lsnr.sock";

const NETWORKS: &str = "/api/network";
const CONFIGURATION: &str = "/api/cluster/config";
const EVENTS: &str = "/api/node/name/_/daemon/event?replay=true";

/// How long is waited for what.
#[derive(Debug, Clone)]
struct Patience {
    /// A whole answer, and the head and the end of a replay. The agent needs tenths of a second for a cluster of 10,000.
    answer: Duration,
    /// A stream without a word. The agent tells the load of each node every 60 s: this is twice that, and a bit.
    silence: Duration,
    /// The first pause between two connections. An agent that starts is there within a second or two.
    first_pause: Duration,
    /// The longest.
    longest_pause: Duration,
    /// How often an agent that has just started is looked at, whether it knows everything.
    look: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(130),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            look: Duration::from_millis(500),
        }
    }
}

/// Follows the agent until nobody listens.
pub(super) async fn follow(
    address: &AgentAddress,
    access: &AgentAccess,
    known: Option<&State>,
    updates: &mpsc::Sender<SourceUpdate>,
) {
    follow_patiently(address, access, known, updates, Patience::default()).await;
}

/// `known`: what the agent said last, which one that starts beside us does not know yet.
async fn follow_patiently(
    address: &AgentAddress,
    access: &AgentAccess,
    known: Option<&State>,
    updates: &mpsc::Sender<SourceUpdate>,
    patience: Patience,
) {
    let name = format!("opensvc:{address}");
    if let AgentAddress::Socket(path) = address
        && path.file_name() == Some(SOCKET_OF_GENERATION_2)
    {
        let mut patched = Patched::new(access.dropped_peers);
        if let Some(known) = known {
            patched.seed(known);
        }
        let teller = Teller::new(&name, updates);
        follow_patches(path, teller, patched, updates, patience).await;
        return;
    }
    let mut backoff = Backoff::new(patience.first_pause, patience.longest_pause).of(&name);
    let mut follower = Follower {
        teller: Teller::new(&name, updates),
        client: Client::new(address.clone(), access.clone(), patience.answer),
        agent: Agent::new(access.dropped_peers),
        patience,
        has_told: known.is_some_and(|known| !known.cluster.name.is_empty()),
        owes_everything: true,
    };
    if let Some(known) = known {
        follower.agent.seed(known);
    }
    loop {
        let end = tokio::select! {
            () = updates.closed() => return,
            end = follower.connect() => end,
        };
        match end {
            Ok(Gone) => return,
            Err(error) => {
                if follower.agent.is_replayed() {
                    backoff.reset();
                }
                let error = if follower.agent.is_stopping() {
                    "the agent stopped; waiting for it".to_owned()
                } else {
                    format!("{error:#}")
                };
                if follower.teller.complain(error).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            () = updates.closed() => return,
            () = tokio::time::sleep(backoff.pause()) => {}
        }
    }
}

/// The same of an agent of generation 2.
async fn follow_patches(
    path: &Utf8Path,
    mut teller: Teller<'_>,
    mut patched: Patched,
    updates: &mpsc::Sender<SourceUpdate>,
    patience: Patience,
) {
    let mut backoff = Backoff::new(patience.first_pause, patience.longest_pause).of(teller.name);
    loop {
        let mut is_live = false;
        let end = tokio::select! {
            () = updates.closed() => return,
            end = patches::connect(path, &patience, &mut teller, &mut patched, &mut is_live) => end,
        };
        let Err(error) = end else { return };
        if is_live {
            backoff.reset();
        }
        if teller.complain(format!("{error:#}")).await.is_err() {
            return;
        }
        tokio::select! {
            () = updates.closed() => return,
            () = tokio::time::sleep(backoff.pause()) => {}
        }
    }
}

/// One agent, connection after connection.
struct Follower<'f> {
    teller: Teller<'f>,
    client: Client,
    agent: Agent,
    patience: Patience,
    /// Whether anything was ever told.
    has_told: bool,
    /// Whether the next thing to tell is everything: nothing was told since the connection began.
    owes_everything: bool,
}

impl Follower<'_> {
    /// One connection, from the status to the end of the stream: an error.
    async fn connect(&mut self) -> anyhow::Result<Gone> {
        self.owes_everything = true;
        let status = self.client.get(Agent::STATUS).await?;
        self.agent
            .take_status(&status, Instant::now(), SystemTime::now())
            .context("understand the agent's status")?;
        drop(status);
        let mut news = News::default();
        let networks = ask_networks(self.client.clone(), self.agent.nodes()).await;
        self.take_networks(networks, &mut news);
        let filters = Agent::FILTERS
            .map(|kind| format!("&filter={kind}"))
            .concat();
        let stream = self.client.open(&format!("{EVENTS}{filters}")).await?;
        self.listen(stream, news).await
    }

    async fn listen(&mut self, mut stream: Incoming, mut news: News) -> anyhow::Result<Gone> {
        let mut events = Events::default();
        let mut heard_at = Instant::now();
        let mut networks: Option<JoinHandle<anyhow::Result<Networks>>> = None;
        loop {
            let at;
            let limit = if self.agent.is_replayed() {
                self.patience.silence
            } else {
                self.patience.answer
            };
            let look = (self.agent.is_replayed() && self.owes_everything)
                .then(|| Instant::now() + self.patience.look);
            let wake = [Some(heard_at + limit), self.agent.settles_at(), look]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(heard_at);
            tokio::select! {
                frame = stream.frame() => {
                    let frame = frame
                        .ok_or_else(|| anyhow!("the agent ended the stream of events"))?
                        .context("read the stream of events")?;
                    heard_at = Instant::now();
                    at = heard_at;
                    if let Some(octets) = frame.data_ref() {
                        events.push(octets)?;
                    }
                    self.hear(&mut events, heard_at, &mut news);
                }
                read = async { networks.as_mut()?.await.ok() }, if networks.is_some() => {
                    networks = None;
                    at = Instant::now();
                    if let Some(read) = read {
                        self.take_networks(read, &mut news);
                    }
                }
                () = sleep_until(wake.into()) => {
                    let now = Instant::now();
                    if now >= heard_at + limit {
                        return Err(anyhow!("no event for {} s", limit.as_secs_f32()));
                    }
                    at = now;
                    self.agent.settle(now, &mut news);
                }
            }
            if std::mem::take(&mut news.has_networks) && networks.is_none() {
                let asked = ask_networks(self.client.clone(), self.agent.nodes());
                networks = Some(tokio::spawn(asked));
            }
            if self.agent.is_replayed() && self.tell(&mut news, at).await.is_err() {
                return Ok(Gone);
            }
        }
    }

    fn hear(&mut self, events: &mut Events, now: Instant, news: &mut News) {
        while let Some((kind, data)) = events.next() {
            if let Err(error) = self.agent.hear(kind, data, now, news) {
                warn!(source = self.teller.name, kind, error = %error, "an event makes no sense; what was known stays");
            }
        }
    }

    fn take_networks(&mut self, asked: anyhow::Result<Networks>, news: &mut News) {
        match asked {
            Ok(networks) => self.agent.take_networks(networks, news),
            Err(error) => debug!(
                source = self.teller.name,
                error = format!("{error:#}"),
                "networks stay as they were"
            ),
        }
    }

    /// Tells what is new, or everything when the connection is new. It came in `at`.
    async fn tell(&mut self, news: &mut News, at: Instant) -> Result<(), Gone> {
        if self.owes_everything {
            if !self.has_told && !self.agent.is_ready(Instant::now()) {
                let error = "the agent has just started, and does not know all services yet";
                return self.teller.complain(error.to_owned()).await;
            }
            return self.tell_everything(news, at).await;
        }
        let news = std::mem::take(news);
        if news.has_cluster {
            return self
                .teller
                .tell(SourceUpdate::State {
                    format: Format::AgentV3,
                    state: self.agent.state(),
                    at,
                })
                .await;
        }
        if news.services.is_empty() {
            return Ok(());
        }
        self.teller
            .tell(SourceUpdate::Changes {
                services: self.agent.changes(&news.services),
                at,
            })
            .await
    }

    async fn tell_everything(&mut self, news: &mut News, at: Instant) -> Result<(), Gone> {
        let state = self.agent.state();
        info!(
            source = self.teller.name,
            services = state.services.len(),
            problems = state.problems.len(),
            "the agent is followed"
        );
        *news = News::default();
        (self.has_told, self.owes_everything) = (true, false);
        self.teller
            .tell(SourceUpdate::State {
                format: Format::AgentV3,
                state,
                at,
            })
            .await
    }
}

/// The cluster's networks, and whose their slices are.
async fn ask_networks(client: Client, nodes: Vec<Arc<str>>) -> anyhow::Result<Networks> {
    let mut networks = Networks::read(&client.get(NETWORKS).await?)?;
    for keywords in networks.keywords(&nodes) {
        let separator = |place| if place == 0 { '?' } else { '&' };
        let mut target = CONFIGURATION.to_owned();
        for (place, keyword) in keywords.iter().enumerate() {
            // `#` would end the target. The agent checks names: there is nothing else to escape.
            let keyword = keyword.replace('#', "%23");
            target.extend([separator(place)]);
            target.push_str("kw=");
            target.push_str(&keyword);
        }
        // A token may be good for networks and not for this: then slices stay as they were known.
        let asked = client.get(&target).await;
        let taken = asked.and_then(|text| Ok(networks.take_subnets(&text)?));
        if let Err(error) = taken {
            debug!(
                error = format!("{error:#}"),
                "slices of a network stay as they were"
            );
        }
    }
    Ok(networks)
}

#[cfg(test)]
mod tests;
