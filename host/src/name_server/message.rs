//! A question as octets, and what a reply to it says of the name: records of it, that there is no such name, or neither.
//!
//! Only records of the name itself count: what a resolver found at the end of a chain of CNAMEs belongs to another name.

use std::str::FromStr;

use domain::base::iana::{Class, Rcode, Rtype};
use domain::base::rdata::ComposeRecordData;
use domain::base::{Message, MessageBuilder, Name as DomainName, ParsedName};
use domain::rdata::AllRecordData;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata;

use super::datagram::Heard;

/// The largest reply over UDP that we ask for: it passes every network in one piece (the servers' own default since 2020).
const LARGEST_DATAGRAM: u16 = 1_232;

/// What signing adds to every name. The daemon does not tell of them, so they are no answer here either.
const ADDED_BY_SIGNING: [Rtype; 3] = [Rtype::RRSIG, Rtype::NSEC, Rtype::NSEC3];

/// Whom a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An authoritative server: it answers for its zones, out of them.
    Authoritative,
    /// A recursor: it asks others, and remembers what they said.
    Recursor,
}

/// Whether signatures are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Wanted,
    Unwanted,
}

/// A question, to hold replies against.
#[derive(Debug, Clone)]
pub struct Question {
    message: Message<Vec<u8>>,
    name: DomainName<Vec<u8>>,
    role: Role,
}

/// A reply.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// Cut: ask over TCP.
    Truncated,
    /// The whole answer.
    Said(Word),
}

/// What a server says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The name is there, with these records of the type; there may be none.
    Records(Vec<Record>),
    /// There is no such name.
    NoSuchName,
    /// Neither, and why: the rest of a sentence about the server.
    Neither(String),
}

/// A record of the name, as master files have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// `A`
    pub rtype: String,
    /// As the daemon writes it.
    pub content: String,
}

impl Question {
    /// Asks for records of a type, or of any.
    ///
    /// # Errors
    /// The name fits into no message.
    pub fn new(name: &Name, rtype: Option<u16>, role: Role) -> Result<Self, String> {
        Self::build(name, rtype, role, Proof::Unwanted)
    }

    /// The same, with signatures, by somebody who wants to know whether they hold: as `dig` and careful resolvers ask.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_proof(name: &Name, rtype: Option<u16>, role: Role) -> Result<Self, String> {
        Self::build(name, rtype, role, Proof::Wanted)
    }

    fn build(name: &Name, rtype: Option<u16>, role: Role, proof: Proof) -> Result<Self, String> {
        let name: DomainName<Vec<u8>> = DomainName::from_str(&name.to_string())
            .map_err(|error| format!("the name {name}: {error}"))?;
        let mut builder = MessageBuilder::new_vec();
        builder.header_mut().set_random_id();
        builder.header_mut().set_rd(role == Role::Recursor);
        builder.header_mut().set_ad(proof == Proof::Wanted);
        let rtype = rtype.map_or(Rtype::ANY, Rtype::from_int);
        let mut question = builder.question();
        question
            .push((&name, rtype, Class::IN))
            .map_err(|error| error.to_string())?;
        let mut additional = question.additional();
        additional
            .opt(|opt| {
                opt.set_udp_payload_size(LARGEST_DATAGRAM);
                opt.set_dnssec_ok(proof == Proof::Wanted);
                Ok(())
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            message: additional.into_message(),
            name,
            role,
        })
    }

    /// The same once more, under an id of its own.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut again = self.clone();
        again.message.header_mut().set_random_id();
        again
    }

    /// The octets to send.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.message.as_slice()
    }

    /// Reads octets that came back.
    #[must_use]
    pub fn read(&self, octets: &[u8]) -> Heard<Reply> {
        let Ok(reply) = Message::from_octets(octets) else {
            return Heard::Foreign("what came is no DNS message".to_owned());
        };
        let is_ours = reply.header().qr()
            && reply.header().id() == self.message.header().id()
            && reply.header().opcode() == self.message.header().opcode();
        if !is_ours {
            return Heard::Foreign("what came is no reply to it".to_owned());
        }
        // A refusal may leave the question out.
        let is_refusal = !matches!(reply.header().rcode(), Rcode::NOERROR | Rcode::NXDOMAIN)
            && reply.header_counts().qdcount() == 0;
        if !is_refusal && !reply.is_answer(&self.message) {
            return Heard::Foreign("what came is a reply to another question".to_owned());
        }
        if reply.header().tc() {
            return Heard::Reply(Reply::Truncated);
        }
        Heard::Reply(Reply::Said(self.word(&reply)))
    }

    fn word(&self, reply: &Message<&[u8]>) -> Word {
        let header = reply.header();
        let rcode = header.rcode();
        if !matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
            return Word::Neither(format!("it answers {rcode}"));
        }
        match self.role {
            Role::Authoritative if !header.aa() => {
                return Word::Neither("it has no authority over the name".to_owned());
            }
            Role::Recursor if !header.ra() => {
                return Word::Neither("it is no recursor, or not for us".to_owned());
            }
            Role::Authoritative | Role::Recursor => {}
        }
        match self.records(reply) {
            Err(reason) => Word::Neither(format!("its answer makes no sense: {reason}")),
            // The end of a chain of CNAMEs is not there; the name is.
            Ok(records) if rcode == Rcode::NXDOMAIN && records.is_empty() => Word::NoSuchName,
            Ok(records) => Word::Records(records),
        }
    }

    fn records(&self, reply: &Message<&[u8]>) -> Result<Vec<Record>, String> {
        let mut records = Vec::new();
        let answer = reply.answer().map_err(|error| error.to_string())?;
        for record in answer {
            let record = record.map_err(|error| error.to_string())?;
            let is_of_name = record.owner() == self.name && record.class() == Class::IN;
            if !is_of_name || ADDED_BY_SIGNING.contains(&record.rtype()) {
                continue;
            }
            let record = record
                .into_any_record::<AllRecordData<&[u8], ParsedName<&[u8]>>>()
                .map_err(|error| error.to_string())?;
            let mut octets = Vec::new();
            let Ok(()) = record.data().compose_canonical_rdata(&mut octets);
            let rtype = record.rtype().to_int();
            let octets = rdata::check(rtype, octets).map_err(|error| error.to_string())?;
            let (mut name, mut content) = (Vec::new(), Vec::new());
            rdata::write_type(rtype, &mut name);
            rdata::write_content(rtype, &octets, &mut content);
            records.push(Record {
                rtype: String::from_utf8_lossy(&name).into_owned(),
                content: String::from_utf8_lossy(&content).into_owned(),
            });
        }
        records.sort_unstable();
        Ok(records)
    }
}

#[cfg(test)]
mod tests;
