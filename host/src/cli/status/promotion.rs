//! Policies that come from no file: what is pinned, the candidate in the shadow, and what was taken back.

use super::listed;
use crate::cli::output::Table;
use crate::snapshot::report::Status;
use crate::snapshot::report::promotion::Differing;

/// The policies of the stack.
pub(super) fn policies(status: &Status) -> Option<Table> {
    let head = ["POLICY", "VERSION", "FILE", "DIGEST", "CONTRACT", "PINNED"];
    listed(head, &status.policies, |policy| {
        let pinned = match (policy.pinned, policy.watched) {
            (None, _) => String::new(),
            (Some(_), None) => "pinned".to_owned(),
            (Some(_), Some(left)) => format!("pinned, watched for {left} s"),
        };
        [
            policy.name.clone(),
            policy.version.clone(),
            policy.file.clone(),
            short(&policy.digest),
            policy.contract.clone(),
            pinned,
        ]
    })
}

/// The candidate.
pub(super) fn shadow(status: &Status) -> Option<Table> {
    let head = [
        "SHADOW",
        "VERSION",
        "DIGEST",
        "REPLACES",
        "STATE",
        "NAMES",
        "RECORDS",
        "DIFFERENCES",
        "FAILS FOR",
        "CALLS",
    ];
    listed(head, status.shadow.as_slice(), |shadow| {
        let state = match &shadow.reason {
            Some(reason) => format!("{}: {reason}", shadow.state),
            None => shadow.state.clone(),
        };
        [
            shadow.name.clone(),
            shadow.version.clone(),
            short(&shadow.digest),
            shadow.replaces.clone().unwrap_or_default(),
            state,
            differing(shadow.names),
            differing(shadow.records),
            shadow.differences.to_string(),
            format!("{} services", shadow.failing),
            format!("{} in {:.3} s", shadow.calls, shadow.call_seconds),
        ]
    })
}

/// What the daemon took back by itself.
pub(super) fn rolled_back(status: &Status) -> Option<Table> {
    let head = ["ROLLED BACK", "DIGEST", "FOR", "PLACE", "REASON"];
    listed(head, status.rolled_back.as_slice(), |rolled_back| {
        [
            rolled_back.name.clone(),
            short(&rolled_back.digest),
            format!("{} s", rolled_back.age),
            rolled_back.place.clone(),
            rolled_back.reason.clone(),
        ]
    })
}

fn differing(counts: Differing) -> String {
    let Differing {
        added,
        removed,
        changed,
    } = counts;
    format!("+{added} −{removed} ~{changed}")
}

fn short(digest: &str) -> String {
    let digits = digest.trim_start_matches("sha256:").chars();
    digits.take(12).collect()
}
