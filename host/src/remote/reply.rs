//! What is answered: the one place where outcomes meet PowerDNS's words. Exactly one JSON object each, then a newline (white
//! space to PowerDNS, a comfort to people).
//!
//! `false` means "no" and is believed: a lookup answered so is cached as NXDOMAIN. What we cannot say is a reply without
//! `result`, which PowerDNS turns into SERVFAIL.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use zonesmith_zone::name::{NameError, NameRef};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

use super::framing::Break;
use super::method::lookup::{Found, Owner};
use super::request::Malformed;
use crate::snapshot::reply::{
    write_empty_non_terminal_row, write_owner, write_row, write_soa_row, write_text, write_zone,
};

/// Octets kept before they are written. Below it a reply leaves in one write; a transfer of any size needs no more memory.
const SPILL_SIZE: usize = 60 * 1024;

/// How a request ends.
pub(crate) enum Outcome<'a> {
    Done,
    Found(Found<'a>),
    EmptyNonTerminal(Owner<'a>),
    NoSuchName,
    NoSuchType,
    Transfer {
        zone_set: &'a ZoneSet,
        zone: &'a Zone,
    },
    Zones(&'a Zones),
    Zone(&'a Zone),
    NoSuchZone,
    NoMetadata,
    NoMetadataOfKind,
    UnknownMethod,
    NotReady,
    BadName {
        parameter: &'static str,
        error: NameError,
    },
    Malformed(Malformed),
    NoRequest(Break),
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
            Outcome::EmptyNonTerminal(owner) => {
                self.put(b"{\"result\":[");
                let (bytes, owner) = self.row(*owner);
                write_empty_non_terminal_row(owner, bytes);
                self.end(b"]}")
            }
            Outcome::NoSuchName
            | Outcome::NoSuchType
            | Outcome::NoSuchZone
            | Outcome::UnknownMethod => self.result(b"false"),
            Outcome::Transfer { zone_set, zone } => self.transfer(zone_set, zone),
            Outcome::Zones(zones) => {
                self.put(b"{\"result\":[");
                let mut separator: &[u8] = b"";
                for zone in zones.iter() {
                    self.put(separator);
                    write_zone(zone, &mut self.bytes);
                    separator = b",";
                    self.spill()?;
                }
                self.end(b"]}")
            }
            Outcome::Zone(zone) => {
                self.put(b"{\"result\":");
                write_zone(zone, &mut self.bytes);
                self.end(b"}")
            }
            Outcome::NoMetadata => self.result(b"{}"),
            Outcome::NoMetadataOfKind => self.result(b"[]"),
            Outcome::NotReady => self.failure(format_args!("no zone is published yet")),
            Outcome::BadName { parameter, error } => {
                self.failure(format_args!("{parameter}: {error}"))
            }
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
        } = found;
        self.put(b"{\"result\":[");
        let start = self.bytes.len();
        let (bytes, owner) = self.row(*owner);
        if let Some((zone, domain_id)) = soa {
            write_soa_row(owner, zone, *domain_id, bytes);
        }
        for record in records
            .iter()
            .cloned()
            .flatten()
            .filter(|record| wanted.includes(record.rtype))
        {
            if bytes.len() > start {
                bytes.push(b',');
            }
            write_row(owner, &record, bytes);
        }
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
                write_row(owner, &record, bytes);
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
        // Errors are rare: here a string may be made.
        let mut text = String::new();
        write!(text, "{reason}")
            .map_err(|fmt::Error| io::Error::other("an error cannot be printed"))?;
        write_text(&text, &mut self.bytes);
        self.end(b"\"}")?;
        Ok(Verdict::Failed)
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
