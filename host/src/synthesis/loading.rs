//! The loader's thread: makes a candidate of what the loader found, and brings it to the writer.
//!
//! - `promoting`: policies that come from no file: the candidate in the shadow, what is promoted, what is brought back
//! - `earlier`: which of those that were live is meant by "back"
//! - `watched`: which of a stack is watched since it was promoted
//! - `keeping`: what the state keeps of a stack that becomes live

use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;
use tracing::{info, warn};

use self::keeping::Keeping;
use self::watched::{is_its, watched};
use super::candidate::Candidate;
use super::message::{Keep, Terms};
use super::outcome::Outcome;
use super::promotion::{Answer, Back};
use super::shadow::Shadow;
use super::{Message, RemovalShare, Verdict};
use crate::digest::Digest;
use crate::policy::loader::{Loader, Look, RefusedPolicy};
use crate::policy::pins::Offered;
use crate::policy::stack::{PolicySource, StackEntry};
use crate::policy::{Refusal, Stage};
use crate::store::Store;
use crate::store::policies::{Cause, Change, Pin};
use crate::telemetry::counters::counters;
use crate::trust::Trust;

mod earlier;
mod keeping;
mod promoting;
mod watched;

/// How often a candidate is proven anew because the cluster itself changed meanwhile. Beyond it, the cluster's
/// own change asks for the next candidate.
const MOST_ATTEMPTS: usize = 5;

/// What the loader's thread is asked.
pub(super) enum Job {
    /// Look at the files again.
    Look {
        is_asked: bool,
        is_forced: bool,
        reply: Option<oneshot::Sender<Outcome>>,
    },
    /// The cluster changed: configure the same policies anew.
    Configure,
    /// The configuration lists other policies, or names others who are believed.
    Sources(Vec<PolicySource>, Trust),
    /// Have a candidate run in the shadow.
    Shadow {
        offered: Box<Offered>,
        reply: Answer,
    },
    /// Have none run.
    EndShadow(Answer),
    /// Make the candidate live.
    Promote { is_forced: bool, reply: Answer },
    /// Make live what was before.
    RollBack {
        back: Back,
        is_forced: bool,
        reply: Answer,
    },
    /// The policy that was promoted to this place fails for too many services.
    TakeBack { place: String, reason: String },
    /// End.
    Stop,
}

/// A place, what stands there, and whether it is pinned.
type KeptPlace = (Arc<str>, (Digest, Digest), Option<Pin>);

pub(super) struct Loading {
    loader: Loader,
    share: RemovalShare,
    messages: mpsc::Sender<Message>,
    store: Store,
    /// What runs in the shadow.
    shadow: Option<Shadow>,
    /// What makes policies live that come from files.
    cause: Cause,
    /// The stack as it is kept.
    kept: Vec<KeptPlace>,
    /// What was last told about a refusal, so that each is logged once.
    told: Option<String>,
}

impl Loading {
    pub(super) fn new(
        loader: Loader,
        share: RemovalShare,
        messages: mpsc::Sender<Message>,
        store: Store,
    ) -> Self {
        Self {
            loader,
            share,
            messages,
            store,
            shadow: None,
            cause: Cause::Start,
            kept: Vec::new(),
            told: None,
        }
    }

