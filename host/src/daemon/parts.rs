//! The parts that follow the configuration, and how each hears of a change of it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use camino::Utf8PathBuf;
use tracing::warn;

use super::deployed::Deployed;
use super::following::Following;
use super::master_files::MasterFiles;
use super::metrics::Metrics;
use super::notifying::Notifying;
use super::policies::{policies, trust, watched};
use super::purging::Purging;
use crate::config::Configuration;
use crate::store::Store;
use crate::synthesis::Handle;

/// Clones are the same parts.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) configuration: Arc<ArcSwap<Configuration>>,
    pub(super) synthesis: Handle,
    pub(super) following: Following,
    pub(super) master_files: MasterFiles,
    pub(super) notifying: Notifying,
    pub(super) purging: Purging,
    pub(super) deployed: Deployed,
    pub(super) metrics: Metrics,
}

impl Parts {
    /// Starts those that are not followed already.
    pub(super) fn start(
        configuration: Configuration,
        synthesis: &Handle,
        store: &Store,
        (following, master_files): (Following, MasterFiles),
    ) -> Self {
        let purging = Purging::start(&configuration, synthesis);
        Self {
            synthesis: synthesis.clone(),
            following,
            master_files,
            notifying: Notifying::start(&configuration, synthesis, store.clone()),
            deployed: Deployed::start(&configuration, synthesis, &purging),
            purging,
            metrics: Metrics::new(&configuration),
            configuration: Arc::new(ArcSwap::from_pointee(configuration)),
        }
    }

    /// Reads the configuration again; what cannot be read changes nothing. Says whether other files are to be watched.
    pub(super) fn reread(&self) -> bool {
        let before = self.configuration.load_full();
        let after = match before.reread() {
            Ok(after) => after,
            Err(error) => {
                warn!(
                    error = format!("{:#}", anyhow::Error::from(error)),
                    "the configuration stays as it was"
                );
                return false;
            }
        };
        if after.sources.value.is_empty() {
            warn!(
                "no source of cluster state is named any more; the configuration stays as it was"
            );
            return false;
        }
        if after.cluster_override() != before.cluster_override() {
            self.synthesis.set_override(after.cluster_override());
        }
        if after.sources.value != before.sources.value || after.access() != before.access() {
            self.following.set(&after);
        }
        self.master_files.list(&after);
        let has_other_policies = after.policies.value != before.policies.value;
        if has_other_policies || after.trusted_keys.value != before.trusted_keys.value {
            self.synthesis.set_sources(policies(&after), trust(&after));
        }
        self.notifying.set(&after);
        self.purging.set(&after);
        self.deployed.set(&after);
        self.metrics.set(&after);
        self.configuration.store(Arc::new(after));
        has_other_policies
    }

    /// Every file whose change means "look again".
    pub(super) fn watched(&self) -> Vec<Utf8PathBuf> {
        watched(&self.configuration.load())
    }
}
