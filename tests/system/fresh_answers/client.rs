//! A client of all nodes: it asks five hundred times a second, most often for what changes, and notes each reply.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use zonesmith_tests::question::{Reply, octets};

use super::truth::{Clock, Moment, NO_NAME, Probe, Truth, text};

/// Questions a second, over all nodes.
pub(super) const RATE: u32 = 500;

/// A changed name is asked for again after this, and then after a quarter longer each time, until the answer is right: no
/// finer is the time until then known.
const FIRST_STEP: Moment = 2_000;

/// No longer between two such questions than this.
const LONGEST_STEP: Moment = 100_000;

/// Another name of each change is asked for at these times after it: what a cache took up too late is found then.
const LATER: [Moment; 4] = [5_000, 40_000, 400_000, 1_300_000];

/// Changed names that are asked for again at any time.
const REMEMBERED: usize = 400;

/// How long a receiver waits before it looks whether it is over.
const PATIENCE: Duration = Duration::from_millis(200);

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Records, or that there are none.
    Text(String),
    /// Only a code: the server failed.
    Failed(u8),
    /// There was no reply.
    Lost,
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) node: usize,
    pub(super) probe: usize,
    pub(super) sent: Moment,
    pub(super) received: Moment,
    pub(super) answer: Answer,
}

/// A change that is followed: which answer changed through which node, and when it was published there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Followed {
    pub(super) node: usize,
    pub(super) probe: usize,
    pub(super) published: Moment,
}

/// A socket, and what was asked over it.
struct Line {
    socket: UdpSocket,
    waiting: Mutex<HashMap<u16, (usize, Moment)>>,
}

/// One node, as the client sees it.
struct Side {
    truth: Arc<Truth>,
    lines: Vec<Arc<Line>>,
    /// The last answer for each probe, and when it came.
    last: Mutex<HashMap<usize, (String, Moment)>>,
}

/// A planned question: when, through which node, whereof, and until when it is asked again.
type Planned = Reverse<(Moment, usize, usize, Until)>;

/// Until when a planned question is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    /// It is asked once.
    Asked,
    /// After this pause, until an answer is right that came after this publication.
    Right(Moment, Moment),
}

/// The client, shared by its threads.
pub(super) struct Client {
    clock: Clock,
    probes: Arc<Vec<Probe>>,
    sides: Vec<Side>,
    plan: Mutex<BinaryHeap<Planned>>,
    changed: Mutex<Vec<usize>>,
    followed: Mutex<Vec<Followed>>,
    asked: Mutex<Vec<Asked>>,
    number: AtomicUsize,
    is_over: AtomicBool,
}

