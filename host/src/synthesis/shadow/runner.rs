//! What the thread of the candidate does: names every service, then follows what the writer leaves word of.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tracing::{info, warn};
use zonesmith_zone::comparison::Following;
use zonesmith_zone::delta::{Delta, NameChange};
use zonesmith_zone::name::Name;

use super::super::Message;
use super::super::candidate::Candidate;
use super::super::last_good::last_good;
use super::super::served::Served;
use super::super::service::ServiceResult;
use super::super::service_key::ServiceKey;
use super::{Board, Mailbox, Post, ShadowOrder, ShadowState};
use crate::policy::pins::Candidate as Offer;
use crate::policy::{Refusal, Stage};
use crate::snapshot::Snapshot;

/// The candidate at work.
pub(super) struct Runner {
    pub(super) candidate: Offer,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) board: Arc<Board>,
    pub(super) messages: mpsc::Sender<Message>,
    /// Who waits for the first proof.
    pub(super) tell: Option<mpsc::Sender<Option<Refusal>>>,
    pub(super) following: Following,
    pub(super) running: Option<Running>,
}

/// A stack with the candidate in it, proven.
pub(super) struct Running {
    served: Served,
    rank: usize,
    failing: BTreeSet<ServiceKey>,
    /// Time of calls that was told already.
    spent: Duration,
}

impl Runner {
    pub(super) fn run(mut self) {
        while let Some(post) = self.mailbox.take() {
            if post.is_anew {
                let refused = self.prove();
                if let Some(tell) = self.tell.take() {
                    // Who waited may be gone.
                    let _ = tell.send(refused);
                }
            } else {
                self.follow(post);
            }
        }
    }

    /// Names every service, beside what is live.
    fn prove(&mut self) -> Option<Refusal> {
        let (reply, order) = mpsc::channel();
        let mailbox = Arc::clone(&self.mailbox);
        let asked = self.messages.send(Message::ShadowOrder { mailbox, reply });
        let order = asked.ok().and_then(|()| order.recv().ok().flatten());
        let mut before = self.running.take();
        if let Some(before) = &mut before {
            // What they said last is needed yet, and they are not.
            before.served.drop_policies();
        }
        let Some(ShadowOrder { order, stack, live }) = order else {
            self.board.lock().state = ShadowState::Waiting;
            return None;
        };
        let replaced = match self.candidate.rank(&stack) {
            Ok(rank) => rank,
            Err(error) => {
                let reason = error.to_string();
                let stage = Stage::Read;
                return Some(self.refuse(Refusal { stage, reason }));
            }
        };
        {
            let mut report = self.board.lock();
            report.state = ShadowState::Preparing;
            let replaced = replaced.and_then(|rank| stack.get(rank));
            report.replaces = replaced.map(|entry| entry.name().to_owned());
        }
        let rank = replaced.unwrap_or(stack.len());
        let stack = self.candidate.stand_at(&stack, replaced, None);
        let started = Instant::now();
        match Candidate::prepare(&stack, &order) {
            Ok(candidate) => {
                let before = before.map(|before| before.served);
                self.stand_beside((candidate, rank), before, &live, started.elapsed());
                None
            }
            Err((_, refusal)) => Some(self.refuse(refusal)),
        }
    }

    fn stand_beside(
        &mut self,
        (candidate, rank): (Candidate, usize),
        before: Option<Served>,
        live: &Snapshot,
        proof: Duration,
    ) {
        let Candidate {
            mut served,
            services,
            ..
        } = candidate;
        if let Some(before) = before {
            let results = services.iter().map(|(key, _, result)| (key, result));
            let kept = last_good(&before, &mut served, results);
            let _ = served.contents.replace(kept);
        }
        let mut failing = BTreeSet::new();
        let calls = services.len();
        for (key, _, result) in services {
            if fails(&result, rank) {
                failing.insert(key);
            }
        }
        let zones = served.contents.zone_set();
        self.following.restart(&live.zone_set, &zones);
        let mut report = self.board.lock();
        report.proof = proof;
        report.calls += number(calls);
        report.failures += number(failing.len());
        drop(report);
        let spent = served.spent(rank);
        self.running = Some(Running {
            served,
            rank,
            failing,
            spent,
        });
        self.tell(live.generation);
        info!(policy = %self.candidate.source, services = calls, ?proof, "the candidate stands beside what is live");
    }

    /// Names the services that changed.
    fn follow(&mut self, post: Post) {
        let (Some(running), Some(live)) = (&mut self.running, &post.live) else {
            return;
        };
        let (mut changed, mut removed) = (Vec::new(), Vec::new());
        for (key, service) in post.services {
            match service {
                Some(service) if running.served.find(&key.cluster).is_some() => {
                    changed.push((key, service));
                }
                Some(_) => {}
                None => removed.push(key),
            }
        }
        for key in &removed {
            running.failing.remove(key);
        }
        let (rank, mut failures) = (running.rank, 0);
        let (served, failing) = (&mut running.served, &mut running.failing);
        let calls = changed.len();
        let delta = served.replace(&changed, &removed, |key, _, result| {
            if fails(result, rank) {
                failures += 1;
                failing.insert(key.clone());
            } else {
                failing.remove(key);
            }
        });
        let of_live = Delta {
            changes: post.names.into_iter().map(name).collect(),
        };
        let zones = running.served.contents.zone_set();
        self.following
            .follow((&live.zone_set, &of_live), (&zones, &delta));
        let spent = running.served.spent(rank);
        let since = spent.saturating_sub(std::mem::replace(&mut running.spent, spent));
        let mut report = self.board.lock();
        report.calls += number(calls);
        report.failures += failures;
        report.spent += since;
        drop(report);
        self.tell(live.generation);
    }

    fn refuse(&self, refusal: Refusal) -> Refusal {
        let Refusal { stage, reason } = &refusal;
        warn!(policy = %self.candidate.source, %stage, error = reason, "the candidate in the shadow would be refused");
        self.board.lock().state = ShadowState::Refused(refusal.clone());
        refusal
    }

    fn tell(&self, generation: u64) {
        let mut report = self.board.lock();
        report.state = ShadowState::Running;
        report.generation = generation;
        report.names = self.following.names();
        report.records = self.following.records();
        report.differences = self.following.turns();
        report.failing = self
            .running
            .as_ref()
            .map_or(0, |running| running.failing.len());
    }
}

fn fails(result: &ServiceResult, rank: usize) -> bool {
    let outcome = result.contributions.get(rank);
    outcome.is_some_and(Result::is_err)
}

/// A name to look at; what it had is nobody's concern.
fn name(name: Name) -> NameChange {
    NameChange {
        name,
        before: None,
        after: None,
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
