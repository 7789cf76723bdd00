//! What is counted where it happens: one call there, and nothing else that those places have to know of metrics. What can be
//! read off the live state when somebody asks is not counted at all; `admin::metrics` has the table of both.
//!
//! The counters are of the process, as its log is. Labels are words of our own code; the one exception is the address of a
//! source, which is configured. Nothing here is on the way of a lookup: connections count for themselves.

pub mod janitor;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;

/// Bounds of the latency from a source's word to the answer, in seconds: a change of one service takes milliseconds, the
/// goals are 20 and 50 ms, and what takes seconds is a whole cluster.
const LATENCY_BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bounds of a policy's calls, in seconds: a service takes 20 µs, `configure` milliseconds, the deadline is from 100 ms on.
const CALL_BUCKETS: [f64; 12] = [
    0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0,
];

/// A label and its value.
pub type Label = (&'static str, &'static str);

/// The labels of a service's records.
const SYNTHESIZED: [Label; 2] = [("call", "synthesize"), ("outcome", "ok")];

/// The address of a source, and which word of it.
pub type SourceLabels = [(&'static str, Arc<str>); 2];

/// A histogram of `CALL_BUCKETS`.
#[derive(Clone, Default)]
pub struct CallBuckets;

impl MetricConstructor<Histogram> for CallBuckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(CALL_BUCKETS)
    }
}

/// Everything that is counted.
pub struct Counters {
    /// Generations published.
    pub publications: Counter,
    /// Names that differed in them.
    pub changed_names: Counter,
    /// Publications that changed too many names to list.
    pub swaps: Counter,
    /// From a source's word to the publication of what follows from it.
    pub latency: Histogram,
    /// By `outcome`.
    pub reloads: Family<[Label; 1], Counter>,
    /// By `call` and `outcome`.
    pub policy_calls: Family<[Label; 2], Counter>,
    /// By `call`.
    pub policy_call_seconds: Family<[Label; 1], Histogram, CallBuckets>,
    /// Of the two above what nearly every call is: a service that has its records.
    synthesized: (Counter, Histogram),
    /// By `source` and `update`.
    pub source_updates: Family<SourceLabels, Counter>,
    /// Pauses before a source was tried again, by `source`.
    pub source_retries: Family<[(&'static str, Arc<str>); 1], Counter>,
    /// Serials that could not be kept.
    pub state_errors: Counter,
    /// By `outcome`.
    pub notifies: Family<[Label; 1], Counter>,
    /// Times that another daemon asked for everything, by `outcome`.
    pub handovers: Family<[Label; 1], Counter>,
    /// Policies that were promoted and taken back by the daemon itself, by `outcome`.
    pub taken_back: Family<[Label; 1], Counter>,
    /// How long nobody answered when this daemon took over; none: it began alone.
    pub takeover_pause: Histogram,
}

/// What is told of a source's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceWord {
    /// All that it knows.
    State,
    /// Single services.
    Changes,
    /// That it cannot say anything.
    Failed,
}

impl SourceWord {
    /// The value of the label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Changes => "changes",
            Self::Failed => "failed",
        }
    }
}

/// The counters of this process.
#[must_use]
pub fn counters() -> &'static Counters {
    static COUNTERS: LazyLock<Counters> = LazyLock::new(Counters::new);
    &COUNTERS
}

impl Counters {
    fn new() -> Self {
        let policy_calls = Family::<[Label; 2], Counter>::default();
        let policy_call_seconds = Family::new_with_constructor(CallBuckets);
        let [call, outcome] = SYNTHESIZED;
        let counters = Self {
            synthesized: (
                policy_calls.get_or_create_owned(&[call, outcome]),
                policy_call_seconds.get_or_create_owned(&[call]),
            ),
            publications: Counter::default(),
            changed_names: Counter::default(),
            swaps: Counter::default(),
            latency: Histogram::new(LATENCY_BUCKETS),
            reloads: Family::default(),
            policy_calls,
            policy_call_seconds,
            source_updates: Family::default(),
            source_retries: Family::default(),
            state_errors: Counter::default(),
            notifies: Family::default(),
            handovers: Family::default(),
            taken_back: Family::default(),
            takeover_pause: Histogram::new(LATENCY_BUCKETS),
        };
        // What never happened is 0 and not missing: an alert on a rate needs the first one, too.
        for outcome in ["published", "unchanged", "refused"] {
            let _ = counters.reloads.get_or_create(&[("outcome", outcome)]);
        }
        for outcome in ["acknowledged", "failed"] {
            let _ = counters.notifies.get_or_create(&[("outcome", outcome)]);
        }
        for outcome in ["done", "failed"] {
            let _ = counters.taken_back.get_or_create(&[("outcome", outcome)]);
        }
        for outcome in ["handed-over", "kept"] {
            let _ = counters.handovers.get_or_create(&[("outcome", outcome)]);
        }
        counters
    }

    /// A generation was published, with `names` that differ.
    pub fn published(&self, names: Option<usize>) {
        self.publications.inc();
        match names {
            Some(names) => {
                let names = u64::try_from(names).unwrap_or(u64::MAX);
                self.changed_names.inc_by(names);
            }
            None => {
                self.swaps.inc();
            }
        }
    }

    /// What a source said was published so much later.
    pub fn published_after(&self, latency: Duration) {
        self.latency.observe(latency.as_secs_f64());
    }

    /// Somebody or something had the policies looked at again.
    pub fn reloaded(&self, outcome: &'static str) {
        self.reloads.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A call into a policy ended.
    pub fn called(&self, call: &'static str, outcome: &'static str, took: Duration) {
        let labels = [("call", call), ("outcome", outcome)];
        if labels == SYNTHESIZED {
            // 100,000 of them in a reload: without looking for them in two tables.
            let (calls, seconds) = &self.synthesized;
            calls.inc();
            seconds.observe(took.as_secs_f64());
            return;
        }
        self.policy_calls.get_or_create(&labels).inc();
        self.policy_call_seconds
            .get_or_create(&[("call", call)])
            .observe(took.as_secs_f64());
    }

    /// A source said something.
    pub fn heard(&self, source: &Arc<str>, word: SourceWord) {
        let update: Arc<str> = Arc::from(word.as_str());
        let labels = [("source", Arc::clone(source)), ("update", update)];
        self.source_updates.get_or_create(&labels).inc();
    }

    /// A source that failed is tried again.
    pub fn retried(&self, source: &Arc<str>) {
        let labels = [("source", Arc::clone(source))];
        self.source_retries.get_or_create(&labels).inc();
    }

    /// Another daemon asked for everything.
    pub fn handed_over(&self, outcome: &'static str) {
        self.handovers.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A policy that was promoted fails, and was to be taken back.
    pub fn taken_back(&self, outcome: &'static str) {
        self.taken_back.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A secondary was told of a zone.
    pub fn notified(&self, outcome: &'static str) {
        self.notifies.get_or_create(&[("outcome", outcome)]).inc();
    }
}
