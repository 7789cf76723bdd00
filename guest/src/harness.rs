//! A cluster document in, what the daemon would publish out: policies run natively, with the daemon's own reading of the
//! document and its own checks. For tests of policies, so that input and output stand side by side as text.
//!
//! ```
//! # use zonesmith_policy::{Configuration, Description, Policy, Synthesis, cluster::{Cluster, Service}, harness::Harness};
//! # struct Silent;
//! # impl Policy for Silent {
//! #     fn describe() -> Description {
//! #         Description::new("silent", "1.0.0", "Says nothing.")
//! #     }
//! #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
//! #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
//! # }
//! # fn main() -> Result<(), zonesmith_policy::harness::HarnessError> {
//! let document = r#"{ "cluster": { "name": "demo", "dns": ["10.0.0.1"] }, "services": {} }"#;
//! let published = Harness::read(document)?.policy::<Silent>("{}")?.publish();
//! assert_eq!(published.to_string(), "");
//! # Ok(())
//! # }
//! ```
//!
//! - `expected`: the same with files, and the lines that differ
//! - `translate`: between the words of a policy and the daemon's
//! - [`check_schema`]: whether settings are what their schema promises
//! - [`Published`]: the zones, and what there is to say of them
//!
//! We chose not to keep a policy between services as the daemon does but to configure it once for each: what one call leaves
//! behind would show in the next one's answer, and a test would never see it.

mod expected;
mod native;
mod published;
mod schema;
mod translate;

use std::fmt;
use std::sync::Arc;

use zonesmith_cluster::{State, read};
use zonesmith_zone::notes::{Notes, Whose};
use zonesmith_zone::validate::check;
use zonesmith_zone::{CheckedRecord, Contents, Contribution, Contributor, Zone, Zones, record};

pub use expected::{assert_expected, assert_expected_of};
#[doc(hidden)]
pub use native::Native;
pub use published::Published;
pub use schema::check_schema;

use crate::cluster::{Cluster, Service};
use crate::naming::{self, Diagnostic, Rule, Severity, Synthesis};
use crate::policy::Policy;

/// A cluster, and the policies to run over it in the order of the daemon's stack.
///
/// ```
#[doc = include_str!("harness/example.md")]
/// let published = Harness::read(document).unwrap().policy::<Mine>("{}").unwrap().publish();
/// assert_eq!(published.notes(), "");
/// ```
pub struct Harness {
    state: State,
    layers: Vec<Layer>,
}

/// What one policy said.
struct Layer {
    name: String,
    rules: Vec<Rule>,
    zones: Vec<naming::Zone>,
    /// Of no service first, then of each.
    answers: Vec<Answer>,
}

/// What one policy said of one service, or of none.
struct Answer {
    /// The service's path; empty for none.
    path: Arc<str>,
    service: Option<Service>,
    synthesis: Synthesis,
}

/// Why nothing can be published at all.
///
/// ```
#[doc = include_str!("harness/example.md")]
/// let document = document.replace("demo", "");
/// let error = Harness::read(&document).err().unwrap();
/// assert_eq!(error.to_string(), "the cluster has no name");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarnessError(String);

impl fmt::Display for HarnessError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for HarnessError {}

/// What the daemon would publish with this policy alone.
///
/// ```
#[doc = include_str!("harness/example.md")]
/// let published = publish::<Mine>(document, "{}").unwrap();
/// assert_eq!(published.made_by("service"), "web.demo. 60 IN A 10.22.0.5\n");
/// ```
///
/// # Errors
///
/// As [`Harness::read`] and [`Harness::policy`].
pub fn publish<P: Policy>(document: &str, settings: &str) -> Result<Published, HarnessError> {
    Ok(Harness::read(document)?.policy::<P>(settings)?.publish())
}

impl Harness {
    /// Reads a cluster document, or the status that an agent prints.
    ///
    /// ```
    #[doc = include_str!("harness/example.md")]
    /// let harness = Harness::read(document).unwrap();
    /// assert_eq!(harness.cluster().name, "demo");
    /// ```
    ///
    /// # Errors
    ///
    /// Where the daemon would refuse it, or would keep DNS off: a cluster without a name or without nameservers.
    pub fn read(document: &str) -> Result<Self, HarnessError> {
        let (_, state) =
            read(document.as_bytes()).map_err(|error| HarnessError(error.to_string()))?;
        if state.cluster.name.is_empty() {
            return Err(HarnessError("the cluster has no name".to_owned()));
        }
        if state.cluster.nameservers.is_empty() {
            return Err(HarnessError(
                "DNS is off: the cluster has no nameserver (`dns`)".to_owned(),
            ));
        }
        Ok(Self {
            state,
            layers: Vec::new(),
        })
    }

    /// The cluster as a policy is given it.
    ///
    /// ```
    #[doc = include_str!("harness/example.md")]
    /// let cluster = Harness::read(document).unwrap().cluster();
    /// let (policy, configuration) = Mine::configure(cluster, "{}").unwrap();
    /// assert_eq!(configuration.zones[0].apex, "demo");
    /// ```
    #[must_use]
    pub fn cluster(&self) -> Cluster {
        translate::cluster(&self.state.cluster)
    }

    /// One service as a policy is given it, by its path (`shop/svc/web`); none when the document has no such service.
    ///
    /// ```
    #[doc = include_str!("harness/example.md")]
    /// let harness = Harness::read(document).unwrap();
    /// let (policy, _) = Mine::configure(harness.cluster(), "{}").unwrap();
    /// let synthesis = policy.synthesize(&harness.service("shop/svc/web").unwrap()).unwrap();
    /// assert_eq!(synthesis.records.len(), 1);
    /// ```
    #[must_use]
    pub fn service(&self, path: &str) -> Option<Service> {
        let mut services = self.state.services.iter();
        let (_, service) = services.find(|(of_service, _)| *of_service.text() == *path)?;
        Some(translate::service(service))
    }

