//! What a policy takes of what it may: processor time of its calls, memory of its instance.
//!
//! Time is the least of several calls, so that what the machine did meanwhile does not count. It is still this machine's: a
//! large share here is one to think of elsewhere.

use std::time::Duration;

use serde::Serialize;

use super::determinism::AskedAgain;
use super::finding::{Check, Finding, From};
use crate::kit::run::Run;

/// From which share of its limit on something is told, in percent.
const LARGE: u32 = 50;

/// What it takes.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Costs {
    /// `configure`.
    pub configure: Time,
    /// The service whose `synthesize` takes the largest share of its limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowest: Option<Slowest>,
    /// The slowest `choose`, of a policy that chooses which records a client is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choose: Option<Time>,
    /// The largest instance.
    pub memory: Memory,
}

/// Processor time of a call.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Time {
    /// What it took, in microseconds.
    pub microseconds: u64,
    /// What it may take.
    pub limit: u64,
    /// The one as a share of the other.
    pub percent: u32,
}

/// The slowest service.
#[derive(Debug, Clone, Serialize)]
pub struct Slowest {
    /// Its path.
    pub service: String,
    /// How many instances it has.
    pub instances: usize,
    /// Its `synthesize`.
    #[serde(flatten)]
    pub time: Time,
}

/// Memory of an instance.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Memory {
    /// Octets.
    pub octets: usize,
    /// The most there may be.
    pub limit: usize,
    /// The one as a share of the other.
    pub percent: u32,
}

impl Time {
    pub(super) fn of(time: Duration, limit: Duration) -> Self {
        let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self {
            microseconds: microseconds(time),
            limit: microseconds(limit),
            percent: percent(time.as_micros(), limit.as_micros()),
        }
    }

    /// Whether it is one to be told of.
    pub(super) fn is_large(self) -> bool {
        self.percent >= LARGE
    }
}

/// Rounded up, so that nothing but nothing is 0 %.
fn percent(part: u128, whole: u128) -> u32 {
    u32::try_from((part * 100).div_ceil(whole.max(1))).unwrap_or(u32::MAX)
}

/// Adds up what the calls took.
pub(super) fn count(run: &Run, again: &AskedAgain, findings: &mut Vec<Finding>) -> Costs {
    let mut costs = Costs::default();
    let answered = run.answers.iter().zip(&again.times);
    for (answer, time) in answered.filter(|(answer, _)| answer.said.is_ok()) {
        let cost = answer.call.cost;
        let time = Time::of(*time, cost.time_limit);
        let memory = Memory {
            octets: cost.memory,
            limit: cost.memory_limit,
            percent: percent(cost.memory as u128, cost.memory_limit as u128),
        };
        if memory.octets >= costs.memory.octets {
            costs.memory = memory;
        }
        let Some(service) = &answer.service else {
            costs.configure = time;
            continue;
        };
        let share =
            |time: Time| u128::from(time.microseconds) * 1_000_000 / u128::from(time.limit.max(1));
        let slowest = costs.slowest.as_ref();
        if slowest.is_none_or(|slowest| share(time) > share(slowest.time)) {
            costs.slowest = Some(Slowest {
                service: service.path.to_string(),
                instances: service.instances.len(),
                time,
            });
        }
    }
    judge(&costs, again, findings);
    costs
}

fn judge(costs: &Costs, again: &AskedAgain, findings: &mut Vec<Finding>) {
    let slow = |what: &str, time: Time| {
        let message = format!(
            "{what} takes {} % of the processor time it has on this machine",
            time.percent
        );
        time.is_large().then(|| Finding::new(Check::Slow, message))
    };
    findings.extend(slow("`configure`", costs.configure));
    if let Some(slowest) = &costs.slowest {
        let from = From::service(&slowest.service);
        findings.extend(slow("`synthesize`", slowest.time).map(|finding| finding.from(from)));
    }
    let memory = costs.memory;
    if memory.percent >= LARGE {
        let message = format!(
            "an instance has {} KiB of memory, {} % of what it may have",
            memory.octets >> 10,
            memory.percent
        );
        findings.push(Finding::new(Check::Memory, message));
    }
    if let Some((before, after)) = again.memory
        && after > before
    {
        let message = format!(
            "an instance has {} KiB of memory when every service was asked for, and {} KiB when all of them were again: it \
             keeps something, and is replaced when it has half of its memory",
            before >> 10,
            after >> 10
        );
        findings.push(Finding::new(Check::Leak, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up() {
        for (part, whole, expected) in [(0, 100, 0), (1, 1_000, 1), (50, 100, 50), (3, 0, 300)] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }
}
