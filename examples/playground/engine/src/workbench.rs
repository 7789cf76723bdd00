//! The state of the page's engine: the document, the policies, the stack that is shown and one to compare it with, and what
//! was kept.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::answer;
use crate::bindings::exports::zonesmith::playground::workbench as words;
use crate::bindings::zonesmith::policy::{cluster, naming};
use crate::difference;
use crate::document::Document;
use crate::entry::{Entry, Policy};
use crate::given;
use crate::printed;
use crate::problems;
use crate::rows::Found;
use crate::stack::Stack;

/// Names of a publish that are told one by one.
const CHANGED_NAMES: usize = 200;

/// A state that is compared with.
struct Kept {
    stack: Stack,
    problems: Vec<words::Problem>,
}

/// Everything that the engine knows.
#[derive(Default)]
pub struct Workbench {
    document: Document,
    policies: BTreeMap<String, Rc<Policy>>,
    shown: Stack,
    other: Stack,
    generation: u32,
    problems: Vec<words::Problem>,
    found: Option<Found>,
    kept: BTreeMap<u32, Kept>,
    last_kept: u32,
}

impl Workbench {
    /// Reads a document in any language that the daemon reads. One that is refused changes nothing.
    pub fn read(&mut self, text: String) -> words::Reading {
        self.document.read(text)
    }

    /// Makes a policy known by its digest.
    pub fn know(&mut self, digest: String, description: naming::Description, selects: bool) {
        let policy = Policy {
            digest: digest.clone(),
            description,
            selects,
        };
        self.policies.insert(digest, Rc::new(policy));
    }

    /// Puts a stack on a bench, and says what has to be asked. Without a cluster that has DNS nothing is.
    pub fn stack(&mut self, bench: words::Bench, slots: Vec<words::Slot>) -> Vec<words::Task> {
        let cluster = &self.document.state().cluster;
        let is_on = !cluster.name.is_empty() && !cluster.nameservers.is_empty();
        let slots = slots.into_iter().filter(|_| is_on);
        let entries = slots.filter_map(|words::Slot { digest, settings }| {
            let policy = self.policies.get(&digest)?;
            Some(Entry::new(Rc::clone(policy), settings))
        });
        let entries = entries.collect();
        let (stack, beside) = match bench {
            words::Bench::Shown => (&mut self.shown, None),
            words::Bench::Other => (&mut self.other, Some(&self.shown)),
        };
        stack.put(entries, beside);
        stack.tasks(self.document.cluster(), self.document.state())
    }

    /// What to configure policies with.
    #[must_use]
    pub fn cluster(&self) -> cluster::Cluster {
        given::cluster(self.document.cluster())
    }

    /// A service of the document.
    #[must_use]
    pub fn service(&self, path: &str) -> Option<cluster::Service> {
        let service = self.document.state().services.get(path)?;
        Some(given::service(service))
    }

    /// Takes what a policy said of the cluster.
    pub fn configured(
        &mut self,
        bench: words::Bench,
        policy: u32,
        said: Result<naming::Configuration, words::Failure>,
        microseconds: f64,
    ) {
        let cluster = Arc::clone(self.document.cluster());
        if let Some(entry) = self.entry(bench, policy) {
            entry.configured(&cluster, said, microseconds);
        }
    }

    /// Takes what a policy said of a service.
    pub fn synthesized(
        &mut self,
        bench: words::Bench,
        policy: u32,
        service: &str,
        said: Result<naming::Synthesis, words::Failure>,
        microseconds: f64,
    ) {
        let service = self.document.state().services.get(service).map(Arc::clone);
        if let (Some(service), Some(entry)) = (service, self.entry(bench, policy)) {
            entry.synthesized(&service, said, microseconds);
        }
    }

    fn entry(&mut self, bench: words::Bench, policy: u32) -> Option<&mut Entry> {
        let stack = match bench {
            words::Bench::Shown => &mut self.shown,
            words::Bench::Other => &mut self.other,
        };
        stack.entries.get_mut(usize::try_from(policy).ok()?)
    }

