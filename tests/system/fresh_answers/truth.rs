//! What is right, and since when: for each node what its own daemon published, told by its stream of changes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use zonesmith_tests::admin::Stream;
use zonesmith_tests::question::Type;
use zonesmith_tests::socket::Socket;

/// No such name.
pub(super) const NO_NAME: &str = "no such name";

/// How often a daemon that is away is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// Microseconds since a measurement began.
pub(super) type Moment = u64;

/// The clock of a measurement; publications are stamped by the same one.
#[derive(Clone, Copy)]
pub(super) struct Clock(SystemTime);

impl Clock {
    pub(super) fn start() -> Self {
        Self(SystemTime::now())
    }

    pub(super) fn now(self) -> Moment {
        self.of(SystemTime::now())
    }

    fn of(self, time: SystemTime) -> Moment {
        let since = time.duration_since(self.0).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    fn of_event(self, at: u64) -> Moment {
        self.of(UNIX_EPOCH + Duration::from_millis(at))
    }
}

/// The set of records that decides what the right answer to a question is.
pub(super) type Source = (String, Type);

/// A question, and how its answer follows from a set of records.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) name: String,
    pub(super) rtype: Type,
    /// None: it is always the same.
    pub(super) source: Option<Source>,
    /// Where the set is there; none: its records.
    pub(super) present: Option<String>,
    /// Where it is not.
    pub(super) absent: String,
}

impl Probe {
    /// A name that has these records or does not exist.
    pub(super) fn of(name: &str, rtype: Type) -> Self {
        Self {
            name: name.to_owned(),
            rtype,
            source: Some((name.to_owned(), rtype)),
            present: None,
            absent: NO_NAME.to_owned(),
        }
    }

    /// A name whose answer never changes.
    pub(super) fn fixed(name: &str, answer: &str) -> Self {
        Self {
            source: None,
            absent: answer.to_owned(),
            ..Self::of(name, Type::A)
        }
    }

    /// What is right where the deciding set has these contents.
    fn answer(&self, contents: &[String]) -> String {
        match &self.present {
            _ if contents.is_empty() => self.absent.clone(),
            Some(present) => present.clone(),
            None => text(contents),
        }
    }
}

/// An answer as one text.
pub(super) fn text(contents: &[String]) -> String {
    contents.join(", ")
}

/// One right answer, until the next.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) answer: String,
    /// It may have been right from here on,
    pub(super) earliest: Moment,
    /// and was from here on. Both are one moment, except where a daemon was restarted and nobody was told.
    pub(super) latest: Moment,
}

/// What is right through one node.
pub(super) struct Truth {
    clock: Clock,
    probes: Arc<Vec<Probe>>,
    by_source: HashMap<Source, Vec<usize>>,
    histories: Mutex<Vec<Vec<Version>>>,
    is_over: AtomicBool,
}

impl Truth {
    /// Reads what is right now from `pdns.sock`.
    pub(super) fn read(clock: Clock, probes: &Arc<Vec<Probe>>, socket: &std::path::Path) -> Self {
        let mut by_source: HashMap<Source, Vec<usize>> = HashMap::new();
        for (number, probe) in probes.iter().enumerate() {
            if let Some(source) = &probe.source {
                by_source.entry(source.clone()).or_default().push(number);
            }
        }
        let truth = Self {
            clock,
            probes: Arc::clone(probes),
            by_source,
            histories: Mutex::new(vec![Vec::new(); probes.len()]),
            is_over: AtomicBool::new(false),
        };
        for (number, probe) in probes.iter().enumerate() {
            if probe.source.is_none() {
                truth.set(number, probe.answer(&[]), 0, 0);
            }
        }
        truth.read_again(&mut Socket::connect(socket), 0);
        truth
    }

