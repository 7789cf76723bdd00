//! Asks one server over UDP.

use std::net::UdpSocket;

use domain::base::iana::{Class, Rtype};
use domain::base::{Message, MessageBuilder, Name};
use domain::rdata::AllRecordData;
use zonesmith_tests::DEADLINE;

/// Asks one server, one question at a time.
pub(super) struct Client {
    socket: UdpSocket,
    wants_recursion: bool,
    id: u16,
}

/// What it said: the code of the answer, and the records in order, without TTL. Those are older in a cache.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    code: String,
    records: Vec<String>,
}

impl Client {
    pub(super) fn new(port: u16, wants_recursion: bool) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self {
            socket,
            wants_recursion,
            id: 0,
        }
    }

    pub(super) fn ask(&mut self, name: &str, rrtype: u16) -> Said {
        self.id = self.id.wrapping_add(1);
        let mut question = MessageBuilder::new_vec().question();
        question.header_mut().set_id(self.id);
        question.header_mut().set_rd(self.wants_recursion);
        let name: Name<Vec<u8>> = name.parse().unwrap();
        question
            .push((&name, Rtype::from_int(rrtype), Class::IN))
            .unwrap();
        self.socket.send(&question.finish()).unwrap();
        let mut reply = vec![0; 65_535];
        let length = self
            .socket
            .recv(&mut reply)
            .unwrap_or_else(|error| panic!("no reply for {name}: {error}"));
        reply.truncate(length);
        let message = Message::from_octets(reply).unwrap();
        assert_eq!(message.header().id(), self.id);
        let answer = message.answer().unwrap();
        let mut records: Vec<String> = answer
            .limit_to::<AllRecordData<_, _>>()
            .map(|record| {
                let record = record.unwrap();
                format!("{} {} {}", record.owner(), record.rtype(), record.data())
            })
            .collect();
        records.sort();
        Said {
            code: message.header().rcode().to_string(),
            records,
        }
    }
}