    /// Until [`Job::Stop`], or until nobody can ask any more.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        self.tell_kept();
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Look {
                    is_asked,
                    is_forced,
                    reply,
                } => {
                    let outcome = self.look(is_asked, is_forced);
                    counters().reloaded(outcome.as_str());
                    if let Some(reply) = reply {
                        self.settle();
                        // Who asked may be gone.
                        let _ = reply.send(outcome);
                    }
                }
                Job::Configure => self.configure(),
                Job::Sources(sources, trust) => {
                    self.loader.set_sources(sources, trust);
                    let outcome = self.look(false, false);
                    counters().reloaded(outcome.as_str());
                }
                Job::Stop => break,
                Job::TakeBack { place, reason } => {
                    self.take_back(&place, &reason);
                }
                other @ (Job::Shadow { .. }
                | Job::EndShadow(_)
                | Job::Promote { .. }
                | Job::RollBack { .. }) => self.answer(other),
            }
        }
        self.forget_shadow();
    }

    /// What a person wants of policies that come from no file.
    fn answer(&mut self, job: Job) {
        let (reply, came) = match job {
            Job::Shadow { offered, reply } => (reply, self.shadow(&offered)),
            Job::EndShadow(reply) => (reply, self.end_shadow()),
            Job::Promote { is_forced, reply } => (reply, self.promote(is_forced)),
            Job::RollBack {
                back,
                is_forced,
                reply,
            } => (reply, self.roll_back(&back, is_forced)),
            Job::Look { .. }
            | Job::Configure
            | Job::Sources(..)
            | Job::TakeBack { .. }
            | Job::Stop => return,
        };
        self.settle();
        // Who asked may be gone.
        let _ = reply.send(came);
    }

    /// Who is answered and then asks for the status finds there what was done.
    fn settle(&self) {
        // None: the writer ends, and with it everybody who could ask.
        let _ = self.ask(Message::Settled);
    }

    fn look(&mut self, is_asked: bool, is_forced: bool) -> Outcome {
        let stack = match self.loader.look(is_asked) {
            Ok(Look::Changed(stack)) => stack,
            Ok(Look::Unchanged) => {
                self.told = None;
                self.keep_live(&Outcome::Unchanged { generation: 0 });
                self.send(Message::Refused(None));
                return Outcome::Unchanged { generation: 0 };
            }
            Ok(Look::StillRefused(refused)) => return refused_outcome(&refused),
            Err(refused) => return self.refuse(refused, Cause::File),
        };
        let share = (!is_forced).then_some(self.share);
        match self.attempt(&stack, share, None) {
            Ok(outcome) => {
                self.loader.accept(stack);
                self.told = None;
                info!(%outcome, "policies reloaded");
                self.keep_live(&outcome);
                outcome
            }
            Err(refused) => {
                self.loader.refuse(&stack, refused.clone());
                self.refuse(refused, Cause::File)
            }
        }
    }

    fn configure(&mut self) {
        let stack = self.loader.live().to_vec();
        match self.attempt(&stack, None, None) {
            Ok(outcome) => {
                info!(%outcome, "policies configured for the cluster");
                self.keep_live(&outcome);
            }
            Err(refused) => {
                let watched = stack.iter().find(|entry| is_its(&refused, entry));
                if let Some(watched) = watched
                    && self.take_back(&watched.place(), &refused.refusal.reason)
                {
                    return;
                }
                self.refuse(refused, Cause::File);
                self.send(Message::NotConfigured);
            }
        }
    }

    /// Proves `stack` on the cluster as it is, and brings it to the writer.
    fn attempt(
        &self,
        stack: &[StackEntry],
        share: Option<RemovalShare>,
        keeping: Option<&Keeping>,
    ) -> Result<Outcome, RefusedPolicy> {
        for _ in 0..MOST_ATTEMPTS {
            let Some(order) = self.ask(Message::Order) else {
                break;
            };
            // Without a cluster there is nothing to prove it on; the first one will.
            let Some(order) = order else { break };
            let candidate = Candidate::prepare(stack, &order)
                .map_err(|(rank, refusal)| refused_policy(stack, rank, refusal))?;
            let candidate = Box::new(candidate);
            let watched = watched(stack, keeping, share.is_none());
            let rank = watched.as_ref().map(|watched| watched.rank);
            let terms = Terms {
                share,
                keep: keeping.cloned().map(|keeping| -> Keep {
                    Box::new(|outcome| {
                        let kept = keeping.keep(outcome);
                        kept.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
                    })
                }),
                watched,
            };
            match self.ask(|verdict| Message::Candidate {
                candidate,
                terms,
                verdict,
            }) {
                Some(Verdict::Published(outcome)) => return Ok(outcome),
                Some(Verdict::Outdated) => {}
                Some(Verdict::Failing(reason)) => {
                    let stage = Stage::Synthesize;
                    return Err(refused_policy(stack, rank, Refusal { stage, reason }));
                }
                Some(Verdict::Refused(reason)) => {
                    return Err(refused_policy(
                        stack,
                        None,
                        Refusal {
                            stage: Stage::Guard,
                            reason,
                        },
                    ));
                }
                None => break,
            }
        }
        Ok(Outcome::Published {
            generation: 0,
            added: 0,
            removed: 0,
            changed: 0,
        })
    }

    /// Keeps what is live now, where it is another than before.
    fn keep_live(&mut self, outcome: &Outcome) {
        let live = self.loader.live().iter().map(|entry| {
            let pin = entry.pinned.as_ref().map(|pinned| pinned.pin.clone());
            (entry.place(), entry.digests(), pin)
        });
        let live: Vec<_> = live.collect();
        let was_nothing_live = match outcome {
            Outcome::Published { generation, .. } => *generation == 0,
            Outcome::Unchanged { .. } | Outcome::Shadowing { .. } | Outcome::Refused { .. } => {
                self.kept.is_empty()
            }
        };
        if live == self.kept || was_nothing_live {
            return;
        }
        let keeping = Keeping {
            store: self.store.clone(),
            stack: self.loader.live().to_vec(),
            cause: self.cause,
            failed: None,
            ends_shadow: false,
        };
        if std::mem::replace(&mut self.cause, Cause::File) == Cause::Start {
            // Now that names are served: a candidate is nothing that anybody waits for.
            self.resume_shadow();
        }
        if let Err(error) = keeping.keep(outcome) {
            let error = format!("{:#}", anyhow::Error::from(error));
            counters().state_errors.inc();
            return warn!(error, "the history of the policies misses what is live now");
        }
        self.kept = live;
    }

    /// Keeps that somebody's policy was refused.
    fn keep_refused(&self, refused: &RefusedPolicy, cause: Cause) {
        let change = Change {
            events: vec![keeping::refused(refused, cause)],
            ..Change::default()
        };
        if let Err(error) = self.store.change_policies(&change) {
            let error = format!("{:#}", anyhow::Error::from(error));
            warn!(error, "the history of the policies misses a refusal");
        }
    }

    /// Tells `status`, the log (once) and who asked.
    fn refuse(&mut self, refused: RefusedPolicy, cause: Cause) -> Outcome {
        let outcome = refused_outcome(&refused);
        let text = outcome.to_string();
        if self.told.as_ref() != Some(&text) {
            self.keep_refused(&refused, cause);
            let RefusedPolicy {
                policy,
                digest: _,
                refusal,
            } = &refused;
            warn!(%policy, stage = %refusal.stage, error = %refusal.reason, "policy refused; what was served stays");
            self.told = Some(text);
        }
        self.send(Message::Refused(Some(refused)));
        outcome
    }

    fn ask<Answer>(&self, message: impl FnOnce(mpsc::Sender<Answer>) -> Message) -> Option<Answer> {
        let (reply, answer) = mpsc::channel();
        self.messages.send(message(reply)).ok()?;
        answer.recv().ok()
    }

    fn send(&self, message: Message) {
        // The writer ends only when the daemon does.
        let _ = self.messages.send(message);
    }
}

fn refused_policy(stack: &[StackEntry], rank: Option<usize>, refusal: Refusal) -> RefusedPolicy {
    let entry = rank
        .and_then(|rank| stack.get(rank))
        .or(if let [only] = stack { Some(only) } else { None });
    match entry {
        Some(entry) => RefusedPolicy {
            policy: entry.origin(),
            digest: Some(entry.component.digest()),
            refusal,
        },
        None => RefusedPolicy {
            policy: stack
                .iter()
                .map(StackEntry::origin)
                .collect::<Vec<_>>()
                .join(", "),
            digest: None,
            refusal,
        },
    }
}

fn refused_outcome(refused: &RefusedPolicy) -> Outcome {
    let RefusedPolicy {
        policy,
        digest: _,
        refusal,
    } = refused;
    Outcome::Refused {
        stage: refusal.stage.as_str().to_owned(),
        reason: refusal.reason.clone(),
        policy: policy.clone(),
    }
}
