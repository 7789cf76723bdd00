//! The swap: a proven candidate catches up with what changed meanwhile, and becomes what is served.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use zonesmith_cluster::{Service, ServicePath};
use zonesmith_zone::contents::ContributorId;
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::delta::NameChange;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::validate::Quarantined;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

use super::super::candidate::Candidate;
use super::super::outcome::Outcome;
use super::super::report::{PolicyReport, ServiceReport};
use super::super::served::Served;
use super::super::service::{ServiceResult, synthesize};
use super::super::static_zones::checked;
use super::super::{RemovalShare, Verdict};
use super::Writer;
use super::shown::zones_showing;
use crate::policy::Diagnostic;
use crate::snapshot::changes::{Changed, MOST_LISTED};

/// Every service with what the stack made of it.
type Results = BTreeMap<ServicePath, (Arc<Service>, ServiceResult)>;

/// What a swap changes: counted, and listed as long as it is not too much, since it may be everything.
struct Difference {
    added: usize,
    removed: usize,
    changed: usize,
    names: Vec<NameChange>,
    /// Apexes of the new zones in which something differs.
    zones: BTreeSet<Name>,
}

impl Difference {
    fn between(before: &ZoneSet, after: &ZoneSet) -> Self {
        let mut difference = Self {
            added: 0,
            removed: 0,
            changed: 0,
            names: Vec::new(),
            zones: BTreeSet::new(),
        };
        before.compare(after, |name, had, has| {
            match (had, has) {
                (None, _) => difference.added += 1,
                (Some(_), None) => difference.removed += 1,
                (Some(_), Some(_)) => difference.changed += 1,
            }
            if difference.count() <= MOST_LISTED {
                difference.names.push(NameChange {
                    name: name.to_owned(),
                    before: had.map(Into::into),
                    after: has.map(Into::into),
                });
            }
            for apex in zones_showing(after, name) {
                if !difference.zones.contains(apex) {
                    difference.zones.insert(apex.clone());
                }
            }
        });
        // An SOA is no record among others (`zonesmith_zone::zone`).
        let has_other_soa = |zone: &&Zone| {
            let before = before.zones().find_apex(zone.apex().as_ref());
            before.is_some_and(|before| before.soa() != zone.soa())
        };
        let other = after.zones().iter().filter(has_other_soa);
        difference
            .zones
            .extend(other.map(|zone| zone.apex().clone()));
        difference
    }

    fn count(&self) -> usize {
        self.added + self.removed + self.changed
    }

    /// What is told to who follows.
    fn listed(&mut self) -> Changed {
        if self.count() > MOST_LISTED {
            return Changed::Everything;
        }
        Changed::Names(std::mem::take(&mut self.names).into())
    }
}

impl Writer {
    /// Catches up with what changed while the candidate was prepared, then swaps.
    pub(super) fn take_candidate(
        &mut self,
        candidate: Candidate,
        share: Option<RemovalShare>,
    ) -> Verdict {
        let Candidate {
            mut served,
            services,
            diagnostics,
            quarantined,
        } = candidate;
        let Some(state) = self.state.take() else {
            return Verdict::Outdated;
        };
        if !Arc::ptr_eq(&self.cluster, &served.cluster) {
            self.state = Some(state);
            return Verdict::Outdated;
        }
        let prepared: HashMap<&ServicePath, &Arc<Service>> = services
            .iter()
            .map(|(service, _)| (&service.path, service))
            .collect();
        let is_new = |service: &Arc<Service>| {
            prepared
                .get(&service.path)
                .is_none_or(|prepared| !Arc::ptr_eq(prepared, service))
        };
        let changed: Vec<_> = state
            .services
            .values()
            .filter(|service| is_new(service))
            .cloned()
            .collect();
        let gone: Vec<_> = prepared
            .keys()
            .filter(|path| !state.services.contains_key(**path))
            .map(|path| (*path).clone())
            .collect();
        drop(prepared);
        self.state = Some(state);

        let zone_set = served.contents.zone_set();
        let mut results: Results = services
            .into_iter()
            .map(|(service, result)| (service.path.clone(), (service, result)))
            .collect();
        let mut contributions = Vec::new();
        for service in changed {
            let mut result = synthesize(&mut served.layers, zone_set.zones(), &service);
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                let Ok(contribution) = outcome else { continue };
                contributions.push((
                    served.contributor(&service.path, rank),
                    std::mem::take(contribution),
                ));
            }
            results.insert(service.path.clone(), (service, result));
        }
        for path in &gone {
            results.remove(path);
        }
        contributions.extend(self.last_good(&mut served, &results));
        let followup = served
            .static_zones
            .follow(&self.static_files, &mut served.contents);
        if followup.needs_all {
            return Verdict::Outdated;
        }
        let forgotten = served.forget(&gone);
        contributions.extend(forgotten.iter().map(|id| (*id, Contribution::default())));
        let _ = served.contents.replace(contributions);
        let _ = served.contents.remove(&forgotten);