    /// Checks and merges what policies said.
    pub fn publish(&mut self, bench: words::Bench) -> words::Published {
        let (stack, is_shown) = match bench {
            words::Bench::Shown => (&mut self.shown, true),
            words::Bench::Other => (&mut self.other, false),
        };
        let delta = stack.publish();
        let found = problems::all(&self.document, stack);
        let size = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let zones = stack.zones_for_people().into_iter().map(|(_, zone)| {
            let (mut names, mut records) = (0, 1);
            for listed in stack.zone_set.list(zone) {
                names += 1;
                records += listed.records().count();
            }
            words::ZoneSummary {
                apex: zone.apex().to_string(),
                names: size(names),
                records: size(records),
            }
        });
        let changed = delta.changes.iter().take(CHANGED_NAMES);
        let published = words::Published {
            generation: self.generation + u32::from(is_shown),
            zones: zones.collect(),
            problems: problems::count(&found),
            changed_names: changed.map(|change| change.name.to_string()).collect(),
            changed: size(delta.changes.len()),
        };
        if is_shown {
            self.generation = published.generation;
            self.problems = found;
        }
        published
    }

    /// Records of a view.
    pub fn rows(&mut self, view: &words::View) -> words::Rows {
        let generation = self.generation;
        let known = self
            .found
            .take()
            .filter(|found| found.is_for(view, generation));
        let found = known
            .unwrap_or_else(|| Found::look(&self.document, &self.shown, view.clone(), generation));
        let rows = found.rows(&self.document, &self.shown, view);
        self.found = Some(found);
        rows
    }

    /// A zone as a master file.
    #[must_use]
    pub fn zone_text(&self, apex: &str) -> String {
        printed::master_file(&self.shown, apex)
    }

    /// A zone as JSON.
    #[must_use]
    pub fn zone_json(&self, apex: &str) -> String {
        printed::json(&self.shown, apex)
    }

    /// What `zonesmith policy test` expects.
    #[must_use]
    pub fn golden(&self) -> String {
        printed::golden(self.document.state(), &self.shown)
    }

    /// Everything that somebody may want to change.
    #[must_use]
    pub fn problems(&self) -> Vec<words::Problem> {
        self.problems.clone()
    }

    /// Answers as a resolver would.
    ///
    /// # Errors
    ///
    /// A sentence: this cannot be asked.
    pub fn ask(&self, question: &words::Question) -> Result<words::Answer, String> {
        answer::answer(&self.document, &self.shown, question)
    }

    /// What each call took that gave what is shown.
    #[must_use]
    pub fn timings(&self) -> Vec<words::Timing> {
        let said = self.shown.said();
        said.map(|(place, entry, answer)| {
            let good = answer.good.as_ref();
            let records = good.map_or(0, |said| said.records.len());
            words::Timing {
                service: place.service.as_ref().map(ToString::to_string),
                policy: entry.name().to_owned(),
                microseconds: answer.microseconds,
                records: u32::try_from(records).unwrap_or(u32::MAX),
            }
        })
        .collect()
    }

    /// Keeps what is on a bench.
    pub fn keep(&mut self, bench: words::Bench) -> u32 {
        self.last_kept += 1;
        let kept = match bench {
            words::Bench::Shown => Kept {
                stack: self.shown.clone(),
                problems: self.problems.clone(),
            },
            words::Bench::Other => Kept {
                stack: self.other.clone(),
                problems: problems::all(&self.document, &self.other),
            },
        };
        self.kept.insert(self.last_kept, kept);
        self.last_kept
    }

    /// Forgets what was kept.
    pub fn forget(&mut self, kept: u32) {
        self.kept.remove(&kept);
    }

    /// From what was kept to what was kept later, or to what is shown.
    #[must_use]
    pub fn compare(&self, kept: u32, to: Option<u32>) -> words::Difference {
        let side = |kept: &u32| {
            let kept = self.kept.get(kept);
            kept.map(|kept| (&kept.stack, &kept.problems))
        };
        let shown = (&self.shown, &self.problems);
        let (before, before_problems) = side(&kept).unwrap_or(shown);
        let (after, after_problems) = to.as_ref().and_then(side).unwrap_or(shown);
        difference::of(
            &self.document,
            (before, before_problems),
            (after, after_problems),
        )
    }

    /// From what is shown to what is on the other bench.
    #[must_use]
    pub fn compare_other(&self) -> words::Difference {
        let of_other = problems::all(&self.document, &self.other);
        difference::of(
            &self.document,
            (&self.shown, &self.problems),
            (&self.other, &of_other),
        )
    }

    /// Where in the text a path is.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<words::Span> {
        self.document.span(path)
    }

    /// The path of the innermost thing at an offset.
    #[must_use]
    pub fn path_at(&self, offset: u32) -> Option<String> {
        self.document.path_at(offset)
    }
}

#[cfg(test)]
mod tests;
