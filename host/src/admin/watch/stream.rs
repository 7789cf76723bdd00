//! One stream: steps of the history in text, as fast as they are taken.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame};
use serde::Serialize;
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::debug;

use super::super::{Connection, Daemon};
use super::filter::Filter;
use crate::snapshot::changes::{Changed, Changes, Step};
use crate::snapshot::event::{Bye, Change, Event, Hello, Place, Reset};
use crate::snapshot::forget::ForgetEvent;

/// How often a stream shows that it lives when nothing changes: more often than anything between forgets a connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a client may take nothing, with its buffers full.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the last word may take to go out, once it is said.
const FAREWELL: Duration = Duration::from_secs(1);

/// Events on their way; one more place is kept for the last word.
const ON_THE_WAY: usize = 2;

/// A stream's end inside the daemon.
pub(super) struct Stream<D> {
    daemon: D,
    filter: Filter,
    connection: Connection,
    events: mpsc::Sender<Bytes>,
    /// The place for the last word.
    kept: Option<OwnedPermit<Bytes>>,
}

/// Its end at the client.
pub(super) struct Taken(pub(super) mpsc::Receiver<Bytes>);

/// Why a stream ended.
enum Ended {
    /// The client is gone.
    Left,
    /// It takes nothing.
    Stuck,
}

impl Body for Taken {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}

/// The place of a client: a generation, of this run or of the one it names; none: it has none.
pub(super) fn place(text: &str) -> Result<Option<Place>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (generation, run) = text.split_once('.').unwrap_or((text, ""));
    match generation.parse() {
        Ok(generation) => Ok(Some(Place {
            run: run.to_owned(),
            generation,
        })),
        Err(_) => Err(format!(
            "`{text}` is no place in a stream: it is `GENERATION` or `GENERATION.RUN`"
        )),
    }
}

impl<D: Daemon> Stream<D> {
    pub(super) fn new(
        daemon: D,
        filter: Filter,
        connection: Connection,
    ) -> (Self, mpsc::Receiver<Bytes>) {
        let (events, taken) = mpsc::channel(ON_THE_WAY + 1);
        let kept = events.clone().try_reserve_owned().ok();
        let stream = Self {
            daemon,
            filter,
            connection,
            events,
            kept,
        };
        (stream, taken)
    }

    /// Until the client leaves, takes nothing any more, or the daemon ends.
    pub(super) async fn run(mut self, place: Option<Place>, mut stopping: watch::Receiver<bool>) {
        let ended = tokio::select! {
            ended = self.follow(place) => ended,
            // An error is the daemon's end, too.
            _ = stopping.wait_for(|is_over| *is_over) => {
                self.part("the daemon ends");
                return;
            }
        };
        if let Ended::Stuck = ended {
            debug!("a stream of changes was ended: nobody took anything from it");
            self.part(&format!("nothing was taken for {} s", PATIENCE.as_secs()));
            // Who begins to read now still gets the last word; who does not shall hold no connection.
            tokio::time::sleep(FAREWELL).await;
            self.connection.close();
        }
    }

    async fn follow(&self, place: Option<Place>) -> Ended {
        let mut generations = self.daemon.generations();
        let run = self.daemon.run();
        // What was published last, also while nothing is served: a place that is surely known.
        let newest = *generations.borrow_and_update();
        let is_known = place.as_ref().is_none_or(|place| {
            (place.run.is_empty() || place.run == run)
                && self.daemon.changes_since(place.generation) != Changes::TooOld
        });
        let mut at = Place {
            run: run.clone(),
            generation: match &place {
                Some(place) if is_known => place.generation,
                Some(_) | None => newest,
            },
        };
        if let Err(ended) = self.say(&Event::Hello(self.hello(&at)), &at).await {
            return ended;
        }
        if let Some(place) = place.filter(|_| !is_known) {
            let reason = if place.run.is_empty() || place.run == run {
                "too-old"
            } else {
                "restarted"
            };
            if let Err(ended) = self.reset(&at, reason, None).await {
                return ended;
            }
        }
        let mut heartbeat = Instant::now() + HEARTBEAT;
        loop {
            if let Err(ended) = self.catch_up(&mut at).await {
                return ended;
            }
            tokio::select! {
                changed = generations.changed() => {
                    if changed.is_err() {
                        // The writer ended; the daemon does, too.
                        std::future::pending::<()>().await;
                    }
                }
                () = sleep_until(heartbeat) => {
                    if let Err(ended) = self.send(format!(": alive\nid: {}\n\n", id(&at)).into()).await {
                        return ended;
                    }
                    heartbeat = Instant::now() + HEARTBEAT;
                }
                () = self.events.closed() => return Ended::Left,
            }
        }
    }

