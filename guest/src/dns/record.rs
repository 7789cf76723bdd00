//! A record with its owner, its rule and where it comes from.

use std::net::IpAddr;

use super::{Rdata, Srv};
use crate::naming::PolicyRule;

/// Where in the service a record comes from: indexes into [`instances`](crate::Service::instances), and into the
/// [`resources`](crate::cluster::Instance::resources) of that instance. With it `zonesmith explain` can say why a name
/// answers what it answers. [`Service::places`](crate::Service::places) brings it along.
///
/// ```
/// # use zonesmith_policy::dns::Origin;
/// assert_eq!(Origin::resource(1, 2), Origin { instance: 1, resource: Some(2) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Index of the instance.
    pub instance: u32,
    /// Index of the resource in it; none for the instance as a whole.
    pub resource: Option<u32>,
}

impl Origin {
    /// An instance as a whole.
    ///
    /// ```
    /// # use zonesmith_policy::dns::Origin;
    /// assert_eq!(Origin::instance(1).resource, None);
    /// ```
    #[must_use]
    pub const fn instance(instance: u32) -> Self {
        Self {
            instance,
            resource: None,
        }
    }

    /// One resource of an instance.
    ///
    /// ```
    /// # use zonesmith_policy::dns::Origin;
    /// assert_eq!(Origin::resource(1, 2).resource, Some(2));
    /// ```
    #[must_use]
    pub const fn resource(instance: u32, resource: u32) -> Self {
        Self {
            instance,
            resource: Some(resource),
        }
    }
}

/// One record. The host checks each one: a bad one is quarantined alone, with the reason, and the others stand.
///
/// ```
/// # use zonesmith_policy::{ResourceRecord, dns::Origin};
/// let record = ResourceRecord::address("web.demo", 60, [10, 22, 0, 5]).at(Origin::resource(0, 0));
/// assert_eq!(record.owner, "web.demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRecord {
    /// Absolute, in presentation format.
    pub owner: String,
    /// Seconds, at most 2^31 - 1 (RFC 2181 section 8). Differing TTLs in one RRset become the lowest.
    pub ttl: u32,
    /// Type and content.
    pub data: Rdata,
    /// Index into [`Description::rules`](crate::Description::rules): see [`by_rule`](Self::by_rule).
    pub rule: Option<u16>,
    /// Where it comes from: see [`at`](Self::at).
    pub origin: Option<Origin>,
    /// See [`exclusive`](Self::exclusive).
    pub exclusive: bool,
}

impl ResourceRecord {
    /// A record of `owner`, of no rule and of no resource: [`by_rule`](Self::by_rule) and [`at`](Self::at) say more. `ttl`
    /// is in seconds.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, dns::Rdata};
    /// let record = ResourceRecord::new("demo", 3600, Rdata::Ns("ns1.demo".to_owned()));
    /// assert_eq!((record.rule, record.origin, record.exclusive), (None, None, false));
    /// ```
    #[must_use]
    pub fn new(owner: impl Into<String>, ttl: u32, data: impl Into<Rdata>) -> Self {
        Self {
            owner: owner.into(),
            ttl,
            data: data.into(),
            rule: None,
            origin: None,
            exclusive: false,
        }
    }

    /// A or AAAA, as the address is.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, dns::Rdata};
    /// let record = ResourceRecord::address("web.demo", 60, [10, 22, 0, 5]);
    /// assert_eq!(record.data, Rdata::A([10, 22, 0, 5].into()));
    /// ```
    #[must_use]
    pub fn address(owner: impl Into<String>, ttl: u32, address: impl Into<IpAddr>) -> Self {
        Self::new(owner, ttl, address.into())
    }

    /// `owner` is another name of `target`. Nothing else may stand beside it.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, dns::Rdata};
    /// let record = ResourceRecord::cname("www.demo", 60, "web.demo");
    /// assert_eq!(record.data, Rdata::Cname("web.demo".to_owned()));
    /// ```
    #[must_use]
    pub fn cname(owner: impl Into<String>, ttl: u32, target: impl Into<String>) -> Self {
        Self::new(owner, ttl, Rdata::Cname(target.into()))
    }

