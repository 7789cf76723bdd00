//! Writes what a source says into an etcd, and keeps it there: `zonesmith publish`.
//!
//! ```text
//!  source ─▶ wanted ─▶ owed: keys that are not there as wanted ─▶ written, a batch at a time, under one lease
//!                        ▲ everything, after a connection began: compared with what is there
//!                        └ a key that somebody else removed
//! ```
//!
//! - The lease is kept alive from here: when this process is gone, so are its keys, after the lease's time. One that ends
//!   itself revokes it: then they go at once.
//! - The key `cluster` is the exception: it is configuration, not life, and has no lease. Without it there is no zone, so it
//!   must not go with one of several publishers.
//! - Only what changed is written, and a key is removed only while it is under our own lease: several publishers of one
//!   cluster (one on each node) never remove each other's keys.
//! - What a source that fails stops saying stays published.
//!
//! Rooms: `batch` the transactions, `part` what of a state is ours, `report` what is said on the way.

mod batch;
mod part;
pub mod report;

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};
use zonesmith_cluster::pieces::told;
use zonesmith_cluster::{PieceKey, State};

use self::batch::Batch;
use self::part::{lease_of, on_node, put};
pub use self::report::Report;
use crate::etcd::lease::{KeepAlive, Lease};
use crate::etcd::message::{DELETED, Event};
use crate::etcd::watch::{ASK_INTERVAL, SILENCE, Told, Wanted, Watch};
use crate::etcd::{Connection, EtcdAccess, EtcdAddress, Member};
use crate::source::SourceUpdate;
use crate::source::reconnect::Backoff;

/// Transactions that are on their way at once. An etcd gathers what comes together into one write to its disk.
const AT_ONCE: usize = 8;

/// The first pause after no member answered.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest: an etcd that is there again shall not wait for us until leases end.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What is published, and how.
#[derive(Debug, Clone)]
pub struct Publication {
    /// Where.
    pub address: EtcdAddress,
    /// As whom.
    pub access: EtcdAccess,
    /// Seconds that keys live without their publisher; none: they have no lease, and stay.
    pub ttl: Option<u32>,
    /// Only the instances on this node, and the node.
    pub node: Option<String>,
    /// Whether the key `cluster` is written, too.
    pub has_cluster: bool,
    /// Whether it ends as soon as everything is written.
    pub is_once: bool,
}

/// Publishes what `updates` say until they end, or `end` does.
///
/// # Errors
///
/// When the source ends without a word, or fails where it is asked once; when the keys could not be removed at the end: they
/// go with their lease.
pub async fn publish(
    publication: Publication,
    updates: mpsc::Receiver<SourceUpdate>,
    end: impl Future<Output = ()>,
    report: impl FnMut(Report),
) -> anyhow::Result<()> {
    let members = publication.address.members.clone();
    let mut publisher = Publisher {
        publication,
        updates,
        report,
        wanted: None,
        owed: BTreeSet::new(),
        lease: None,
        has_connected: false,
    };
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    let mut end = std::pin::pin!(end);
    while publisher.wanted.is_none() {
        let update = tokio::select! {
            () = &mut end => return publisher.finish().await,
            update = publisher.updates.recv() => update.context("the source says nothing")?,
        };
        if publisher.publication.is_once
            && let SourceUpdate::Failed { error } = &update
        {
            bail!("{error}");
        }
        publisher.take(update);
    }
    let mut failed = 0;
    for member in members.iter().cycle() {
        let over = tokio::select! {
            () = &mut end => return publisher.finish().await,
            over = publisher.connect(member) => over,
        };
        let Err(error) = over else {
            return Ok(());
        };
        if std::mem::take(&mut publisher.has_connected) {
            failed = 0;
            backoff.reset();
        }
        failed += 1;
        publisher.say(Report::Trouble {
            error: format!("{member}: {error:#}"),
        });
        if failed < members.len() {
            continue;
        }
        failed = 0;
        tokio::select! {
            () = &mut end => return publisher.finish().await,
            () = tokio::time::sleep(backoff.pause()) => {}
        }
    }
    Ok(())
}

struct Publisher<R> {
    publication: Publication,
    updates: mpsc::Receiver<SourceUpdate>,
    report: R,
    /// What is to be there; none: the source has not spoken yet.
    wanted: Option<State>,
    /// Keys that may not be there as they are wanted.
    owed: BTreeSet<PieceKey>,
    lease: Option<Lease>,
    has_connected: bool,
}

