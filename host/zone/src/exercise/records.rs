//! Records out of a policy: checked, merged, taken away, printed and read again.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{as_text, printed, read_back, zones};
use crate::contents::{Contents, Contributor, ContributorId};
use crate::contribution::Contribution;
use crate::name::NameRef;
use crate::record::{Caa, Mx, OtherRdata, Rdata, Record, Srv, Svcb};
use crate::validate::{TTL_LIMIT, check};
use crate::zone_set::{Answer, ZoneSet};
use crate::zones::Zones;

/// TTLs a record may come with: usual ones, and those beside the limit.
const TTLS: [u32; 6] = [60, 0, 3600, TTL_LIMIT, TTL_LIMIT + 1, u32::MAX];

/// Contributors the records are dealt to, two of a rank.
const CONTRIBUTORS: u32 = 4;

/// Reads `octets` as records of four contributors, and proves that
/// - each record is either let in or quarantined, and what is let in is read back from its own text as the same octets;
/// - the zones are the same whether all contributors come at once, or one by one in any order;
/// - every name listed is found, and nothing is left when all contributors are gone.
///
/// Returns what would be served.
///
/// # Errors
/// A sentence that says which of these does not hold.
pub fn records(octets: &[u8]) -> Result<ZoneSet, String> {
    let mut given: Vec<(u32, Record)> = Vec::new();
    let mut rest = Octets(octets);
    while !rest.0.is_empty() {
        given.push(rest.record());
    }
    let zones = zones()?;
    let mut said = Vec::new();
    for number in 0..CONTRIBUTORS {
        let records: Vec<Record> = given
            .iter()
            .filter(|(of, _)| *of == number)
            .map(|(_, record)| record.clone())
            .collect();
        let count = records.len();
        let (checked, quarantined) = check(records, &zones);
        if checked.len() + quarantined.len() != count {
            return Err(format!(
                "{count} records became {checked:?} and {quarantined:?}"
            ));
        }
        for record in &checked {
            let _ = read_back(record)?;
        }
        said.push((number, Contribution::from_records(checked)));
    }
    merged(zones, &said)
}

/// The zones of `said`, built in every way there is.
fn merged(zones: Zones, said: &[(u32, Contribution)]) -> Result<ZoneSet, String> {
    let at_once = said
        .iter()
        .map(|(number, contribution)| (contributor(*number), contribution.clone()))
        .collect();
    let (mut contents, ids) = Contents::build(zones, at_once);
    let zone_set = contents.zone_set();
    let expected = printed(&zone_set, zone_set.zones().iter());

    let mut one_by_one = Contents::default();
    one_by_one.set_zones(super::zones()?);
    let mut added: Vec<ContributorId> = Vec::new();
    for (number, contribution) in said.iter().rev() {
        let id = one_by_one.add(contributor(*number));
        let _ = one_by_one.replace(vec![(id, contribution.clone())]);
        added.push(id);
    }
    let one_by_one_set = one_by_one.zone_set();
    let other = printed(&one_by_one_set, one_by_one_set.zones().iter());
    if other != expected {
        return Err(format!("at once:\n{expected}\none by one:\n{other}"));
    }
    for zone in zone_set.zones().iter() {
        let mut key = Vec::new();
        for listed in zone_set.list(zone) {
            listed.write_key(&mut key);
            let name = NameRef::from_key(&key);
            match zone_set.find(name) {
                Answer::Records { .. } => {}
                Answer::EmptyNonTerminal { .. } | Answer::NoSuchName => {
                    return Err(format!("{name} is listed and not found"));
                }
            }
        }
    }
    for (contents, ids) in [(&mut contents, &ids), (&mut one_by_one, &added)] {
        let _ = contents.remove(ids);
        if contents.zone_set().names() > 0 || !contents.conflicts().is_empty() {
            return Err("something is left when all contributors are gone".to_owned());
        }
    }
    Ok(zone_set)
}

