//! What a person does with policies beside their files: a candidate in the shadow, promoted, and back again.
//!
//! ```text
//!  load ──▶ shadow: runs beside the live one, seen by nobody
//!             │ promote: proven on the cluster as it is ─▶ kept ─▶ swapped ─▶ watched for a while
//!             ▼                                                                │ fails for too many services
//!           what was live before ◀── rollback ─────────────────────────────────┘ (by itself)
//! ```
//!
//! **Invariant:** what is seen was kept before. A daemon that ends anywhere on the way starts with the policies of before or with
//! those of after, whole.

use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;

use super::Handle;
use super::loading::Job;
use super::outcome::Outcome;
use crate::policy::pins::Offered;

/// How long a policy that was promoted is taken back by itself where it fails: the changes that every cluster sees every few
/// minutes have met it by then, and who promoted it is still there.
pub const WATCHED: Duration = Duration::from_secs(600);

/// The share of the services, in percent, for which it may fail meanwhile. Those that failed before are not counted.
pub const MOST_FAILING_PERCENT: usize = 10;

/// What is to be brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Back {
    /// The first digits of its digest; none: what was live before the last change.
    pub digest: Option<String>,
    /// The policy whose place is meant, by its name; none: the one that changed last, or the only one that had the digest.
    pub replace: Option<String>,
}

/// What came of it, or a sentence that says why nothing was tried.
pub(super) type Answer = oneshot::Sender<Result<Outcome, String>>;

impl Handle {
    /// Has a candidate run beside what is live, instead of the one that does. An error is a sentence.
    ///
    /// # Errors
    /// The daemon is stopping, or its state cannot be written.
    pub async fn shadow(&self, offered: Offered) -> anyhow::Result<Outcome> {
        self.job(|reply| Job::Shadow {
            offered: Box::new(offered),
            reply,
        })
        .await
    }

    /// Has no candidate run any more.
    ///
    /// # Errors
    /// The daemon is stopping, or its state cannot be written.
    pub async fn end_shadow(&self) -> anyhow::Result<Outcome> {
        self.job(Job::EndShadow).await
    }

    /// Makes the candidate live. `force` passes the guards against removing too many names and against failing services.
    ///
    /// # Errors
    /// There is none, or the daemon is stopping.
    pub async fn promote(&self, force: bool) -> anyhow::Result<Outcome> {
        self.job(|reply| Job::Promote {
            is_forced: force,
            reply,
        })
        .await
    }

    /// Makes live what was before. `force` passes the guard against removing too many names.
    ///
    /// # Errors
    /// It is not kept, or the daemon is stopping.
    pub async fn roll_back(&self, back: Back, force: bool) -> anyhow::Result<Outcome> {
        self.job(|reply| Job::RollBack {
            back,
            is_forced: force,
            reply,
        })
        .await
    }

    async fn job(&self, job: impl FnOnce(Answer) -> Job) -> anyhow::Result<Outcome> {
        let (reply, outcome) = oneshot::channel();
        // The loader lives as long as any handle does.
        let _ = self.jobs.send(job(reply));
        let outcome = outcome.await.context("the daemon is stopping")?;
        Ok(self.with_generation(outcome.map_err(anyhow::Error::msg)?))
    }
}