type Written = (Batch, Result<(), tonic::Status>);

impl<R: FnMut(Report)> Publisher<R> {
    fn say(&mut self, report: Report) {
        (self.report)(report);
    }

    /// One connection, until it is over: an error; or until there is nothing left to do.
    async fn connect(&mut self, member: &Member) -> anyhow::Result<()> {
        let address = self.publication.address.clone();
        let connection = Connection::open(&address, member, &self.publication.access).await?;
        connection.now(&address).await?;
        let mut keeping = self.hold_lease(&connection).await?;
        let revision = self.compare(&connection).await?;
        let watch = connection
            .watch(&address, revision + 1, Wanted::Removals)
            .await?;
        self.has_connected = true;
        self.say(Report::Connected {
            member: member.to_string(),
            lease: self.lease.map(|lease| format!("{:x}", lease.id)),
            ttl: self.lease.map(|lease| lease.ttl),
        });
        self.follow(&connection, watch, &mut keeping).await
    }

    /// The lease of before, if it is still there, or a new one.
    async fn hold_lease(&mut self, connection: &Connection) -> anyhow::Result<Option<KeepAlive>> {
        let Some(ttl) = self.publication.ttl else {
            return Ok(None);
        };
        if let Some(lease) = self.lease
            && connection.time_left(lease.id).await?.is_none()
        {
            self.lease = None;
            self.say(Report::LeaseLost);
        }
        let lease = match self.lease {
            Some(lease) => lease,
            None => connection.grant(ttl).await?,
        };
        self.lease = Some(lease);
        connection.keep_alive(lease.id).await.map(Some)
    }

    /// What is not there as it is wanted is owed. The revision at which that is so.
    async fn compare(&mut self, connection: &Connection) -> anyhow::Result<i64> {
        let Some(wanted) = &self.wanted else {
            bail!("the source says nothing");
        };
        let address = &self.publication.address;
        let mut owed = told::keys(wanted);
        let lease = self.lease.map_or(0, |lease| lease.id);
        let mut left_over = Vec::new();
        let header = connection
            .read(address, |entry| {
                let Some(key) = address.inside(&entry.key).and_then(PieceKey::parse) else {
                    return;
                };
                let value = told::value(wanted, &key);
                if owed.contains(&key) {
                    let has_lease = entry.lease == lease_of(&key, lease);
                    if has_lease && value.as_ref() == Some(&entry.value) {
                        owed.remove(&key);
                    }
                } else if lease != 0 && entry.lease == lease {
                    left_over.push(key);
                }
            })
            .await?;
        owed.extend(left_over);
        self.owed = owed;
        self.drop_foreign();
        Ok(header.revision)
    }

    async fn follow(
        &mut self,
        connection: &Connection,
        mut watch: Watch,
        keeping: &mut Option<KeepAlive>,
    ) -> anyhow::Result<()> {
        let third = self.publication.ttl.unwrap_or(1).max(3) / 3;
        let mut keep = interval(Duration::from_secs(third.into()));
        let mut heard_at = Instant::now();
        let mut ask_at = heard_at + ASK_INTERVAL;
        let mut on_the_way: JoinSet<Written> = JoinSet::new();
        let mut busy = HashSet::new();
        let mut tally = report::Tally::default();
        let mut is_open = true;
        loop {
            self.send(connection, &mut on_the_way, &mut busy);
            if !on_the_way.is_empty() {
                tally.begin();
            }
            if on_the_way.is_empty() && self.owed.is_empty() {
                if let Some(written) = tally.take() {
                    self.say(written);
                }
                if self.publication.is_once {
                    return Ok(());
                }
            }
            let dead_at = heard_at + SILENCE;
            tokio::select! {
                update = self.updates.recv(), if is_open => match update {
                    Some(update) => self.take(update),
                    // A source that has ended (a file that was read once) has said what there is to say.
                    None => is_open = false,
                },
                written = on_the_way.join_next(), if !on_the_way.is_empty() => {
                    let (batch, result) = written.context("wait for a transaction")??;
                    batch.keys().for_each(|key| { busy.remove(key); });
                    if let Err(status) = result {
                        self.owed.extend(batch.keys().cloned());
                        bail!("write: {}", status.message().trim_start_matches("etcdserver: "));
                    }
                    tally.add(&batch);
                }
                told = watch.next() => {
                    heard_at = Instant::now();
                    match told? {
                        Told::Alive => {}
                        Told::Events(events, _) => self.mind(&events),
                        Told::Compacted => bail!("what was removed meanwhile was compacted"),
                    }
                }
                is_there = kept(keeping) => {
                    if !is_there? {
                        self.lease = None;
                        self.say(Report::LeaseLost);
                        bail!("the lease is over; everything is written again under a new one");
                    }
                }
                _ = keep.tick() => if let Some(keeping) = keeping.as_ref() { keeping.ask() },
                () = sleep_until(dead_at.min(ask_at).into()) => {
                    let now = Instant::now();
                    if now >= dead_at {
                        return Err(anyhow!("no word for {} s", SILENCE.as_secs()));
                    }
                    watch.ask();
                    ask_at = now + ASK_INTERVAL;
                }
            }
        }
    }

