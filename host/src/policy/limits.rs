//! What a policy may take. The same numbers stand in `wit/since_v1.0/naming.wit`, where authors read them.
//!
//! All of them are far above what an honest policy needs in the slowest language we know of, and far below what would hurt
//! the host: they are there for loops and leaks, not for tuning. So none of them is configurable.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Largest component that is compiled. Python's, with its whole interpreter, is 18.4 MB; compiling takes about twenty times
/// the size in memory for a moment, which is what this bounds.
pub(crate) const COMPONENT_SIZE: usize = 32 << 20;

/// Memory of one instance, all its linear memories together. An instance of a policy in Rust has one to two MB, in Python
/// twenty; 4 GiB, the most that WebAssembly can address, would take the daemon with it.
pub(super) const MEMORY: usize = 64 << 20;

/// Entries in all tables of one instance together, a pointer each on the host. Interpreters have some ten thousand.
pub(super) const TABLE_ELEMENTS: usize = 1 << 20;

/// Core instances in one component: a component made by `componentize-py` has 38 to 40.
pub(super) const CORE_INSTANCES: usize = 64;

/// Linear memories in one component: the policy's own, and one for each module of an adapter.
pub(super) const MEMORIES: usize = 4;

/// Tables in one component: each module of an adapter brings one.
pub(super) const TABLES: usize = 16;

/// Octets that one call may hand over to the host, about 100,000 records. The default of wasmtime, 128 MiB, is more than one
/// service is worth.
pub(super) const HANDED_OVER: usize = 16 << 20;

/// Log lines of one call that are written; the rest is counted.
pub(super) const LOG_LINES: u32 = 100;

/// Octets of one log line that are written.
pub(super) const LOG_LINE: usize = 1024;

/// Most processor time that `synthesize` may take for a service of no instance; each instance adds [`SYNTHESIZE_PER_INSTANCE`]. In the
/// slowest language a service of three instances takes 1.3 ms: what takes longer than this is a loop, not work.
const SYNTHESIZE: Duration = Duration::from_millis(100);

/// See [`SYNTHESIZE`].
const SYNTHESIZE_PER_INSTANCE: Duration = Duration::from_millis(5);

/// Most processor time that `configure` and `describe` may take, and an instance to come to life: once per instance, over
/// all nodes and networks of the cluster, and interpreters start up in it.
pub(super) const CONFIGURE: Duration = Duration::from_secs(1);

/// Most processor time that `choose` may take: a client waits, and gives up after seconds. In the slowest language it takes a
/// fraction of a millisecond.
pub(super) const CHOOSE: Duration = Duration::from_millis(10);

/// Octets of memory above which an instance is replaced that had so many when it was configured: half of what was left to
/// it then.
pub(super) fn enough_memory(configured: usize) -> usize {
    configured.midpoint(MEMORY)
}

/// Most processor time that `synthesize` may take for a service of this many instances.
pub(super) fn synthesize(instances: usize) -> Duration {
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    SYNTHESIZE.saturating_add(SYNTHESIZE_PER_INSTANCE.saturating_mul(instances))
}

/// Keeps count of what one instance has taken, and refuses what goes beyond.
///
/// wasmtime's own `StoreLimits` bounds each memory by itself; ours bounds their sum.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    /// Octets of linear memory.
    memory: usize,
    /// Entries in tables.
    elements: usize,
    /// Whether memory was ever refused: the trap that follows is then no bug but a limit.
    refused: bool,
}

impl Limiter {
    /// Octets of linear memory that the instance has.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Whether the instance was ever refused memory.
    pub(super) fn has_refused_memory(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_add(desired.saturating_sub(current));
        if memory > MEMORY {
            self.refused = true;
            return Ok(false);
        }
        // Beyond its own maximum the growth fails anyway, and must not be counted.
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.memory = memory;
        }
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = self
            .elements
            .saturating_add(desired.saturating_sub(current));
        if elements > TABLE_ELEMENTS {
            return Ok(false);
        }
        if maximum.is_none_or(|maximum| desired <= maximum) {
            self.elements = elements;
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_grows_with_the_service() {
        for (instances, milliseconds) in [(0, 100), (1, 105), (20, 200)] {
            assert_eq!(
                synthesize(instances),
                Duration::from_millis(milliseconds),
                "{instances} instances"
            );
        }
        assert!(synthesize(usize::MAX) > Duration::from_hours(1));
    }

    #[test]
    fn memories_are_bounded_together() {
        let mut limiter = Limiter::default();
        assert!(limiter.memory_growing(0, MEMORY / 2, None).unwrap());
        assert!(
            !limiter.memory_growing(0, MEMORY / 2 + 1, None).unwrap(),
            "a second memory"
        );
        assert!(limiter.has_refused_memory());
        assert!(
            limiter.memory_growing(MEMORY / 2, MEMORY, None).unwrap(),
            "what was refused is not counted"
        );
        assert_eq!(limiter.memory(), MEMORY);
    }

    #[test]
    fn the_contract_says_these_numbers() {
        let contract = include_str!("../../../wit/since_v1.0/naming.wit").replace("\n/// ", " ");
        let log = include_str!("../../../wit/since_v1.0/log.wit");
        for sentence in [
            "64 MiB of memory",
            "16 MiB handed over",
            "100 log lines",
            "100 ms, `configure`",
            "have 1 s",
            "another 5 ms",
        ] {
            assert!(contract.contains(sentence), "{sentence}");
        }
        let selection = include_str!("../../../wit/since_v1.1/selection.wit");
        let limit = format!("`choose` has {} ms of processor time", CHOOSE.as_millis());
        assert!(selection.contains(&limit), "{limit}");
        assert!(log.contains("cuts it at 1,024 octets, and drops lines beyond 100 a call"));
        assert_eq!(
            (MEMORY, HANDED_OVER, LOG_LINES, LOG_LINE),
            (64 << 20, 16 << 20, 100, 1024)
        );
        assert_eq!(
            (
                SYNTHESIZE.as_millis(),
                SYNTHESIZE_PER_INSTANCE.as_millis(),
                CONFIGURE.as_millis()
            ),
            (100, 5, 1000)
        );
    }
}
