//! The rules by which records are made, one file for each. A record names its rule: that is how `zonesmith explain` knows
//! why a name is there.
//!
//! A rule is asked for each [`Place`] in turn and remembers what it made, so that no record is made twice.

mod address_name;
mod hostname;
mod node;
mod ptr;
mod resource_index;
mod round_robin;
mod srv;

use zonesmith_policy::ResourceRecord;

use crate::DefaultPolicy;
use crate::names::ServiceNames;
use crate::places::Place;

zonesmith_policy::rules! {
    /// One of the rules.
    pub(crate) enum Rule {
        RoundRobin("round-robin", round_robin::DOCUMENTATION),
        Hostname("hostname", hostname::DOCUMENTATION),
        ResourceIndex("resource-index", resource_index::DOCUMENTATION),
        AddressName("address-name", address_name::DOCUMENTATION),
        Node("node", node::DOCUMENTATION),
        Srv("srv", srv::DOCUMENTATION),
        Ptr("ptr", ptr::DOCUMENTATION),
        Nameserver("nameserver", crate::apex::DOCUMENTATION),
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
        self.0.push(record.by_rule(rule).at(place.origin));
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
