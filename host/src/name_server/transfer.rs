//! A whole zone over TCP (RFC 5936), as a secondary has it. Records are counted, not kept.

use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use domain::base::iana::{Class, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name as DomainName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zonesmith_zone::name::Name;

use super::datagram::{silence, unreachable};

/// How many records a transfer has, from one SOA to the other.
///
/// # Errors
/// Why there is none, as the rest of a sentence about the server.
pub async fn records(server: SocketAddr, zone: &Name, limit: Duration) -> Result<usize, String> {
    let question = question(zone)?;
    match timeout(limit, receive(server, &question)).await {
        Ok(received) => received,
        Err(_) => Err(silence(limit)),
    }
}

fn question(zone: &Name) -> Result<Message<Vec<u8>>, String> {
    let name: DomainName<Vec<u8>> =
        DomainName::from_str(&zone.to_string()).map_err(|error| error.to_string())?;
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_random_id();
    let mut question = builder.question();
    question
        .push((&name, Rtype::AXFR, Class::IN))
        .map_err(|error| error.to_string())?;
    Ok(question.into_message())
}

async fn receive(server: SocketAddr, question: &Message<Vec<u8>>) -> Result<usize, String> {
    let broken = |error: io::Error| unreachable(&error);
    let mut stream = TcpStream::connect(server).await.map_err(broken)?;
    let length = u16::try_from(question.as_slice().len()).map_err(|error| error.to_string())?;
    let framed = [&length.to_be_bytes(), question.as_slice()].concat();
    stream.write_all(&framed).await.map_err(broken)?;
    let (mut records, mut ends) = (0, 0);
    while ends < 2 {
        let mut octets = vec![0; usize::from(stream.read_u16().await.map_err(broken)?)];
        stream.read_exact(&mut octets).await.map_err(broken)?;
        let makes_no_sense = || "what came is no transfer".to_owned();
        let message = Message::from_octets(octets).map_err(|_| makes_no_sense())?;
        if message.header().id() != question.header().id() {
            return Err(makes_no_sense());
        }
        let rcode = message.header().rcode();
        if rcode != Rcode::NOERROR {
            return Err(format!("it answers {rcode}"));
        }
        let before = records;
        for record in message.answer().map_err(|error| error.to_string())? {
            let record = record.map_err(|error| error.to_string())?;
            records += 1;
            ends += usize::from(record.rtype() == Rtype::SOA);
        }
        if records == before {
            return Err("the transfer has no records".to_owned());
        }
    }
    Ok(records - 1)
}
