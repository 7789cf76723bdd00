//! Policies that come from no file: the candidate in the shadow, what is promoted, what is brought back.

use std::sync::Arc;

use tracing::{error, info, warn};

use super::super::outcome::Outcome;
use super::super::promotion::{Back, WATCHED};
use super::super::report::TakenBack;
use super::super::shadow::Shadow;
use super::super::{Message, RemovalShare};
use super::earlier::{Earlier, before_last, earlier};
use super::keeping::Keeping;
use super::{Loading, refused_outcome};
use crate::policy::Stage;
use crate::policy::loader::RefusedPolicy;
use crate::policy::pins::{Candidate, Offered, PROMOTED, Pinned};
use crate::policy::stack::StackEntry;
use crate::store::StoreError;
use crate::store::policies::{
    Cause, Change, KeptPolicy, Outcome as Came, Pin, PolicyState, Shadow as Kept, now,
};
use crate::telemetry::counters::counters;

/// There is none.
const NO_CANDIDATE: &str =
    "no candidate runs in the shadow; `zonesmith policy load --shadow FILE` has one run";

impl Loading {
    /// What of the state everybody is to know from the start.
    pub(super) fn tell_kept(&self) {
        match self.store.policies() {
            Ok(kept) => self.tell_taken_back(&kept),
            Err(error) => warn!(%error, "what is kept of policies cannot be read"),
        }
    }

    /// The candidate that ran when the daemon ended.
    pub(super) fn resume_shadow(&mut self) {
        if self.shadow.is_some() {
            return;
        }
        let Ok(kept) = self.store.policies() else {
            return;
        };
        let Some(shadow) = kept.shadow else { return };
        let Ok(Some(bytes)) = self.store.component(shadow.policy.digest) else {
            return;
        };
        match self.loader.load_kept(&shadow.policy, &bytes, None) {
            Ok(candidate) => {
                let candidate = Candidate {
                    source: shadow.source.as_str().into(),
                    replace: shadow.replace.clone(),
                    ..candidate
                };
                self.begin_shadow(candidate, shadow.since);
            }
            Err(refused) => {
                let outcome = refused_outcome(&refused);
                warn!(%outcome, "the candidate in the shadow does not load any more");
                let _ = self.keep_shadow(None);
            }
        }
    }

    /// Has a candidate run in the shadow, where it would be live at once.
    pub(super) fn shadow(&mut self, offered: &Offered) -> Result<Outcome, String> {
        let candidate = match self.loader.load_offered(offered) {
            Ok(candidate) => candidate,
            Err(refused) => return Ok(refused_outcome(&refused)),
        };
        let since = now();
        let kept = Kept {
            policy: candidate.kept(),
            replace: candidate.replace.clone(),
            source: candidate.source.to_string(),
            since,
        };
        let source = candidate.source.to_string();
        let digest = candidate.component.digest();
        let before = self.shadow.take();
        self.begin_shadow(candidate, since);
        if let Some(refusal) = self.shadow.as_ref().and_then(Shadow::proof) {
            // The one that ran goes on.
            self.forget_shadow();
            if let Some(before) = before {
                before.resume(&self.messages);
                self.shadow = Some(before);
            }
            return Ok(refused_outcome(&RefusedPolicy {
                policy: source,
                digest: Some(digest),
                refusal,
            }));
        }
        if let Some(before) = before {
            before.end();
        }
        let Some(shadow) = &self.shadow else {
            return Err("the system gives no thread for the candidate".to_owned());
        };
        let report = shadow.board.report();
        let bytes = Arc::clone(&offered.bytes);
        self.keep_shadow(Some((kept, bytes))).map_err(sentence)?;
        info!(policy = source, %digest, "a candidate runs in the shadow");
        Ok(Outcome::Shadowing {
            replaces: report.replaces,
            added: report.names.added,
            removed: report.names.removed,
            changed: report.names.changed,
        })
    }

    fn begin_shadow(&mut self, candidate: Candidate, since: u64) {
        match Shadow::start(candidate, since, &self.messages) {
            Ok(shadow) => self.shadow = Some(shadow),
            Err(error) => warn!(%error, "no candidate runs in the shadow"),
        }
    }

    pub(super) fn forget_shadow(&mut self) {
        if let Some(shadow) = self.shadow.take() {
            shadow.end();
            self.send(Message::Shadow(None));
        }
    }

