//! Caches, purged of what changed: the settings of the janitor out of the configuration, and what it sees of the writer.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use zonesmith_zone::name::Name;

use crate::config::Configuration;
use crate::janitor::Janitor;
use crate::janitor::address::{Authoritative, Ways};
use crate::janitor::report::{Report, Told};
use crate::janitor::settings::Settings;
use crate::janitor::word::{Published, WORDS, follow};
use crate::snapshot::changes::Changes;
use crate::synthesis::Handle;

/// The janitor's side of the daemon.
#[derive(Clone)]
pub(super) struct Purging {
    settings: Arc<watch::Sender<Settings>>,
    /// Of the configuration, and of servers that the daemon runs itself.
    parts: Arc<Mutex<(Settings, Settings)>>,
    told: Told,
}

impl Published for Handle {
    fn generations(&self) -> watch::Receiver<u64> {
        Self::generations(self)
    }

    fn changes_since(&self, generation: u64) -> Changes {
        Self::changes_since(self, generation)
    }

    fn zones(&self) -> Vec<Name> {
        let live = self.live();
        let zones = live.iter().flat_map(|live| live.zone_set.zones().iter());
        zones.map(|zone| zone.apex().clone()).collect()
    }
}

impl Purging {
    /// Runs until the daemon ends.
    pub(super) fn start(configuration: &Configuration, synthesis: &Handle) -> Self {
        let configured = settings(configuration);
        let (sender, followed) = watch::channel(configured.clone());
        let (words, heard) = mpsc::channel(WORDS);
        let janitor = Janitor::new(heard, followed);
        let told = janitor.told();
        tokio::spawn(follow(synthesis.clone(), words));
        tokio::spawn(janitor.run());
        Self {
            settings: Arc::new(sender),
            parts: Arc::new(Mutex::new((configured, Settings::default()))),
            told,
        }
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        self.change(|(configured, _)| *configured = settings(configuration));
    }

    /// Servers that are not in the configuration: those that the daemon runs itself.
    pub(super) fn set_own(&self, own: Settings) {
        self.change(|(_, before)| *before = own);
    }

    fn change(&self, change: impl FnOnce(&mut (Settings, Settings))) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut parts);
        let next = parts.1.clone().with(parts.0.clone());
        self.settings.send_if_modified(|now| {
            let is_other = *now != next;
            *now = next;
            is_other
        });
    }

    /// Whose caches are purged, and how far.
    pub(super) fn report(&self) -> Report {
        self.told.report()
    }
}

/// What the configuration says of it.
pub(super) fn settings(configuration: &Configuration) -> Settings {
    let configured = &configuration.janitor_authoritative.value;
    let first = configuration.power_dns_control_socket.value.clone();
    let first = first.map(Authoritative::Socket);
    // It may be a way to one of those already.
    let first = first.filter(|way| !configured.iter().any(|ways| ways.has(way)));
    let first = Settings {
        authoritative: first.map(Ways::from).into_iter().collect(),
        ..Settings::default()
    };
    first.with(Settings {
        authoritative: configured.clone(),
        recursors: configuration.janitor_recursors.value.clone(),
        is_off: configuration.janitor_off.value,
        forward_zones: None,
    })
}