    /// Runs a policy over every service, behind those already there: an RRset belongs to the first that has it.
    ///
    /// ```
    #[doc = include_str!("harness/example.md")]
    /// let harness = Harness::read(document).unwrap();
    /// let error = harness.policy::<Mine>(r#"{ "ttl": 60 }"#).err().unwrap();
    /// assert_eq!(error.to_string(), "mine refuses: there are no settings");
    /// ```
    ///
    /// # Errors
    ///
    /// When the policy refuses the cluster or the settings.
    pub fn policy<P: Policy>(mut self, settings: &str) -> Result<Self, HarnessError> {
        let description = P::describe();
        let configure = || P::configure(self.cluster(), settings);
        let refused = |error| HarnessError(format!("{} refuses: {error}", description.name));
        let (_, configuration) = configure().map_err(refused)?;
        let mut answers = vec![Answer {
            path: Arc::default(),
            service: None,
            synthesis: Synthesis {
                records: configuration.records,
                diagnostics: configuration.diagnostics,
            },
        }];
        for (path, service) in &self.state.services {
            let service = translate::service(service);
            let (policy, _) = configure().map_err(refused)?;
            let synthesis = policy.synthesize(&service).unwrap_or_else(|error| {
                let message = format!("the policy failed: {error}");
                Diagnostic::new(Severity::Error, message).into()
            });
            answers.push(Answer {
                path: path.text(),
                service: Some(service),
                synthesis,
            });
        }
        self.layers.push(Layer {
            name: description.name,
            rules: description.rules,
            zones: configuration.zones,
            answers,
        });
        Ok(self)
    }

    /// Checks and merges what the policies said.
    ///
    /// ```
    #[doc = include_str!("harness/example.md")]
    /// let published = Harness::read(document).unwrap().policy::<Mine>("{}").unwrap().publish();
    /// assert_eq!(published.apexes(), ["demo."]);
    /// ```
    #[must_use]
    pub fn publish(self) -> Published {
        let mut notes = Notes::default();
        let of_services = self.state.services.values();
        let problems = of_services.flat_map(|service| &service.problems);
        for problem in self.state.problems.iter().chain(problems) {
            notes.problem(problem);
        }
        let (zones, nameservers) = declare(&self.layers, &mut notes);
        let mut contributions = Vec::new();
        for ((rank, layer), mut more) in (0..).zip(&self.layers).zip(nameservers) {
            for answer in &layer.answers {
                for diagnostic in &answer.synthesis.diagnostics {
                    let origin = diagnostic.origin.map(translate::origin);
                    let whose = whose(layer, answer, diagnostic.rule, origin);
                    notes.diagnostic(word(diagnostic.severity), &whose, &diagnostic.message);
                }
                let records = answer.synthesis.records.iter().cloned();
                let (mut records, quarantined) =
                    check(records.map(translate::record).collect(), &zones);
                for record in &quarantined {
                    notes.quarantined(&whose(layer, answer, record.rule, record.origin), record);
                }
                // NS of the zones, beside the first answer: the configuration's.
                records.append(&mut more);
                let label = Arc::clone(&answer.path);
                contributions.push((
                    Contributor { rank, label },
                    Contribution::from_records(records),
                ));
            }
        }
        let (contents, ids) = Contents::build(zones, contributions);
        let policies: Vec<String> = self.layers.iter().map(|layer| layer.name.clone()).collect();
        notes.conflicts(&contents, &policies);
        let rules = self.layers.into_iter().map(|layer| layer.rules).collect();
        Published::new(contents, ids, rules, notes)
    }
}

/// Whose words something is that a policy says of a place in a service.
fn whose<'a>(
    layer: &'a Layer,
    answer: &'a Answer,
    rule: Option<u16>,
    origin: Option<record::Origin>,
) -> Whose<'a> {
    let at = |index: u32| usize::try_from(index).ok();
    let service = answer.service.as_ref();
    let instance = service
        .zip(origin)
        .and_then(|(service, origin)| service.instances.get(at(origin.instance)?));
    let resource = instance
        .zip(origin)
        .and_then(|(instance, origin)| instance.resources.get(at(origin.resource?)?));
    let rule = rule.and_then(|rule| layer.rules.get(usize::from(rule)));
    Whose {
        policy: &layer.name,
        service: service.map(|_| &*answer.path),
        node: instance.map(|instance| &*instance.node),
        resource: resource.map(|resource| &*resource.id),
        rule: rule.map(|rule| &*rule.name),
    }
}

/// As the daemon calls it.
const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "information",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The zones of all layers, and for each layer the NS records of those it declares.
fn declare(layers: &[Layer], notes: &mut Notes) -> (Zones, Vec<Vec<CheckedRecord>>) {
    let mut zones = Vec::new();
    let mut nameservers = Vec::new();
    for layer in layers {
        let mut of_layer = Vec::new();
        for declared in &layer.zones {
            match Zone::declare(&translate::zone(declared.clone())) {
                Ok((zone, records)) => {
                    // The first that names a zone gives its SOA and NS.
                    if !zones.iter().any(|one: &Zone| one.apex() == zone.apex()) {
                        zones.push(zone);
                        of_layer.extend(records);
                    }
                }
                Err(reason) => notes.refused_zone(&layer.name, &declared.apex, &reason),
            }
        }
        nameservers.push(of_layer);
    }
    (Zones::new(zones).with_serials(|_| 0), nameservers)
}

#[cfg(test)]
mod tests;
