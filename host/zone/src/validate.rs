//! Every record is checked before it can reach a zone: one bad record costs PowerDNS its name and everything below it.
//!
//! A bad record is quarantined alone, with the rule and the resource it comes from; its neighbours stand. What only
//! shows beside other records (a CNAME and other data, an RRset over its limit) is `conflict`'s.

use crate::contribution::Contribution;
use crate::name::{Name, NameError};
use crate::rdata::{self, RdataError, rtype};
use crate::record::{Origin, Record};
use crate::zones::Zones;

/// Longest TTL and longest time in a SOA, in seconds (RFC 2181 §8): 2^31 - 1. More is taken for 0.
pub const TTL_LIMIT: u32 = 0x7fff_ffff;

/// Most octets of one record's rdata. A DNS message has 65,535 at most, with the question, the owner and the OPT record;
/// what does not fit into any message can be published but never asked for.
pub const RECORD_OCTETS_LIMIT: usize = 60_000;

/// A record that may stand in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRecord {
    /// In one of the zones.
    pub owner: Name,
    /// Seconds.
    pub ttl: u32,
    /// The number of the type.
    pub rtype: u16,
    /// Rdata in canonical wire form.
    pub octets: Box<[u8]>,
    /// Index into the policy's rules.
    pub rule: Option<u16>,
    /// Where in the service it comes from.
    pub origin: Option<Origin>,
    /// Stands only while no other contributor of the rank has this owner and type.
    pub exclusive: bool,
}

/// Why a record, or a zone, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The owner, or the apex of a zone, is no name.
    #[error("{0}")]
    Owner(#[source] NameError),
    /// No zone is declared at or above the owner.
    #[error("the name is in none of the zones")]
    OutOfZone,
    /// Beyond 2^31 - 1 seconds.
    #[error("a time of {0} seconds is over the limit of 2147483647")]
    Ttl(u32),
    /// The content is wrong.
    #[error("{0}")]
    Rdata(#[from] RdataError),
    /// The content is right, and too long to be answered.
    #[error("the rdata has {0} octets; more than 60,000 do not fit into an answer")]
    RecordTooLarge(usize),
    /// An apex has SOA and NS, and beside a CNAME there is nothing else (RFC 1034 §3.6.2).
    #[error("a CNAME cannot stand at the apex of a zone, beside SOA and NS")]
    CnameAtApex,
    /// DS belongs to the zone above (RFC 4035 §2.4), and that is none of ours.
    #[error(
        "DS cannot stand at the apex of a zone: it belongs to the zone above, which is not served here"
    )]
    DsAtApex,
    /// MNAME or RNAME of a zone is no name.
    #[error("in the SOA: {0}")]
    SoaName(#[source] NameError),
    /// A zone without NS.
    #[error("the zone has no nameserver")]
    NoNameserver,
}

/// A record that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// As the policy wrote it.
    pub owner: String,
    /// The name of the type, as the policy wrote it where it did.
    pub rtype: String,
    /// Index into the policy's rules.
    pub rule: Option<u16>,
    /// Where in the service it comes from.
    pub origin: Option<Origin>,
    /// What is wrong.
    pub reason: Reason,
}

/// Checks the records of one contributor and packs the good ones.
#[must_use]
pub fn validate(records: Vec<Record>, zones: &Zones) -> (Contribution, Vec<Quarantined>) {
    let (checked, quarantined) = check(records, zones);
    (Contribution::from_records(checked), quarantined)
}

/// Checks records one by one. [`validate`] for what is not all of a contribution: a configuration has the NS records of
/// its zones too.
#[must_use]
pub fn check(records: Vec<Record>, zones: &Zones) -> (Vec<CheckedRecord>, Vec<Quarantined>) {
    let mut checked = Vec::with_capacity(records.len());
    let mut quarantined = Vec::new();
    for record in records {
        match check_one(&record, zones) {
            Ok(record) => checked.push(record),
            Err(reason) => {
                let Record {
                    owner,
                    ttl: _,
                    data,
                    rule,
                    origin,
                    exclusive: _,
                } = record;
                quarantined.push(Quarantined {
                    owner,
                    rtype: rdata::type_name(&data),
                    rule,
                    origin,
                    reason,
                });
            }
        }
    }
    (checked, quarantined)
}

fn check_one(record: &Record, zones: &Zones) -> Result<CheckedRecord, Reason> {
    let Record {
        owner,
        ttl,
        data,
        rule,
        origin,
        exclusive,
    } = record;
    let owner = Name::parse(owner).map_err(Reason::Owner)?;
    let zone = zones.enclosing(owner.as_ref()).ok_or(Reason::OutOfZone)?;
    if *ttl > TTL_LIMIT {
        return Err(Reason::Ttl(*ttl));
    }
    let (rtype, octets) = rdata::encode(data)?;
    if octets.len() > RECORD_OCTETS_LIMIT {
        return Err(Reason::RecordTooLarge(octets.len()));
    }
    if *zone.apex() == owner {
        match rtype {
            rtype::CNAME => return Err(Reason::CnameAtApex),
            rtype::DS if zones.above(zone).is_none() => return Err(Reason::DsAtApex),
            _ => {}
        }
    }
    Ok(CheckedRecord {
        owner,
        ttl: *ttl,
        rtype,
        octets,
        rule: *rule,
        origin: *origin,
        exclusive: *exclusive,
    })
}

#[cfg(test)]
mod tests;
