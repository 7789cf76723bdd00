//! What a record says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a record says. RRSIG, NSEC, NSEC3 and meta types are the name server's: the host quarantines them, and SOA too,
/// which belongs to a zone (see [`Zone`](crate::naming::Zone)).
///
/// ```
/// # use std::net::IpAddr;
/// # use zonesmith_policy::dns::Rdata;
/// let address: IpAddr = "10.22.0.5".parse().unwrap();
/// assert_eq!(Rdata::from(address), Rdata::A([10, 22, 0, 5].into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rdata {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that this one is another name of. Nothing else may stand beside it.
    Cname(String),
    /// The name of a nameserver. Those of a zone's apex belong to the [`Zone`](crate::naming::Zone).
    Ns(String),
    /// The name that an address belongs to.
    Ptr(String),
    /// Where a service listens.
    Srv(Srv),
    /// One or more character strings of at most 255 octets each, in UTF-8.
    Txt(Vec<String>),
    /// Who takes mail.
    Mx(Mx),
    /// Who may issue certificates.
    Caa(Caa),
    /// How to reach a service (RFC 9460).
    Svcb(Svcb),
    /// The same for HTTPS.
    Https(Svcb),
    /// Anything else, in presentation format.
    Other(OtherRdata),
}

/// RFC 2782. [`ResourceRecord::srv`](crate::ResourceRecord::srv) makes the usual one.
///
/// ```
/// # use zonesmith_policy::dns::{ResourceRecord, Srv};
/// let backup = Srv { priority: 10, weight: 0, port: 80, target: "web2.demo".to_owned() };
/// let record = ResourceRecord::new("_http._tcp.web.demo", 60, backup);
/// # assert_eq!(record.ttl, 60);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Srv {
    /// The lowest is tried first.
    pub priority: u16,
    /// Of those with the same priority, how often this one.
    pub weight: u16,
    /// Where it listens.
    pub port: u16,
    /// A name that has addresses, and is no CNAME.
    pub target: String,
}

/// RFC 1035 section 3.3.9.
///
/// ```
/// # use zonesmith_policy::dns::{Mx, ResourceRecord};
/// let mx = Mx { preference: 10, exchange: "mail.demo".to_owned() };
/// let record = ResourceRecord::new("demo", 60, mx);
/// # assert_eq!(record.owner, "demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// A name that has addresses, and is no CNAME.
    pub exchange: String,
}

/// RFC 8659.
///
/// ```
/// # use zonesmith_policy::dns::{Caa, ResourceRecord};
/// let caa = Caa { flags: 0, tag: "issue".to_owned(), value: "ca.example".to_owned() };
/// let record = ResourceRecord::new("demo", 3600, caa);
/// # assert_eq!(record.owner, "demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caa {
    /// 128 is "critical", and there is no other.
    pub flags: u8,
    /// 1 to 255 ASCII letters and digits: `issue`, `issuewild`, `iodef`, …
    pub tag: String,
    /// What the tag means by it.
    pub value: String,
}

/// RFC 9460; the rdata of SVCB and of HTTPS.
///
/// ```
/// # use zonesmith_policy::dns::{Rdata, ResourceRecord, SvcParameter, Svcb};
/// // alpn: h2
/// let alpn = SvcParameter { key: 1, value: b"\x02h2".to_vec() };
/// let svcb = Svcb { priority: 1, target: ".".to_owned(), parameters: vec![alpn] };
/// let record = ResourceRecord::new("web.demo", 60, Rdata::Https(svcb));
/// # assert_eq!(record.owner, "web.demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Svcb {
    /// 0 is an alias.
    pub priority: u16,
    /// `.` is the owner itself.
    pub target: String,
    /// In any order, each key once.
    pub parameters: Vec<SvcParameter>,
}

/// One SvcParam (RFC 9460 section 2.1).
///
/// ```
/// # use zonesmith_policy::dns::SvcParameter;
/// let port = SvcParameter { key: 3, value: 8443_u16.to_be_bytes().to_vec() };
/// # assert_eq!(port.value.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SvcParameter {
    /// Its number.
    pub key: u16,
    /// In wire format.
    pub value: Vec<u8>,
}

/// Rdata of a type that has no case of its own in [`Rdata`], in presentation format with absolute names. The RFC 3597 form
/// `\# …` is for types that PowerDNS does not know by name; of the others the host quarantines it.
///
/// ```
/// # use zonesmith_policy::dns::{OtherRdata, ResourceRecord};
/// let key = OtherRdata { rrtype: "SSHFP".to_owned(), presentation: "4 2 e3b0c44298fc1c14".to_owned() };
/// let record = ResourceRecord::new("n1.demo", 3600, key);
/// # assert_eq!(record.owner, "n1.demo");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherRdata {
    /// `NAPTR`, `SSHFP`, `TYPE65280`, …
    pub rrtype: String,
    /// As in a master file.
    pub presentation: String,
}

/// The rdata of an address: A or AAAA.
impl From<IpAddr> for Rdata {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::A(address),
            IpAddr::V6(address) => Self::Aaaa(address),
        }
    }
}

impl From<Ipv4Addr> for Rdata {
    fn from(address: Ipv4Addr) -> Self {
        Self::A(address)
    }
}

impl From<Ipv6Addr> for Rdata {
    fn from(address: Ipv6Addr) -> Self {
        Self::Aaaa(address)
    }
}

impl From<Srv> for Rdata {
    fn from(data: Srv) -> Self {
        Self::Srv(data)
    }
}

impl From<Mx> for Rdata {
    fn from(data: Mx) -> Self {
        Self::Mx(data)
    }
}

impl From<Caa> for Rdata {
    fn from(data: Caa) -> Self {
        Self::Caa(data)
    }
}

impl From<OtherRdata> for Rdata {
    fn from(data: OtherRdata) -> Self {
        Self::Other(data)
    }
}
