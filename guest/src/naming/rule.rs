//! The rules by which records are made.
//!
//! In the contract a record names its rule by an index, which is right until somebody puts a rule before another. So here
//! the rules of a policy are an enum that [`rules!`](crate::rules) makes from one list, and what takes a rule takes no
//! number.

/// One of the rules by which a policy makes records, as [`Description`](crate::Description) lists it.
///
/// ```
/// # use zonesmith_policy::Rule;
/// let rule = Rule::new("round-robin", "A service has the addresses of all its instances.");
/// assert_eq!(rule.name, "round-robin");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A short word, `round-robin`.
    pub name: String,
    /// A sentence for the people who ask why a name is there.
    pub documentation: String,
}

impl Rule {
    /// A rule of this name and documentation; [`rules!`](crate::rules) does this for each.
    ///
    /// ```
    /// # use zonesmith_policy::Rule;
    /// let rule = Rule::new("ptr", "From an address to its service.");
    /// assert_eq!(rule.documentation, "From an address to its service.");
    /// ```
    #[must_use]
    pub fn new(name: &str, documentation: &str) -> Self {
        Self {
            name: name.to_owned(),
            documentation: documentation.to_owned(),
        }
    }
}

/// An enum of a policy's rules. Made by [`rules!`](crate::rules), not by hand.
///
/// ```
/// use zonesmith_policy::naming::PolicyRule;
///
/// zonesmith_policy::rules! {
///     enum Rule {
///         Service("service", "One name for each service."),
///         Ptr("ptr", "From an address to its service."),
///     }
/// }
///
/// assert_eq!(Rule::Ptr.index(), 1);
/// assert_eq!(Rule::ALL.map(Rule::name), ["service", "ptr"]);
/// ```
pub trait PolicyRule: Copy + 'static {
    /// As records and diagnostics name it in the contract.
    fn index(self) -> u16;

    /// A short word, `round-robin`.
    fn name(self) -> &'static str;

    /// A sentence for the people who ask why a name is there.
    fn documentation(self) -> &'static str;

    /// All of them, in the order of their indexes: for [`Description::with_rules`](crate::Description::with_rules).
    fn describe() -> Vec<Rule>;
}

/// The rules of a policy, each with its name and a sentence: an enum that
/// [`by_rule`](crate::ResourceRecord::by_rule) and [`with_rules`](crate::Description::with_rules) take.
///
/// ```
/// use zonesmith_policy::{Description, ResourceRecord};
///
/// zonesmith_policy::rules! {
///     /// How names are made.
///     enum Rule {
///         Service("service", "<service>.<cluster> has the addresses of all instances."),
///         Node("node", "<node>.<service>.<cluster> has those of one node."),
///     }
/// }
///
/// let description = Description::new("example", "1.0.0", "").with_rules::<Rule>();
/// let record = ResourceRecord::address("n1.web.demo", 60, [10, 22, 0, 5]).by_rule(Rule::Node);
/// assert_eq!(description.rules[usize::from(record.rule.unwrap())].name, "node");
/// ```
///
/// A number is no rule:
///
/// ```compile_fail
/// # use zonesmith_policy::ResourceRecord;
/// let record = ResourceRecord::address("n1.web.demo", 60, [10, 22, 0, 5]).by_rule(1_u16);
/// ```
#[macro_export]
macro_rules! rules {
    (
        $(#[$of_enum:meta])*
        $visibility:vis enum $rule:ident {
            $($(#[$of_variant:meta])* $variant:ident($name:expr, $documentation:expr)),+ $(,)?
        }
    ) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $rule {
            $(
                $(#[$of_variant])*
                #[doc = ::std::concat!("`", $name, "`")]
                $variant,
            )+
        }

        #[allow(dead_code, reason = "a policy need not use all of it")]
        impl $rule {
            /// In the order of their indexes.
            $visibility const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];
        }

        impl $crate::naming::PolicyRule for $rule {
            fn index(self) -> u16 {
                self as u16
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            fn documentation(self) -> &'static str {
                match self {
                    $(Self::$variant => $documentation,)+
                }
            }

            fn describe() -> ::std::vec::Vec<$crate::Rule> {
                ::std::vec![$($crate::Rule::new($name, $documentation)),+]
            }
        }
    };
}
