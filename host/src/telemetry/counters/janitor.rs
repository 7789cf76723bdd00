//! What the janitor counts. The one label that is no word of ours is the address of a server, which is configured.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;

/// Bounds of the time from publication to purged, in seconds: a command takes a third of a millisecond, a round of both kinds
/// of servers some; what takes a second is a server that does not answer.
const LAG_BUCKETS: [f64; 13] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// The address of a server.
pub type Target = [(&'static str, Arc<str>); 1];

/// The address of a server, and what became of a command.
pub type Outcome = [(&'static str, Arc<str>); 2];

/// A histogram of `LAG_BUCKETS`.
#[derive(Clone, Default)]
pub struct LagBuckets;

impl MetricConstructor<Histogram> for LagBuckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(LAG_BUCKETS)
    }
}

/// Everything that is counted.
pub struct Counters {
    /// From publication to purged, by `target`.
    pub lag: Family<Target, Histogram, LagBuckets>,
    /// Orders by `target` and `outcome`.
    pub orders: Family<Outcome, Counter>,
    /// Names in them by `target`.
    pub names: Family<Target, Counter>,
    /// Whole subtrees in them by `target`.
    pub subtrees: Family<Target, Counter>,
    /// Times that names became whole zones, since they were too many.
    pub collapses: Counter,
}

/// The counters of this process.
#[must_use]
pub fn counters() -> &'static Counters {
    static COUNTERS: LazyLock<Counters> = LazyLock::new(Counters::new);
    &COUNTERS
}

impl Counters {
    fn new() -> Self {
        Self {
            lag: Family::new_with_constructor(LagBuckets),
            orders: Family::default(),
            names: Family::default(),
            subtrees: Family::default(),
            collapses: Counter::default(),
        }
    }

    /// A server was told to forget.
    pub fn ordered(&self, target: &Arc<str>, names: usize, subtrees: usize, is_good: bool) {
        let outcome = if is_good { "purged" } else { "failed" };
        let labels = [("target", Arc::clone(target)), ("outcome", outcome.into())];
        self.orders.get_or_create(&labels).inc();
        if is_good {
            let target = [("target", Arc::clone(target))];
            let count = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
            self.names.get_or_create(&target).inc_by(count(names));
            self.subtrees.get_or_create(&target).inc_by(count(subtrees));
        }
    }

    /// A server forgot what was published so long ago.
    pub fn purged_after(&self, target: &Arc<str>, lag: Duration) {
        let target = [("target", Arc::clone(target))];
        self.lag.get_or_create(&target).observe(lag.as_secs_f64());
    }

    /// So many orders became whole zones.
    pub fn collapsed(&self, orders: u64) {
        self.collapses.inc_by(orders);
    }
}
