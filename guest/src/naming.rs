//! What a policy answers: its description, the zones and records of the whole cluster, the records of each service.
//!
//! The words are those of `naming.wit`.
//!
//! - `description`: what a policy is
//! - `diagnostic`: what the owner of a service should know
//! - `rule`: the rules by which records are made, and a way to name none but those
//! - `zone`: zones, their SOA, their nameservers

mod description;
mod diagnostic;
mod rule;
mod zone;

pub use description::Description;
pub use diagnostic::{Diagnostic, Severity};
pub use rule::{PolicyRule, Rule};
pub use zone::{Nameserver, Soa, Zone, nameservers};

use crate::dns::ResourceRecord;

/// What there is whatever the services: the answer of [`configure`](crate::Policy::configure).
///
/// ```
/// # use zonesmith_policy::{Configuration, ResourceRecord};
/// let mut configuration = Configuration::of_zone("demo", &[[10, 0, 0, 1].into()]);
/// configuration.records.push(ResourceRecord::txt("demo", 3600, "a cluster"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// None for a policy that only adds records to the zones of others. A zone that two policies name belongs to the first
    /// of them.
    pub zones: Vec<Zone>,
    /// Records of no service: nodes, TXT, wildcards. Their `origin` is ignored.
    pub records: Vec<ResourceRecord>,
    /// What the owner of the cluster should know.
    pub diagnostics: Vec<Diagnostic>,
}

impl Configuration {
    /// No zone, no record, nothing to say: what a policy begins with that only adds to the zones of others.
    ///
    /// ```
    /// # use zonesmith_policy::Configuration;
    /// assert_eq!(Configuration::empty().zones, []);
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// One zone as most have it: the nameservers are `ns1.<apex>`, `ns2.<apex>`, …, the first of them is the primary, and
    /// `hostmaster.<apex>` answers for it. With the addresses of the nameservers, TTL one minute.
    ///
    /// ```
    /// # use zonesmith_policy::Configuration;
    /// let configuration = Configuration::of_zone("demo", &[[10, 0, 0, 1].into(), [10, 0, 0, 2].into()]);
    /// assert_eq!(configuration.zones[0].nameservers, ["ns1.demo", "ns2.demo"]);
    /// assert_eq!(configuration.records[1].owner, "ns2.demo");
    /// ```
    #[must_use]
    pub fn of_zone(apex: &str, addresses: &[std::net::IpAddr]) -> Self {
        let nameservers = nameservers(apex, addresses);
        let primary = nameservers
            .first()
            .map_or(apex, |first| first.name.as_str());
        let soa = Soa::new(primary, crate::name::below("hostmaster", apex));
        let records = nameservers
            .iter()
            .map(|nameserver| nameserver.record(60))
            .collect();
        let names = nameservers.into_iter().map(|nameserver| nameserver.name);
        Self {
            zones: vec![Zone::new(apex, soa, names)],
            records,
            diagnostics: Vec::new(),
        }
    }
}

/// The records of one service: the answer of [`synthesize`](crate::Policy::synthesize).
///
/// ```
/// # use zonesmith_policy::{ResourceRecord, Synthesis};
/// let synthesis = Synthesis::from(vec![ResourceRecord::address("web.demo", 60, [10, 22, 0, 5])]);
/// assert_eq!(synthesis.diagnostics, []);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synthesis {
    /// In any order; of two that are the same the first is kept.
    pub records: Vec<ResourceRecord>,
    /// What the owner of the service should know.
    pub diagnostics: Vec<Diagnostic>,
}

impl Synthesis {
    /// No record, nothing to say.
    ///
    /// ```
    /// # use zonesmith_policy::Synthesis;
    /// assert_eq!(Synthesis::empty().records, []);
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }
}

/// Records, and nothing to say.
impl From<Vec<ResourceRecord>> for Synthesis {
    fn from(records: Vec<ResourceRecord>) -> Self {
        Self {
            records,
            diagnostics: Vec::new(),
        }
    }
}

/// No record, and why.
impl From<Diagnostic> for Synthesis {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            records: Vec::new(),
            diagnostics: vec![diagnostic],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Configuration, PolicyRule, Rule};
    use crate::{Description, Diagnostic, ResourceRecord, Severity, Synthesis};

    crate::rules! {
        /// Two, so that there is an order.
        enum Example {
            First("first", "One."),
            Second("second", "Two."),
        }
    }

    #[test]
    fn a_rule_is_named_by_its_place_in_the_description() {
        let description = Description::new("example", "1.0.0", "").with_rules::<Example>();
        assert_eq!(
            description.rules,
            [Rule::new("first", "One."), Rule::new("second", "Two.")]
        );
        let record = ResourceRecord::address("web", 60, [10, 22, 0, 5]).by_rule(Example::Second);
        let diagnostic = Diagnostic::new(Severity::Error, "").by_rule(Example::Second);
        for rule in [record.rule, diagnostic.rule] {
            let rule = description.rules.get(usize::from(rule.unwrap()));
            assert_eq!(rule.unwrap().name, Example::Second.name());
        }
    }

    #[test]
    fn a_cluster_without_nameservers_still_has_a_primary() {
        let configuration = Configuration::of_zone("demo", &[]);
        assert_eq!(configuration.zones.first().unwrap().soa.mname, "demo");
    }

    #[test]
    fn what_is_told_alone_is_no_record() {
        let diagnostic = Diagnostic::new(Severity::Error, "no name");
        let synthesis = Synthesis::from(diagnostic.clone());
        assert_eq!(synthesis.records, []);
        assert_eq!(synthesis.diagnostics, [diagnostic]);
    }
}
