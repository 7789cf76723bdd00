//! `pdns.sock`, opened when the first zones are published and closed while the DNS is off.

use std::time::Duration;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use tokio::sync::watch;
use tracing::{info, warn};

use super::{descriptors, signing};
use crate::config::Configuration;
use crate::remote::socket::{Access, Socket};
use crate::remote::{Backend, Limits, Remote, Statistics};
use crate::store::Store;
use crate::synthesis::{Handle, Phase};

/// The socket's side of the daemon.
pub(super) struct Serving {
    path: Utf8PathBuf,
    access: Access,
    store: Store,
    remote: Option<Remote>,
    is_open: watch::Sender<bool>,
    statistics: watch::Sender<Option<Statistics>>,
}

impl Serving {
    pub(super) fn new(configuration: &Configuration, store: Store) -> Self {
        let access = Access {
            mode: configuration.socket_mode.value.0,
            owner: configuration
                .socket_owner
                .value
                .as_ref()
                .map(ToString::to_string),
            group: configuration
                .socket_group
                .value
                .as_ref()
                .map(ToString::to_string),
        };
        let path = configuration.socket_path.value.clone();
        Self {
            path,
            access,
            store,
            remote: None,
            is_open: watch::channel(false).0,
            statistics: watch::channel(None).0,
        }
    }

    /// Whether the socket is there.
    pub(super) fn is_open(&self) -> watch::Receiver<bool> {
        self.is_open.subscribe()
    }

    /// What its connections do, while it is there.
    pub(super) fn statistics(&self) -> watch::Receiver<Option<Statistics>> {
        self.statistics.subscribe()
    }

    /// Opens or closes the socket.
    pub(super) async fn follow(&mut self, phase: &Phase, synthesis: &Handle) -> anyhow::Result<()> {
        match phase {
            Phase::Starting(_) => {}
            Phase::Off(reason) => {
                info!(reason, "no DNS is served");
                self.stop(super::DRAIN_PATIENCE).await;
            }
            Phase::Serving(live) => {
                if self.remote.is_none() {
                    let socket = Socket::bind(self.path.as_std_path(), &self.access)
                        .context("open the socket for PowerDNS")?;
                    let backend = Backend {
                        live: live.clone(),
                        store: self.store.clone(),
                        signing: signing::follow(&self.store, synthesis),
                    };
                    let remote =
                        Remote::start(socket, backend, Limits::from(descriptors::connections()))
                            .context("serve the socket for PowerDNS")?;
                    self.statistics.send_replace(Some(remote.statistics()));
                    self.remote = Some(remote);
                    self.is_open.send_replace(true);
                    self.announce(synthesis);
                }
            }
        }
        Ok(())
    }

    /// Where the socket is, what it answers, and what to try next.
    fn announce(&self, synthesis: &Handle) {
        let Some(snapshot) = synthesis.live() else {
            return;
        };
        let zones = snapshot.zone_set.zones();
        let apexes: Vec<_> = zones.iter().map(|zone| zone.apex().to_string()).collect();
        let (forward, reverse): (Vec<_>, Vec<_>) = apexes
            .into_iter()
            .partition(|apex| !apex.ends_with(".arpa."));
        let policies: Vec<_> = synthesis
            .report()
            .policies
            .iter()
            .map(|policy| format!("{} {}", policy.description.name, policy.description.version))
            .collect();
        info!(
            socket = %self.path,
            zones = %forward.join(" "),
            reverse_zones = reverse.len(),
            names = snapshot.zone_set.names(),
            policies = %policies.join(", "),
            "serving"
        );
        let zone = forward.first().map_or("", String::as_str);
        info!("try `zonesmith lookup {zone} SOA`, `zonesmith dump`, `zonesmith status`");
        info!(
            "PowerDNS: launch=remote, remote-connection-string=unix:path={}",
            self.path
        );
    }

    /// Closes the socket; requests in flight may take as long as `patience`.
    pub(super) async fn stop(&mut self, patience: Duration) {
        let Some(remote) = self.remote.take() else {
            return;
        };
        match tokio::task::spawn_blocking(move || remote.stop(patience)).await {
            Ok(0) => {}
            Ok(cut) => warn!(
                connections = cut,
                "connections were cut: they took no reply for {} s",
                patience.as_secs()
            ),
            Err(error) => warn!(%error, "the socket ended badly"),
        }
        self.is_open.send_replace(false);
        self.statistics.send_replace(None);
    }
}
