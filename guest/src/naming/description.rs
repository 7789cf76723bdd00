//! What a policy is.

use super::{PolicyRule, Rule};

/// What a policy is: for `zonesmith policy inspect`, for messages, and for whoever asks why a name is there.
///
/// ```
/// # use zonesmith_policy::Description;
/// let description = Description::new("short-names", env!("CARGO_PKG_VERSION"), "Adds <service>.<cluster>.");
/// assert_eq!(description.rules, []);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Names the policy among others: `default`, `short-names`.
    pub name: String,
    /// Semantic version of the policy.
    pub version: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// What it does, in a paragraph or several.
    pub documentation: String,
    /// Records name them by their index: see [`rules!`](crate::rules). At most 65,536.
    pub rules: Vec<Rule>,
    /// JSON Schema of the settings, as a JSON text. Empty when there are none.
    pub settings_schema: String,
}

impl Description {
    /// A policy of this name, version and documentation, without authors, rules and settings.
    ///
    /// ```
    /// # use zonesmith_policy::Description;
    /// assert_eq!(Description::new("silent", "1.0.0", "Says nothing.").settings_schema, "");
    /// ```
    #[must_use]
    pub fn new(name: &str, version: &str, documentation: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            authors: Vec::new(),
            documentation: documentation.to_owned(),
            rules: Vec::new(),
            settings_schema: String::new(),
        }
    }

    /// The rules that [`rules!`](crate::rules) listed.
    ///
    /// ```
    /// # use zonesmith_policy::Description;
    /// zonesmith_policy::rules! {
    ///     enum Rule {
    ///         Service("service", "One name for each service."),
    ///     }
    /// }
    ///
    /// let description = Description::new("example", "1.0.0", "").with_rules::<Rule>();
    /// assert_eq!(description.rules[0].name, "service");
    /// ```
    #[must_use]
    pub fn with_rules<R: PolicyRule>(mut self) -> Self {
        self.rules = R::describe();
        self
    }

    /// Settings, by their JSON Schema.
    ///
    /// ```
    /// # use zonesmith_policy::Description;
    /// let description = Description::new("example", "1.0.0", "").with_settings(r#"{ "type": "object" }"#);
    /// assert_eq!(description.settings_schema, r#"{ "type": "object" }"#);
    /// ```
    #[must_use]
    pub fn with_settings(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.settings_schema);
        self
    }

    /// Authors, as `Name <mailbox>`.
    ///
    /// ```
    /// # use zonesmith_policy::Description;
    /// let description = Description::new("example", "1.0.0", "").with_authors(["Ada <ada@example.com>"]);
    /// assert_eq!(description.authors, ["Ada <ada@example.com>"]);
    /// ```
    #[must_use]
    pub fn with_authors<'a>(mut self, authors: impl IntoIterator<Item = &'a str>) -> Self {
        self.authors = authors.into_iter().map(str::to_owned).collect();
        self
    }
}
