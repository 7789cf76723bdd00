//! `policy diff --replay`: what a candidate would have done over a recorded history, change by change.
//!
//! Both stacks follow the history side by side. A change tells how many names each of them would have published for it, and in
//! which names they differ otherwise since: it is what the daemon counts of a candidate that it runs beside the live policies.

use std::fmt::Write as _;

use anyhow::bail;
use serde::Serialize;
use zonesmith_zone::comparison::{
    Change, ComparedZone, Comparison, Fault, Following, compare, compare_names, compare_others,
};
use zonesmith_zone::delta::Delta;

use super::difference::{CountWord, Difference};
use crate::cli::output::{self, Format, Reader};
use crate::cli::paint::Paint;
use crate::kit::followed::Followed;
use crate::kit::history::{self, Moment, utc};

/// A state of the history, and what is different since the one before.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    /// Milliseconds since 1970.
    at: u64,
    /// Services that are new or different; of the first state, all.
    services: usize,
    /// Services that are gone.
    gone: usize,
    /// Names that changed under the stack that it is compared with.
    names_before: usize,
    /// Names that changed with the candidate.
    names_after: usize,
    /// Names that began to differ with this change, that ended to, or differ in another way.
    differences: u64,
    /// Names that differ now.
    differing: CountWord,
    #[serde(flatten)]
    difference: Difference,
}

/// The last word.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Total {
    /// After the first state.
    changes: usize,
    /// All that the changes and the first state tell.
    differences: u64,
    /// Names that differ at the end.
    differing: CountWord,
}

/// Two stacks that follow a history.
pub(super) struct Replay {
    before: Followed,
    after: Followed,
    following: Following,
    zones: Vec<ComparedZone>,
    faults: Vec<(Change, Fault)>,
    is_different: bool,
}

impl Replay {
    /// Prints a history, one state after the other, and whether anything was ever different.
    pub(super) fn run(
        before: Followed,
        after: Followed,
        first: &Moment,
        history: &mut history::Reader,
        format: Format,
        paint: Paint,
    ) -> anyhow::Result<bool> {
        let (mut replay, step) = Self::begin(before, after, first);
        let mut changes = 0;
        if show(&step, true, format, paint)? == Reader::Gone {
            return Ok(replay.is_different);
        }
        while let Some(moment) = history.next_state()? {
            changes += 1;
            let step = replay.follow(moment);
            if show(&step, false, format, paint)? == Reader::Gone {
                return Ok(replay.is_different);
            }
        }
        let total = Total {
            changes,
            differences: replay.following.turns(),
            differing: CountWord::of(replay.following.names()),
        };
        // Whether anybody reads on does not matter after the last word.
        let _ = match format {
            Format::Json => output::print_json_on(&total)?,
            Format::Table => output::print_on(total.text())?,
        };
        Ok(replay.is_different)
    }

    fn begin(before: Followed, after: Followed, first: &Moment) -> (Self, Step) {
        let comparison = compare(before.side(), after.side());
        let (old, new) = (before.zone_set(), after.zone_set());
        let following = Following::begin(&old, &new);
        let step = Step {
            at: first.at,
            services: first.state.services.len(),
            gone: 0,
            names_before: old.names(),
            names_after: new.names(),
            differences: following.turns(),
            differing: CountWord::of(following.names()),
            difference: Difference::of(&comparison),
        };
        let is_different = !comparison.is_empty();
        let Comparison { zones, faults, .. } = comparison;
        let replay = Self {
            before,
            after,
            following,
            zones,
            faults,
            is_different,
        };
        (replay, step)
    }

    fn follow(&mut self, moment: Moment) -> Step {
        let Moment { at, state } = moment;
        let reconciled = self.before.state().reconcile(state);
        let (services, gone) = (reconciled.changed.len(), reconciled.removed.len());
        let old = self.before.follow(reconciled.state.clone());
        let new = self.after.follow(reconciled.state);
        let (before, after) = (self.before.zone_set(), self.after.zone_set());
        let differences = self.following.follow((&before, &old), (&after, &new));
        let difference = self.since_last(&old, &new);
        self.is_different |= !difference.is_empty();
        Step {
            at,
            services,
            gone,
            names_before: old.changes.len(),
            names_after: new.changes.len(),
            differences,
            differing: CountWord::of(self.following.names()),
            difference: Difference::of(&difference),
        }
    }

    /// What differs now, and did not before this change, or not so.
    fn since_last(&mut self, old: &Delta, new: &Delta) -> Comparison {
        let (before, after) = (self.before.side(), self.after.side());
        let changes = old.changes.iter().chain(&new.changes);
        let names = compare_names(before, after, changes.map(|change| change.name.as_ref()));
        let Comparison { zones, faults, .. } = compare_others(before, after);
        let new_zones = zones.iter().filter(|zone| !self.zones.contains(zone));
        // Both are sorted by the fault.
        let is_new = |fault: &&(Change, Fault)| {
            let place = self
                .faults
                .binary_search_by(|(_, known)| known.cmp(&fault.1));
            !place.is_ok_and(|at| self.faults.get(at) == Some(*fault))
        };
        let comparison = Comparison {
            zones: new_zones.cloned().collect(),
            names,
            faults: faults.iter().filter(is_new).cloned().collect(),
        };
        (self.zones, self.faults) = (zones, faults);
        comparison
    }
}

fn show(step: &Step, is_first: bool, format: Format, paint: Paint) -> anyhow::Result<Reader> {
    match format {
        Format::Json => output::print_json_on(step),
        Format::Table => output::print_on(step.text(is_first, paint)),
    }
}

/// The first state of a history.
pub(super) fn first(history: &mut history::Reader, path: &str) -> anyhow::Result<Moment> {
    match history.next_state()? {
        Some(first) => Ok(first),
        None => bail!("{path} has no state"),
    }
}

impl Step {
    fn text(&self, is_first: bool, paint: Paint) -> String {
        let Self {
            at,
            services,
            gone,
            names_before,
            names_after,
            differences,
            differing,
            difference,
        } = self;
        let at = utc(*at);
        let differing = differing.sum();
        let mut text = if is_first {
            format!("{at}  {services} services: {differing} names differ\n")
        } else {
            format!(
                "{at}  services: {services} changed, {gone} gone; names: {names_before} changed before, {names_after} after; \
                 differences: {differences}, names that differ: {differing}\n"
            )
        };
        for line in difference.lines(paint).lines() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {line}");
        }
        text
    }
}

impl Total {
    fn text(&self) -> String {
        let Self {
            changes,
            differences,
            differing,
        } = self;
        let differing = differing.sum();
        format!(
            "{changes} changes, {differences} differences; {differing} names differ at the end\n"
        )
    }
}
