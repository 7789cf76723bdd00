//! A server that can be told in several ways: each order goes the first that works, and nothing is owed because another one
//! does not.
//!
//! A way that failed is left alone for a moment, and stands behind the others meanwhile: one that keeps us waiting does so
//! once, and not at every change. A way may lack something (NOTIFY has no list of zones read again): what the best one would
//! have done besides is left for it. Whether it works again is looked at even if nothing changes, so that what is told of it
//! is true.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::{info, warn};

use super::address::Ways;
use super::command::Done;
use super::order::Order;
use super::pause;
use super::purge_error::PurgeError;

/// Failures in a row after which a way is worth a line in the log: a server that has just begun to answer may not have made
/// its control socket yet.
const WORTH_SAYING: u32 = 3;

/// A way to a server.
pub(super) trait Way: Display + Send + Sync {
    /// Tells the server everything of an order that can be told by this way.
    fn obey(&self, order: &Order) -> impl Future<Output = Result<Done, PurgeError>> + Send;

    /// What of an order cannot.
    fn lacks(&self, order: &Order) -> Order;

    /// Whether anything of an order can.
    fn does(&self, order: &Order) -> bool;

    /// Whether it works, found out without having anything forgotten; none: it cannot be found out.
    fn look(&self) -> impl Future<Output = Option<Result<(), PurgeError>>> + Send;
}

/// Which ways of a server failed, by their places.
#[derive(Default)]
pub(super) struct Fared(Mutex<BTreeMap<usize, Failure>>);

struct Failure {
    /// In a row.
    count: u32,
    /// Until when it is left alone.
    until: Instant,
    error: String,
}

/// What came of one way.
enum Outcome {
    Did(Done),
    Failed(PurgeError),
    /// There was nothing to tell by it, and it cannot be asked.
    Unknown,
}

/// Tells the server everything of an order, by the first way that works.
///
/// # Errors
/// None does.
pub(super) async fn obey<W: Way>(
    ways: &Ways<W>,
    fared: &Fared,
    order: &Order,
) -> Result<Done, PurgeError> {
    if let Some(way) = ways.only() {
        return way.obey(order).await;
    }
    let mut failures = BTreeMap::new();
    // One that may well work, and had nothing to do.
    let mut idle = None;
    for (place, way) in fared.in_turn(ways) {
        match tell(way, order).await {
            Outcome::Did(done) => return Ok(fared.settle(ways, place, &failures, order, done)),
            Outcome::Failed(error) => {
                failures.insert(place, error);
            }
            Outcome::Unknown if fared.is_failing(place) => {}
            Outcome::Unknown => idle = idle.or(Some(place)),
        }
    }
    if let Some(place) = idle {
        return Ok(fared.settle(ways, place, &failures, order, Done::default()));
    }
    // The server is away, and not a way to it: they are tried in their order again.
    fared.lock().clear();
    Err(PurgeError::EveryWay(failures.into_values().collect()))
}

async fn tell<W: Way>(way: &W, order: &Order) -> Outcome {
    let told = if way.does(order) {
        way.obey(order).await
    } else {
        match way.look().await {
            Some(looked) => looked.map(|()| Done::default()),
            None => return Outcome::Unknown,
        }
    };
    match told {
        Ok(done) => Outcome::Did(done),
        Err(error) => Outcome::Failed(error),
    }
}

impl Fared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_failing(&self, place: usize) -> bool {
        self.lock().contains_key(&place)
    }

    /// The ways in the order in which they are tried: those that are left alone come last.
    fn in_turn<'ways, W>(&self, ways: &'ways Ways<W>) -> Vec<(usize, &'ways W)> {
        let now = Instant::now();
        let failures = self.lock();
        let is_left_alone = |place: &usize| {
            failures
                .get(place)
                .is_some_and(|failure| failure.until > now)
        };
        let mut turns: Vec<_> = ways.iter().enumerate().collect();
        turns.sort_by_key(|(place, _)| is_left_alone(place));
        turns
    }

    /// The way at `place` did an order, after others had failed.
    fn settle<W: Way>(
        &self,
        ways: &Ways<W>,
        place: usize,
        failed: &BTreeMap<usize, PurgeError>,
        order: &Order,
        mut done: Done,
    ) -> Done {
        let ways: Vec<&W> = ways.iter().collect();
        let mut failures = self.lock();
        for (failed, error) in failed.range(..place) {
            let failure = failures.entry(*failed).or_insert_with(|| Failure {
                count: 0,
                until: Instant::now(),
                error: String::new(),
            });
            failure.count += 1;
            if failure.count == WORTH_SAYING {
                let way = ways.get(*failed).map(ToString::to_string);
                warn!(way, %error, "caches are purged by another way");
            }
            failure.until = Instant::now() + pause::after(failure.count);
            failure.error = error.to_string();
        }
        // Those behind it are of no account while it works.
        let works_again = failures.split_off(&place).remove(&place);
        if works_again.is_some_and(|failure| failure.count >= WORTH_SAYING) {
            let way = ways.get(place).map(ToString::to_string);
            info!(way, "caches can be purged by this way again");
        }
        let Some((best, failure)) = failures.first_key_value() else {
            return done;
        };
        let (Some(best), Some(way)) = (ways.get(*best), ways.get(place)) else {
            return done;
        };
        let error = &failure.error;
        done.problem = Some(format!("{best} cannot be used ({error}): purged by {way}"));
        done.left = Some(way.lacks(order));
        done
    }
}

#[cfg(test)]
mod tests;