    /// Sends what is owed. A key that is on its way waits: two writes of it might arrive in another order.
    fn send(
        &mut self,
        connection: &Connection,
        on_the_way: &mut JoinSet<Written>,
        busy: &mut HashSet<PieceKey>,
    ) {
        let Some(wanted) = &self.wanted else { return };
        let lease = self.lease.map_or(0, |lease| lease.id);
        while on_the_way.len() < AT_ONCE {
            let free = self.owed.iter().filter(|key| !busy.contains(*key));
            let batch = Batch::gather(&self.publication.address, wanted, lease, free);
            if batch.is_empty() {
                return;
            }
            for key in batch.keys() {
                self.owed.remove(key);
                busy.insert(key.clone());
            }
            let connection = connection.clone();
            on_the_way.spawn(async move {
                let result = connection.write(batch.transaction()).await;
                (batch, result)
            });
        }
    }

    /// Somebody removed keys. Ours are written again.
    fn mind(&mut self, events: &[Event]) {
        let Some(wanted) = &self.wanted else { return };
        for event in events.iter().filter(|event| event.kind == DELETED) {
            let key = event.kv.as_ref().map(|entry| &*entry.key);
            let key = key.and_then(|key| self.publication.address.inside(key));
            if let Some(key) = key.and_then(PieceKey::parse)
                && told::value(wanted, &key).is_some()
            {
                self.owed.insert(key);
            }
        }
        self.drop_foreign();
    }

    /// The source spoke.
    fn take(&mut self, update: SourceUpdate) {
        match update {
            SourceUpdate::State { state, .. } => {
                let next = self.ours(state);
                let before = self.wanted.take().unwrap_or_default();
                self.owed.extend(told::changed(&before, &next));
                self.wanted = Some(next);
            }
            SourceUpdate::Changes { services, .. } => {
                let node = self.publication.node.clone();
                let Some(wanted) = &mut self.wanted else {
                    return;
                };
                for (path, service) in services {
                    let service = service.and_then(|service| on_node(service, node.as_deref()));
                    let before = wanted.services.get(&path).map(|before| &**before);
                    told::changed_of(before, service.as_deref(), &mut self.owed);
                    put(wanted, path, service);
                }
            }
            SourceUpdate::Failed { error } => self.say(Report::Source { error }),
        }
        self.drop_foreign();
    }

    /// What of a state is to be published from here.
    fn ours(&self, mut state: State) -> State {
        if let Some(node) = &self.publication.node {
            state.cluster.nodes.retain(|other| *other.name == **node);
            state.services = std::mem::take(&mut state.services)
                .into_iter()
                .filter_map(|(path, service)| Some((path, on_node(service, Some(node))?)))
                .collect();
        }
        state
    }

    fn drop_foreign(&mut self) {
        if !self.publication.has_cluster {
            self.owed.remove(&PieceKey::Cluster);
        }
    }

    /// The end: our keys go.
    async fn finish(&mut self) -> anyhow::Result<()> {
        let Some(lease) = self.lease.take() else {
            self.say(Report::Ended { is_removed: false });
            return Ok(());
        };
        let publication = &self.publication;
        let opened = crate::etcd::connection::open_any(&publication.address, &publication.access);
        let (_, connection) = opened.await.context("remove what was published")?;
        connection.revoke(lease.id).await?;
        self.say(Report::Ended { is_removed: true });
        Ok(())
    }
}

/// Whether the lease is still there, when that is known next. Without one it is never known.
async fn kept(keeping: &mut Option<KeepAlive>) -> anyhow::Result<bool> {
    match keeping {
        Some(keeping) => keeping.next().await,
        None => std::future::pending().await,
    }
}
