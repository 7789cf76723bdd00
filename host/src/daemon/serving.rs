//! `pdns.sock`, opened when the first zones are published and closed while the DNS is off.

use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use tokio::sync::watch;
use tracing::{info, warn};

use super::admin_side::AdminSide;
use super::children::Children;
use super::estate::Estate;
use super::handover::Hello;
use super::handover::predecessor::Running;
use super::handover::successor::pause_since;
use super::service_manager::ServiceManager;
use super::service_manager::kept::POWER_DNS;
use super::{arriving, descriptors, signing};
use crate::config::Configuration;
use crate::explain::{Explainer, Question};
use crate::memory::Memory;
use crate::remote::socket::{Access, Socket};
use crate::remote::{Backend, Explaining, Limits, Remote, Statistics};
use crate::store::Store;
use crate::synthesis::{Handle, Phase};
use crate::telemetry::counters::counters;

/// The socket's side of the daemon.
pub(super) struct Serving {
    path: Utf8PathBuf,
    access: Access,
    store: Store,
    manager: ServiceManager,
    children: Children,
    /// What the daemon before this one left, until it is used.
    estate: Estate,
    /// Receives what that one still writes.
    late: Option<JoinHandle<()>>,
    own: Hello,
    remote: Option<Remote>,
    is_open: watch::Sender<bool>,
    statistics: watch::Sender<Option<Statistics>>,
}

impl Serving {
    pub(super) fn new(
        configuration: &Configuration,
        store: Store,
        manager: &ServiceManager,
        children: &Children,
        estate: Estate,
    ) -> anyhow::Result<Self> {
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
        Ok(Self {
            path,
            access,
            store,
            manager: manager.clone(),
            children: children.clone(),
            estate,
            late: None,
            own: arriving::hello(configuration)?,
            remote: None,
            is_open: watch::channel(false).0,
            statistics: watch::channel(None).0,
        })
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
                // Nobody is answered, so nobody is kept waiting.
                let estate = std::mem::take(&mut self.estate);
                self.manager.forget_connections(&estate.names);
                self.stop(super::DRAIN_PATIENCE).await;
            }
            Phase::Serving(live) => {
                if self.remote.is_none() {
                    let socket = self.socket()?;
                    let backend = Backend {
                        live: live.clone(),
                        store: self.store.clone(),
                        signing: signing::follow(&self.store, synthesis),
                        explaining: explaining(synthesis),
                    };
                    let remote =
                        Remote::start(socket, backend, Limits::from(descriptors::connections()))
                            .context("serve the socket for PowerDNS")?;
                    self.inherit(&remote)?;
                    self.statistics.send_replace(Some(remote.statistics()));
                    self.remote = Some(remote);
                    self.is_open.send_replace(true);
                    self.announce(synthesis);
                    self.children.start(synthesis)?;
                }
            }
        }
        Ok(())
    }

    /// The one that was left, or a new one.
    fn socket(&mut self) -> anyhow::Result<Socket> {
        if let Some(socket) = self.estate.socket.take() {
            return Ok(socket);
        }
        let socket = Socket::bind(self.path.as_std_path(), &self.access)
            .context("open the socket for PowerDNS")?;
        self.manager.keep_listener(POWER_DNS, &socket);
        Ok(socket)
    }

    /// Goes on with the connections that were left.
    fn inherit(&mut self, remote: &Remote) -> anyhow::Result<()> {
        let Estate {
            socket: _,
            admin: _,
            connections,
            names,
            late,
            since,
        } = std::mem::take(&mut self.estate);
        let count = connections.len();
        remote.intake().carry_on(connections);
        self.manager.forget_connections(&names);
        if let Some(since) = since {
            let pause = pause_since(since);
            counters().takeover_pause.observe(pause.as_secs_f64());
            info!(connections = count, ?pause, "the pause is over");
        }
        if let Some(late) = late {
            let thread = late.receive(remote.intake());
            self.late = Some(thread.context("receive the last connections")?);
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
            .map(|policy| policy.component.description())
            .map(|policy| format!("{} {}", policy.name, policy.version))
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

    /// Gives everything to a successor; `false`: it is kept, and all is as before.
    pub(super) async fn hand_over(
        &mut self,
        successor: UnixStream,
        admin: &AdminSide,
        (synthesis, memory): (&Handle, &Memory),
        let_go: impl Fn() + Send + 'static,
    ) -> bool {
        let (listener, admin_stay) = match admin.to_hand_on() {
            Ok(both) => both,
            Err(error) => {
                warn!(%error, "nothing can be handed over");
                return false;
            }
        };
        let mut running = Running {
            remote: self.remote.take(),
            late: self.late.take(),
            admin: listener,
            admin_stay,
            let_go: Box::new(let_go),
            synthesis: synthesis.clone(),
            store: self.store.clone(),
            memory: memory.clone(),
            own: self.own.clone(),
            is_managed: self.manager.is_there(),
            has_children: self.children.are_wanted(),
        };
        let given = tokio::task::spawn_blocking(move || {
            let given = running.hand_over(successor);
            (running.remote, given)
        });
        let (remote, given) = match given.await {
            Ok(done) => done,
            Err(error) => (None, Err(error.into())),
        };
        self.remote = remote;
        counters().handed_over(if given.is_ok() { "handed-over" } else { "kept" });
        if let Err(error) = &given {
            warn!(
                error = format!("{error:#}"),
                "nothing was handed over; this daemon goes on"
            );
        }
        given.is_ok()
    }

    /// Leaves the socket and each connection, after its request in flight, to the service manager.
    pub(super) async fn leave_to_manager(&mut self, patience: Duration) {
        self.children.stop().await;
        let (manager, remote) = (self.manager.clone(), self.remote.take());
        // Those that were never gone on with, where it ends before it serves.
        let Estate {
            connections: mut passed,
            names,
            ..
        } = std::mem::take(&mut self.estate);
        let left = tokio::task::spawn_blocking(move || {
            let mut remote = remote;
            if let Some(remote) = &mut remote {
                if let Some(socket) = remote.stop_accepting() {
                    socket.stay().stay();
                }
                passed.extend(remote.leave_wholly(patience));
            }
            manager.forget_connections(&names);
            manager.keep_connections(&passed);
            manager.settle();
            // Cuts those that took no reply.
            (
                passed.len(),
                remote.map_or(0, |remote| remote.stop(Duration::ZERO)),
            )
        });
        match left.await {
            Ok((connections, cut)) => info!(connections, cut, "left to the service manager"),
            Err(error) => warn!(%error, "the socket ended badly"),
        }
        self.is_open.send_replace(false);
        self.statistics.send_replace(None);
    }

    /// Closes the socket; requests in flight may take as long as `patience`.
    pub(super) async fn stop(&mut self, patience: Duration) {
        // Before their socket: they tell nobody that it is gone.
        self.children.stop().await;
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

/// Explains names to who asks through PowerDNS.
fn explaining(synthesis: &Handle) -> Explaining {
    let explainer = Explainer::new(synthesis.clone());
    Explaining::new(move |text| match Question::parse_words(text) {
        Ok(question) => explainer.explain(&question).to_string(),
        Err(sentence) => sentence,
    })
}
