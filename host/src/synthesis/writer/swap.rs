//! The swap: a proven candidate catches up with what changed meanwhile, and becomes what is served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zonesmith_cluster::Service;
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::delta::NameChange;
use zonesmith_zone::name::Name;
use zonesmith_zone::validate::Quarantined;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;

use super::super::candidate::Candidate;
use super::super::last_good::last_good;
use super::super::message::Terms;
use super::super::outcome::Outcome;
use super::super::report::{PolicyReport, ServiceReport};
use super::super::served::Served;
use super::super::service::{ServiceResult, synthesize};
use super::super::service_key::ServiceKey;
use super::super::{RemovalShare, Verdict};
use super::Writer;
use super::shown::zones_showing;
use crate::policy::Diagnostic;
use crate::snapshot::changes::{Changed, MOST_LISTED};

/// Every service with what the stack made of it.
type Results = BTreeMap<ServiceKey, (Arc<Service>, ServiceResult)>;

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
    pub(super) fn take_candidate(&mut self, candidate: Candidate, terms: Terms) -> Verdict {
        let Terms {
            share,
            keep,
            watched,
        } = terms;
        let Candidate {
            mut served,
            services,
            diagnostics,
            quarantined,
        } = candidate;
        if !self.is_proven_on_what_is(&served) {
            return Verdict::Outdated;
        }
        self.keep_selection(&mut served);
        let zone_set = served.contents.zone_set();
        let mut results: Results = services
            .into_iter()
            .map(|(key, service, result)| (key, (service, result)))
            .collect();
        let changed = self.changed_since(&results);
        let is_gone = |key: &&ServiceKey| self.clusters.service(key).is_none();
        let gone: Vec<_> = results.keys().filter(is_gone).cloned().collect();
        let mut contributions = Vec::new();
        for (key, service) in changed {
            let Some(cluster) = served.find_mut(&key.cluster) else {
                continue;
            };
            let mut result = synthesize(&mut cluster.layers, zone_set.zones(), &service);
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                if let Ok(contribution) = outcome
                    && let Some(id) = served.contributor(&key, rank)
                {
                    contributions.push((id, std::mem::take(contribution)));
                }
            }
            results.insert(key, (service, result));
        }
        for key in &gone {
            results.remove(key);
        }
        if let Some(live) = &self.served {
            let of_services = results.iter().map(|(key, (_, result))| (key, result));
            contributions.extend(last_good(live, &mut served, of_services));
        }
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
        let of_services = results.iter().map(|(key, (_, result))| (key, result));
        let watch = match self.watch(watched, of_services) {
            Ok(watch) => watch,
            Err(reason) => return Verdict::Failing(reason),
        };
        let outcome = Outcome::Published {
            generation: self.generation + 1,
            added: difference.added,
            removed: difference.removed,
            changed: difference.changed,
        };
        // Invariant: who sees it finds it after a restart, so nothing may fail from here on.
        if let Some(Err(reason)) = keep.map(|keep| keep(&outcome)) {
            return Verdict::Refused(format!(
                "it cannot be kept, and would be gone after a restart: {reason}"
            ));
        }
        self.watch = watch;
        // While the DNS is off nothing is served, so what was before is not as old as it was.
        let was_served = self.served.as_ref().map(|_| before.clone());
        served
            .contents
            .date_after(&was_served.unwrap_or_default(), self.generation + 1);
        self.commit(served, &results, &diagnostics, &quarantined);
        self.publish_all(difference.listed(), &difference.zones);
        self.has_garbage = true;
        Verdict::Published(outcome)
    }

    /// Who chooses as before goes on: what caches keep of it is as right as it was.
    fn keep_selection(&self, served: &mut Served) {
        let live = self
            .served
            .as_ref()
            .and_then(|live| live.selection.as_ref());
        if let (Some(live), Some(next)) = (live, &served.selection)
            && live.is_same(next)
        {
            served.selection = Some(Arc::clone(live));
        }
    }

    /// Whether the candidate knows the clusters as they are now.
    fn is_proven_on_what_is(&self, served: &Served) -> bool {
        let now = self.clusters.serving();
        let now = now.map(|member| (&member.key, Arc::as_ptr(&member.cluster)));
        let proven = served.clusters.iter();
        now.eq(proven.map(|cluster| (&cluster.key, Arc::as_ptr(&cluster.cluster))))
    }

    /// The services that are others than the candidate knows.
    fn changed_since(&self, results: &Results) -> Vec<(ServiceKey, Arc<Service>)> {
        let mut changed = Vec::new();
        for member in self.clusters.serving() {
            for service in self.clusters.services(member) {
                let key = ServiceKey {
                    cluster: member.key.clone(),
                    path: service.path.clone(),
                };
                let known = results.get(&key);
                if known.is_none_or(|(known, _)| !Arc::ptr_eq(known, service)) {
                    changed.push((key, Arc::clone(service)));
                }
            }
        }
        changed
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
        self.isolation.retain(|key| results.contains_key(key));
        for (key, (service, result)) in results {
            self.remember(&stack, key, service, result);
        }
        self.served = Some(served);
        self.note_all();
        self.report_static_files();
    }
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
             --force does it all the same",
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
