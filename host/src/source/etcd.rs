//! An etcd as a source: every key of a cluster at one revision, then what changes from there on.
//!
//! ```text
//!  a member ─▶ is it the same etcd, not behind what is known? ─┬─ yes ─▶ watch from there ◀─────────┐
//!     ▲                                                        └─ no ──▶ read everything ─▶ watch ──┤
//!     └── the next member, or a pause when none is left ◀── cut, silent, no leader, compacted ◀─────┘
//! ```
//!
//! A member that is gone costs a connection to another and nothing that was said in between: the watch goes on where it
//! was. Everything is read again when that is not known any more (it was compacted), or when the etcd is another than
//! before (it was restored from a copy).
//!
//! A member that is there and says nothing is asked every [`ASK_INTERVAL`] how far it is; one that does not answer that is
//! dead. One that lost its leader ends the watch by itself.
//!
//! While the writer is busy, what changes is gathered: the next thing it is told is what is so then, however many events
//! that took. As long as the key `cluster` is missing nothing is told: a prefix with nothing below it is the wrong one, or
//! an etcd that was wiped, and no empty cluster.
//!
//! Rooms: `teller` what the writer is told.

mod teller;

use std::time::{Duration, Instant};

use anyhow::anyhow;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tracing::{debug, info};
use zonesmith_cluster::{PieceNews, Pieces, State};

use self::teller::{Gone, Teller};
use super::SourceUpdate;
use super::reconnect::Backoff;
use crate::etcd::message::{DELETED, Event, Header};
use crate::etcd::watch::{ASK_INTERVAL, SILENCE, Told, Wanted, Watch};
use crate::etcd::{Connection, EtcdAccess, EtcdAddress};

/// The first pause after no member answered.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A watch that held for this long was one: when it ends, the next member is asked at once.
const STEADY: Duration = Duration::from_secs(1);

/// Follows the cluster in an etcd until nobody listens.
pub(super) async fn follow(
    address: &EtcdAddress,
    access: &EtcdAccess,
    known: Option<&State>,
    updates: &mpsc::Sender<SourceUpdate>,
) {
    let name = format!("etcd:{address}");
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE).of(&name);
    let mut follower = Follower {
        address,
        access,
        teller: Teller::new(&name, updates),
        pieces: Pieces::new(known.cloned()),
        is_whole: false,
        position: None,
        watching_since: None,
    };
    // How many members failed since one was watched.
    let mut failed = 0;
    for member in address.members.iter().cycle() {
        let end = tokio::select! {
            () = updates.closed() => return,
            end = follower.connect(member) => end,
        };
        let Err(error) = end else { return };
        let was_steady = follower
            .watching_since
            .take()
            .is_some_and(|since| since.elapsed() >= STEADY);
        if was_steady {
            failed = 0;
            backoff.reset();
        }
        failed += 1;
        if failed < address.members.len() {
            info!(source = name, %member, error = format!("{error:#}"), "another member is asked");
            continue;
        }
        failed = 0;
        let error = format!("{member}: {error:#}");
        if follower.teller.complain(error).await.is_err() {
            return;
        }
        tokio::select! {
            () = updates.closed() => return,
            () = tokio::time::sleep(backoff.pause()) => {}
        }
    }
}

/// Up to where the etcd was heard.
#[derive(Debug, Clone, Copy)]
struct Position {
    etcd: u64,
    revision: i64,
}

impl From<Header> for Position {
    fn from(header: Header) -> Self {
        Self {
            etcd: header.cluster_id,
            revision: header.revision,
        }
    }
}

/// One etcd, member after member.
struct Follower<'f> {
    address: &'f EtcdAddress,
    access: &'f EtcdAccess,
    teller: Teller<'f>,
    pieces: Pieces,
    /// Whether these are all there were at some moment.
    is_whole: bool,
    /// Up to where they are; none: everything is to be read.
    position: Option<Position>,
    watching_since: Option<Instant>,
}

impl Follower<'_> {
    /// One connection, until it is over: an error.
    async fn connect(&mut self, member: &crate::etcd::Member) -> anyhow::Result<Gone> {
        let connection = Connection::open(self.address, member, self.access).await?;
        let now = connection.now(self.address).await?;
        let position = match self.position {
            Some(known) if known.etcd == now.cluster_id && known.revision <= now.revision => known,
            _ => self.read(&connection).await?,
        };
        let watch = connection
            .watch(self.address, position.revision + 1, Wanted::All)
            .await?;
        self.watching_since = Some(Instant::now());
        debug!(source = self.teller.name, %member, revision = position.revision, "the etcd is watched");
        self.listen(watch).await
    }

    /// Reads everything, beside what is known.
    async fn read(&mut self, connection: &Connection) -> anyhow::Result<Position> {
        let whole = std::mem::take(&mut self.is_whole).then(|| self.pieces.state());
        let before = std::mem::replace(&mut self.pieces, Pieces::new(None));
        let known = before.into_last_good().or(whole);
        self.position = None;
        self.pieces = Pieces::new(known);
        let address = self.address;
        let mut news = PieceNews::default();
        let pieces = &mut self.pieces;
        let header = connection
            .read(address, |entry| {
                if let Some(key) = address.inside(&entry.key) {
                    pieces.put(key, &entry.value, &mut news);
                }
            })
            .await?;
        let position = Position::from(header);
        (self.position, self.is_whole) = (Some(position), true);
        if self.pieces.has_cluster() {
            self.pieces.complete();
        }
        self.teller.owes_everything();
        info!(
            source = self.teller.name,
            services = self.pieces.services(),
            revision = header.revision,
            "the etcd was read"
        );
        Ok(position)
    }

    async fn listen(&mut self, mut watch: Watch) -> anyhow::Result<Gone> {
        let mut heard_at = Instant::now();
        let mut ask_at = heard_at + ASK_INTERVAL;
        // Whoever complained says that it is well again.
        self.teller.recover();
        loop {
            if !self.pieces.has_cluster() {
                let key = format!("{}cluster", self.address.start());
                let error = format!("there is no key `{key}`, so there is no cluster");
                if self.teller.complain(error).await.is_err() {
                    return Ok(Gone);
                }
            }
            let can_tell = self.pieces.has_cluster() && self.teller.has_news();
            let dead_at = heard_at + SILENCE;
            tokio::select! {
                told = watch.next() => {
                    heard_at = Instant::now();
                    match told? {
                        Told::Alive => {}
                        Told::Events(events, header) => self.hear(&events, header, heard_at),
                        Told::Compacted => {
                            self.position = None;
                            return Err(anyhow!("what changed meanwhile was compacted; everything is read again"));
                        }
                    }
                }
                permit = self.teller.reserve(), if can_tell => {
                    let Ok(permit) = permit else { return Ok(Gone) };
                    permit.send(self.teller.update(&self.pieces));
                }
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

    fn hear(&mut self, events: &[Event], header: Header, now: Instant) {
        let had_cluster = self.pieces.has_cluster();
        let mut news = PieceNews::default();
        for event in events {
            let Some(entry) = &event.kv else { continue };
            let Some(key) = self.address.inside(&entry.key) else {
                continue;
            };
            if event.kind == DELETED {
                self.pieces.remove(key, &mut news);
            } else {
                self.pieces.put(key, &entry.value, &mut news);
            }
        }
        self.position = Some(Position::from(header));
        if !had_cluster && self.pieces.has_cluster() {
            self.pieces.complete();
            self.teller.owes_everything();
        }
        self.teller.heard(news, now);
    }
}
