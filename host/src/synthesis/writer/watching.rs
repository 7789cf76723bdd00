//! A policy that was promoted, watched for a while: it fails for too many services, and what was live before comes back.
//!
//! A service counts that fails under the policy and did not fail before it came. A call that only took too long counts when it did
//! so twice: the machine may have been busy. Meanwhile everybody has the last good records, as ever.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::loading::Job;
use super::super::promotion::MOST_FAILING_PERCENT;
use super::super::service::ServiceResult;
use super::super::service_key::ServiceKey;
use super::Writer;
use crate::policy::FailureKind;

/// What the loader knows of it.
#[derive(Debug, Clone)]
pub(in crate::synthesis) struct Watched {
    /// Its place in the stack.
    pub(in crate::synthesis) rank: usize,
    /// How that is known.
    pub(in crate::synthesis) place: String,
    /// For how long yet.
    pub(in crate::synthesis) left: Duration,
    /// For how many services it may fail beside the share, where nobody knows which: after a restart.
    pub(in crate::synthesis) tolerated: usize,
    /// Whether somebody promotes it just now.
    pub(in crate::synthesis) is_new: bool,
    /// Whether somebody wants it whatever fails now.
    pub(in crate::synthesis) is_forced: bool,
}

/// What the writer sees of it.
pub(super) struct Watch {
    watched: Watched,
    until: Instant,
    /// Services that failed before, or that somebody does not mind.
    exempt: BTreeSet<ServiceKey>,
    failing: BTreeSet<ServiceKey>,
    /// Services that may fail, whichever they are.
    tolerated: usize,
    is_told: bool,
}

impl Watch {
    pub(super) fn new(watched: Watched, exempt: BTreeSet<ServiceKey>) -> Self {
        Self {
            until: Instant::now() + watched.left,
            watched,
            exempt,
            failing: BTreeSet::new(),
            tolerated: 0,
            is_told: false,
        }
    }

    /// What became of a service, after so many tries since it began to fail.
    pub(super) fn see(&mut self, key: &ServiceKey, result: &ServiceResult, retries: u32) {
        let outcome = result.contributions.get(self.watched.rank);
        let failure = outcome.and_then(|outcome| outcome.as_ref().err());
        let is_failing =
            failure.is_some_and(|failure| failure.kind != FailureKind::Deadline || retries > 0);
        if !is_failing {
            self.failing.remove(key);
        } else if !self.exempt.contains(key) {
            self.failing.insert(key.clone());
        }
    }

    /// The service is gone.
    pub(super) fn forget(&mut self, key: &ServiceKey) {
        self.failing.remove(key);
    }

    /// Whatever fails now is nothing that anybody minds.
    fn exempt_failing(&mut self) {
        self.exempt.append(&mut self.failing);
    }

    /// Why it is too much, if so.
    fn too_much(&self, services: usize) -> Option<String> {
        let failing = self.failing.len().saturating_sub(self.tolerated);
        let is_too_much = failing * 100 > services * MOST_FAILING_PERCENT;
        is_too_much.then(|| {
            let first = self.failing.first();
            let first = first.map_or_else(String::new, |key| format!(", among them {}", key.path));
            format!(
                "it fails for {failing} of {services} services that it did not fail for before{first}; \
                 {MOST_FAILING_PERCENT} % may"
            )
        })
    }
}