    /// Tells what came after `at`.
    async fn catch_up(&self, at: &mut Place) -> Result<(), Ended> {
        loop {
            let steps = match self.daemon.changes_since(at.generation) {
                Changes::Steps(steps) => steps,
                Changes::TooOld => {
                    at.generation = *self.daemon.generations().borrow();
                    self.reset(at, "too-old", None).await?;
                    continue;
                }
            };
            if steps.is_empty() {
                return Ok(());
            }
            for step in steps {
                at.generation = step.generation;
                self.tell(&step, at).await?;
            }
        }
    }

    async fn tell(&self, step: &Step, at: &Place) -> Result<(), Ended> {
        let forget = || self.filter.with_forget.then(|| (&step.forget).into());
        if step.changed == Changed::Everything {
            return self.reset(at, "everything", forget()).await;
        }
        let change = Change {
            forget: forget(),
            ..Change::of(step, |name| self.filter.wants(name))
        };
        if change.is_empty() {
            return Ok(());
        }
        self.say(&Event::Change(change), at).await
    }

    fn hello(&self, at: &Place) -> Hello {
        Hello {
            place: at.clone(),
            zones: self.zones(),
        }
    }

    /// The zones that are served, where somebody has to know what a cache may hold.
    fn zones(&self) -> Option<Vec<String>> {
        if !self.filter.with_forget {
            return None;
        }
        let live = self.daemon.live();
        let zones = live.as_ref().map(|live| live.zone_set.zones().iter());
        let apexes = zones.map(|zones| zones.map(|zone| zone.apex().to_string()).collect());
        Some(apexes.unwrap_or_default())
    }

    async fn reset(
        &self,
        at: &Place,
        reason: &str,
        forget: Option<ForgetEvent>,
    ) -> Result<(), Ended> {
        let reset = Reset {
            place: at.clone(),
            reason: reason.to_owned(),
            zones: self.zones(),
            forget,
        };
        self.say(&Event::Reset(reset), at).await
    }

    async fn say(&self, event: &Event, at: &Place) -> Result<(), Ended> {
        self.send(text(event, Some(at))).await
    }

    async fn send(&self, text: Bytes) -> Result<(), Ended> {
        match timeout(PATIENCE, self.events.send(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ended::Left),
            Err(_) => Err(Ended::Stuck),
        }
    }

    /// The last word, for which there is always a place.
    fn part(&mut self, reason: &str) {
        if let Some(kept) = self.kept.take() {
            let reason = reason.to_owned();
            kept.send(text(&Event::Bye(Bye { reason }), None));
        }
    }
}

fn id(at: &Place) -> String {
    format!("{}.{}", at.generation, at.run)
}

/// An event as it is sent: JSON has no line breaks, so its data is one line.
fn text(event: &Event, at: Option<&Place>) -> Bytes {
    let (kind, data) = match event {
        Event::Hello(place) => ("hello", json(place)),
        Event::Change(change) => ("change", json(change)),
        Event::Reset(reset) => ("reset", json(reset)),
        Event::Bye(bye) => ("bye", json(bye)),
    };
    let id = at.map_or_else(String::new, |at| format!("id: {}\n", id(at)));
    format!("event: {kind}\n{id}data: {data}\n\n").into()
}

fn json(data: &impl Serialize) -> String {
    // Plain data of ours; nothing in it can fail.
    serde_json::to_string(data).unwrap_or_default()
}
