//! Who chooses which of the records a client is given.

use super::listed;
use crate::cli::output::Table;
use crate::snapshot::report::Status;

/// The one policy that does; why it is not asked, or failed last, stands at its end.
pub(super) fn table(status: &Status) -> Option<Table> {
    let head = ["CHOOSES", "STATE", "CHOSEN", "FAILED", "NOT ASKED", "ERROR"];
    listed(head, status.selection.as_slice(), |selection| {
        let state = match (selection.rest, selection.failures) {
            (Some(rest), _) => format!("asked again in {rest} ms"),
            (None, 0) => "asked".to_owned(),
            (None, failures) => format!("failed {failures} times in a row"),
        };
        [
            selection.policy.clone(),
            state,
            selection.chosen.to_string(),
            selection.failed.to_string(),
            selection.not_asked.to_string(),
            selection.error.clone().unwrap_or_default(),
        ]
    })
}