    /// Has none run.
    pub(super) fn end_shadow(&mut self) -> Result<Outcome, String> {
        if self.shadow.is_none() {
            return Err(NO_CANDIDATE.to_owned());
        }
        self.keep_shadow(None).map_err(sentence)?;
        self.forget_shadow();
        Ok(Outcome::Unchanged { generation: 0 })
    }

    /// Makes the candidate live.
    pub(super) fn promote(&mut self, is_forced: bool) -> Result<Outcome, String> {
        let Some(shadow) = &self.shadow else {
            return Err(NO_CANDIDATE.to_owned());
        };
        let candidate = shadow.candidate.clone();
        let live = self.loader.live();
        let (rank, place) = candidate.place(live).map_err(|error| error.to_string())?;
        if let Err(refused) = self.loader.believe_again(&candidate, rank) {
            self.told = None;
            return Ok(self.refuse(refused, Cause::Promote));
        }
        let live = self.loader.live();
        let until = now() + WATCHED.as_secs();
        let mut pinned = self.pinned(&candidate, rank, place, Some(until));
        pinned.pin.tolerated = if is_forced {
            usize::MAX
        } else {
            self.ask(Message::CountFailing).unwrap_or_default()
        };
        let stack = candidate.stand_at(live, rank, Some(pinned));
        let keeping = self.keeping(stack, Cause::Promote);
        let keeping = Keeping {
            ends_shadow: true,
            ..keeping
        };
        let outcome = self.make_live(&keeping, (!is_forced).then_some(self.share));
        if matches!(outcome, Outcome::Published { .. }) {
            self.forget_shadow();
        }
        Ok(outcome)
    }

    /// Makes live what was before.
    pub(super) fn roll_back(&mut self, back: &Back, is_forced: bool) -> Result<Outcome, String> {
        let state = self.store.policies().map_err(sentence)?;
        let earlier = earlier(&state, self.loader.live(), back)?;
        let stack = match self.stack_of(&earlier)? {
            Ok(stack) => stack,
            Err(refused) => return Ok(refused_outcome(&refused)),
        };
        let digests =
            |stack: &[StackEntry]| -> Vec<_> { stack.iter().map(StackEntry::digests).collect() };
        if digests(&stack) == digests(self.loader.live()) {
            return Ok(Outcome::Unchanged { generation: 0 });
        }
        let keeping = self.keeping(stack, Cause::Rollback);
        Ok(self.make_live(&keeping, (!is_forced).then_some(self.share)))
    }

    /// A policy that was promoted fails for too many services: what was live before is again.
    /// Whether that could be done.
    pub(super) fn take_back(&mut self, place: &str, reason: &str) -> bool {
        error!(
            place,
            reason, "the policy that was promoted fails: what was live before comes back"
        );
        let taken = self.try_to_take_back(place, reason);
        match &taken {
            Ok(outcome @ Outcome::Published { .. }) => {
                counters().taken_back("done");
                warn!(place, %outcome, "rolled back by itself");
                return true;
            }
            Ok(
                outcome @ (Outcome::Refused { .. }
                | Outcome::Unchanged { .. }
                | Outcome::Shadowing { .. }),
            ) => {
                counters().taken_back("failed");
                error!(place, %outcome, "cannot be rolled back by itself");
            }
            Err(error) => {
                counters().taken_back("failed");
                error!(place, error, "cannot be rolled back by itself");
            }
        }
        false
    }

    fn try_to_take_back(&mut self, place: &str, reason: &str) -> Result<Outcome, String> {
        let state = self.store.policies().map_err(sentence)?;
        let earlier = before_last(&state, Some(place))?;
        let stack = match self.stack_of(&earlier)? {
            Ok(stack) => stack,
            Err(refused) => return Ok(refused_outcome(&refused)),
        };
        let keeping = Keeping {
            failed: Some((place.to_owned(), reason.to_owned())),
            ..self.keeping(stack, Cause::AutomaticRollback)
        };
        let outcome = self.make_live(&keeping, None);
        if let Ok(state) = self.store.policies() {
            self.tell_taken_back(&state);
        }
        Ok(outcome)
    }

