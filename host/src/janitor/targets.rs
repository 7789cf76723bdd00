//! All servers, authoritative ones and recursors, as the settings have them.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tracing::info;

use super::settings::Settings;
use super::target::{Server, Target};
use super::worker::{self, Zones};

/// The servers; clones are the same ones.
#[derive(Clone, Default)]
pub(super) struct Targets {
    pub(super) authoritative: Vec<Arc<Target>>,
    pub(super) recursors: Vec<Arc<Target>>,
}

/// Servers and the tasks that speak to them, which end with this value.
pub(super) struct Crew {
    pub(super) targets: Targets,
    workers: Vec<(Arc<Target>, AbortHandle)>,
    zones: Zones,
    came_back: mpsc::Sender<()>,
}

impl Targets {
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.authoritative.iter().chain(&self.recursors)
    }

    pub(super) fn are_none(&self) -> bool {
        self.authoritative.is_empty() && self.recursors.is_empty()
    }
}

impl Crew {
    pub(super) fn new(zones: Zones, came_back: mpsc::Sender<()>) -> Self {
        Self {
            targets: Targets::default(),
            workers: Vec::new(),
            zones,
            came_back,
        }
    }

    /// Has the servers of these settings from now on. Those that were there are as they were. Says whether there are others.
    pub(super) fn aim(&mut self, settings: &Settings, are_found: bool) -> bool {
        let wanted = || {
            let authoritative = settings.authoritative.iter().cloned();
            let recursors = settings.recursors.iter().cloned();
            authoritative
                .map(Server::Authoritative)
                .chain(recursors.map(Server::Recursor))
                .filter(|_| !settings.is_off)
        };
        let before: Vec<_> = self.targets.all().cloned().collect();
        let has_others = before.len() != wanted().count()
            || wanted()
                .zip(&before)
                .any(|(server, target)| server != target.server);
        if !has_others {
            return false;
        }
        let mut targets = Targets::default();
        for server in wanted() {
            let known = before.iter().find(|target| target.server == server);
            let target = known
                .cloned()
                .unwrap_or_else(|| self.hire(server, are_found));
            match &target.server {
                Server::Authoritative(_) => targets.authoritative.push(target),
                Server::Recursor(_) => targets.recursors.push(target),
            }
        }
        self.workers.retain(|(target, worker)| {
            let is_wanted = targets.all().any(|wanted| Arc::ptr_eq(wanted, target));
            if !is_wanted {
                worker.abort();
                info!(target = %target.server, "its caches are purged no more");
            }
            is_wanted
        });
        self.targets = targets;
        true
    }

    fn hire(&mut self, server: Server, is_found: bool) -> Arc<Target> {
        // Before anything is published there is nothing that a cache could hold.
        let owes = !self.zones.load().is_empty();
        info!(target = %server, is_found, "its caches are purged from now on");
        let target = Arc::new(Target::new(server, is_found, owes));
        let zones = Arc::clone(&self.zones);
        let worker = tokio::spawn(worker::work(
            Arc::clone(&target),
            zones,
            self.came_back.clone(),
        ));
        self.workers
            .push((Arc::clone(&target), worker.abort_handle()));
        target
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for (_, worker) in &self.workers {
            worker.abort();
        }
    }
}
