//! Whether a policy says the same whenever it is asked: the host throws instances away at will and asks in any order, and two
//! nodes that serve one cluster must not differ.
//!
//! Asked again: what it is; its configuration; every service from the last to the first on another instance, each twice; and
//! services on instances that have seen nothing else. Records may come in any order: sets are what is published.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use zonesmith_cluster::State;

use super::finding::{Check, Finding, From};
use crate::kit::run::{Answer, Run, timed};
use crate::policy::{Configuration, Failure, Instance, Synthesis};

/// How many services are asked for on instances of their own: interpreters take a while to start.
const FRESH: usize = 200;

/// What asking again came to.
#[derive(Debug, Default)]
pub(super) struct AskedAgain {
    pub(super) findings: Vec<Finding>,
    /// The least time that each answer took, in the order of the run: what is more was the machine's.
    pub(super) times: Vec<Duration>,
    /// Octets of memory after every service was asked for once, and after all of them were asked for again.
    pub(super) memory: Option<(usize, usize)>,
    /// Services that differ.
    told: BTreeSet<Option<String>>,
}

/// Asks a policy everything again.
pub(super) fn ask_again(run: &Run, state: &State, settings: &Arc<str>) -> AskedAgain {
    let mut asked = AskedAgain {
        times: run.answers.iter().map(|answer| answer.time).collect(),
        ..AskedAgain::default()
    };
    match run.component.describe_again() {
        Ok(description) if description == *run.component.description() => {}
        Ok(_) => asked.say(
            "`describe` says something else when it is asked again",
            None,
        ),
        Err(failure) => {
            let message = format!("`describe` fails when it is asked again: {failure}");
            asked.say(message, None);
        }
    }
    let cluster = Arc::new(state.cluster.clone());
    let start = || Instance::start(&run.component, Arc::clone(&cluster), Arc::clone(settings));
    let (started, time) = timed(start);
    match started {
        Ok((mut instance, configuration)) => {
            asked.compare_configuration(run, configuration, time);
            asked.in_reverse(run, &mut instance);
        }
        Err(refusal) => {
            let message = format!("`configure` fails when it is asked again: {refusal}");
            asked.say(message, None);
            return asked;
        }
    }
    for (at, answer) in spread(run.answers.get(1..).unwrap_or_default()) {
        let Some(service) = &answer.service else {
            continue;
        };
        match start() {
            Ok((mut instance, _)) => {
                let (said, time) = timed(|| instance.synthesize(service));
                asked.compare(
                    answer,
                    &said,
                    "on an instance that was asked nothing before",
                );
                asked.took(at + 1, &said, time);
            }
            Err(refusal) => asked.say(format!("an instance does not start: {refusal}"), None),
        }
    }
    asked
}

/// At most [`FRESH`] answers, spread evenly, each with its place.
fn spread(answers: &[Answer]) -> impl Iterator<Item = (usize, &Answer)> {
    let step = answers.len().div_ceil(FRESH).max(1);
    answers.iter().enumerate().step_by(step)
}

impl AskedAgain {
    fn say(&mut self, message: impl Into<String>, service: Option<&str>) {
        let finding = Finding::new(Check::NotDeterministic, message);
        self.findings
            .push(finding.from(service.map(From::service).unwrap_or_default()));
    }

    fn took(&mut self, at: usize, said: &Result<Synthesis, Failure>, time: Duration) {
        if let (Ok(_), Some(least)) = (said, self.times.get_mut(at)) {
            *least = time.min(*least);
        }
    }

    fn compare_configuration(&mut self, run: &Run, again: Configuration, time: Duration) {
        let Configuration {
            zones,
            records,
            diagnostics,
        } = again;
        if !is_same_set(&zones, &run.zones) {
            let differs = difference(&run.zones, &zones);
            self.say(format!("`configure` declares other zones: {differs}"), None);
        }
        if let Some(answer) = run.answers.first() {
            let said = Ok(Synthesis {
                records,
                diagnostics,
            });
            self.compare(answer, &said, "when it is configured again");
            self.took(0, &said, time);
        }
    }

    /// Every service from the last to the first, each twice.
    fn in_reverse(&mut self, run: &Run, instance: &mut Instance) {
        let mut memory = None;
        for how in [
            "when services are asked for in another order",
            "when it is asked for twice",
        ] {
            for (at, answer) in run.answers.iter().enumerate().rev() {
                let Some(service) = &answer.service else {
                    continue;
                };
                let (said, time) = timed(|| instance.synthesize(service));
                self.compare(answer, &said, how);
                self.took(at, &said, time);
            }
            let now = instance.last_call().cost.memory;
            self.memory = memory.map(|before| (before, now));
            memory = Some(now);
        }
    }

    /// Compares an answer with the first one. A service is told of once.
    fn compare(&mut self, first: &Answer, again: &Result<Synthesis, Failure>, how: &str) {
        let message = match (&first.said, again) {
            (Ok(first), Ok(again)) => {
                let (one, other) = (&first.records, &again.records);
                if is_same_set(one, other) && is_same_set(&first.diagnostics, &again.diagnostics) {
                    return;
                }
                if is_same_set(one, other) {
                    let differs = difference(&first.diagnostics, &again.diagnostics);
                    format!("it has other diagnostics {how}: {differs}")
                } else {
                    format!("it has other records {how}: {}", difference(one, other))
                }
            }
            (Err(first), Err(again)) if first.kind == again.kind => return,
            (Ok(_), Err(failure)) => format!("it fails {how}: {failure}"),
            (Err(failure), Ok(_)) => format!("it no longer fails {how}: {failure}"),
            (Err(_), Err(failure)) => format!("it fails in another way {how}: {failure}"),
        };
        let service = first.path();
        if self.told.insert(service.map(str::to_owned)) {
            self.say(message, service);
        }
    }
}

/// Whether both have the same, in any order.
fn is_same_set<T: PartialEq + Debug>(one: &[T], other: &[T]) -> bool {
    one == other || (one.len() == other.len() && sorted(one) == sorted(other))
}

fn sorted<T: Debug>(things: &[T]) -> Vec<String> {
    let mut sorted: Vec<_> = things.iter().map(|thing| format!("{thing:?}")).collect();
    sorted.sort_unstable();
    sorted
}

/// The first of what only one of them has.
fn difference<T: Debug>(first: &[T], again: &[T]) -> String {
    let (first, again) = (sorted(first), sorted(again));
    let only = |of: &[String], other: &[String]| {
        of.iter()
            .find(|thing| other.binary_search(thing).is_err())
            .cloned()
    };
    match (only(&first, &again), only(&again, &first)) {
        (Some(gone), Some(new)) => format!("not {gone} but {new}"),
        (Some(gone), None) => format!("without {gone}"),
        (None, Some(new)) => format!("also {new}"),
        (None, None) => "some of them more than once".to_owned(),
    }
}