    /// Proves a stack, keeps it, and swaps.
    fn make_live(&mut self, keeping: &Keeping, share: Option<RemovalShare>) -> Outcome {
        let (stack, cause) = (keeping.stack.clone(), keeping.cause);
        match self.attempt(&stack, share, Some(keeping)) {
            Ok(Outcome::Published { generation: 0, .. }) => Outcome::Refused {
                stage: Stage::Synthesize.as_str().to_owned(),
                reason: "nothing is served yet to prove it on".to_owned(),
                policy: stack
                    .iter()
                    .map(StackEntry::origin)
                    .collect::<Vec<_>>()
                    .join(", "),
            },
            Ok(outcome) => {
                self.loader.accept(stack);
                self.told = None;
                info!(%outcome, cause = ?cause, "other policies are live");
                if let Ok(state) = self.store.policies() {
                    self.tell_taken_back(&state);
                }
                outcome
            }
            Err(refused) => {
                self.told = None;
                self.refuse(refused, cause)
            }
        }
    }

    fn keeping(&self, stack: Vec<StackEntry>, cause: Cause) -> Keeping {
        Keeping {
            store: self.store.clone(),
            stack,
            cause,
            failed: None,
            ends_shadow: false,
        }
    }

    /// The stack with what stood at a place; what it is refused for, or a sentence.
    fn stack_of(
        &self,
        earlier: &Earlier,
    ) -> Result<Result<Vec<StackEntry>, RefusedPolicy>, String> {
        let Earlier { place, policy } = earlier;
        let live = self.loader.live();
        let rank = live.iter().position(|entry| *entry.place() == **place);
        let Some(policy) = policy else {
            let mut stack = live.to_vec();
            stack.retain(|entry| *entry.place() != **place);
            return Ok(Ok(stack));
        };
        if rank.is_none() && !place.starts_with(PROMOTED) {
            return Err(format!("{place} is no place of the configuration any more"));
        }
        let component = self.store.component(policy.digest).map_err(sentence)?;
        let bytes =
            component.ok_or_else(|| format!("the component {} is not kept", policy.digest))?;
        let expected = rank.and_then(|rank| live.get(rank)?.source.expected);
        let loaded = self.loader.load_kept(policy, &bytes, expected);
        Ok(loaded.map(|candidate| {
            let pinned = self.pinned(&candidate, rank, place.as_str().into(), None);
            candidate.stand_at(live, rank, Some(pinned))
        }))
    }

    /// The pin of a candidate at a place.
    fn pinned(
        &self,
        candidate: &Candidate,
        rank: Option<usize>,
        place: Arc<str>,
        watched_until: Option<u64>,
    ) -> Pinned {
        let live = self.loader.live();
        let before = rank.and_then(|rank| live.get(rank));
        let order = match before.and_then(|entry| entry.pinned.as_ref()) {
            Some(pinned) => pinned.pin.order,
            None => {
                let pins = live.iter().filter_map(|entry| entry.pinned.as_ref());
                pins.map(|pinned| pinned.pin.order + 1).max().unwrap_or(0)
            }
        };
        Pinned {
            place,
            pin: Pin {
                policy: candidate.kept(),
                over: before.and_then(|entry| self.loader.over(entry)),
                since: now(),
                order,
                watched_until,
                tolerated: 0,
            },
            bytes: candidate.component.bytes().into(),
        }
    }

    fn keep_shadow(&self, shadow: Option<(Kept, Arc<[u8]>)>) -> Result<(), StoreError> {
        let components = shadow.iter();
        let components =
            components.map(|(shadow, bytes)| (shadow.policy.digest, Arc::clone(bytes)));
        let change = Change {
            components: components.collect(),
            shadow: Some(shadow.map(|(shadow, _)| shadow)),
            ..Change::default()
        };
        self.store.change_policies(&change)
    }

    /// Tells what was taken back by itself, as long as nothing else came after it.
    fn tell_taken_back(&self, state: &PolicyState) {
        self.send(Message::TakenBack(taken_back(state).map(Box::new)));
    }
}

/// What was taken back by itself last, if that is what is live.
fn taken_back(state: &PolicyState) -> Option<TakenBack> {
    let mut events = state.events.iter().rev();
    let last = events.find(|event| event.outcome.was_live())?;
    if last.cause != Cause::AutomaticRollback {
        return None;
    }
    let mut before = events.filter(|event| event.place == last.place);
    let failed = before.find_map(|event| match &event.outcome {
        Came::RolledBack { reason } => Some((event.policy.clone()?, reason.clone())),
        Came::Published { .. } | Came::Refused { .. } => None,
    });
    let (KeptPolicy { name, digest, .. }, reason) = failed?;
    Some(TakenBack {
        place: last.place.clone(),
        policy: name,
        digest,
        reason,
        time: last.time,
    })
}

fn sentence(error: StoreError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
