//! A policy of a stack, with its settings, and all that it said: of the cluster, and of each service.
//!
//! What was said of a service is kept with the service it was said of. So what is to be asked again shows by itself, however
//! the last update ended.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use zonesmith_cluster::{Cluster, Service, ServicePath, State};
use zonesmith_zone::record::{Origin, Record, ZoneDeclaration};

use crate::bindings::exports::zonesmith::playground::workbench::Failure;
use crate::bindings::zonesmith::policy::{dns, naming};
use crate::said;

/// A policy that may stand in a stack.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) digest: String,
    pub(crate) description: naming::Description,
    pub(crate) selects: bool,
}

/// A policy that stands in one.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) policy: Rc<Policy>,
    pub(crate) settings: String,
    /// Of the cluster; none until it is asked.
    configured: Option<Configured>,
    answers: BTreeMap<ServicePath, Rc<Answer>>,
}

#[derive(Clone)]
struct Configured {
    cluster: Arc<Cluster>,
    answer: Rc<Answer>,
}

/// What a policy said of a service, or of the cluster.
#[derive(Default)]
pub(crate) struct Answer {
    /// What it was asked about last; none: the cluster.
    asked: Option<Arc<Service>>,
    /// What it said last that was no failure.
    pub(crate) good: Option<Rc<Said>>,
    /// Why it said nothing when it was asked last.
    pub(crate) failure: Option<String>,
    pub(crate) microseconds: f64,
}

/// What a policy said.
#[derive(Default)]
pub(crate) struct Said {
    /// Of what; none: of the cluster.
    pub(crate) service: Option<Arc<Service>>,
    pub(crate) zones: Vec<ZoneDeclaration>,
    pub(crate) records: Vec<Record>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Something that a policy has to say.
pub(crate) struct Diagnostic {
    pub(crate) severity: naming::Severity,
    pub(crate) message: String,
    pub(crate) rule: Option<u16>,
    pub(crate) origin: Option<Origin>,
}

impl Entry {
    pub(crate) fn new(policy: Rc<Policy>, settings: String) -> Self {
        Self {
            policy,
            settings,
            configured: None,
            answers: BTreeMap::new(),
        }
    }

    /// Whether it is this policy with these settings.
    pub(crate) fn is(&self, digest: &str, settings: &str) -> bool {
        self.policy.digest == digest && self.settings == settings
    }

    pub(crate) fn name(&self) -> &str {
        &self.policy.description.name
    }

    /// A rule of the policy.
    pub(crate) fn rule(&self, index: Option<u16>) -> Option<&naming::Rule> {
        self.policy.description.rules.get(usize::from(index?))
    }

    /// Forgets what is said of another cluster, and of services that are gone.
    pub(crate) fn tidy(&mut self, cluster: &Arc<Cluster>, state: &State) {
        let is_of = |configured: &Configured| Arc::ptr_eq(&configured.cluster, cluster);
        if !self.configured.as_ref().is_some_and(is_of) {
            self.configured = None;
        }
        self.answers
            .retain(|path, _| state.services.contains_key(path));
    }

    /// Whether the policy has to be configured, and the services it has to be asked about then.
    pub(crate) fn to_ask(&self, state: &State) -> (bool, Vec<String>) {
        if self.refusal().is_some() {
            return (false, Vec::new());
        }
        let must_configure = self.configured.is_none();
        let is_asked = |(path, service): &(&ServicePath, &Arc<Service>)| {
            let answer = self.answers.get(*path);
            let asked = answer.and_then(|answer| answer.asked.as_ref());
            must_configure || !asked.is_some_and(|asked| Arc::ptr_eq(asked, service))
        };
        let services = state.services.iter().filter(is_asked);
        (
            must_configure,
            services.map(|(path, _)| path.to_string()).collect(),
        )
    }

    /// Takes what the policy said of the cluster. Records have no origin then.
    pub(crate) fn configured(
        &mut self,
        cluster: &Arc<Cluster>,
        said: Result<naming::Configuration, Failure>,
        microseconds: f64,
    ) {
        let (good, failure) = match said {
            Ok(configuration) => (Some(Rc::new(self.of_cluster(configuration))), None),
            Err(Failure { message }) => (None, Some(message)),
        };
        self.configured = Some(Configured {
            cluster: Arc::clone(cluster),
            answer: Rc::new(Answer {
                asked: None,
                good,
                failure,
                microseconds,
            }),
        });
    }

