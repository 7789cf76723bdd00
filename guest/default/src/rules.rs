//! The rules by which records are made, one file for each. A record names its rule by the place in [`Rule::ALL`], which
//! `describe` lists: that is how `zonesmith explain` knows why a name is there.
//!
//! A rule is asked for each [`Place`] in turn and remembers what it made, so that no record is made twice.

mod address_name;
mod hostname;
mod node;
mod ptr;
mod resource_index;
mod round_robin;
mod srv;

use zonesmith_policy::{ResourceRecord, naming};

use crate::DefaultPolicy;
use crate::names::ServiceNames;
use crate::places::Place;

/// One of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    RoundRobin,
    Hostname,
    ResourceIndex,
    AddressName,
    Node,
    Srv,
    Ptr,
    Nameserver,
}

impl Rule {
    /// Invariant: in the order of the enum, for [`Rule::index`].
    pub(crate) const ALL: [Self; 8] = [
        Self::RoundRobin,
        Self::Hostname,
        Self::ResourceIndex,
        Self::AddressName,
        Self::Node,
        Self::Srv,
        Self::Ptr,
        Self::Nameserver,
    ];

    /// As records and diagnostics name it.
    pub(crate) const fn index(self) -> u16 {
        self as u16
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Hostname => "hostname",
            Self::ResourceIndex => "resource-index",
            Self::AddressName => "address-name",
            Self::Node => "node",
            Self::Srv => "srv",
            Self::Ptr => "ptr",
            Self::Nameserver => "nameserver",
        }
    }

    const fn documentation(self) -> &'static str {
        match self {
            Self::RoundRobin => round_robin::DOCUMENTATION,
            Self::Hostname => hostname::DOCUMENTATION,
            Self::ResourceIndex => resource_index::DOCUMENTATION,
            Self::AddressName => address_name::DOCUMENTATION,
            Self::Node => node::DOCUMENTATION,
            Self::Srv => srv::DOCUMENTATION,
            Self::Ptr => ptr::DOCUMENTATION,
            Self::Nameserver => {
                "The nameservers are ns1.<cluster>, ns2.<cluster> … in the order of cluster.dns; dns.<cluster>, the primary in \
                 the SOA, has the addresses of all. Reverse names of these addresses point to ns1, ns2 …, where rule ptr is on."
            }
        }
    }

    /// For `describe`.
    pub(crate) fn describe(self) -> naming::Rule {
        naming::Rule {
            name: self.name().to_owned(),
            documentation: self.documentation().to_owned(),
        }
    }
}

/// As many records as a place with a hostname and one exposed port has. More only costs another allocation.
const RECORDS_OF_A_PLACE: usize = 8;

/// The rules that are on, at work on one service.
pub(crate) struct Rules<'a> {
    round_robin: Option<round_robin::RoundRobin>,
    hostname: Option<hostname::Hostname<'a>>,
    resource_index: Option<resource_index::ResourceIndex<'a>>,
    address_name: Option<address_name::AddressName>,
    node: Option<node::Node<'a>>,
    srv: Option<srv::Srv<'a>>,
    ptr: Option<ptr::Ptr<'a>>,
    context: Context<'a>,
    records: Records,
}

/// What a rule may ask of the service and the settings.
struct Context<'a> {
    policy: &'a DefaultPolicy,
    names: &'a ServiceNames,
}

/// What the rules made so far.
struct Records(Vec<ResourceRecord>);

impl Records {
    /// Adds one, with the rule that made it and the place it is of.
    fn push(&mut self, rule: Rule, place: &Place<'_>, record: ResourceRecord) {
        let record = record.by_rule(rule.index());
        self.0
            .push(record.from_resource(place.instance, place.resource));
    }
}

/// What a rule already made a record of. Sorted, in one piece: a service has a handful of places, and code is what a policy
/// is large of; a tree for each key would be a third of it.
struct Seen<T>(Vec<T>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Seen<T> {
    /// Whether `key` was not in there.
    fn insert(&mut self, key: T) -> bool {
        let place = self.0.binary_search(&key);
        if let Err(place) = place {
            self.0.insert(place, key);
        }
        place.is_err()
    }
}

impl<'a> Rules<'a> {
    /// `places` is how many will come.
    pub(crate) fn new(policy: &'a DefaultPolicy, names: &'a ServiceNames, places: usize) -> Self {
        let switches = &policy.settings.rules;
        Self {
            round_robin: switches.round_robin.then(Default::default),
            hostname: switches.hostname.then(Default::default),
            resource_index: switches.resource_index.then(Default::default),
            address_name: switches.address_name.then(Default::default),
            node: switches.node.then(Default::default),
            srv: switches.srv.then(Default::default),
            ptr: switches.ptr.then(Default::default),
            context: Context { policy, names },
            records: Records(Vec::with_capacity(places * RECORDS_OF_A_PLACE)),
        }
    }

    /// Makes the records of one place.
    pub(crate) fn apply(&mut self, place: &Place<'a>) {
        let Self {
            round_robin,
            hostname,
            resource_index,
            address_name,
            node,
            srv,
            ptr,
            context,
            records,
        } = self;
        if let Some(rule) = round_robin {
            rule.apply(place, context, records);
        }
        if let Some(rule) = hostname {
            rule.apply(place, context, records);
        }
        if let Some(rule) = resource_index {
            rule.apply(place, context, records);
        }
        if let Some(rule) = address_name {
            rule.apply(place, context, records);
        }
        if let Some(rule) = node {
            rule.apply(place, context, records);
        }
        if let Some(rule) = srv {
            rule.apply(place, context, records);
        }
        if let Some(rule) = ptr {
            rule.apply(place, context, records);
        }
    }

    pub(crate) fn into_records(self) -> Vec<ResourceRecord> {
        self.records.0
    }
}
