//! Everything that the daemon, the RFCs or a second look have against a policy, on one cluster.
//!
//! - [`finding`]: what is looked at, and what is found
//! - `host`: what the host refuses, merges away or cannot explain
//! - `names`: labels, aliases, targets, reverse names
//! - `determinism`: whether it says the same when it is asked again
//! - `choices`: what it chooses for clients, if it does
//! - [`cost`]: time and memory as shares of the limits
//!
//! A policy that has no zones is looked at behind the embedded one, whose own names are not judged.

mod choices;
pub mod cost;
mod determinism;
pub mod finding;
mod host;
mod names;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use zonesmith_cluster::State;

use self::cost::Costs;
use self::finding::{Finding, Weight};
use super::published::Published;
use super::run::Run;
use crate::policy::{Component, Diagnostic, Engine, Refusal};

/// What a check came to.
pub struct Checked {
    /// What would be published.
    pub published: Published,
    /// Everything that was found, the worst first.
    pub findings: Vec<Finding>,
    /// What the policy takes.
    pub costs: Costs,
}

/// Checks a policy that could be loaded.
///
/// # Errors
///
/// A refusal at stage instantiate or configure.
pub fn check(
    engine: &Engine,
    component: &Component,
    state: &State,
    settings: &Arc<str>,
) -> Result<Checked, Refusal> {
    let runs = Run::stack(engine, component, state, settings)?;
    let place = runs.len().saturating_sub(1);
    let mut findings = Vec::new();
    let mut costs = Costs::default();
    if let Some(run) = runs.get(place) {
        let mut again = determinism::ask_again(run, state, settings);
        costs = cost::count(run, &again, &mut findings);
        findings.append(&mut again.findings);
    }
    let published = Published::of(state, runs);
    host::look(&published, place, &mut findings);
    names::look(&published, place, &mut findings);
    costs.choose = choices::look(&published, component, state, settings, &mut findings);
    findings.sort_by_key(|finding| (finding.weight, finding.check));
    Ok(Checked {
        published,
        findings,
        costs,
    })
}

impl Checked {
    /// The policy that was checked.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.published.runs.last()
    }

    /// Whether it declares zones.
    #[must_use]
    pub fn has_own_zones(&self) -> bool {
        self.run().is_some_and(|run| !run.zones.is_empty())
    }

    /// How many records of the policy would be published, or merged with those of others.
    #[must_use]
    pub fn records(&self) -> usize {
        let of_policy = self.published.runs.len().saturating_sub(1);
        self.published.records_of(of_policy)
    }

    /// What the policy itself has to say, each with the service it is about.
    pub fn diagnostics(&self) -> impl Iterator<Item = (finding::From, &Diagnostic)> {
        let run = self.published.runs.len().saturating_sub(1);
        let answers = self
            .run()
            .into_iter()
            .flat_map(|run| run.answers.iter().enumerate());
        answers.flat_map(move |(answer, of)| {
            let place = super::published::Place { run, answer };
            let said = of.said.iter().flat_map(|said| &said.diagnostics);
            said.map(move |said| {
                let from = finding::From::of(&self.published, place, said.rule, said.origin);
                (from, said)
            })
        })
    }

    /// How many findings there are of a weight.
    #[must_use]
    pub fn count(&self, weight: Weight) -> usize {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.weight == weight).count()
    }
}
