//! A zone: an apex with a start of authority.
//!
//! Its SOA is no record among others: the serial moves with every publish, so it is written when it is asked for, and
//! the map stays as it is. The NS records of the apex are records, and the declaration hands them out as such.

use crate::name::{Name, NameRef};
use crate::rdata::{self, write_number};
use crate::record::{Rdata, SoaDeclaration, ZoneDeclaration};
use crate::validate::{CheckedRecord, Reason, TTL_LIMIT};

/// A zone we are authoritative for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    apex: Name,
    /// The first key after all names of the zone.
    end: Box<[u8]>,
    id: i32,
    serial: u32,
    soa: SoaDeclaration,
    /// MNAME and RNAME as SOA content begins: `dns.cluster1. contact.opensvc.com. `
    soa_names: Box<[u8]>,
}

impl Zone {
    /// Checks what a policy says of a zone. The zone begins with serial 1. Also returns the NS records of its apex, for
    /// the contribution of the policy's configuration.
    ///
    /// # Errors
    /// [`Reason`] when a name is none, a time is out of range, or there is no nameserver.
    pub fn declare(declaration: &ZoneDeclaration) -> Result<(Self, Vec<CheckedRecord>), Reason> {
        let ZoneDeclaration {
            apex,
            soa,
            nameservers,
            nameserver_ttl,
        } = declaration;
        let SoaDeclaration {
            ttl,
            mname,
            rname,
            refresh,
            retry,
            expire,
            minimum,
        } = soa;
        let apex = Name::parse(apex).map_err(Reason::Owner)?;
        if nameservers.is_empty() {
            return Err(Reason::NoNameserver);
        }
        for time in [nameserver_ttl, ttl, refresh, retry, expire, minimum] {
            if *time > TTL_LIMIT {
                return Err(Reason::Ttl(*time));
            }
        }
        let mut soa_names = Vec::new();
        for name in [mname, rname] {
            let name = Name::parse(name).map_err(Reason::SoaName)?;
            name.as_ref().write_text(&mut soa_names);
            soa_names.push(b' ');
        }
        let mut records = Vec::with_capacity(nameservers.len());
        for nameserver in nameservers {
            let (rtype, octets) = rdata::encode(&Rdata::Ns(nameserver.clone()))?;
            let owner = apex.clone();
            records.push(CheckedRecord {
                owner,
                ttl: *nameserver_ttl,
                rtype,
                octets,
                rule: None,
                origin: None,
                exclusive: false,
            });
        }
        let zone = Self {
            end: subtree_end(apex.as_ref()),
            id: id_of(apex.as_ref()),
            apex,
            serial: 1,
            soa: soa.clone(),
            soa_names: soa_names.into(),
        };
        Ok((zone, records))
    }

    /// The name at the top.
    #[must_use]
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// What PowerDNS calls the zone by: positive, derived from the apex, the same on every node and after a restart.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The serial of the SOA.
    #[must_use]
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// TTL of the SOA record, seconds.
    #[must_use]
    pub fn soa_ttl(&self) -> u32 {
        self.soa.ttl
    }

    /// What the SOA was declared as.
    #[must_use]
    pub fn soa(&self) -> &SoaDeclaration {
        &self.soa
    }

    /// Appends `mname rname serial refresh retry expire minimum`.
    pub fn write_soa_content(&self, out: &mut Vec<u8>) {
        let SoaDeclaration {
            ttl: _,
            mname: _,
            rname: _,
            refresh,
            retry,
            expire,
            minimum,
        } = &self.soa;
        out.extend_from_slice(&self.soa_names);
        write_number(self.serial, out);
        for number in [refresh, retry, expire, minimum] {
            out.push(b' ');
            write_number(*number, out);
        }
    }

    /// The same zone with another serial.
    #[must_use]
    pub(crate) fn with_serial(&self, serial: u32) -> Self {
        Self {
            serial,
            ..self.clone()
        }
    }

    pub(crate) fn with_id(self, id: i32) -> Self {
        Self { id, ..self }
    }

    /// The first key after all names at or below the apex; empty for the root, which nothing follows.
    pub(crate) fn end(&self) -> &[u8] {
        &self.end
    }
}

/// A subtree ends where its key's last octet, the end of a label, is raised by one.
pub(crate) fn subtree_end(apex: NameRef<'_>) -> Box<[u8]> {
    let mut end: Box<[u8]> = apex.key().into();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end
}

/// FNV-1a of the key, folded to 31 bits: short, and the same in every build and on every machine, which the hashers of
/// the standard library do not promise.
fn id_of(apex: NameRef<'_>) -> i32 {
    let hash = apex
        .key()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
    let folded = (hash ^ (hash >> 31)) & 0x7fff_ffff;
    // 0 is PowerDNS's "no zone".
    i32::try_from(folded).unwrap_or(1).max(1)
}
