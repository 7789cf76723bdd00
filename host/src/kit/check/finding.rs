//! What is wrong with what a policy says, each with the rule, the service and the record it is about.

use serde::Serialize;
use zonesmith_zone::Name;
use zonesmith_zone::rdata::{write_content, write_type};
use zonesmith_zone::record::Origin;

use crate::kit::published::{Place, Published};

/// What was looked at. The page `docs/policy-check.md` has a row for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// A call for a service failed.
    Failing,
    /// The policy says something else when it is asked again.
    NotDeterministic,
    /// The host refuses a zone.
    RefusedZone,
    /// The host refuses a record.
    Quarantined,
    /// The host lets another record stand in its place.
    Conflict,
    /// A CNAME leads to itself.
    AliasLoop,
    /// A CNAME leads to another CNAME.
    AliasChain,
    /// A record refers to a name of its own zones that is not there, or has no address.
    NoSuchTarget,
    /// An SRV, MX or NS record refers to an alias.
    TargetIsAlias,
    /// A PTR record names something that does not have the address.
    PtrWithoutAddress,
    /// The name of a host has a label that no host has.
    HostLabel,
    /// The name of an SRV record is not that of a service.
    ServiceLabel,
    /// A `*` that is no wildcard.
    Asterisk,
    /// A record below a delegation, which nobody is given.
    Occluded,
    /// The records of an RRset have several TTLs.
    MixedTtls,
    /// A record without a rule, or without the place it comes from.
    Unexplained,
    /// A rule or an origin that there is not.
    Stray,
    /// What the policy says of itself is not enough, or not unique.
    Description,
    /// What it chooses for a client depends on more than it says, and caches give it to others.
    Scope,
    /// A call takes a large part of the time it may.
    Slow,
    /// An instance has a large part of the memory it may.
    Memory,
    /// An instance needs more memory each time it is asked the same.
    Leak,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The daemon will not serve it as the policy says it.
    Error,
    /// It is served, and hardly what is meant.
    Warning,
    /// To be known.
    Information,
}

impl Weight {
    /// The word for it, the same in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

impl Check {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 22] = [
        Self::Failing,
        Self::NotDeterministic,
        Self::RefusedZone,
        Self::Quarantined,
        Self::Conflict,
        Self::AliasLoop,
        Self::AliasChain,
        Self::NoSuchTarget,
        Self::TargetIsAlias,
        Self::PtrWithoutAddress,
        Self::HostLabel,
        Self::ServiceLabel,
        Self::Asterisk,
        Self::Occluded,
        Self::MixedTtls,
        Self::Unexplained,
        Self::Stray,
        Self::Description,
        Self::Scope,
        Self::Slow,
        Self::Memory,
        Self::Leak,
    ];

    /// The word for it, the same in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::NotDeterministic => "not-deterministic",
            Self::RefusedZone => "refused-zone",
            Self::Quarantined => "quarantined",
            Self::Conflict => "conflict",
            Self::AliasLoop => "alias-loop",
            Self::AliasChain => "alias-chain",
            Self::NoSuchTarget => "no-such-target",
            Self::TargetIsAlias => "target-is-alias",
            Self::PtrWithoutAddress => "ptr-without-address",
            Self::HostLabel => "host-label",
            Self::ServiceLabel => "service-label",
            Self::Asterisk => "asterisk",
            Self::Occluded => "occluded",
            Self::MixedTtls => "mixed-ttls",
            Self::Unexplained => "unexplained",
            Self::Stray => "stray",
            Self::Description => "description",
            Self::Scope => "scope",
            Self::Slow => "slow",
            Self::Memory => "memory",
            Self::Leak => "leak",
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn weight(self) -> Weight {
        match self {
            Self::Failing
            | Self::NotDeterministic
            | Self::RefusedZone
            | Self::Quarantined
            | Self::AliasLoop
            | Self::Scope => Weight::Error,
            Self::Conflict
            | Self::AliasChain
            | Self::NoSuchTarget
            | Self::TargetIsAlias
            | Self::PtrWithoutAddress
            | Self::HostLabel
            | Self::Asterisk
            | Self::Occluded
            | Self::MixedTtls
            | Self::Stray
            | Self::Slow
            | Self::Memory
            | Self::Leak => Weight::Warning,
            Self::ServiceLabel | Self::Unexplained | Self::Description => Weight::Information,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What was looked at.
    pub check: Check,
    /// A sentence.
    pub message: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub from: From,
    /// The record it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<FoundRecord>,
}

/// Where in the policy and in the cluster something comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct From {
    /// The name of the rule that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The path of the service; none for the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where the instance runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// A record, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundRecord {
    /// The owner.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub rtype: String,
    /// Presentation format; none where an RRset is meant, or the record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl Finding {
    /// With the weight that the check has.
    #[must_use]
    pub fn new(check: Check, message: impl Into<String>) -> Self {
        Self {
            weight: check.weight(),
            check,
            message: message.into(),
            from: From::default(),
            record: None,
        }
    }

    /// The same, where it matters less.
    #[must_use]
    pub fn as_information(mut self) -> Self {
        self.weight = Weight::Information;
        self
    }

    /// The same, about a place in a service.
    #[must_use]
    pub fn from(mut self, from: From) -> Self {
        self.from = from;
        self
    }

    /// The same, about a record.
    #[must_use]
    pub fn about(mut self, record: FoundRecord) -> Self {
        self.record = Some(record);
        self
    }
}

impl From {
    /// Of an answer of a policy.
    #[must_use]
    pub fn of(
        published: &Published,
        place: Place,
        rule: Option<u16>,
        origin: Option<Origin>,
    ) -> Self {
        let Some((run, answer)) = published.at(place) else {
            return Self::default();
        };
        let (node, resource) = answer.place(origin);
        Self {
            rule: run.rule(rule).map(str::to_owned),
            service: answer.path().map(str::to_owned),
            node: node.map(str::to_owned),
            resource: resource.map(str::to_owned),
        }
    }

    /// Of a whole service.
    #[must_use]
    pub fn service(path: &str) -> Self {
        Self {
            service: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// "configuration", "shop/svc/web", "shop/svc/web n1 ip#0".
    #[must_use]
    pub fn text(&self) -> String {
        let Some(service) = &self.service else {
            return "configuration".to_owned();
        };
        let parts = [Some(service), self.node.as_ref(), self.resource.as_ref()];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }
}

impl FoundRecord {
    /// An RRset.
    #[must_use]
    pub fn set(name: &Name, rtype: u16) -> Self {
        let mut text = Vec::new();
        write_type(rtype, &mut text);
        Self {
            name: name.to_string(),
            rtype: String::from_utf8_lossy(&text).into_owned(),
            content: None,
        }
    }

    /// A record of it.
    #[must_use]
    pub fn one(name: &Name, rtype: u16, octets: &[u8]) -> Self {
        let mut text = Vec::new();
        write_content(rtype, octets, &mut text);
        Self {
            content: Some(String::from_utf8_lossy(&text).into_owned()),
            ..Self::set(name, rtype)
        }
    }

    /// `web.demo. SRV 0 10 80 a.demo.`
    #[must_use]
    pub fn text(&self) -> String {
        let parts = [Some(&self.name), Some(&self.rtype), self.content.as_ref()];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }
}
