//! What a publisher says of what it does: facts, which a command prints as it is asked to.

use std::fmt;
use std::time::Instant;

use serde::Serialize;

use super::batch::Batch;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Report {
    /// A member is asked from now on.
    Connected {
        /// Its address.
        member: String,
        /// The lease that keys are under, hexadecimal as etcd's tools have it.
        lease: Option<String>,
        /// Seconds that it lasts without us.
        ttl: Option<u32>,
    },
    /// Everything is there as it is wanted.
    Written {
        /// Keys that were written since it last was so.
        written: usize,
        /// Keys that were removed.
        removed: usize,
        /// How long that took.
        seconds: f64,
    },
    /// The source says nothing.
    Source {
        /// Why.
        error: String,
    },
    /// The lease ended while we could not keep it: everything under it is gone, and is written again.
    LeaseLost,
    /// A member cannot be asked, or not any more.
    Trouble {
        /// Which, and why.
        error: String,
    },
    /// It is over.
    Ended {
        /// Whether the keys are gone.
        is_removed: bool,
    },
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected {
                member,
                lease: Some(lease),
                ttl: Some(ttl),
            } => write!(
                formatter,
                "publishing to {member} under lease {lease} of {ttl} s"
            ),
            Self::Connected { member, .. } => {
                write!(formatter, "publishing to {member}, for good")
            }
            Self::Written {
                written,
                removed,
                seconds,
            } => write!(
                formatter,
                "{written} keys written, {removed} removed, in {seconds:.3} s"
            ),
            Self::Source { error } => write!(
                formatter,
                "the source says nothing: {error}; what it said last stays published"
            ),
            Self::LeaseLost => formatter
                .write_str("the lease ended while no member answered; everything is written again"),
            Self::Trouble { error } => {
                write!(formatter, "{error}; going on with another connection")
            }
            Self::Ended { is_removed: true } => {
                formatter.write_str("what was published is removed")
            }
            Self::Ended { is_removed: false } => formatter.write_str("what was published stays"),
        }
    }
}

/// What was written since it was last told.
#[derive(Debug, Default)]
pub(super) struct Tally {
    since: Option<Instant>,
    written: usize,
    removed: usize,
}

impl Tally {
    pub(super) fn add(&mut self, batch: &Batch) {
        let (written, removed) = batch.counts();
        self.written += written;
        self.removed += removed;
    }

    /// Work begins.
    pub(super) fn begin(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// What there is to tell, if anything was done.
    pub(super) fn take(&mut self) -> Option<Report> {
        let Self {
            since,
            written,
            removed,
        } = std::mem::take(self);
        (written + removed > 0).then(|| Report::Written {
            written,
            removed,
            seconds: since.map_or(0.0, |since| since.elapsed().as_secs_f64()),
        })
    }
}
