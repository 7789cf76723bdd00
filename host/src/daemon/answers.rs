//! What the admin socket asks of the daemon, answered out of its parts.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tracing::warn;

use super::children::Children;
use super::counts::Counts;
use super::parts::Parts;
use super::status;
use crate::admin;
use crate::explain::{Explainer, Explanation, Question};
use crate::memory::Memory;
use crate::policy::pins::Offered;
use crate::remote::Statistics;
use crate::snapshot::Snapshot;
use crate::snapshot::changes::Changes;
use crate::snapshot::report::Status;
use crate::store::content::Content;
use crate::store::policies::PolicyState;
use crate::store::{Store, StoreError};
use crate::synthesis::Phase;
use crate::synthesis::outcome::Outcome;
use crate::synthesis::probe::Probe;
use crate::synthesis::promotion::Back;
use crate::synthesis::report::PolicyReport;
use crate::synthesis::told::ToldCluster;

/// What the admin socket asks.
#[derive(Clone)]
pub(super) struct Daemon {
    pub(super) parts: Parts,
    pub(super) is_open: watch::Receiver<bool>,
    pub(super) statistics: watch::Receiver<Option<Statistics>>,
    pub(super) store: Store,
    pub(super) explainer: Explainer,
    /// Who asks for everything.
    pub(super) successors: mpsc::Sender<UnixStream>,
    /// What the state lost before the start.
    pub(super) loss: Option<String>,
    pub(super) memory: Memory,
    pub(super) children: Children,
    pub(super) counts: Counts,
}

impl admin::Daemon for Daemon {
    fn status(&self) -> Status {
        let mut status = status::status(
            &self.parts.synthesis,
            &self.parts.configuration.load(),
            self.parts.notifying.report(),
            self.statistics.borrow().as_ref(),
            *self.is_open.borrow(),
            &self.counts,
        );
        status::add_caches(&mut status, self.parts.purging.report());
        status.cache_problem = status
            .cache_problem
            .or_else(|| self.parts.deployed.problem());
        status::add_memory(&mut status, &self.memory.report());
        status.children = self.children.report();
        status.store.lost.clone_from(&self.loss);
        status
    }

    fn not_ready(&self) -> Option<String> {
        match &*self.parts.synthesis.phase().borrow() {
            Phase::Starting(reason) | Phase::Off(reason) => Some(reason.clone()),
            Phase::Serving(_) => (!*self.is_open.borrow())
                .then(|| "the socket for PowerDNS is not open yet".to_owned()),
        }
    }

    fn live(&self) -> Option<Arc<Snapshot>> {
        self.parts.synthesis.live()
    }

    fn run(&self) -> String {
        self.parts.synthesis.run()
    }

    fn changes_since(&self, generation: u64) -> Changes {
        self.parts.synthesis.changes_since(generation)
    }

    fn generations(&self) -> watch::Receiver<u64> {
        self.parts.synthesis.generations()
    }

    fn states(&self) -> watch::Receiver<u64> {
        self.parts.synthesis.states()
    }

    fn state(&self) -> Result<Content, StoreError> {
        self.store.export()
    }

    fn policies(&self) -> Arc<[PolicyReport]> {
        Arc::clone(&self.parts.synthesis.report().policies)
    }

    async fn clusters(&self) -> Option<Vec<ToldCluster>> {
        let synthesis = self.parts.synthesis.clone();
        // It waits for the writer: nothing for a thread that answers others.
        let told = tokio::task::spawn_blocking(move || synthesis.clusters());
        told.await.ok().flatten()
    }

    async fn explain(&self, question: Question) -> Explanation {
        let explainer = self.explainer.clone();
        // It asks the writer and calls policies: nothing for a thread that answers others.
        let explained = tokio::task::spawn_blocking(move || explainer.explain(&question));
        explained.await.unwrap_or_default()
    }

    async fn probe(&self, probe: Option<Probe>) -> anyhow::Result<u64> {
        self.parts.synthesis.probe(probe).await
    }

    fn hand_over(&self, successor: UnixStream) {
        // Two at once: the second finds its connection closed.
        if self.successors.try_send(successor).is_err() {
            warn!("another daemon is taking over already");
        }
    }

    async fn shadow(&self, offered: Offered) -> anyhow::Result<Outcome> {
        self.parts.synthesis.shadow(offered).await
    }

    async fn end_shadow(&self) -> anyhow::Result<Outcome> {
        self.parts.synthesis.end_shadow().await
    }

    async fn promote(&self, force: bool) -> anyhow::Result<Outcome> {
        self.parts.synthesis.promote(force).await
    }

    async fn roll_back(&self, back: Back, force: bool) -> anyhow::Result<Outcome> {
        self.parts.synthesis.roll_back(back, force).await
    }

    fn policy_history(&self) -> Result<PolicyState, StoreError> {
        self.store.policies()
    }

    async fn reload(&self, force: bool) -> Outcome {
        self.parts.reread();
        self.parts.master_files.look_again();
        self.parts
            .synthesis
            .reload(force)
            .await
            .unwrap_or_else(|error| Outcome::Refused {
                stage: "read".to_owned(),
                reason: error.to_string(),
                policy: String::new(),
            })
    }
}