impl Writer {
    /// How a candidate is watched that has these results; an error: it fails for too many services already.
    pub(super) fn watch<'a>(
        &self,
        watched: Option<Watched>,
        results: impl ExactSizeIterator<Item = (&'a ServiceKey, &'a ServiceResult)>,
    ) -> Result<Option<Watch>, String> {
        let Some(watched) = watched else {
            return Ok(None);
        };
        let before = self
            .watch
            .as_ref()
            .filter(|before| before.watched.place == watched.place && !watched.is_new);
        let exempt = match before {
            Some(before) => before.exempt.clone(),
            None => self.isolation.keys().cloned().collect(),
        };
        let (is_new, is_forced) = (watched.is_new, watched.is_forced);
        let is_after_restart = !is_new && before.is_none();
        let tolerated = if is_after_restart {
            watched.tolerated
        } else {
            0
        };
        let mut watch = Watch::new(watched, exempt);
        watch.tolerated = before.map_or(tolerated, |before| before.tolerated);
        let services = results.len();
        for (key, result) in results {
            watch.see(key, result, 0);
        }
        if is_new && is_forced {
            watch.exempt_failing();
        }
        // What is live already keeps the last good records, and is taken back after.
        if (is_new || self.served.is_none())
            && let Some(reason) = watch.too_much(services)
        {
            return Err(reason);
        }
        Ok(Some(watch))
    }

    /// Has the policy taken back that is watched, where it fails for too many services.
    pub(super) fn judge(&mut self, now: Instant) {
        let Some(watch) = &mut self.watch else {
            return;
        };
        if now > watch.until {
            self.watch = None;
            return;
        }
        if watch.is_told || watch.failing.is_empty() {
            return;
        }
        let members = self.clusters.serving();
        let services = members.map(|member| self.clusters.count(member)).sum();
        if let Some(reason) = watch.too_much(services) {
            watch.is_told = true;
            let place = watch.watched.place.clone();
            // The loader lives as long as the writer.
            let _ = self.jobs.send(Job::TakeBack { place, reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use zonesmith_zone::contribution::Contribution;

    use super::super::super::service_key::ClusterKey;
    use super::*;
    use crate::policy::Failure;

    fn key(number: usize) -> ServiceKey {
        ServiceKey {
            cluster: ClusterKey::of("cluster1"),
            path: format!("shop/svc/web{number}").parse().unwrap(),
        }
    }

    /// Of a stack of two policies, of which the second is watched.
    fn result(failure: Option<FailureKind>) -> ServiceResult {
        let watched = match failure {
            Some(kind) => Err(Failure {
                kind,
                message: String::new(),
            }),
            None => Ok(Contribution::default()),
        };
        let other = Err(Failure {
            kind: FailureKind::Trap,
            message: String::new(),
        });
        ServiceResult {
            contributions: vec![other, watched],
            ..ServiceResult::default()
        }
    }

    fn watch(exempt: &[usize]) -> Watch {
        let watched = Watched {
            rank: 1,
            place: "a.wasm".to_owned(),
            left: Duration::from_secs(600),
            tolerated: 0,
            is_new: true,
            is_forced: false,
        };
        Watch::new(watched, exempt.iter().map(|number| key(*number)).collect())
    }

    #[test]
    fn more_than_the_share_is_too_much_and_the_share_itself_is_not() {
        for (services, failing, is_too_much) in [
            (100, 10, false),
            (100, 11, true),
            (3, 1, true),
            (3, 0, false),
            (0, 0, false),
        ] {
            let mut watch = watch(&[]);
            for number in 0..services {
                let failure = (number < failing).then_some(FailureKind::Trap);
                watch.see(&key(number), &result(failure), 0);
            }
            let reason = watch.too_much(services);
            assert_eq!(
                reason.is_some(),
                is_too_much,
                "{failing} of {services}: {reason:?}"
            );
        }
    }

    #[test]
    fn what_failed_before_what_is_healed_and_what_is_gone_do_not_count() {
        let mut watch = watch(&[0]);
        for number in 0..3 {
            watch.see(&key(number), &result(Some(FailureKind::Error)), 0);
        }
        watch.see(&key(1), &result(None), 0);
        watch.forget(&key(2));
        assert_eq!(watch.failing.len(), 0);
    }

    #[test]
    fn a_call_that_took_too_long_counts_when_it_does_so_again() {
        let mut watch = watch(&[]);
        let late = result(Some(FailureKind::Deadline));
        watch.see(&key(0), &late, 0);
        assert_eq!(watch.failing.len(), 0);
        watch.see(&key(0), &late, 1);
        assert_eq!(watch.failing.len(), 1);
    }
}
