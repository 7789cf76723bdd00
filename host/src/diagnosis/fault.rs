//! What both servers' settings are judged by.

use super::check::State;

/// A setting that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::diagnosis) struct Fault {
    pub(in crate::diagnosis) state: State,
    pub(in crate::diagnosis) check: &'static str,
    pub(in crate::diagnosis) seen: String,
    /// As it should be.
    pub(in crate::diagnosis) setting: String,
}
