//! What is answered on addresses that the configuration has, beside the admin socket, and moved with it: `/metrics`, `/watch`.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;

use super::Daemon;
use crate::admin::address::{Path, serve};
use crate::config::Configuration;

/// Where metrics and changes are answered.
#[derive(Clone)]
pub(super) struct Metrics {
    metrics: Arc<watch::Sender<Option<SocketAddr>>>,
    changes: Arc<watch::Sender<Option<SocketAddr>>>,
}

impl Metrics {
    /// Knows the addresses; nobody answers before [`answer`](Self::answer).
    pub(super) fn new(configuration: &Configuration) -> Self {
        let (metrics, changes) = addresses(configuration);
        Self {
            metrics: Arc::new(watch::channel(metrics).0),
            changes: Arc::new(watch::channel(changes).0),
        }
    }

    /// Answers until the daemon ends.
    pub(super) fn answer(&self, daemon: Daemon) {
        let changes = self.changes.subscribe();
        tokio::spawn(serve(daemon.clone(), Path::Watch, changes));
        tokio::spawn(serve(daemon, Path::Metrics, self.metrics.subscribe()));
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        let (metrics, changes) = addresses(configuration);
        for (address, next) in [(&self.metrics, metrics), (&self.changes, changes)] {
            address.send_if_modified(|now| {
                let is_other = *now != next;
                *now = next;
                is_other
            });
        }
    }
}

fn addresses(configuration: &Configuration) -> (Option<SocketAddr>, Option<SocketAddr>) {
    let metrics = configuration.metrics_address.value;
    let changes = configuration.watch_address.value;
    (
        metrics.map(|listen| listen.0),
        changes.map(|listen| listen.0),
    )
}
