//! A policy's word, unchecked: records and zones as they cross the border.
//!
//! The shapes follow `wit/since_v1.0/dns.wit` case by case, so that the host translates a binding without deciding
//! anything. Nothing in here is known to be a name, in bounds or in a zone: `validate` says that of records, and
//! `Zone::declare` of zones.

use std::net::{Ipv4Addr, Ipv6Addr};

/// One record of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Presentation format, absolute with or without the last dot, any case.
    pub owner: String,
    /// Seconds, at most 2^31 - 1 (RFC 2181 §8).
    pub ttl: u32,
    /// Type and content.
    pub data: Rdata,
    /// Which of the policy's rules made this record: an index into its description.
    pub rule: Option<u16>,
    /// Where in the service the record comes from.
    pub origin: Option<Origin>,
    /// The record stands only while no other contributor of the same rank has a record of this owner and type.
    pub exclusive: bool,
}

/// An instance of a service, and perhaps a resource of it, by their places in the lists the policy was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Index into the service's instances.
    pub instance: u32,
    /// Index into the resources of that instance.
    pub resource: Option<u32>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rdata {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name this one is another name of.
    Cname(String),
    /// A nameserver of the zone cut at the owner.
    Ns(String),
    /// The name of an address.
    Ptr(String),
    /// The location of a service.
    Srv(Srv),
    /// One or more character strings of at most 255 octets each.
    Txt(Vec<String>),
    /// A mail exchange.
    Mx(Mx),
    /// Which authority may issue certificates.
    Caa(Caa),
    /// A service binding of any service.
    Svcb(Svcb),
    /// A service binding of HTTP.
    Https(Svcb),
    /// Any other type, in presentation format.
    Other(OtherRdata),
}

/// RFC 2782.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// The lowest is tried first.
    pub priority: u16,
    /// The share among targets of one priority.
    pub weight: u16,
    /// The port the service listens on.
    pub port: u16,
    /// A name with addresses; the root says that there is no such service.
    pub target: String,
}

/// RFC 1035 §3.3.9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// A name with addresses; the root says that there is no mail (RFC 7505).
    pub exchange: String,
}

/// RFC 8659.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caa {
    /// 128 is "issuer critical".
    pub flags: u8,
    /// 1 to 255 ASCII letters and digits: `issue`, `issuewild`, `iodef`, …
    pub tag: String,
    /// What the tag says.
    pub value: String,
}

/// RFC 9460: the rdata of SVCB and of HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svcb {
    /// 0 is alias mode.
    pub priority: u16,
    /// The alternative endpoint; the root means the owner itself.
    pub target: String,
    /// Number and wire-format value of each parameter, in any order, each number once.
    pub parameters: Vec<(u16, Vec<u8>)>,
}

/// Rdata of a type without a case of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRdata {
    /// `NAPTR`, `SSHFP`, `TYPE65280`, …
    pub rrtype: String,
    /// Presentation format; names in it are absolute, with or without the last dot.
    pub presentation: String,
}

/// A zone that a policy wants served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneDeclaration {
    /// The name at the top of the zone.
    pub apex: String,
    /// Its start of authority.
    pub soa: SoaDeclaration,
    /// NS of the apex, at least one.
    pub nameservers: Vec<String>,
    /// TTL of the NS records, seconds.
    pub nameserver_ttl: u32,
}

/// SOA of a zone (RFC 1035 §3.3.13), without the serial: that is the host's. All times in seconds, at most 2^31 - 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoaDeclaration {
    /// TTL of the SOA record itself.
    pub ttl: u32,
    /// The primary nameserver.
    pub mname: String,
    /// A mailbox as a name: `hostmaster.example.com`.
    pub rname: String,
    /// How often secondaries look for a new serial.
    pub refresh: u32,
    /// How soon they look again after a failure.
    pub retry: u32,
    /// When they stop answering without having heard of the primary.
    pub expire: u32,
    /// TTL of negative answers (RFC 2308 §4), together with `ttl`.
    pub minimum: u32,
}
