//! DNS questions by the thousand over UDP. Every reply to a question must be, octet for octet, what the first one was:
//! that needs no DNS library, and no reply can be wrong in a way nobody thought of.

use std::collections::BTreeMap;
use std::net::UdpSocket;

use crate::DEADLINE;

/// Asks one server, and knows what it said before.
pub struct Asker {
    socket: UdpSocket,
    id: u16,
    first: BTreeMap<(String, u16), Vec<u8>>,
}

impl Asker {
    /// Will ask who listens on this port of the loopback.
    ///
    /// # Panics
    /// When there is no socket to be had.
    #[must_use]
    pub fn new(port: u16) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bind a port");
        socket
            .connect(("127.0.0.1", port))
            .expect("connect to the server");
        socket
            .set_read_timeout(Some(DEADLINE))
            .expect("set a time limit");
        Self {
            socket,
            id: 0,
            first: BTreeMap::new(),
        }
    }

    /// Asks once.
    ///
    /// # Errors
    /// A sentence, when the reply is not the first one again.
    ///
    /// # Panics
    /// When there is no reply at all.
    pub fn ask(&mut self, name: &str, rrtype: u16) -> Result<(), String> {
        self.id = self.id.wrapping_add(1);
        let question = question(self.id, name, rrtype);
        self.socket.send(&question).expect("send a question");
        let mut reply = vec![0; 65_535];
        let length = self
            .socket
            .recv(&mut reply)
            .unwrap_or_else(|error| panic!("no reply for {name}: {error}"));
        reply.truncate(length);
        let (id, rest) = reply.split_at(2);
        if id != self.id.to_be_bytes() {
            return Err(format!("the reply for {name} has another id"));
        }
        let first = self
            .first
            .entry((name.to_owned(), rrtype))
            .or_insert_with(|| rest.to_vec());
        if first == rest {
            Ok(())
        } else {
            Err(format!(
                "{name} {rrtype}: first {first:02x?}, then {rest:02x?}"
            ))
        }
    }
}

/// A question of one name and type, in wire format (RFC 1035 section 4).
fn question(id: u16, name: &str, rrtype: u16) -> Vec<u8> {
    let mut octets = Vec::with_capacity(18 + name.len());
    octets.extend(id.to_be_bytes());
    // Flags: none; one question.
    octets.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).expect("a label of at most 63 octets"));
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets.extend(rrtype.to_be_bytes());
    octets.extend([0, 1]);
    octets
}
