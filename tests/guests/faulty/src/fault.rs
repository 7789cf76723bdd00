//! The faults, each named by what it does.

use std::hint::black_box;
use std::net::Ipv4Addr;

use serde::Deserialize;
use zonesmith_policy::dns::{OtherRdata, Rdata, ResourceRecord};
use zonesmith_policy::log;

/// More than any service is allowed, in records.
const MANY_RECORDS: usize = 1_000_000;

/// More than the host takes over in one call, in octets: 16 MiB.
const HUGE: usize = 17 << 20;

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    None,
    TrapInConfigure,
    SpinInConfigure,
    EatMemoryInConfigure,
    ErrorInConfigure,
    /// Says that there is no zone at all.
    NoZones,
    /// Says that no service has a name.
    NoRecords,
    TrapInSynthesize,
    SpinInSynthesize,
    ErrorInSynthesize,
    /// Calls itself for ever.
    Recurse,
    EatMemory,
    MillionRecords,
    HugeStrings,
    /// A hundred thousand lines of log, and all records as ever.
    FloodLog,
    NameOutOfZone,
    LabelTooLong,
    NameTooLong,
    EmptyLabel,
    /// An address that is none, in the presentation format of a type the contract knows by number only.
    InvalidRdata,
    /// A type only name servers may write.
    ForbiddenType,
    TtlTooLong,
    /// Text of more octets than a character string has.
    StringTooLong,
    /// One name with more addresses than a reply may have.
    TooManyAddresses,
    /// A CNAME beside other data.
    AliasBesideAddress,
}

impl Fault {
    /// # Errors
    /// The fault that is one.
    pub(crate) fn in_configure(self) -> Result<(), String> {
        if self == Self::TrapInConfigure {
            trap();
        }
        if self == Self::SpinInConfigure {
            spin();
        }
        if self == Self::EatMemoryInConfigure {
            eat_memory();
        }
        if self == Self::ErrorInConfigure {
            return Err("the settings are not to my taste".to_owned());
        }
        Ok(())
    }

    /// Adds to, or takes from, the good `records` of the service that owns `owner`.
    ///
    /// # Errors
    /// The fault that is one.
    pub(crate) fn in_synthesize(
        self,
        owner: &str,
        records: &mut Vec<ResourceRecord>,
    ) -> Result<(), String> {
        match self {
            Self::None
            | Self::TrapInConfigure
            | Self::SpinInConfigure
            | Self::EatMemoryInConfigure
            | Self::ErrorInConfigure
            | Self::NoZones => {}
            Self::NoRecords => records.clear(),
            Self::TrapInSynthesize => trap(),
            Self::SpinInSynthesize => spin(),
            Self::ErrorInSynthesize => return Err("this service is not to my taste".to_owned()),
            Self::Recurse => {
                recurse(0);
            }
            Self::EatMemory => eat_memory(),
            Self::MillionRecords => {
                let one = record("r", Rdata::A(Ipv4Addr::new(192, 0, 2, 1)));
                *records = vec![one; MANY_RECORDS];
            }
            Self::HugeStrings => records.push(record(owner, Rdata::Txt(vec!["a".repeat(HUGE)]))),
            Self::FloodLog => (0..3_000).for_each(|_| log::warn("the same again")),
            Self::NameOutOfZone => records.push(address("www.example.com")),
            Self::LabelTooLong => records.push(address(&format!("{}.{owner}", "a".repeat(64)))),
            Self::NameTooLong => {
                records.push(address(&format!("{}{owner}", "abcdefg.".repeat(32))));
            }
            Self::EmptyLabel => records.push(address(&format!("a..{owner}"))),
            Self::InvalidRdata => records.push(other(owner, "NAPTR", "not a number at all")),
            Self::ForbiddenType => {
                let soa = "dns.example. hostmaster.example. 1 2 3 4 5";
                records.push(other(owner, "SOA", soa));
            }
            Self::TtlTooLong => records.push(ResourceRecord::address(
                format!("ttl.{owner}"),
                1 << 31,
                Ipv4Addr::new(192, 0, 2, 1),
            )),
            Self::StringTooLong => records.push(record(owner, Rdata::Txt(vec!["a".repeat(256)]))),
            Self::TooManyAddresses => {
                let addresses = (0..10_000_u32).map(|number| Ipv4Addr::from((10 << 24) + number));
                let name = format!("many.{owner}");
                records
                    .extend(addresses.map(|one| ResourceRecord::address(name.as_str(), 60, one)));
            }
            Self::AliasBesideAddress => {
                records.push(ResourceRecord::cname(owner, 60, "elsewhere.example"));
            }
        }
        Ok(())
    }
}

fn record(owner: &str, data: Rdata) -> ResourceRecord {
    ResourceRecord::new(owner, 60, data)
}

fn address(owner: &str) -> ResourceRecord {
    ResourceRecord::address(owner, 60, Ipv4Addr::new(192, 0, 2, 1))
}

fn other(owner: &str, rrtype: &str, presentation: &str) -> ResourceRecord {
    let rrtype = rrtype.to_owned();
    let presentation = presentation.to_owned();
    record(
        owner,
        Rdata::Other(OtherRdata {
            rrtype,
            presentation,
        }),
    )
}

#[expect(clippy::panic, reason = "the fault is a trap, and a panic is one")]
fn trap() {
    panic!("as the settings say");
}

fn spin() {
    while black_box(true) {}
}

fn recurse(depth: u64) -> u64 {
    if black_box(false) {
        return depth;
    }
    // What is on the stack is looked at after the call, so that no loop is made of it.
    let frame = black_box([depth; 64]);
    recurse(depth + 1) + black_box(frame)[0]
}

fn eat_memory() {
    let mut eaten = Vec::new();
    while black_box(true) {
        // Never touched: what is to be met is the limit of memory, not that of time.
        eaten.push(black_box(Vec::<u8>::with_capacity(8 << 20)));
    }
}