fn contributor(number: u32) -> Contributor {
    Contributor {
        rank: number / 2,
        label: format!("shop/svc/web{number}").into(),
    }
}

/// Records as a fuzzer writes them: texts are lines, so that it can exchange them; what is missing is empty.
struct Octets<'a>(&'a [u8]);

impl Octets<'_> {
    /// Owner, how (contributor, exclusive, TTL), a letter for the type, and what the type asks for.
    fn record(&mut self) -> (u32, Record) {
        let owner = self.line();
        let how = self.octet();
        let record = Record {
            owner,
            ttl: TTLS.get(usize::from(how >> 3)).copied().unwrap_or(60),
            data: self.data(),
            rule: None,
            origin: None,
            exclusive: how & 4 != 0,
        };
        (u32::from(how) % CONTRIBUTORS, record)
    }

    fn data(&mut self) -> Rdata {
        match self.octet() {
            b'a' => Rdata::A(Ipv4Addr::from(self.octets())),
            b'q' => Rdata::Aaaa(Ipv6Addr::from(self.octets())),
            b'c' => Rdata::Cname(self.line()),
            b'n' => Rdata::Ns(self.line()),
            b'p' => Rdata::Ptr(self.line()),
            b's' => Rdata::Srv(Srv {
                priority: self.number(),
                weight: self.number(),
                port: self.number(),
                target: self.line(),
            }),
            b't' => Rdata::Txt((0..self.octet() % 8).map(|_| self.line()).collect()),
            b'm' => Rdata::Mx(Mx {
                preference: self.number(),
                exchange: self.line(),
            }),
            b'i' => Rdata::Caa(Caa {
                flags: self.octet(),
                tag: self.line(),
                value: self.line(),
            }),
            b'v' => Rdata::Svcb(self.svcb()),
            b'h' => Rdata::Https(self.svcb()),
            _ => Rdata::Other(OtherRdata {
                rrtype: self.line(),
                presentation: self.line(),
            }),
        }
    }

    fn svcb(&mut self) -> Svcb {
        Svcb {
            priority: self.number(),
            target: self.line(),
            parameters: (0..self.octet() % 8)
                .map(|_| (self.number(), self.line().into_bytes()))
                .collect(),
        }
    }

    fn octet(&mut self) -> u8 {
        let [octet] = self.octets();
        octet
    }

    fn number(&mut self) -> u16 {
        u16::from_be_bytes(self.octets())
    }

    fn octets<const COUNT: usize>(&mut self) -> [u8; COUNT] {
        let mut octets = [0; COUNT];
        for octet in &mut octets {
            if let Some((first, rest)) = self.0.split_first() {
                *octet = *first;
                self.0 = rest;
            }
        }
        octets
    }

    /// Up to the end of the line, any octets.
    fn line(&mut self) -> String {
        let end = self.0.iter().position(|&octet| octet == b'\n');
        let (line, rest) = match end {
            Some(end) => (self.0.get(..end), self.0.get(end + 1..)),
            None => (Some(self.0), None),
        };
        self.0 = rest.unwrap_or_default();
        as_text(line.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_every_kind_are_read_and_served() {
        let octets = b"web.cluster1\n\x00a\x0a\x00\x00\x01web.cluster1\n\x01a\x0a\x00\x00\x02_80._tcp.web.cluster1\n\x00s\x00\x00\x00\x0a\x00\x50web.cluster1\n\
            txt.shop.cluster1\n\x02t\x02one\ntwo\nmail.cluster1\n\x03m\x00\x05web.cluster1\ncaa.cluster1\n\x00i\x80issue\nca.example\nother\n\x00oLOC\nx\n\
            svc.cluster1\n\x00h\x00\x01web.cluster1\n\x01\x00\x03\x00\x50\n1.0.0.10.in-addr.arpa\n\x00pweb.cluster1\n";
        let zone_set = records(octets).unwrap();
        assert_eq!(
            zone_set.names(),
            7,
            "{}",
            printed(&zone_set, zone_set.zones().iter())
        );
    }
}
