//! What there is to tell of policies that come from no file: the candidate in the shadow, and what was taken back.

use serde::{Deserialize, Serialize};

/// The candidate that runs beside what is live, seen by nobody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ShadowStatus {
    /// Its own word.
    pub name: String,
    /// Its own word.
    pub version: String,
    /// Of its component.
    pub digest: String,
    /// Where it came from, as a person named it.
    pub source: String,
    /// The policy whose place it would take; none: behind all.
    pub replaces: Option<String>,
    /// Seconds since it was loaded.
    pub age: u64,
    /// `waiting`, `preparing`, `running`, `refused`
    pub state: String,
    /// Why it would be refused.
    pub reason: Option<String>,
    /// The live generation that it was compared with last; no service changed since then where it is behind.
    pub generation: u64,
    /// Names that it would answer otherwise now.
    pub names: Differing,
    /// Records that differ at these names.
    pub records: Differing,
    /// Times that a name began to differ, ended to, or differed in another way than before.
    pub differences: u64,
    /// Services that it fails for now.
    pub failing: usize,
    /// Times that it failed for a service.
    pub failures: u64,
    /// Times that it was asked for a service.
    pub calls: u64,
    /// What these took, those of proofs left out.
    pub call_seconds: f64,
    /// What it took last to name every service.
    pub proof_seconds: f64,
}

/// How much differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Differing {
    /// Only the candidate has them.
    pub added: usize,
    /// The candidate does not have them.
    pub removed: usize,
    /// The candidate has them otherwise.
    pub changed: usize,
}

/// A policy that was promoted, failed, and was taken back by the daemon itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RolledBackStatus {
    /// Its own word.
    pub name: String,
    /// Of its component.
    pub digest: String,
    /// The place of the stack.
    pub place: String,
    /// A sentence.
    pub reason: String,
    /// Seconds since then.
    pub age: u64,
}
