//! The master files of the configuration: read before anything is served, then followed.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{Configuration, ZoneEntry};
use crate::master_file::{Follower, Listed, Role, follow};
use crate::synthesis::Handle;

/// The files that are followed.
#[derive(Clone)]
pub(super) struct MasterFiles {
    listed: Arc<watch::Sender<Vec<Listed>>>,
}

impl MasterFiles {
    /// Reads the files, hands them to the writer (so that the first zones it publishes are all of them: PowerDNS asks which
    /// there are once in minutes), and follows them.
    pub(super) fn start(configuration: &Configuration, synthesis: &Handle) -> Self {
        let (listed, follows) = watch::channel(listed(configuration));
        let follower = Follower::new(listed.borrow().clone());
        synthesis.set_static_files(follower.now());
        let synthesis = synthesis.clone();
        tokio::spawn(follow(follower, follows, move |files| {
            synthesis.set_static_files(files);
        }));
        Self {
            listed: Arc::new(listed),
        }
    }

    /// Follows what the configuration lists now.
    pub(super) fn list(&self, configuration: &Configuration) {
        let now = listed(configuration);
        self.listed.send_if_modified(|listed| {
            let is_other = *listed != now;
            *listed = now;
            is_other
        });
    }

    /// Something may have happened to the files.
    pub(super) fn look_again(&self) {
        self.listed.send_modify(|_| {});
    }
}

fn listed(configuration: &Configuration) -> Vec<Listed> {
    let entries = configuration.zones.value.iter();
    entries
        .map(|ZoneEntry { apex, file, merge }| Listed {
            apex: apex.clone(),
            file: file.clone(),
            role: if *merge { Role::Merge } else { Role::Zone },
        })
        .collect()
}
