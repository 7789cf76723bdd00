//! One service through the whole stack: what each policy contributes, and what there is to tell about it.

use zonesmith_cluster::Service;
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::validate::{Quarantined, validate};
use zonesmith_zone::zones::Zones;

use super::served::Layer;
use crate::policy::{Diagnostic, Failure, Synthesis};

/// What the stack made of one service.
#[derive(Default)]
pub(super) struct ServiceResult {
    /// By rank. A policy that failed contributes what it did before: see [`super::isolation`].
    pub(super) contributions: Vec<Result<Contribution, Failure>>,
    /// Rank and record.
    pub(super) quarantined: Vec<(usize, Quarantined)>,
    /// Rank and diagnostic.
    pub(super) diagnostics: Vec<(usize, Diagnostic)>,
}

impl ServiceResult {
    /// The message of the first policy that failed.
    pub(super) fn first_failure(&self) -> Option<&str> {
        self.contributions.iter().find_map(|outcome| {
            outcome
                .as_ref()
                .err()
                .map(|failure| failure.message.as_str())
        })
    }
}

/// Runs `service` through `layers`, checking every record against `zones`.
pub(super) fn synthesize(layers: &mut [Layer], zones: &Zones, service: &Service) -> ServiceResult {
    let mut result = ServiceResult::default();
    for (rank, layer) in layers.iter_mut().enumerate() {
        let outcome = layer.instance.synthesize(service).map(|synthesis| {
            let Synthesis {
                records,
                diagnostics,
            } = synthesis;
            let (contribution, quarantined) = validate(records, zones);
            result
                .quarantined
                .extend(quarantined.into_iter().map(|record| (rank, record)));
            result
                .diagnostics
                .extend(diagnostics.into_iter().map(|diagnostic| (rank, diagnostic)));
            contribution
        });
        result.contributions.push(outcome);
    }
    result
}
