//! Asks a name server what it answers, as a client would: over UDP, and over TCP when the answer was cut.
//!
//! We ask to see whether a change has arrived, so every answer is the server's own word: nothing is remembered here, no other
//! server is asked instead, and a server that cannot say is never taken for one that says "no".
//!
//! | room | job |
//! |---|---|
//! | [`message`] | a question as octets, and what a reply to it says |
//! | [`datagram`] | one message over UDP, and the wait for its reply; NOTIFY uses it too |
//! | `stream` | the same over TCP |
//! | [`transfer`] | a whole zone |

pub mod datagram;
pub mod message;
mod stream;
pub mod transfer;

use std::net::SocketAddr;
use std::time::Duration;

use self::datagram::Heard;
use self::message::{Question, Reply, Word};

/// How long a reply may take. PowerDNS gives its backend two seconds, and a resolver asks twice before it gives up.
const REPLY_TIMEOUT: Duration = Duration::from_secs(3);

/// What a server says to the question.
///
/// # Errors
/// Why it says nothing, as the rest of a sentence about it.
pub async fn ask(server: SocketAddr, question: &Question) -> Result<Word, String> {
    let read = |octets: &[u8]| question.read(octets);
    match datagram::exchange(question.octets(), server, None, REPLY_TIMEOUT, read).await? {
        Reply::Said(word) => return Ok(word),
        Reply::Truncated => {}
    }
    let octets = stream::exchange(question.octets(), server, REPLY_TIMEOUT).await?;
    match question.read(&octets) {
        Heard::Reply(Reply::Said(word)) => Ok(word),
        Heard::Reply(Reply::Truncated) => Err("its answer is cut, over TCP too".to_owned()),
        Heard::Foreign(reason) => Err(reason),
    }
}

#[cfg(test)]
mod tests;
