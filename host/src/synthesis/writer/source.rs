//! What a source says, and what the configuration says over it: both become the state that is reconciled.

use zonesmith_cluster::{Cluster, Format, Override, State};

use super::super::report::{ClusterReport, SourceReport};
use super::super::{Phase, ServiceChange};
use super::Writer;

impl Writer {
    pub(super) fn take_state(&mut self, source: String, format: Format, mut state: State) {
        self.report.sources = vec![SourceReport {
            source,
            format: Some(format),
            error: None,
            services: state.services.len(),
            problems: state.problems.clone(),
        }];
        self.source_cluster = state.cluster.clone();
        state.apply_override(&self.overrides);
        self.reconcile(state);
    }

    pub(super) fn take_changes(&mut self, source: &str, changes: Vec<ServiceChange>) {
        let Some(state) = &mut self.state else { return };
        let (changed, removed) = state.change(changes);
        if let Some(report) = &mut self.report.cluster {
            report.services = state.services.len();
        }
        let sources = &mut self.report.sources;
        if let Some(report) = sources.iter_mut().find(|report| report.source == source) {
            report.services = state.services.len();
        }
        if self.served.is_some() {
            self.apply(changed, &removed);
        }
    }

    pub(super) fn take_source_error(&mut self, source: String, error: String) {
        match self
            .report
            .sources
            .iter_mut()
            .find(|report| report.source == source)
        {
            Some(report) => report.error = Some(error),
            None => {
                if self.live.is_none() {
                    self.phase
                        .send_replace(Phase::Starting(format!("{source}: {error}")));
                }
                let report = SourceReport {
                    source,
                    format: None,
                    error: Some(error),
                    services: 0,
                    problems: Vec::new(),
                };
                self.report.sources.push(report);
            }
        }
    }

    pub(super) fn take_override(&mut self, overrides: Override) {
        self.overrides = overrides;
        let Some(current) = &self.state else { return };
        let mut next = State {
            cluster: self.source_cluster.clone(),
            services: current.services.clone(),
            problems: current.problems.clone(),
        };
        next.apply_override(&self.overrides);
        self.reconcile(next);
    }

    pub(super) fn cluster_report(&self, state: &State) -> ClusterReport {
        ClusterReport {
            name: state.cluster.name.clone(),
            nameservers: state.cluster.nameservers.clone(),
            networks: state
                .cluster
                .networks
                .iter()
                .map(|network| format!("{} {}", network.name, network.prefix))
                .collect(),
            services: state.services.len(),
            is_name_configured: self.overrides.name.is_some(),
            are_nameservers_configured: self.overrides.nameservers.is_some(),
            are_networks_configured: self.overrides.networks.is_some(),
        }
    }
}

/// Why there is to be no DNS for this cluster, if so.
pub(super) fn off_reason(cluster: &Cluster) -> Option<&'static str> {
    if cluster.nameservers.is_empty() {
        return Some(
            "the cluster lists no nameservers: set `cluster.dns` in its document, or with `zonesmith config set \
             cluster.dns+=ADDRESS`",
        );
    }
    cluster.name.is_empty().then_some(
        "the cluster has no name: set `cluster.name` in its document, or with `zonesmith config set cluster.name=NAME`",
    )
}