impl Client {
    /// Asks through these sockets of each node.
    pub(super) fn new(
        clock: Clock,
        probes: &Arc<Vec<Probe>>,
        nodes: Vec<(Arc<Truth>, Vec<UdpSocket>)>,
    ) -> Self {
        let sides = nodes.into_iter().map(|(truth, sockets)| Side {
            truth,
            lines: sockets
                .into_iter()
                .map(|socket| {
                    socket.set_read_timeout(Some(PATIENCE)).unwrap();
                    Arc::new(Line {
                        socket,
                        waiting: Mutex::default(),
                    })
                })
                .collect(),
            last: Mutex::default(),
        });
        Self {
            clock,
            probes: Arc::clone(probes),
            sides: sides.collect(),
            plan: Mutex::default(),
            changed: Mutex::default(),
            followed: Mutex::default(),
            asked: Mutex::default(),
            number: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// Runs its threads: one that asks, and one for each socket.
    pub(super) fn start(self: &Arc<Self>) -> Vec<JoinHandle<()>> {
        let mut threads = Vec::new();
        for (node, side) in self.sides.iter().enumerate() {
            for line in &side.lines {
                let (client, line) = (Arc::clone(self), Arc::clone(line));
                threads.push(thread::spawn(move || client.receive(node, &line)));
            }
        }
        let client = Arc::clone(self);
        threads.push(thread::spawn(move || client.ask_all_the_time()));
        threads
    }

    /// What it asks.
    pub(super) fn probes(&self) -> Arc<Vec<Probe>> {
        Arc::clone(&self.probes)
    }

    /// Asks no more; its threads end.
    pub(super) fn finish(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Plans a question through each node.
    pub(super) fn plan(&self, at: Moment, probe: usize) {
        for node in 0..self.sides.len() {
            lock(&self.plan).push(Reverse((at, node, probe, Until::Asked)));
        }
    }

    /// An answer changed through a node. Every sixth is asked for until it is right, every sixth now and then: with more of them
    /// there would be more questions than are asked, and what is measured would be how long each waits.
    pub(super) fn follow(&self, node: usize, probe: usize, published: Moment) {
        let mut changed = lock(&self.changed);
        if changed.len() == REMEMBERED {
            changed.remove(0);
        }
        changed.push(probe);
        drop(changed);
        match self.number.fetch_add(1, Ordering::Relaxed) % 6 {
            0 => {
                let until = Until::Right(FIRST_STEP, published);
                lock(&self.followed).push(Followed {
                    node,
                    probe,
                    published,
                });
                lock(&self.plan).push(Reverse((published, node, probe, until)));
            }
            1 => {
                for later in LATER {
                    lock(&self.plan).push(Reverse((published + later, node, probe, Until::Asked)));
                }
            }
            _ => {}
        }
    }

    /// All that was asked, in order, and what was followed. What has no reply yet has none.
    pub(super) fn take(&self) -> (Vec<Asked>, Vec<Followed>) {
        let mut asked = std::mem::take(&mut *lock(&self.asked));
        for (node, side) in self.sides.iter().enumerate() {
            for line in &side.lines {
                for (_, (probe, sent)) in lock(&line.waiting).drain() {
                    asked.push(Asked {
                        node,
                        probe,
                        sent,
                        received: Moment::MAX,
                        answer: Answer::Lost,
                    });
                }
            }
        }
        asked.sort_by_key(|asked| asked.sent);
        (asked, std::mem::take(&mut *lock(&self.followed)))
    }

    /// Asks for everything through every node, with a pause after each.
    pub(super) fn ask_everything(&self, pause: Duration) {
        for probe in 0..self.probes.len() {
            for node in 0..self.sides.len() {
                self.ask(node, probe);
            }
            thread::sleep(pause);
        }
    }

    fn ask_all_the_time(&self) {
        let start = Instant::now();
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        for turn in 0.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let due = start + Duration::from_secs(1) / RATE * turn;
            if let Some(pause) = due.checked_duration_since(Instant::now()) {
                thread::sleep(pause);
            }
            if !self.ask_as_planned() {
                let node = chance.below(self.sides.len());
                let probe = self.any(&mut chance);
                self.ask(node, probe);
            }
        }
    }

    /// Whether something was planned for now.
    fn ask_as_planned(&self) -> bool {
        loop {
            let now = self.clock.now();
            let mut plan = lock(&self.plan);
            if plan.peek().is_none_or(|Reverse((at, ..))| *at > now) {
                return false;
            }
            let Some(Reverse((_, node, probe, until))) = plan.pop() else {
                return false;
            };
            if let Until::Right(step, published) = until {
                if self.is_right(node, probe, published) {
                    continue;
                }
                let longer = Until::Right((step * 5 / 4).min(LONGEST_STEP), published);
                plan.push(Reverse((now + step, node, probe, longer)));
            }
            drop(plan);
            self.ask(node, probe);
            return true;
        }
    }

    fn is_right(&self, node: usize, probe: usize, published: Moment) -> bool {
        let side = &self.sides[node];
        let last = lock(&side.last);
        last.get(&probe).is_some_and(|(answer, received)| {
            *received >= published && *answer == side.truth.newest(probe)
        })
    }

    /// Half of them changed not long ago.
    fn any(&self, chance: &mut Chance) -> usize {
        let changed = lock(&self.changed);
        if chance.below(2) == 0 && !changed.is_empty() {
            return changed[chance.below(changed.len())];
        }
        chance.below(self.probes.len())
    }

    fn ask(&self, node: usize, probe: usize) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let side = &self.sides[node];
        let line = &side.lines[number % side.lines.len()];
        let [low, high, ..] = (number / side.lines.len()).to_le_bytes();
        let id = u16::from_le_bytes([low, high]);
        let Probe { name, rtype, .. } = &self.probes[probe];
        let question = octets(id, name, *rtype);
        let now = self.clock.now();
        lock(&line.waiting).insert(id, (probe, now));
        // What cannot be sent has no reply, which is counted.
        let _ = line.socket.send(&question);
    }

    fn receive(&self, node: usize, line: &Line) {
        let mut buffer = [0; 4096];
        while !self.is_over.load(Ordering::Relaxed) {
            // Nothing for a while, or a node that says that nobody listens.
            let Ok(length) = line.socket.recv(&mut buffer) else {
                continue;
            };
            let received = self.clock.now();
            let octets = &buffer[..length];
            let Some(id) = octets.first_chunk().map(|id| u16::from_be_bytes(*id)) else {
                continue;
            };
            let Some((probe, sent)) = lock(&line.waiting).remove(&id) else {
                continue;
            };
            let answer = match Reply::read(octets, self.probes[probe].rtype) {
                Some(Reply {
                    code: 0, contents, ..
                }) => Answer::Text(text(&contents)),
                Some(Reply { code: 3, .. }) => Answer::Text(NO_NAME.to_owned()),
                Some(Reply { code, .. }) => Answer::Failed(code),
                None => Answer::Failed(u8::MAX),
            };
            if let Answer::Text(text) = &answer {
                lock(&self.sides[node].last).insert(probe, (text.clone(), received));
            }
            lock(&self.asked).push(Asked {
                node,
                probe,
                sent,
                received,
                answer,
            });
        }
    }
}

/// Chance that is the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % count
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
