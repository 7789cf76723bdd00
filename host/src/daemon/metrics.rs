//! `/metrics` on the address that the configuration has, and moved with it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;

use super::Daemon;
use crate::admin::metrics_address;
use crate::config::Configuration;

/// Where metrics are answered, beside the admin socket.
#[derive(Clone)]
pub(super) struct Metrics {
    address: Arc<watch::Sender<Option<SocketAddr>>>,
}

impl Metrics {
    /// Knows the address; nobody answers before [`answer`](Self::answer).
    pub(super) fn new(configuration: &Configuration) -> Self {
        Self {
            address: Arc::new(watch::channel(address(configuration)).0),
        }
    }

    /// Answers until the daemon ends.
    pub(super) fn answer(&self, daemon: Daemon) {
        tokio::spawn(metrics_address::serve(daemon, self.address.subscribe()));
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        let next = address(configuration);
        self.address.send_if_modified(|now| {
            let is_other = *now != next;
            *now = next;
            is_other
        });
    }
}

fn address(configuration: &Configuration) -> Option<SocketAddr> {
    configuration.metrics_address.value.map(|listen| listen.0)
}
