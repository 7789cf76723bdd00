//! Secondaries, told of what is served: the settings of NOTIFY out of the configuration, and what it sees of the writer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::purging;
use crate::config::Configuration;
use crate::dns_notify::{DnsNotify, Report, Served, Settings, Told};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::synthesis::Handle;

/// NOTIFY's side of the daemon.
#[derive(Clone)]
pub(super) struct Notifying {
    settings: Arc<watch::Sender<Settings>>,
    told: Told,
}

impl Served for Handle {
    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.live()
    }

    fn nameservers(&self) -> Vec<IpAddr> {
        let report = self.report();
        let clusters = report.clusters.iter();
        clusters
            .flat_map(|cluster| cluster.nameservers.iter().copied())
            .collect()
    }
}

impl Notifying {
    /// Runs until the daemon ends.
    pub(super) fn start(configuration: &Configuration, synthesis: &Handle, store: Store) -> Self {
        let (settings, followed) = watch::channel(settings(configuration));
        let notify = DnsNotify::new(synthesis.clone(), store, followed);
        let told = notify.told();
        tokio::spawn(notify.run(synthesis.generations()));
        Self {
            settings: Arc::new(settings),
            told,
        }
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        let next = settings(configuration);
        self.settings.send_if_modified(|now| {
            let is_other = *now != next;
            *now = next;
            is_other
        });
    }

    /// Who is told, and whether they know.
    pub(super) fn report(&self) -> Report {
        self.told.report()
    }
}

fn settings(configuration: &Configuration) -> Settings {
    Settings {
        also: configuration.notify_also.value.0.clone(),
        source: configuration.notify_source.value,
        key: configuration
            .notify_key
            .value
            .as_ref()
            .map(|key| key.0.clone()),
        authoritative: purging::settings(configuration).authoritative,
        query_cache_ttl: Duration::from_secs(
            configuration.power_dns_query_cache_ttl.value.0.into(),
        ),
    }
}
