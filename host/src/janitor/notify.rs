//! NOTIFY to a recursor (`allow-notify-for`, `allow-notify-from`): it forgets the name and everything below it. It works from
//! one host to another, takes a datagram each way, and needs no right but to send.
//!
//! A recursor that does not want it says nothing, so silence is told as that. What is lost on the way is sent again.
//!
//! The apex of a zone stands for the whole zone here. Where only its serial moved, nobody would want that (`Purge`).

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name as DomainName};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use zonesmith_zone::name::Name;

use super::command::Done;
use super::order::Item;
use super::purge_error::PurgeError;
use crate::snapshot::forget::Extent;

/// Messages on their way at a time: a recursor's queue of datagrams holds some hundreds.
const WINDOW: usize = 64;

/// How long a reply may take. A recursor that is there takes less than a millisecond; a busy one, and a network, some more.
const REPLY_TIMEOUT: Duration = Duration::from_millis(250);

/// How often each is sent.
const ATTEMPTS: usize = 3;

/// Largest reply in octets.
const LARGEST_REPLY: usize = 512;

/// Has the recursor forget these names, each with everything below it.
pub(super) async fn wipe(target: SocketAddr, items: &[Item<'_>]) -> Result<Done, PurgeError> {
    let address = || format!("notify:{target}");
    let failed = |source: io::Error| {
        let address = address();
        if source.kind() == io::ErrorKind::ConnectionRefused {
            PurgeError::Connect { address, source }
        } else {
            PurgeError::Io { address, source }
        }
    };
    if items.is_empty() {
        return Ok(Done::default());
    }
    // Each is a subtree anyway: one below another is said with it.
    let names = Extent::new([], items.iter().map(|item| item.name.clone())).subtrees;
    let socket = bind(target).await.map_err(failed)?;
    let mut silent = None;
    for names in names.chunks(WINDOW) {
        let unanswered = exchange(&socket, names).await.map_err(failed)?;
        if unanswered.len() == names.len() {
            return Err(PurgeError::Silent { address: address() });
        }
        silent = unanswered.into_iter().next().or(silent);
    }
    let problem = |name| {
        format!(
            "the recursor at {} does not answer NOTIFY for {name}: is its zone in `allow-notify-for`?",
            address()
        )
    };
    Ok(Done {
        problem: silent.map(problem),
        ..Done::default()
    })
}

/// Which of these names the recursor does not acknowledge: NOTIFY is not allowed for them, or not from here.
///
/// # Errors
/// Nobody listens there.
pub async fn unanswered(target: SocketAddr, names: &[Name]) -> io::Result<Vec<Name>> {
    let socket = bind(target).await?;
    let mut silent = Vec::new();
    for names in names.chunks(WINDOW) {
        silent.extend(exchange(&socket, names).await?);
    }
    Ok(silent)
}

/// Connected: the system drops what comes from anybody else, and tells when nobody listens.
async fn bind(target: SocketAddr) -> io::Result<UdpSocket> {
    let socket = if target.is_ipv4() {
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?
    } else {
        UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await?
    };
    socket.connect(target).await?;
    Ok(socket)
}

/// Sends a message for each name until it is answered. Those that were not.
async fn exchange(socket: &UdpSocket, names: &[Name]) -> io::Result<Vec<Name>> {
    let mut open = BTreeMap::new();
    // The first of some numbers that nobody can know who does not see the messages.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any sixteen bits of it will do"
    )]
    let mut id = RandomState::new().hash_one(0) as u16;
    for name in names {
        open.insert(id, (name, message(name, id)?));
        id = id.wrapping_add(1);
    }
    let mut octets = vec![0; LARGEST_REPLY];
    for _ in 0..ATTEMPTS {
        for (_, message) in open.values() {
            socket.send(message).await?;
        }
        let deadline = Instant::now() + REPLY_TIMEOUT;
        while !open.is_empty() {
            let Ok(received) = timeout_at(deadline, socket.recv(&mut octets)).await else {
                break;
            };
            if let Some(id) = acknowledged(octets.get(..received?).unwrap_or_default()) {
                open.remove(&id);
            }
        }
        if open.is_empty() {
            break;
        }
    }
    Ok(open.into_values().map(|(name, _)| name.clone()).collect())
}

