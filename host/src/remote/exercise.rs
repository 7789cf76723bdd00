//! What must hold of any octets on the socket, and of any zones behind it: the fuzz targets call this.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use zonesmith_zone::zone_set::ZoneSet;

use super::connection::{Connection, Counters, Step};
use super::{Backend, Explaining, Signing};
use crate::snapshot::{Live, Snapshot};
use crate::store::Store;

/// What the zones have that are asked, as [`zonesmith_zone::exercise::records`] reads it.
const RECORDS: &[u8] = b"web.shop.cluster1\n\0a\x0a\x16\0\x05web.shop.cluster1\n\x01a\x0a\x16\0\x06\
_80._tcp.web.shop.cluster1\n\0s\0\0\0\x0a\0\x50web.shop.cluster1\n*.wild.cluster1\n\0t\x02v=1\nsay \"yes\"\n\
a\\.b\\032c.cluster1\n\0a\x0a\x16\0\x075.0.22.10.in-addr.arpa\n\0pweb.shop.cluster1\n";

/// Hands `octets` to a connection, and proves that each reply is one JSON object on a line of its own, with a result or
/// with an error, and that they are the same however the octets are split into reads.
///
/// # Errors
/// A sentence that says which of these does not hold.
pub fn requests(octets: &[u8]) -> Result<(), String> {
    static ZONES: OnceLock<Result<ZoneSet, String>> = OnceLock::new();
    let zone_set = ZONES
        .get_or_init(|| zonesmith_zone::exercise::records(RECORDS))
        .as_ref()?;
    let whole = served(zone_set, octets, octets.len())?;
    let split = served(zone_set, octets, 1)?;
    if whole != split {
        return Err(format!(
            "in one read:\n{}\nsplit at every octet:\n{}",
            String::from_utf8_lossy(&whole),
            String::from_utf8_lossy(&split)
        ));
    }
    replies(&whole).map(|_| ())
}

/// Asks for all of these zones, and proves that each comes as one reply, a list of rows.
///
/// # Errors
/// A sentence that says what else came.
pub fn transfers(zone_set: &ZoneSet) -> Result<(), String> {
    for zone in zone_set.zones().iter() {
        let request = serde_json::json!({
            "method": "list",
            "parameters": { "zonename": zone.apex().to_string(), "domain_id": zone.id() },
        });
        let written = served(zone_set, request.to_string().as_bytes(), usize::MAX)?;
        match replies(&written)?.as_slice() {
            [reply] if reply.get("result").is_some_and(Value::is_array) => {}
            other => return Err(format!("the transfer of {} is {other:?}", zone.apex())),
        }
    }
    Ok(())
}

/// All that a connection answers to `octets`, read in pieces of that size.
fn served(zone_set: &ZoneSet, octets: &[u8], piece: usize) -> Result<Vec<u8>, String> {
    let live = Live::new(Snapshot {
        generation: 1,
        zone_set: zone_set.clone(),
        ..Snapshot::default()
    });
    // A state of its own: a request may change it.
    let backend = Backend {
        live: Arc::new(live),
        store: Store::in_memory().map_err(|error| error.to_string())?,
        signing: Signing::ignored(),
        explaining: Explaining::none(),
    };
    let mut written = Vec::new();
    let source = Pieces {
        rest: octets,
        piece: piece.max(1),
    };
    let ended = Connection::new(source, &mut written, &backend, &Counters::default())
        .serve_with(|_| Ok(Step::Read));
    match ended {
        // What has no end may end the connection; nothing else may.
        Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(error.to_string()),
        Ok(_) | Err(_) => Ok(written),
    }
}

/// The replies, each a line.
fn replies(written: &[u8]) -> Result<Vec<Value>, String> {
    let text = str::from_utf8(written).map_err(|error| format!("a reply is no text: {error}"))?;
    let mut replies = Vec::new();
    for line in text.split_terminator('\n') {
        let reply: Value =
            serde_json::from_str(line).map_err(|error| format!("{error} in {line}"))?;
        if reply.get("result").is_none() && reply.get("error").is_none() {
            return Err(format!("neither result nor error in {line}"));
        }
        replies.push(reply);
    }
    Ok(replies)
}

/// Octets that come a few at a time.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.rest.len().min(self.piece);
        let (mut now, later) = self.rest.split_at_checked(end).unwrap_or_default();
        let wanted = now.len();
        let received = now.read(buffer)?;
        self.rest = if received < wanted {
            self.rest.get(received..).unwrap_or_default()
        } else {
            later
        };
        Ok(received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_good_and_bad_are_answered_alike_however_they_are_split() {
        let octets = br#"{"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "web.shop.cluster1.", "qtype": "ANY", "real-remote": "127.0.0.1/32", "remote": "127.0.0.1", "zone-id": 1}}
hello
{"method":"getAllDomains"}{"method":"list","parameters":{"zonename":"cluster1."}}
{"method":"lookup","parameters":{"qname":"x..y","qtype":"A"}}"#;
        requests(octets).unwrap();
    }

    #[test]
    fn the_zones_are_transferred() {
        transfers(&zonesmith_zone::exercise::records(RECORDS).unwrap()).unwrap();
    }
}
