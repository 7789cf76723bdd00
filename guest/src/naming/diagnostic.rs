//! What the owner of a service should know.

use std::fmt::Display;

use super::PolicyRule;
use crate::dns::Origin;

/// Of what a [`Diagnostic`] tells.
///
/// ```
/// # use zonesmith_policy::{Diagnostic, Severity};
/// let diagnostic = Diagnostic::new(Severity::Warning, "the label \"port\" is no number");
/// assert_eq!(diagnostic.severity, Severity::Warning);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// For the curious.
    Information,
    /// Somebody probably wants to change something.
    Warning,
    /// A record that somebody expects is missing.
    Error,
}

/// Something the owner of a service or of the cluster should know. The host shows it with the service. What the author of
/// the policy should know is a line of [`log`](crate::log).
///
/// ```
/// # use zonesmith_policy::{Diagnostic, Severity, dns::Origin};
/// let diagnostic = Diagnostic::new(Severity::Error, "no name: the hostname is \"-web\"").at(Origin::resource(0, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Of what it tells.
    pub severity: Severity,
    /// A sentence.
    pub message: String,
    /// Index into [`Description::rules`](crate::Description::rules): see [`by_rule`](Self::by_rule).
    pub rule: Option<u16>,
    /// What it is about: see [`at`](Self::at). None for the service or the cluster as a whole.
    pub origin: Option<Origin>,
}

impl Diagnostic {
    /// Something to tell of the service or the cluster as a whole.
    ///
    /// ```
    /// # use zonesmith_policy::{Diagnostic, Severity};
    /// let diagnostic = Diagnostic::new(Severity::Information, "nothing is up");
    /// assert_eq!(diagnostic.origin, None);
    /// ```
    #[must_use]
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            rule: None,
            origin: None,
        }
    }

    /// A warning: `what` is called `text`, which gives no name, and why. [`Place::no_name`](crate::cluster::Place::no_name)
    /// says it of a resource.
    ///
    /// ```
    /// # use zonesmith_policy::{Diagnostic, dns::Origin, name};
    /// let node = "n 1";
    /// if let Err(why) = name::labels(node) {
    ///     let diagnostic = Diagnostic::no_name("node", node, why).at(Origin::instance(0));
    ///     let message = r#"the node "n 1" gives no name in DNS: " " has no place in a host's name"#;
    ///     assert_eq!(diagnostic.message, message);
    /// }
    /// ```
    #[must_use]
    pub fn no_name(what: &str, text: &str, why: impl Display) -> Self {
        let message = format!("the {what} \"{text}\" gives no name in DNS: {why}");
        Self::new(Severity::Warning, message)
    }

    /// Of this rule: one that [`rules!`](crate::rules) listed.
    ///
    /// ```
    /// # use zonesmith_policy::{Diagnostic, Severity};
    /// zonesmith_policy::rules! {
    ///     enum Rule {
    ///         Service("service", "One name for each service."),
    ///     }
    /// }
    ///
    /// let diagnostic = Diagnostic::new(Severity::Error, "no name").by_rule(Rule::Service);
    /// assert_eq!(diagnostic.rule, Some(0));
    /// ```
    #[must_use]
    pub fn by_rule(mut self, rule: impl PolicyRule) -> Self {
        self.rule = Some(rule.index());
        self
    }

    /// About this instance, or this resource of it.
    ///
    /// ```
    /// # use zonesmith_policy::{Diagnostic, Severity, dns::Origin};
    /// let diagnostic = Diagnostic::new(Severity::Error, "no name").at(Origin::instance(1));
    /// assert_eq!(diagnostic.origin.unwrap().instance, 1);
    /// ```
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}
