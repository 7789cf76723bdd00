//! Names, addresses and records, and short ways to make them.
//!
//! The words are those of `wit/since_v1.0/dns.wit`. Names are text: [`crate::name`] writes them from labels.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use crate::bindings::zonesmith::policy::dns::{
    Caa, IpAddress, IpPrefix, Ipv4Address, Ipv6Address, Mx, Name, Origin, OtherRdata, Rdata,
    ResourceRecord, Srv, SvcParameter, Svcb,
};

impl From<IpAddr> for IpAddress {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::Ipv4(address.octets().into()),
            IpAddr::V6(address) => Self::Ipv6(address.segments().into()),
        }
    }
}

impl From<IpAddress> for IpAddr {
    fn from(address: IpAddress) -> Self {
        match address {
            IpAddress::Ipv4(octets) => Self::V4(<[u8; 4]>::from(octets).into()),
            IpAddress::Ipv6(groups) => Self::V6(<[u16; 8]>::from(groups).into()),
        }
    }
}

impl IpPrefix {
    /// Whether `address` lies in this network. Never so when they are of different families.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (IpAddr::from(self.address), address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let unused = 32_u32.saturating_sub(self.length.into());
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(unused).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let unused = 128_u32.saturating_sub(self.length.into());
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(unused).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The rdata of an address: A or AAAA.
impl From<IpAddr> for Rdata {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => address.into(),
        }
    }
}

impl From<Ipv4Addr> for Rdata {
    fn from(address: Ipv4Addr) -> Self {
        Self::A(address.octets().into())
    }
}

impl From<Ipv6Addr> for Rdata {
    fn from(address: Ipv6Addr) -> Self {
        Self::Aaaa(address.segments().into())
    }
}

impl ResourceRecord {
    /// A record of `owner`, of no rule and of no resource: [`by_rule`](Self::by_rule) and
    /// [`from_resource`](Self::from_resource) say more. `ttl` is in seconds.
    #[must_use]
    pub fn new(owner: impl Into<Name>, ttl: u32, data: impl Into<Rdata>) -> Self {
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
    #[must_use]
    pub fn address(owner: impl Into<Name>, ttl: u32, address: impl Into<IpAddr>) -> Self {
        Self::new(owner, ttl, address.into())
    }

    /// SRV of priority 0.
    #[must_use]
    pub fn srv(
        owner: impl Into<Name>,
        ttl: u32,
        weight: u16,
        port: u16,
        target: impl Into<Name>,
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
    #[must_use]
    pub fn ptr(address: impl Into<IpAddr>, ttl: u32, target: impl Into<Name>) -> Self {
        let owner = crate::name::reverse(address.into());
        Self::new(owner, ttl, Rdata::Ptr(target.into()))
    }

    /// TXT of any length: what is longer than 255 octets becomes several character strings.
    #[must_use]
    pub fn txt(owner: impl Into<Name>, ttl: u32, text: &str) -> Self {
        Self::new(owner, ttl, Rdata::Txt(character_strings(text)))
    }

    /// Made by the rule at this index of [`Description::rules`](crate::naming::Description).
    #[must_use]
    pub fn by_rule(mut self, rule: u16) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Made of this resource (an index) of this instance (an index) of the service.
    #[must_use]
    pub fn from_resource(mut self, instance: u32, resource: u32) -> Self {
        self.origin = Some(Origin {
            instance,
            resource: Some(resource),
        });
        self
    }

    /// Stands only while no other service has a record of this owner and type.
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
mod tests;
