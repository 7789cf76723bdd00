//! Caches, purged of what changed: the settings of the janitor out of the configuration, and what it sees of the writer.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use zonesmith_zone::name::Name;

use crate::config::Configuration;
use crate::janitor::Janitor;
use crate::janitor::address::{Authoritative, Recursor, Ways};
use crate::janitor::report::{Report, Told};
use crate::janitor::settings::{ForwardZones, Settings};
use crate::janitor::word::{Published, WORDS, follow};
use crate::snapshot::changes::Changes;
use crate::synthesis::Handle;

/// The janitor's side of the daemon.
#[derive(Clone)]
pub(super) struct Purging {
    settings: Arc<watch::Sender<Settings>>,
    parts: Arc<Mutex<Parts>>,
    told: Told,
}

/// What the settings are made of.
struct Parts {
    configured: Settings,
    /// Of servers that the daemon runs itself.
    own: Settings,
    /// What recursors that were deployed read their forward zones from.
    forward_zones: Option<ForwardZones>,
    /// The ways to the one that was, as the cluster is now: where it listens, the configuration may have of before.
    recursor: Option<Ways<Recursor>>,
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
            parts: Arc::new(Mutex::new(Parts {
                configured,
                own: Settings::default(),
                forward_zones: None,
                recursor: None,
            })),
            told,
        }
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        self.change(|parts| parts.configured = settings(configuration));
    }

    /// Servers that are not in the configuration: those that the daemon runs itself.
    pub(super) fn set_own(&self, own: Settings) {
        self.change(|parts| parts.own = own);
    }

    /// What the recursors of the configuration read their forward zones from, where they were deployed.
    pub(super) fn set_deployed(&self, forward_zones: Option<ForwardZones>) {
        self.change(|parts| {
            if forward_zones.is_none() {
                parts.recursor = None;
            }
            parts.forward_zones = forward_zones;
        });
    }

    /// How the recursor that was deployed is purged now.
    pub(super) fn set_deployed_recursor(&self, ways: Ways<Recursor>) {
        self.change(|parts| parts.recursor = Some(ways));
    }

    fn change(&self, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut parts);
        let mut next = parts.own.clone().with(parts.configured.clone());
        next.forward_zones = next.forward_zones.or_else(|| parts.forward_zones.clone());
        if let Some(deployed) = &parts.recursor {
            let is_it = |ways: &&mut Ways<Recursor>| ways.best() == deployed.best();
            if let Some(ways) = next.recursors.iter_mut().find(is_it) {
                ways.clone_from(deployed);
            }
        }
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
