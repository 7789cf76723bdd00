//! All that was found, told as it comes: some of it takes seconds.

use super::check::{Check, Part, State};
use super::cure::Cure;

/// What was found so far.
pub(super) struct Findings<'a> {
    checks: Vec<Check>,
    part: Part,
    tell: &'a mut dyn FnMut(&Check),
}

impl<'a> Findings<'a> {
    pub(super) fn new(tell: &'a mut dyn FnMut(&Check)) -> Self {
        Self {
            checks: Vec::new(),
            part: Part::Configuration,
            tell,
        }
    }

    /// What comes is of this part.
    pub(super) fn begin(&mut self, part: Part) {
        self.part = part;
    }

    pub(super) fn green(&mut self, check: impl Into<String>, seen: impl Into<String>) {
        self.add(State::Green, check.into(), seen.into(), None);
    }

    pub(super) fn skipped(&mut self, check: impl Into<String>, why: impl Into<String>) {
        self.add(State::Skipped, check.into(), why.into(), None);
    }

    pub(super) fn yellow(&mut self, check: impl Into<String>, seen: impl Into<String>, cure: Cure) {
        self.add(State::Yellow, check.into(), seen.into(), Some(cure));
    }

    pub(super) fn red(&mut self, check: impl Into<String>, seen: impl Into<String>, cure: Cure) {
        self.add(State::Red, check.into(), seen.into(), Some(cure));
    }

    /// Yellow or red, as `state` has it.
    pub(super) fn bad(
        &mut self,
        state: State,
        check: impl Into<String>,
        seen: impl Into<String>,
        cure: Cure,
    ) {
        self.add(state, check.into(), seen.into(), Some(cure));
    }

    fn add(&mut self, state: State, check: String, seen: String, cure: Option<Cure>) {
        let check = Check {
            part: self.part,
            check,
            state,
            seen,
            cure,
        };
        (self.tell)(&check);
        self.checks.push(check);
    }

    pub(super) fn all(self) -> Vec<Check> {
        self.checks
    }
}
