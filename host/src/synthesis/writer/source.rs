//! What a source says, and what the configuration says over it: both change the clusters, and the zones follow.

use std::sync::Arc;
use std::time::SystemTime;

use zonesmith_cluster::{Format, Override, State};

use super::super::clusters::{Member, off_reason};
use super::super::report::{ClusterReport, SourceReport};
use super::super::{Phase, ServiceChange, SourceName};
use super::Writer;

impl Writer {
    /// These are the sources now: what others said goes.
    pub(super) fn take_list(&mut self, sources: &[SourceName]) {
        let before = std::mem::take(&mut self.report.sources);
        let report = |name: &SourceName| {
            let known = before.iter().find(|report| *report.source == **name);
            known.cloned().unwrap_or_else(|| SourceReport::new(name))
        };
        self.report.sources = sources.iter().map(report).collect();
        let change = self.clusters.list(sources);
        if self.clusters.has_spoken() {
            self.follow_clusters(change);
        } else {
            // What others said is served until one of these speaks: names that are there are not denied for a new address.
            self.report_clusters();
            self.tell_absence();
        }
    }

    /// `remembered`: when the source said so, if that was before the daemon started.
    pub(super) fn take_state(
        &mut self,
        source: &SourceName,
        format: Format,
        state: State,
        remembered: Option<SystemTime>,
    ) {
        let (services, problems) = (state.services.len(), state.problems.clone());
        let Some(change) = self.clusters.take_state(source, state) else {
            return;
        };
        self.report_source(source, |report| {
            *report = SourceReport {
                format: Some(format),
                services,
                problems,
                remembered,
                ..SourceReport::new(source)
            };
        });
        self.follow_clusters(change);
    }

    pub(super) fn take_changes(&mut self, source: &SourceName, changes: Vec<ServiceChange>) {
        let Some(change) = self.clusters.take_changes(source, changes) else {
            return;
        };
        self.tell_state(&change);
        let services = self.clusters.services_of(source);
        self.report_source(source, |report| report.services = services);
        let members = self.clusters.all().iter();
        for (report, member) in self.report.clusters.iter_mut().zip(members) {
            report.services = self.clusters.count(member);
        }
        if self.served.is_some() {
            self.apply(change.changed, &change.removed);
        }
    }

    pub(super) fn take_source_error(&mut self, source: &SourceName, error: String) {
        if !self.clusters.knows(source) {
            return;
        }
        self.report_source(source, |report| report.error = Some(error));
        self.tell_absence();
    }

    pub(super) fn take_override(&mut self, overrides: Override) {
        let change = self.clusters.take_override(overrides);
        if self.clusters.has_spoken() {
            self.follow_clusters(change);
        }
    }

    /// Changes what is told of a source, from the first time that it is heard of.
    fn report_source(&mut self, source: &SourceName, update: impl FnOnce(&mut SourceReport)) {
        let reports = &mut self.report.sources;
        match reports.iter_mut().find(|report| *report.source == **source) {
            Some(report) => update(report),
            None => {
                let mut report = SourceReport::new(source);
                update(&mut report);
                reports.push(report);
            }
        }
    }

    /// Says why nothing is served, as long as nothing is.
    fn tell_absence(&self) {
        if !matches!(&*self.phase.borrow(), Phase::Serving(_)) {
            self.phase.send_replace(self.absent());
        }
    }

    /// That nothing is served, and why.
    pub(super) fn absent(&self) -> Phase {
        let is_off = self.clusters.has_spoken() && self.clusters.serving().next().is_none();
        let phase = if is_off { Phase::Off } else { Phase::Starting };
        phase(self.absence())
    }

    /// Why nothing is served: which cluster has no DNS, and which source is waited for.
    fn absence(&self) -> String {
        let off = self.clusters.all().iter();
        let off = off.filter_map(|member| off_reason(&member.cluster).map(str::to_owned));
        let silent = self.clusters.silent().map(|name| {
            let reports = self.report.sources.iter();
            let mut errors = reports.filter(|report| *report.source == **name);
            match errors.find_map(|report| report.error.as_ref()) {
                Some(error) => format!("{name}: {error}"),
                None => format!("{name} has not said anything yet"),
            }
        });
        let mut reasons: Vec<String> = off.chain(silent).collect();
        reasons.dedup();
        if reasons.is_empty() {
            return NOBODY.to_owned();
        }
        reasons.join("; ")
    }

    /// What there is to tell of the clusters.
    pub(super) fn report_clusters(&mut self) {
        let clusters = self.clusters.all().iter();
        self.report.clusters = clusters.map(|member| self.cluster_report(member)).collect();
    }

    fn cluster_report(&self, member: &Member) -> ClusterReport {
        let (cluster, overrides) = (&member.cluster, self.clusters.overrides());
        ClusterReport {
            key: member.key.clone(),
            sources: member.sources.iter().map(Arc::clone).collect(),
            off: off_reason(cluster),
            name: cluster.name.clone(),
            nameservers: cluster.nameservers.clone(),
            networks: cluster
                .networks
                .iter()
                .map(|network| format!("{} {}", network.name, network.prefix))
                .collect(),
            services: self.clusters.count(member),
            is_name_configured: overrides.name.is_some(),
            are_nameservers_configured: overrides.nameservers.is_some(),
            are_networks_configured: overrides.networks.is_some(),
        }
    }
}

/// Why nothing is served while nothing else is the reason.
pub(crate) const NOBODY: &str = "no source has said anything yet";
