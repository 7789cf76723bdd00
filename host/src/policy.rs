//! Policies: components that name what a cluster runs, in our types. No type of wasmtime leaves this folder.
//!
//! ```text
//!            Component::load                    Instance::start                 Instance::synthesize
//!  bytes ──▶ compile, contract, link,  ──▶ a store of its own, configured ──▶ records of one service
//!            instantiate, describe         with a cluster and settings        … any number of times
//! ```
//!
//! A [`Component`] is proven as far as it can be without a cluster; an [`Instance`] is a component at work. Each step that
//! fails says at which [`Stage`] and why, in a sentence for the author of the policy or for who put it there.
//!
//! **Invariant:** a policy can harm nobody but itself. What it may take is in `policy/limits.rs`, what it may call in
//! `policy/imports.rs`: one function, `log`. What it says is unchecked: records meet `zonesmith_zone::validate` first.
//!
//! **Invariant:** the guest is only called by the one writer, never at a lookup, never by two threads at once on one
//! instance. So calls are synchronous, and an instance is `&mut`. Who chooses among records (`selection`) has instances of
//! its own for that, and milliseconds.
//!
//! We do not call the guest in batches: copying strings is what costs, not the call, and one bad service would take
//! others with it. We do not keep compiled code on disk: a policy in Rust compiles in less time than it takes to read
//! this sentence, and loading machine code from a file is trusting that file.

mod component;
mod contract;
mod deadline;
mod embedded;
mod engine;
mod imports;
mod instance;
mod limits;
pub mod loader;
pub mod pins;
pub mod selection;
mod session;
pub mod stack;

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use zonesmith_zone::record::{Origin, Record, ZoneDeclaration};

pub use self::component::Component;
pub use self::embedded::{EMBEDDED, embedded};
pub use self::engine::Engine;
pub use self::instance::Instance;
pub(crate) use self::limits::COMPONENT_SIZE;

/// What a policy says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Names the policy among others: `default`, `short-names`.
    pub name: String,
    /// Semantic version of the policy, as its author wrote it.
    pub version: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// What it does, in a paragraph or several.
    pub documentation: String,
    /// The rules by which it makes records; records name theirs by its index.
    pub rules: Vec<Rule>,
    /// JSON Schema of its settings, a JSON text; empty when it has none.
    pub settings_schema: String,
}

/// One of the rules by which a policy makes records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// A short word, `round-robin`.
    pub name: String,
    /// A sentence for people who ask why a name is there.
    pub documentation: String,
}

/// Something that the owner of a service or of the cluster should know, from a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A sentence.
    pub message: String,
    /// Index into the rules of the policy's [`Description`]; never out of range.
    pub rule: Option<u16>,
    /// The instance and resource it is about; never out of range.
    pub origin: Option<Origin>,
}

/// How much a [`Diagnostic`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// For the curious.
    Information,
    /// Somebody probably wants to change something.
    Warning,
    /// A record that somebody expects is missing.
    Error,
}

impl Severity {
    /// The word for it, the same in logs, tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a policy makes of a cluster and its settings, without any service. Unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The zones it wants served; none of a policy that only adds records to the zones of others.
    pub zones: Vec<ZoneDeclaration>,
    /// Records of no service; none of them has an origin.
    pub records: Vec<Record>,
    /// What should be known about the settings or the cluster.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a policy makes of one service. Unchecked, but for rules and origins: those are in range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synthesis {
    /// The records of the service.
    pub records: Vec<Record>,
    /// What its owner should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// What an instance has after a call, and what it may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// The most processor time; for a service it grows with its instances.
    pub time_limit: Duration,
    /// Octets of memory that the instance has after the call.
    pub memory: usize,
    /// The most of it.
    pub memory_limit: usize,
}

/// What a call that gave an answer was like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Call {
    /// What it took.
    pub cost: Cost,
    /// Rules and origins in its answer that there are not, and that were dropped.
    pub strays: usize,
}

/// Why a candidate does not become live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{stage}: {reason}")]
pub struct Refusal {
    /// How far it came.
    pub stage: Stage,
    /// A sentence that says what is wrong, where, and what to do.
    pub reason: String,
}

impl Refusal {
    /// The whole sentence, of a policy of this name.
    #[must_use]
    pub fn of(&self, policy: &str) -> String {
        format!(
            "{policy} is refused at stage {}: {}",
            self.stage, self.reason
        )
    }
}

/// How far a candidate came, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The bytes or the settings could not be had.
    Read,
    /// The bytes are not signed by anybody who is believed, or are not those that are pinned.
    Trust,
    /// The bytes are no component, or none that this host can compile.
    Compile,
    /// The component speaks another contract, or none.
    Contract,
    /// The component wants something that no policy is given.
    Link,
    /// The component could not be brought to life.
    Instantiate,
    /// `describe` failed.
    Describe,
    /// `configure` failed.
    Configure,
    /// Too many services failed, or all of them took too long.
    Synthesize,
    /// What it said is not fit to be published.
    Validate,
    /// It would take away too much of what is served.
    Guard,
}

impl Stage {
    /// The word for it, the same in logs, tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trust => "trust",
            Self::Compile => "compile",
            Self::Contract => "contract",
            Self::Link => "link",
            Self::Instantiate => "instantiate",
            Self::Describe => "describe",
            Self::Configure => "configure",
            Self::Synthesize => "synthesize",
            Self::Validate => "validate",
            Self::Guard => "guard",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why one call of a policy gave nothing. The service it was for keeps its last good records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of thing happened: what is counted.
    pub kind: FailureKind,
    /// A sentence.
    pub message: String,
}

/// What kind of thing made a call fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It panicked, aborted, recursed without end or reached out of its memory.
    Trap,
    /// It took longer than a call may.
    Deadline,
    /// It asked for more memory than an instance may have.
    Memory,
    /// It returned more than a call may.
    TooMuchOutput,
    /// It returned something that is no value of the contract, as a text that is not UTF-8.
    Malformed,
    /// It called something that no policy is given, as a clock.
    Import,
    /// It returned an error: the policy's own word.
    Error,
}

impl FailureKind {
    /// The word for it, the same in logs, metrics and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::TooMuchOutput => "too-much-output",
            Self::Malformed => "malformed",
            Self::Import => "import",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests;
