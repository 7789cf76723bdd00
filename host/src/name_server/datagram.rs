//! One message to one server over UDP, and the wait for its reply. Anyone may send octets to a port: what is no reply to the
//! message is passed over.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Largest reply in octets: more than is ever asked for, with a signature.
const LARGEST_REPLY: usize = 4_096;

/// What octets that came are.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<T> {
    /// A reply to the message.
    Reply(T),
    /// None, and why.
    Foreign(String),
}

/// Sends the message, and waits for what `read` knows as its reply.
///
/// # Errors
/// Why there is none, as the rest of a sentence about the server.
pub async fn exchange<T>(
    message: &[u8],
    server: SocketAddr,
    source: Option<IpAddr>,
    limit: Duration,
    read: impl Fn(&[u8]) -> Heard<T>,
) -> Result<T, String> {
    let local = local_address(server, source);
    // A socket, thus a port, for each message: whoever guesses has both to guess.
    let socket = UdpSocket::bind(local)
        .await
        .map_err(|error| format!("send from {}: {error}", local.ip()))?;
    let sent = async {
        // Connected: the system drops what comes from anybody else, and tells when nobody listens.
        socket.connect(server).await?;
        socket.send(message).await
    };
    sent.await.map_err(|error| unreachable(&error))?;
    let mut foreign = None;
    let answered = timeout(limit, receive(&socket, read, &mut foreign)).await;
    answered.unwrap_or_else(|_| Err(foreign.unwrap_or_else(|| silence(limit))))
}

async fn receive<T>(
    socket: &UdpSocket,
    read: impl Fn(&[u8]) -> Heard<T>,
    foreign: &mut Option<String>,
) -> Result<T, String> {
    let mut octets = vec![0; LARGEST_REPLY];
    loop {
        let received = socket
            .recv(&mut octets)
            .await
            .map_err(|error| unreachable(&error))?;
        match read(octets.get(..received).unwrap_or_default()) {
            Heard::Reply(reply) => return Ok(reply),
            Heard::Foreign(reason) => *foreign = Some(reason),
        }
    }
}

/// Where a message to this server comes from. A source of the other family is none.
fn local_address(server: SocketAddr, source: Option<IpAddr>) -> SocketAddr {
    let any = if server.is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    let source = source.filter(|source| source.is_ipv4() == server.is_ipv4());
    SocketAddr::new(source.unwrap_or(any), 0)
}

/// Why nothing came back from the network.
pub(super) fn unreachable(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        "nobody listens there".to_owned()
    } else {
        error.to_string()
    }
}

/// That nothing came back in time.
pub(super) fn silence(limit: Duration) -> String {
    format!("no reply in {} s", limit.as_secs())
}
