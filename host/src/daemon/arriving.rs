//! How a daemon begins: alone, after one that a service manager stopped, or beside one that still runs. Whatever way, it
//! ends with an estate, and nothing is answered before.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use zonesmith_inherited::Inherited;

use super::children::Children;
use super::estate::Estate;
use super::handover::{Hello, PROTOCOL, successor};
use super::service_manager::ServiceManager;
use super::service_manager::kept::{ADMIN, Kept, POWER_DNS};
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::memory::Writing;
use crate::store::Store;
use crate::store::rescue::Rescued;
use crate::synthesis::{Handle, Phase};

/// How long a successor may build its zones. It is as long as a reload may take; who waits longer waits for a source that
/// says nothing, and the daemon that runs is better off.
const ZONES_PATIENCE: Duration = Duration::from_secs(600);

/// How the daemon was started, beside its configuration.
#[derive(Debug, Default)]
pub struct Launch {
    /// In place of a daemon that runs.
    pub take_over: bool,
    /// What a service manager says in it.
    pub environment: Environment,
}

/// How often it is looked whether all clusters are there.
const LOOK: Duration = Duration::from_millis(20);

/// Waits for the zones: those of all sources, since the one before has them all.
async fn is_ready(phase: &mut watch::Receiver<Phase>, synthesis: &Handle) -> anyhow::Result<()> {
    let is_ready = phase.wait_for(|phase| !matches!(phase, Phase::Starting(_)));
    is_ready.await.context("build the zones")?;
    while !synthesis.report().is_complete {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// The way it begins.
pub(super) struct Arrival {
    pub(super) manager: ServiceManager,
    pub(super) children: Children,
    inherited: Vec<Inherited>,
    has_predecessor: bool,
}

impl Arrival {
    /// Looks who was there before, and opens the state; while a predecessor has it, a copy of it.
    pub(super) fn begin(
        launch: &Launch,
        configuration: &Configuration,
    ) -> anyhow::Result<(Self, Rescued)> {
        let inherited = zonesmith_inherited::take(|name| launch.environment.get(name));
        let manager = ServiceManager::of(&launch.environment)?;
        let children = Children::prepare(configuration, &launch.environment)?;
        let kept = if launch.take_over {
            if children.are_wanted() {
                bail!(
                    "the PowerDNS of the daemon that runs ends with it: stop that one, and start this one without --take-over"
                );
            }
            successor::kept_by_predecessor(&configuration.admin_path.value)?
        } else {
            None
        };
        let directory = &configuration.state_dir.value;
        let rescued = match &kept {
            Some(content) => Rescued {
                store: Store::copied(directory, content)?,
                loss: None,
            },
            None => Store::open_or_rescue(directory)?,
        };
        let arrival = Self {
            manager,
            children,
            inherited,
            has_predecessor: kept.is_some(),
        };
        Ok((arrival, rescued))
    }

    /// Whether what sources say may be kept from the start: a predecessor keeps it until it leaves.
    pub(super) fn writing(&self) -> Writing {
        if self.has_predecessor {
            Writing::WhenTold
        } else {
            Writing::AtOnce
        }
    }

    /// What the one before leaves. None: a signal came first.
    pub(super) async fn estate(
        self,
        configuration: &Configuration,
        store: &Store,
        synthesis: &Handle,
        signals: [&mut Signal; 2],
    ) -> anyhow::Result<Option<Estate>> {
        if !self.has_predecessor {
            return Ok(Some(self.kept(configuration)));
        }
        let [terminated, interrupted] = signals;
        let mut phase = synthesis.phase();
        tokio::select! {
            is_ready = is_ready(&mut phase, synthesis) => is_ready?,
            () = tokio::time::sleep(ZONES_PATIENCE) => {
                bail!("nothing to serve after {} s; the daemon that runs goes on", ZONES_PATIENCE.as_secs());
            }
            _ = terminated.recv() => return Ok(None),
            _ = interrupted.recv() => return Ok(None),
        }
        let hello = hello(configuration)?;
        let admin = configuration.admin_path.value.clone();
        let (store, synthesis) = (store.clone(), synthesis.clone());
        let taken = tokio::task::spawn_blocking(move || {
            successor::take_over(&admin, hello, &store, &synthesis)
        });
        taken.await.context("take over")?.map(Some)
    }

    /// Out of what the service manager kept.
    fn kept(self, configuration: &Configuration) -> Estate {
        let mut kept = Kept::sort(self.inherited);
        let socket = kept.listener(configuration.socket_path.value.as_std_path());
        let admin = kept.listener(configuration.admin_path.value.as_std_path());
        for (name, socket) in [(POWER_DNS, &socket), (ADMIN, &admin)] {
            if let Some(socket) = socket {
                self.manager.keep_listener(name, socket);
            }
        }
        let connections = std::mem::take(&mut kept.connections);
        let names = std::mem::take(&mut kept.names);
        kept.refuse_others(&self.manager);
        Estate {
            socket,
            admin,
            connections,
            names,
            ..Estate::default()
        }
    }
}

/// Who this daemon is, to the one before it and to the one after it.
pub(super) fn hello(configuration: &Configuration) -> anyhow::Result<Hello> {
    let absolute = |path: &camino::Utf8Path| {
        camino::absolute_utf8(path).with_context(|| format!("find {path}"))
    };
    Ok(Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        process: std::process::id(),
        socket: absolute(&configuration.socket_path.value)?,
        state: absolute(&configuration.state_dir.value)?,
    })
}