fn message(name: &Name, id: u16) -> io::Result<Vec<u8>> {
    let mut wire = Vec::new();
    name.as_ref().write_wire(&mut wire);
    let qname = DomainName::from_octets(wire).map_err(io::Error::other)?;
    let mut builder = MessageBuilder::new_vec();
    builder.header_mut().set_opcode(Opcode::NOTIFY);
    builder.header_mut().set_aa(true);
    builder.header_mut().set_id(id);
    let mut question = builder.question();
    question
        .push((qname, Rtype::SOA, Class::IN))
        .map_err(io::Error::other)?;
    Ok(question.into_message().into_octets())
}

/// The message that a reply acknowledges.
fn acknowledged(octets: &[u8]) -> Option<u16> {
    let reply = Message::from_octets(octets).ok()?;
    let header = reply.header();
    let is_good =
        header.qr() && header.opcode() == Opcode::NOTIFY && header.rcode() == Rcode::NOERROR;
    is_good.then_some(header.id())
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket as Blocking;
    use std::thread;

    use super::super::order::Reach;
    use super::*;

    fn items(names: &[Name]) -> Vec<Item<'_>> {
        let item = |name| Item {
            name,
            reach: Reach::Exact,
        };
        names.iter().map(item).collect()
    }

    fn names(texts: &[&str]) -> Vec<Name> {
        texts
            .iter()
            .map(|text| Name::parse(text).unwrap())
            .collect()
    }

    /// Answers what it wants to; which names it was asked for.
    fn recursor(
        messages: usize,
        answers: impl Fn(&str, usize) -> bool + Send + 'static,
    ) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
        let socket = Blocking::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let served = thread::spawn(move || {
            let mut asked = Vec::new();
            for number in 0..messages {
                let mut octets = [0; 512];
                let (length, from) = socket.recv_from(&mut octets).unwrap();
                let message = Message::from_octets(octets[..length].to_vec()).unwrap();
                assert_eq!(message.header().opcode(), Opcode::NOTIFY);
                let name = message.sole_question().unwrap().qname().to_string();
                if answers(&name, number) {
                    let reply = MessageBuilder::new_vec()
                        .start_answer(&message, Rcode::NOERROR)
                        .unwrap();
                    socket
                        .send_to(reply.into_message().as_slice(), from)
                        .unwrap();
                }
                asked.push(name);
            }
            asked
        });
        (address, served)
    }

    #[tokio::test]
    async fn each_name_is_told_once_and_one_below_another_not_at_all() {
        let (address, served) = recursor(2, |_, _| true);
        let names = names(&["web.demo", "_http._tcp.web.demo", "api.demo"]);
        let done = wipe(address, &items(&names)).await.unwrap();
        assert_eq!(done, Done::default());
        let mut asked = served.join().unwrap();
        asked.sort();
        assert_eq!(asked, ["api.demo", "web.demo"]);
    }

    #[tokio::test]
    async fn what_is_lost_is_sent_again_and_a_zone_that_is_not_allowed_is_told() {
        let (address, served) = recursor(5, |name, number| name != "other" && number > 1);
        let names = names(&["web.demo", "other"]);
        let done = wipe(address, &items(&names)).await.unwrap();
        assert!(done.problem.unwrap().contains("NOTIFY for other."));
        served.join().unwrap();
    }

    #[tokio::test]
    async fn silence_and_nobody_are_told_apart() {
        let silent = Blocking::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let names = names(&["web.demo"]);
        let error = wipe(address, &items(&names)).await.unwrap_err();
        assert!(matches!(error, PurgeError::Silent { .. }), "{error}");
        drop(silent);
        let error = wipe(address, &items(&names)).await.unwrap_err();
        assert!(matches!(error, PurgeError::Connect { .. }), "{error}");
    }
}
