//! Other clusters, or clusters that are to be configured otherwise: the zones follow, by a candidate or at once.

use std::sync::Arc;

use tracing::info;
use zonesmith_cluster::{Service, ServicePath};

use super::super::Phase;
use super::super::candidate::{Order, OrderedCluster};
use super::super::clusters::Change;
use super::super::loading::Job;
use super::super::service_key::ServiceKey;
use super::{SERVICES_A_PUBLICATION, Writer};

impl Writer {
    /// Makes the zones what follows from the clusters as they are now.
    pub(super) fn follow_clusters(&mut self, change: Change) {
        self.tell_state(&change);
        let Change {
            are_other_clusters,
            is_configuring,
            changed,
            removed,
        } = change;
        self.report_clusters();
        if self.clusters.serving().next().is_none() {
            return self.switch_off();
        }
        let is_configuring = is_configuring || self.served.is_none();
        if is_configuring {
            // The loader lives as long as the writer.
            let _ = self.jobs.send(Job::Configure);
        }
        if are_other_clusters || (is_configuring && changed.len() > SERVICES_A_PUBLICATION) {
            // The candidate will have them all; synthesising them here as well would only make both later.
            self.is_behind = true;
        } else if self.served.is_some() {
            self.apply(changed, &removed);
        }
    }

    /// Tells who follows the clusters that they are others.
    pub(super) fn tell_state(&self, change: &Change) {
        if *change != Change::default() {
            self.states.send_modify(|states| *states += 1);
        }
    }

    /// The policies cannot be configured for the clusters as they are now: the live ones go on with their services.
    pub(super) fn catch_up(&mut self) {
        if !std::mem::take(&mut self.is_behind) {
            return;
        }
        let Some(served) = &mut self.served else {
            return;
        };
        // A cluster that was renamed goes on under its old name.
        let clusters = &self.clusters;
        for cluster in &mut served.clusters {
            if clusters.find(&cluster.key).is_none()
                && let Some(renamed) = clusters.find_by_first(&cluster.source)
            {
                cluster.key = renamed.key.clone();
            }
        }
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for cluster in &served.clusters {
            let with_key = |path: &ServicePath| ServiceKey {
                cluster: cluster.key.clone(),
                path: path.clone(),
            };
            if let Some(member) = clusters.find(&cluster.key) {
                let services = clusters.services(member);
                changed.extend(services.map(|service| with_key(&service.path)));
            }
            let known = cluster.paths().map(with_key);
            gone.extend(known.filter(|key| clusters.service(key).is_none()));
        }
        self.apply(changed, &gone);
    }

    fn switch_off(&mut self) {
        let absent = self.absent();
        if self.served.take().is_some()
            && let Phase::Starting(reason) | Phase::Off(reason) = &absent
        {
            info!(reason, "the DNS is switched off");
        }
        self.isolation.clear();
        self.note_all();
        self.report.services = Arc::default();
        self.report.policies = Arc::default();
        self.report_static_files();
        self.phase.send_replace(absent);
    }

    /// What a candidate is to be proven on; nothing while the DNS is off.
    pub(super) fn order(&self) -> Option<Order> {
        let clusters: Vec<_> = self
            .clusters
            .serving()
            .map(|member| {
                let key = member.key.clone();
                let is_failing = |service: &Arc<Service>| {
                    self.isolation.contains(&ServiceKey {
                        cluster: key.clone(),
                        path: service.path.clone(),
                    })
                };
                let services = self.clusters.services(member).cloned();
                let (failing, healthy): (Vec<_>, Vec<_>) = services.partition(is_failing);
                OrderedCluster {
                    key: member.key.clone(),
                    source: Arc::clone(&member.first),
                    cluster: Arc::clone(&member.cluster),
                    services: healthy.into_iter().chain(failing).collect(),
                }
            })
            .collect();
        let live = self.served.as_ref();
        let live = live.map(|served| served.contents.zone_set());
        (!clusters.is_empty()).then(|| Order {
            clusters,
            live: (live.unwrap_or_default(), self.generation + 1),
            has_live: self.served.is_some(),
            static_files: Arc::clone(&self.static_files),
        })
    }
}
