//! One message to one target over UDP, and the wait for its reply.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::message::{Notify, Reply};

/// How long a reply may take. A secondary answers before it transfers, so this is the way there and back.
const REPLY_TIMEOUT: Duration = Duration::from_secs(3);

/// Largest reply in octets: a question, and a signature.
const LARGEST_REPLY: usize = 4_096;

/// Sends the message, and waits until the target acknowledges it.
///
/// # Errors
/// The reason why it did not, as the rest of a sentence about the target.
pub(super) async fn send(
    notify: &Notify,
    target: SocketAddr,
    source: Option<IpAddr>,
) -> Result<(), String> {
    let local = local_address(target, source);
    let socket = UdpSocket::bind(local)
        .await
        .map_err(|error| format!("send from {}: {error}", local.ip()))?;
    let sent = async {
        // Connected: the system drops what comes from anybody else, and tells when nobody listens.
        socket.connect(target).await?;
        socket.send(notify.octets()).await
    };
    sent.await.map_err(|error| unreachable(&error))?;
    let mut foreign = None;
    let answered = timeout(REPLY_TIMEOUT, receive(notify, &socket, &mut foreign)).await;
    answered.unwrap_or_else(|_| {
        let silence = || format!("no reply in {} s", REPLY_TIMEOUT.as_secs());
        Err(foreign.unwrap_or_else(silence))
    })
}

async fn receive(
    notify: &Notify,
    socket: &UdpSocket,
    foreign: &mut Option<String>,
) -> Result<(), String> {
    let mut octets = vec![0; LARGEST_REPLY];
    loop {
        let received = socket
            .recv(&mut octets)
            .await
            .map_err(|error| unreachable(&error))?;
        match notify.read(octets.get(..received).unwrap_or_default()) {
            Reply::Acknowledged => return Ok(()),
            Reply::Refused(reason) => return Err(reason),
            Reply::Foreign(reason) => *foreign = Some(reason),
        }
    }
}

/// Where a message to this target comes from. A source of the other family is none.
fn local_address(target: SocketAddr, source: Option<IpAddr>) -> SocketAddr {
    let any = if target.is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    let source = source.filter(|source| source.is_ipv4() == target.is_ipv4());
    SocketAddr::new(source.unwrap_or(any), 0)
}

fn unreachable(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        "nobody listens there".to_owned()
    } else {
        error.to_string()
    }
}
