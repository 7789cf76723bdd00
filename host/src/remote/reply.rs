//! What is answered: the one place where outcomes meet PowerDNS's words. Exactly one JSON object each, then a newline (white
//! space to PowerDNS, a comfort to people).
//!
//! `false` means "no" and is believed: a lookup answered so is cached as NXDOMAIN. What we cannot say is a reply without
//! `result`, which PowerDNS turns into SERVFAIL.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use zonesmith_zone::name::{NameError, NameRef};
use zonesmith_zone::search::Hit;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{RecordRef, Standing, ZoneSet};
use zonesmith_zone::zones::Zones;

use super::framing::Break;
use super::method::lookup::{Found, Owner};
use super::method::search_records::Search;
use super::request::{Intent, Malformed};
use crate::snapshot::reply::{
    Auth, write_chosen_row, write_empty_non_terminal_row, write_owner, write_row, write_row_of,
    write_soa_row, write_text, write_zone,
};
use crate::snapshot::selection::Given;

/// Octets kept before they are written. Below it a reply leaves in one write; a transfer of any size needs no more memory.
const SPILL_SIZE: usize = 60 * 1024;

/// How a request ends.
pub(crate) enum Outcome<'a> {
    Done,
    Found(Found<'a>),
    EmptyNonTerminal(Owner<'a>, Standing),
    NoSuchName,
    NoSuchType,
    Transfer {
        zone_set: &'a ZoneSet,
        zone: &'a Zone,
    },
    /// Records that fit a pattern.
    Search(Search<'a>),
    Zones(&'a Zones),
    /// A zone, and the serial that others were told of.
    Zone(&'a Zone, Option<u32>),
    /// Zones that others are to be told of, and what they were told.
    UpdatedZones(Vec<(&'a Zone, Option<u32>)>),
    NoSuchZone,
    NoSuchKey,
    /// Something small that is kept in the state.
    Value(serde_json::Value),
    UnknownMethod,
    NotReady,
    /// A read that cannot be answered, and why.
    Failed(String),
    /// A write that is not done, and why.
    Refused(String),
    BadName {
        parameter: &'static str,
        error: NameError,
    },
    Malformed(Malformed),
    NoRequest(Break),
}

impl From<serde_json::Value> for Outcome<'_> {
    fn from(value: serde_json::Value) -> Self {
        Self::Value(value)
    }
}

/// Whether the zone is authoritative for a record of that type; `0` for a name without any.
fn auth_of(standing: Standing, rtype: u16) -> Auth {
    if standing.is_authoritative(rtype) {
        Auth::Yes
    } else {
        Auth::No
    }
}

/// Rows of the records that a client is given, behind those from `start` on.
fn write_given_rows<'r>(
    owner: &[u8],
    records: impl Iterator<Item = RecordRef<'r>>,
    given: &Given,
    standing: Standing,
    start: usize,
    bytes: &mut Vec<u8>,
) {
    let mut place = (0, 0);
    for record in records {
        let rtype = record.rtype;
        place = match place {
            (before, at) if before == rtype => (rtype, at + 1),
            _ => (rtype, 0),
        };
        let Some(scope_mask) = given.scope_mask(rtype, place.1) else {
            continue;
        };
        if bytes.len() > start {
            bytes.push(b',');
        }
        match scope_mask {
            0 => write_row(owner, &record, auth_of(standing, rtype), bytes),
            _ => write_chosen_row(owner, &record, auth_of(standing, rtype), scope_mask, bytes),
        }
    }
}

/// Did a request get what it asked for? For the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Answered,
    Failed,
}

/// Reply octets on their way to one connection.
pub(crate) struct Output<W> {
    sink: W,
    bytes: Vec<u8>,
    owner: Vec<u8>,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(sink: W) -> Self {
        Self {
            sink,
            bytes: Vec::with_capacity(4 * 1024),
            owner: Vec::with_capacity(256),
        }
    }

    /// Writes what is kept.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.bytes)?;
        self.bytes.clear();
        // One large RRset is no reason to keep the room for it.
        self.bytes.shrink_to(2 * SPILL_SIZE);
        Ok(())
    }

    /// Writes one reply, or keeps it.
    pub(crate) fn write(&mut self, outcome: &Outcome<'_>) -> io::Result<Verdict> {
        match outcome {
            Outcome::Done => self.result(b"true"),
            Outcome::Found(found) => self.found(found),
            Outcome::EmptyNonTerminal(owner, standing) => {
                self.put(b"{\"result\":[");
                let (bytes, owner) = self.row(*owner);
                write_empty_non_terminal_row(owner, auth_of(*standing, 0), bytes);
                self.end(b"]}")
            }
            Outcome::NoSuchName
            | Outcome::NoSuchType
            | Outcome::NoSuchZone
            | Outcome::NoSuchKey
            | Outcome::UnknownMethod => self.result(b"false"),
            Outcome::Transfer { zone_set, zone } => self.transfer(zone_set, zone),
            Outcome::Zones(zones) => {
                self.put(b"{\"result\":[");
                let mut separator: &[u8] = b"";
                for zone in zones.iter() {
                    self.put(separator);
                    write_zone(zone, None, &mut self.bytes);
                    separator = b",";
                    self.spill()?;
                }
                self.end(b"]}")
            }
            Outcome::Zone(zone, notified) => {
                self.put(b"{\"result\":");
                write_zone(zone, *notified, &mut self.bytes);
                self.end(b"}")
            }
            Outcome::UpdatedZones(zones) => {
                self.put(b"{\"result\":[");
                let mut separator: &[u8] = b"";
                for (zone, notified) in zones {
                    self.put(separator);
                    write_zone(zone, *notified, &mut self.bytes);
                    separator = b",";
                }
                self.end(b"]}")
            }
            Outcome::Value(value) => self.result(value.to_string().as_bytes()),
            Outcome::Search(search) => self.search(search),
            Outcome::NotReady => self.failure(format_args!("no zone is published yet")),
            Outcome::BadName { parameter, error } => {
                self.failure(format_args!("{parameter}: {error}"))
            }
            Outcome::Failed(reason) => self.failure(reason),
            Outcome::Refused(reason) => self.refusal(reason),
            Outcome::Malformed(
                error @ Malformed::Parameters {
                    intent: Intent::Write,
                    ..
                },
            ) => self.refusal(error),
            Outcome::Malformed(error) => self.failure(error),
            Outcome::NoRequest(error) => self.failure(error),
        }
    }

    fn found(&mut self, found: &Found<'_>) -> io::Result<Verdict> {
        let Found {
            owner,
            soa,
            records,
            wanted,
            standing,
            given,
        } = found;
        self.put(b"{\"result\":[");
        let start = self.bytes.len();
        let (bytes, owner) = self.row(*owner);
        if let Some((zone, domain_id)) = soa {
            write_soa_row(owner, zone, *domain_id, bytes);
        }
        let records = records
            .iter()
            .cloned()
            .flatten()
            .filter(|record| wanted.includes(record.rtype));
        if !given.is_everything() {
            write_given_rows(owner, records, given, *standing, start, bytes);
            return self.end(b"]}");
        }
        for record in records {
            if bytes.len() > start {
                bytes.push(b',');
            }
            write_row(owner, &record, auth_of(*standing, record.rtype), bytes);
        }
        self.end(b"]}")
    }

    fn search(&mut self, search: &Search<'_>) -> io::Result<Verdict> {
        self.put(b"{\"result\":[");
        let mut separator: &[u8] = b"";
        let mut row = |hit: Hit<'_>, bytes: &mut Vec<u8>, owner: &mut Vec<u8>| {
            bytes.extend_from_slice(separator);
            separator = b",";
            owner.clear();
            write_owner(hit.name, owner);
            match hit.record {
                Some(record) => {
                    let auth = auth_of(hit.standing, record.rtype);
                    write_row_of(owner, &record, auth, hit.zone.id(), bytes);
                }
                None => write_soa_row(owner, hit.zone, hit.zone.id(), bytes),
            }
        };
        let Search {
            zone_set,
            pattern,
            most,
        } = search;
        zone_set.search(pattern, *most, |hit| {
            row(hit, &mut self.bytes, &mut self.owner);
        });
        self.end(b"]}")
    }

    fn transfer(&mut self, zone_set: &ZoneSet, zone: &Zone) -> io::Result<Verdict> {
        self.put(b"{\"result\":[");
        let (bytes, owner) = self.row(Owner::Printed(zone.apex().as_ref()));
        write_soa_row(owner, zone, zone.id(), bytes);
        let mut key = Vec::new();
        for listed in zone_set.list(zone) {
            listed.write_key(&mut key);
            let (bytes, owner) = self.row(Owner::Printed(NameRef::from_key(&key)));
            for record in listed.records() {
                bytes.push(b',');
                write_row(
                    owner,
                    &record,
                    auth_of(listed.standing(), record.rtype),
                    bytes,
                );
            }
            self.spill()?;
        }
        self.end(b"]}")
    }

    /// Room for rows of one owner.
    fn row<'b>(&'b mut self, owner: Owner<'b>) -> (&'b mut Vec<u8>, &'b [u8]) {
        match owner {
            Owner::AsAsked(asked) => (&mut self.bytes, asked.as_bytes()),
            Owner::Printed(name) => {
                self.owner.clear();
                write_owner(name, &mut self.owner);
                (&mut self.bytes, &self.owner)
            }
        }
    }

    fn result(&mut self, json: &[u8]) -> io::Result<Verdict> {
        self.put(b"{\"result\":");
        self.put(json);
        self.end(b"}")
    }

    fn failure(&mut self, reason: impl Display) -> io::Result<Verdict> {
        self.put(b"{\"error\":\"");
        self.reason(reason)?;
        self.end(b"\"}")?;
        Ok(Verdict::Failed)
    }

    /// PowerDNS logs what stands in `log`.
    fn refusal(&mut self, reason: impl Display) -> io::Result<Verdict> {
        self.put(b"{\"result\":false,\"log\":[\"");
        self.reason(reason)?;
        self.end(b"\"]}")?;
        Ok(Verdict::Failed)
    }

    fn reason(&mut self, reason: impl Display) -> io::Result<()> {
        // Errors are rare: here a string may be made.
        let mut text = String::new();
        write!(text, "{reason}")
            .map_err(|fmt::Error| io::Error::other("an error cannot be printed"))?;
        write_text(&text, &mut self.bytes);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn end(&mut self, bytes: &[u8]) -> io::Result<Verdict> {
        self.put(bytes);
        self.put(b"\n");
        self.spill()?;
        Ok(Verdict::Answered)
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.bytes.len() < SPILL_SIZE {
            Ok(())
        } else {
            self.flush()
        }
    }
}