    /// Takes what the policy said of a service.
    pub(crate) fn synthesized(
        &mut self,
        service: &Arc<Service>,
        said: Result<naming::Synthesis, Failure>,
        microseconds: f64,
    ) {
        let (good, failure) = match said {
            Ok(synthesis) => (Some(Rc::new(self.of_service(service, synthesis))), None),
            Err(Failure { message }) => {
                let before = self.answers.get(&service.path);
                (before.and_then(|before| before.good.clone()), Some(message))
            }
        };
        let answer = Answer {
            asked: Some(Arc::clone(service)),
            good,
            failure,
            microseconds,
        };
        self.answers.insert(service.path.clone(), Rc::new(answer));
    }

    /// Why the policy cannot be run, if so.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.configured.as_ref()?.answer.failure.as_deref()
    }

    /// All that it said: of the cluster first, then of services by their paths. Nothing of a policy that is refused.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (Option<&ServicePath>, &Rc<Answer>)> {
        let configured = self.configured.as_ref();
        let configured = configured.filter(|configured| configured.answer.failure.is_none());
        let is_run = configured.is_some();
        let of_services = self.answers.iter().filter(move |_| is_run);
        let of_cluster = configured.map(|configured| (None, &configured.answer));
        of_cluster
            .into_iter()
            .chain(of_services.map(|(path, answer)| (Some(path), answer)))
    }

    pub(crate) fn answer(&self, path: Option<&ServicePath>) -> Option<&Rc<Answer>> {
        match path {
            Some(path) => self.answers.get(path),
            None => self
                .configured
                .as_ref()
                .map(|configured| &configured.answer),
        }
    }

    fn of_cluster(&self, configuration: naming::Configuration) -> Said {
        let naming::Configuration {
            zones,
            records,
            diagnostics,
        } = configuration;
        let mut said = Said {
            service: None,
            zones: zones.into_iter().map(said::zone).collect(),
            records: self.records(records, None),
            diagnostics: self.diagnostics(diagnostics, None),
        };
        said.records.shrink_to_fit();
        said
    }

    fn of_service(&self, service: &Arc<Service>, synthesis: naming::Synthesis) -> Said {
        let naming::Synthesis {
            records,
            diagnostics,
        } = synthesis;
        Said {
            service: Some(Arc::clone(service)),
            zones: Vec::new(),
            records: self.records(records, Some(service)),
            diagnostics: self.diagnostics(diagnostics, Some(service)),
        }
    }

    fn records(
        &self,
        records: Vec<dns::ResourceRecord>,
        service: Option<&Arc<Service>>,
    ) -> Vec<Record> {
        let records = records.into_iter().map(said::record);
        records
            .map(|mut record| {
                record.rule = self.known_rule(record.rule);
                record.origin = known_origin(record.origin, service);
                record
            })
            .collect()
    }

    fn diagnostics(
        &self,
        diagnostics: Vec<naming::Diagnostic>,
        service: Option<&Arc<Service>>,
    ) -> Vec<Diagnostic> {
        let known = |diagnostic| {
            let naming::Diagnostic {
                severity,
                message,
                rule,
                origin,
            } = diagnostic;
            Diagnostic {
                severity,
                message,
                rule: self.known_rule(rule),
                origin: known_origin(origin.map(said::origin), service),
            }
        };
        diagnostics.into_iter().map(known).collect()
    }

    /// A rule that the policy has not is dropped, as the daemon does.
    fn known_rule(&self, rule: Option<u16>) -> Option<u16> {
        let rules = self.policy.description.rules.len();
        rule.filter(|rule| usize::from(*rule) < rules)
    }
}

/// So is an origin that the service has not.
fn known_origin(origin: Option<Origin>, service: Option<&Arc<Service>>) -> Option<Origin> {
    let service = service?;
    origin.filter(|origin| {
        let instance = service.instances.get(place(origin.instance));
        instance.is_some_and(|instance| {
            let resource = origin.resource.map(place);
            resource.is_none_or(|resource| resource < instance.resources.len())
        })
    })
}

/// An index as the contract has it.
pub(crate) fn place(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
