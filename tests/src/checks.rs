//! What others' checkers find in our zones: each finding with its tag, so that a committed file can say which of them
//! are none of ours, and why.
//!
//! - [`files`]: checkers of master files: `named-checkzone`, `kzonecheck`, `ldns-verify-zone`
//! - [`servers`]: checkers that walk down from the root and ask: Zonemaster, DNSViz
//! - [`ignored`]: the findings that are ignored

pub mod files;
pub mod ignored;
pub mod servers;

/// One thing that a checker does not like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The checker.
    pub tool: &'static str,
    /// The zone or name that it looked at.
    pub name: String,
    /// The checker's own word for the fault, or how it ended.
    pub tag: String,
    /// What it says about it.
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            tool,
            name,
            tag,
            detail,
        } = self;
        write!(f, "{tool}, {name}: {tag}: {detail}")
    }
}
