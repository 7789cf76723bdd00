//! Whose caches are purged, and how far.

use super::listed;
use crate::cli::output::Table;
use crate::snapshot::report::Status;

/// Every server; what it cannot do stands at its end.
pub(super) fn table(status: &Status) -> Option<Table> {
    let head = ["CACHES OF", "ROLE", "STATE", "GENERATION", "ERROR"];
    listed(head, &status.caches, |cache| {
        let state = match cache.behind {
            Some(behind) => format!("{} for {behind} ms", cache.state),
            None => cache.state.clone(),
        };
        let target = if cache.found {
            format!("{} (found)", cache.target)
        } else {
            cache.target.clone()
        };
        let generation = cache.generation.map(|generation| generation.to_string());
        [
            target,
            cache.role.clone(),
            state,
            generation.unwrap_or_default(),
            cache.error.clone().unwrap_or_default(),
        ]
    })
}

/// Why servers are not told what they should know.
pub(super) fn trouble(status: &Status) -> Option<Table> {
    let problem = status.cache_problem.as_slice();
    listed(["CACHES"], problem, |problem| [problem.clone()])
}
