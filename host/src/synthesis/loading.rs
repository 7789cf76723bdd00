//! The loader's thread: makes a candidate of what the loader found, and brings it to the writer.

use std::sync::mpsc;

use tokio::sync::oneshot;
use tracing::{info, warn};

use super::candidate::Candidate;
use super::outcome::Outcome;
use super::{Message, RemovalShare, Verdict};
use crate::policy::loader::{Loader, Look, RefusedPolicy};
use crate::policy::stack::{PolicySource, StackEntry};
use crate::policy::{Refusal, Stage};
use crate::telemetry::counters::counters;
use crate::trust::Trust;

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
    /// End.
    Stop,
}

pub(super) struct Loading {
    loader: Loader,
    share: RemovalShare,
    messages: mpsc::Sender<Message>,
    /// What was last told about a refusal, so that each is logged once.
    told: Option<String>,
}

impl Loading {
    pub(super) fn new(
        loader: Loader,
        share: RemovalShare,
        messages: mpsc::Sender<Message>,
    ) -> Self {
        Self {
            loader,
            share,
            messages,
            told: None,
        }
    }

    /// Until [`Job::Stop`], or until nobody can ask any more.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Job>) {
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
                Job::Stop => return,
            }
        }
    }

    fn look(&mut self, is_asked: bool, is_forced: bool) -> Outcome {
        let stack = match self.loader.look(is_asked) {
            Ok(Look::Changed(stack)) => stack,
            Ok(Look::Unchanged) => {
                self.told = None;
                self.send(Message::Refused(None));
                return Outcome::Unchanged { generation: 0 };
            }
            Ok(Look::StillRefused(refused)) => return refused_outcome(&refused),
            Err(refused) => return self.refuse(refused),
        };
        let share = (!is_forced).then_some(self.share);
        match self.attempt(&stack, share) {
            Ok(outcome) => {
                self.loader.accept(stack);
                self.told = None;
                info!(%outcome, "policies reloaded");
                outcome
            }
            Err(refused) => {
                self.loader.refuse(&stack, refused.clone());
                self.refuse(refused)
            }
        }
    }

    fn configure(&mut self) {
        let stack = self.loader.live().to_vec();
        match self.attempt(&stack, None) {
            Ok(outcome) => info!(%outcome, "policies configured for the cluster"),
            Err(refused) => {
                self.refuse(refused);
                self.send(Message::NotConfigured);
            }
        }
    }

    /// Proves `stack` on the cluster as it is, and brings it to the writer.
    fn attempt(
        &self,
        stack: &[StackEntry],
        share: Option<RemovalShare>,
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
            match self.ask(|verdict| Message::Candidate {
                candidate,
                share,
                verdict,
            }) {
                Some(Verdict::Published(outcome)) => return Ok(outcome),
                Some(Verdict::Outdated) => {}
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

    /// Tells `status`, the log (once) and who asked.
    fn refuse(&mut self, refused: RefusedPolicy) -> Outcome {
        let outcome = refused_outcome(&refused);
        let text = outcome.to_string();
        if self.told.as_ref() != Some(&text) {
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
            policy: entry.source.to_string(),
            digest: Some(entry.component.digest()),
            refusal,
        },
        None => RefusedPolicy {
            policy: stack
                .iter()
                .map(|entry| entry.source.to_string())
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