    /// Follows the daemon from now on, in a thread; each change of an answer is also given to `tell`, with its probe and
    /// when it was published.
    pub(super) fn follow(
        self: &Arc<Self>,
        admin: PathBuf,
        socket: PathBuf,
        tell: impl Fn(usize, Moment) + Send + 'static,
    ) {
        let truth = Arc::clone(self);
        let mut stream = Stream::begin(&admin, "/watch");
        stream.until("hello");
        thread::spawn(move || {
            // Nothing was published until then that is not known.
            let mut known = truth.clock.now();
            loop {
                while let Some(event) = stream.next_event() {
                    match event.kind.as_str() {
                        "change" => truth.take(&event.data, &tell),
                        "reset" => truth.recover(socket.clone(), known),
                        _ => {}
                    }
                    known = truth.clock.now();
                }
                stream = loop {
                    if truth.is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    match Stream::try_begin(&admin, "/watch") {
                        Some(stream) => break stream,
                        None => thread::sleep(LOOK),
                    }
                };
                truth.recover(socket.clone(), known);
            }
        });
    }

    /// Nothing more is expected of the daemon.
    pub(super) fn finish(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// The history of one answer.
    pub(super) fn history(&self, probe: usize) -> Vec<Version> {
        self.histories().get(probe).cloned().unwrap_or_default()
    }

    /// What is right now.
    pub(super) fn newest(&self, probe: usize) -> String {
        let histories = self.histories();
        let newest = histories.get(probe).and_then(|versions| versions.last());
        newest.map_or_else(String::new, |version| version.answer.clone())
    }

    fn histories(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Version>>> {
        self.histories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the answer changed.
    fn set(&self, probe: usize, answer: String, earliest: Moment, latest: Moment) -> bool {
        let mut histories = self.histories();
        let versions = &mut histories[probe];
        if versions.last().is_some_and(|last| last.answer == answer) {
            return false;
        }
        versions.push(Version {
            answer,
            earliest,
            latest,
        });
        true
    }

    fn take(&self, change: &Value, tell: &impl Fn(usize, Moment)) {
        let at = self.clock.of_event(change["at"].as_u64().unwrap());
        for name in change["names"].as_array().unwrap() {
            let owner = name["name"].as_str().unwrap();
            for set in name["rrsets"].as_array().unwrap() {
                let Some(rtype) = Type::of(set["type"].as_str().unwrap()) else {
                    continue;
                };
                let Some(probes) = self.by_source.get(&(owner.to_owned(), rtype)) else {
                    continue;
                };
                let after = set["after"].as_array().unwrap().iter();
                let contents = after.map(|record| record["content"].as_str().unwrap().to_owned());
                let contents = sorted(contents, rtype);
                for &probe in probes {
                    if self.set(probe, self.probes[probe].answer(&contents), at, at) {
                        tell(probe, at);
                    }
                }
            }
        }
    }

    /// Reads everything again once the daemon answers; nobody was told what came after `known`. Beside the stream: it takes
    /// seconds, and what is published meanwhile is told.
    fn recover(self: &Arc<Self>, socket: PathBuf, known: Moment) {
        let truth = Arc::clone(self);
        thread::spawn(move || {
            while !truth.is_over.load(Ordering::Relaxed) {
                // A daemon that has just started listens once it serves.
                match Socket::try_connect(&socket) {
                    Ok(mut socket) => return truth.read_again(&mut socket, known),
                    Err(_) => thread::sleep(LOOK),
                }
            }
        });
    }

    fn read_again(&self, socket: &mut Socket, earliest: Moment) {
        for ((name, rtype), probes) in &self.by_source {
            let rows = socket.records(name);
            // name TTL type content
            let contents = rows.iter().filter_map(|row| {
                let mut words = row.splitn(4, ' ').skip(2);
                (words.next() == Some(rtype.text())).then(|| words.next().unwrap().to_owned())
            });
            let contents = sorted(contents, *rtype);
            for &probe in probes {
                let is_told = self.histories()[probe]
                    .last()
                    .is_some_and(|last| last.latest > earliest);
                if !is_told {
                    let answer = self.probes[probe].answer(&contents);
                    self.set(probe, answer, earliest, self.clock.now());
                }
            }
        }
    }
}

/// Contents in order, names in them with their last dot.
fn sorted(contents: impl Iterator<Item = String>, rtype: Type) -> Vec<String> {
    let mut contents: Vec<_> = contents
        .map(|content| match rtype {
            Type::A => content,
            Type::Ptr | Type::Srv if content.ends_with('.') => content,
            Type::Ptr | Type::Srv => content + ".",
        })
        .collect();
    contents.sort_unstable();
    contents
}
