//! A NOTIFY to one target over UDP, and whether it acknowledges it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::message::{Notify, Reply};
use crate::name_server::datagram::{self, Heard};

/// How long a reply may take. A secondary answers before it transfers, so this is the way there and back.
const REPLY_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends the message, and waits until the target acknowledges it.
///
/// # Errors
/// The reason why it did not, as the rest of a sentence about the target.
pub(super) async fn send(
    notify: &Notify,
    target: SocketAddr,
    source: Option<IpAddr>,
) -> Result<(), String> {
    let read = |octets: &[u8]| match notify.read(octets) {
        Reply::Acknowledged => Heard::Reply(Ok(())),
        Reply::Refused(reason) => Heard::Reply(Err(reason)),
        Reply::Foreign(reason) => Heard::Foreign(reason),
    };
    datagram::exchange(notify.octets(), target, source, REPLY_TIMEOUT, read).await?
}
