//! Single commands at control sockets, for whoever has more to say there than what is to be forgotten: which zones there
//! are, or that a server is to end.

use camino::Utf8Path;

use super::address::{Authoritative, Recursor};
use super::purge_error::PurgeError;
use super::{authoritative, recursor};

/// Says a command to an authoritative server, and what it answers.
///
/// # Errors
/// It does not answer.
pub async fn to_authoritative(socket: &Utf8Path, command: &str) -> Result<String, PurgeError> {
    let server = Authoritative::Socket(socket.to_owned());
    authoritative::command(&server, &format!("{command}\n")).await
}

/// Says a command to a recursor, and what it answers.
///
/// # Errors
/// It does not answer, or did not do it.
pub async fn to_recursor(socket: &Utf8Path, command: &str) -> Result<String, PurgeError> {
    let server = Recursor::Socket(socket.to_owned());
    match recursor::command(&server, command).await? {
        (0, reply) => Ok(reply),
        (_, reply) => Err(PurgeError::Reply {
            address: socket.to_string(),
            reply,
        }),
    }
}