    /// SRV of priority 0. [`name::service`](crate::name::service) writes its owner.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, name};
    /// let owner = name::service("http", "tcp", "web.demo");
    /// let record = ResourceRecord::srv(owner, 60, 10, 80, "10-22-0-5.web.demo");
    /// assert_eq!(record.owner, "_http._tcp.web.demo");
    /// ```
    #[must_use]
    pub fn srv(
        owner: impl Into<String>,
        ttl: u32,
        weight: u16,
        port: u16,
        target: impl Into<String>,
    ) -> Self {
        let target = target.into();
        let srv = Srv {
            priority: 0,
            weight,
            port,
            target,
        };
        Self::new(owner, ttl, Rdata::Srv(srv))
    }

    /// PTR of the reverse name of `address`.
    ///
    /// ```
    /// # use zonesmith_policy::ResourceRecord;
    /// let record = ResourceRecord::ptr([10, 22, 0, 5], 60, "web.demo");
    /// assert_eq!(record.owner, "5.0.22.10.in-addr.arpa");
    /// ```
    #[must_use]
    pub fn ptr(address: impl Into<IpAddr>, ttl: u32, target: impl Into<String>) -> Self {
        let owner = crate::name::reverse(address.into());
        Self::new(owner, ttl, Rdata::Ptr(target.into()))
    }

    /// TXT of any length: what is longer than 255 octets becomes several character strings.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, dns::Rdata};
    /// let record = ResourceRecord::txt("demo", 60, "a cluster");
    /// assert_eq!(record.data, Rdata::Txt(vec!["a cluster".to_owned()]));
    /// ```
    #[must_use]
    pub fn txt(owner: impl Into<String>, ttl: u32, text: &str) -> Self {
        Self::new(owner, ttl, Rdata::Txt(character_strings(text)))
    }

    /// Made by this rule: one that [`rules!`](crate::rules) listed.
    ///
    /// ```
    /// # use zonesmith_policy::ResourceRecord;
    /// zonesmith_policy::rules! {
    ///     enum Rule {
    ///         Service("service", "One name for each service."),
    ///     }
    /// }
    ///
    /// let record = ResourceRecord::address("web.demo", 60, [10, 22, 0, 5]).by_rule(Rule::Service);
    /// assert_eq!(record.rule, Some(0));
    /// ```
    #[must_use]
    pub fn by_rule(mut self, rule: impl PolicyRule) -> Self {
        self.rule = Some(rule.index());
        self
    }

    /// Made of this instance, or of this resource of it.
    ///
    /// ```
    /// # use zonesmith_policy::{ResourceRecord, dns::Origin};
    /// let record = ResourceRecord::address("web.demo", 60, [10, 22, 0, 5]).at(Origin::resource(1, 2));
    /// assert_eq!(record.origin, Some(Origin { instance: 1, resource: Some(2) }));
    /// ```
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Made of this resource (an index) of this instance (an index) of the service.
    ///
    /// ```
    /// # use zonesmith_policy::ResourceRecord;
    /// let record = ResourceRecord::address("web.demo", 60, [10, 22, 0, 5]).from_resource(1, 2);
    /// assert_eq!(record.origin.unwrap().instance, 1);
    /// ```
    #[must_use]
    pub fn from_resource(self, instance: u32, resource: u32) -> Self {
        self.at(Origin::resource(instance, resource))
    }

    /// Stands only while no other service of the same policy has a record of this owner and type: of several, none that is
    /// exclusive stands. For names that mean one thing or nothing, as the reverse name of an address that each node may use for
    /// another service.
    ///
    /// ```
    /// # use zonesmith_policy::ResourceRecord;
    /// let record = ResourceRecord::ptr([10, 88, 0, 2], 60, "web.demo").exclusive();
    /// assert!(record.exclusive);
    /// ```
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }
}

/// `text` in pieces of at most 255 octets, none of which ends within a character. At least one, which may be empty.
fn character_strings(text: &str) -> Vec<String> {
    const LONGEST: usize = 255;
    let mut strings = Vec::new();
    let mut rest = text;
    while rest.len() > LONGEST {
        let (string, after) = rest.split_at(rest.floor_char_boundary(LONGEST));
        strings.push(string.to_owned());
        rest = after;
    }
    strings.push(rest.to_owned());
    strings
}

#[cfg(test)]
mod tests {
    use super::character_strings;

    #[test]
    fn a_long_text_becomes_strings_of_whole_characters() {
        assert_eq!(character_strings(""), [""]);
        assert_eq!(character_strings("short"), ["short"]);
        let text = format!("{}é{}", "a".repeat(254), "b".repeat(300));
        let strings = character_strings(&text);
        assert_eq!(
            strings.iter().map(String::len).collect::<Vec<_>>(),
            [254, 255, 47]
        );
        assert_eq!(strings.concat(), text);
    }
}
