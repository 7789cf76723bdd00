//! Processor time of processes and threads, as the kernel counts it.

use std::fs;
use std::time::Duration;

/// What a process or thread has used, by its `stat` file under `/proc`.
///
/// # Panics
/// When it is gone.
pub(crate) fn used(stat: &str) -> Duration {
    let text = fs::read_to_string(stat).expect("read what was used of a processor");
    // utime and stime, fields 14 and 15 of proc(5); the third is the first behind the name. 100 ticks a second.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().expect("a number of ticks"))
        .sum();
    Duration::from_millis(ticks * 10)
}