        // What was published last, and is in caches, also where nothing is served just now.
        let before = self.live.as_ref().map(|live| live.load().zone_set.clone());
        let before = before.unwrap_or_default();
        let mut difference = Difference::between(&before, &served.contents.zone_set());
        if let (true, Some(share)) = (self.served.is_some(), share)
            && let Some(reason) = guard(before.names(), difference.removed, share)
        {
            return Verdict::Refused(reason);
        }
        self.commit(served, &results, &diagnostics, &quarantined);
        self.publish_all(difference.listed(), &difference.zones);
        self.has_garbage = true;
        Verdict::Published(Outcome::Published {
            generation: self.generation,
            added: difference.added,
            removed: difference.removed,
            changed: difference.changed,
        })
    }

    /// For services that fail under the candidate: what the policy at the same place said last.
    fn last_good(
        &self,
        served: &mut Served,
        results: &Results,
    ) -> Vec<(ContributorId, Contribution)> {
        let Some(live) = &self.served else {
            return Vec::new();
        };
        let mut kept = Vec::new();
        let (before, after) = (live.contents.zone_set(), served.contents.zone_set());
        let are_same_zones = before
            .zones()
            .iter()
            .map(Zone::apex)
            .eq(after.zones().iter().map(Zone::apex));
        for (path, (_, result)) in results {
            for (rank, outcome) in result.contributions.iter().enumerate() {
                if outcome.is_err()
                    && let Some(contribution) = live.last_good(path, rank)
                {
                    // Records of zones that are not there any more have no place.
                    let contribution = if are_same_zones {
                        contribution.clone()
                    } else {
                        within(contribution, after.zones())
                    };
                    kept.push((served.contributor(path, rank), contribution));
                }
            }
        }
        kept
    }

    /// Makes the candidate what is served, with what there is to tell of it.
    fn commit(
        &mut self,
        served: Served,
        results: &Results,
        diagnostics: &[(usize, Diagnostic)],
        quarantined: &[(usize, Quarantined)],
    ) {
        let stack = served.stack();
        let mut configuration = ServiceReport::default();
        for (rank, diagnostic) in diagnostics {
            configuration.push_diagnostic(&stack, *rank, diagnostic, None);
        }
        for (rank, record) in quarantined {
            configuration.push_quarantined(&stack, *rank, record, None);
        }
        self.report.configuration = Arc::new(configuration);
        self.report.policies = stack.iter().map(PolicyReport::of).collect();
        self.report.refused = None;
        self.is_behind = false;
        self.report.services = Arc::default();
        self.isolation.retain(|path| results.contains_key(path));
        for (service, result) in results.values() {
            self.remember(&stack, service, result);
        }
        self.served = Some(served);
        self.report_static_files();
    }
}

/// What of a contribution has a place among other zones than those it was checked against.
fn within(contribution: &Contribution, zones: &Zones) -> Contribution {
    let records = contribution.iter().filter_map(|(owner, record)| {
        let zone = zones.enclosing(owner.as_ref())?;
        let is_at_apex = *zone.apex() == owner;
        (!is_at_apex || !matches!(record.rtype, rtype::CNAME | rtype::DS))
            .then(|| checked(owner, &record))
    });
    Contribution::from_records(records.collect())
}

/// Why a candidate may not take away so much, if so.
fn guard(names: usize, removed: usize, RemovalShare(share): RemovalShare) -> Option<String> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of names needs no more than 52 bits"
    )]
    let is_too_much = removed > 0 && (removed >= names || removed as f64 > names as f64 * share);
    is_too_much.then(|| {
        format!(
            "it would remove {removed} of {names} names, more than {} %; \
             `zonesmith policy reload --force` does it all the same",
            share * 100.0
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_may_remove_up_to_the_share_and_never_everything() {
        for (names, removed, share, is_refused) in [
            (100, 50, 0.5, false),
            (100, 51, 0.5, true),
            (100, 100, 1.0, true),
            (100, 0, 0.0, false),
            (0, 0, 0.5, false),
        ] {
            let refusal = guard(names, removed, RemovalShare(share));
            assert_eq!(
                refusal.is_some(),
                is_refused,
                "{removed} of {names} at {share}"
            );
        }
    }
}
