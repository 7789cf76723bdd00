//! Streams to servers on this machine or another one.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use super::purge_error::{COMMAND_TIMEOUT, PurgeError};

/// Pause before the next attempt when the server's queue of connections is full. A recursor's has one place, and a command
/// takes it less than a millisecond.
const BUSY_PAUSE: Duration = Duration::from_millis(1);

/// Longest secret that is read: a key has some dozens of octets.
const LONGEST_SECRET: usize = 4_096;

/// What a server said to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// All of it.
    pub text: String,
    /// The process that listens, where the system knows it.
    pub process: Option<u32>,
}

/// The process that made the socket at the other end.
pub(super) fn listener(stream: &UnixStream) -> Option<u32> {
    let process = stream.peer_cred().ok()?.pid()?;
    u32::try_from(process).ok()
}

/// A connection that does not block is refused when the server's queue is full, which passes.
pub(super) async fn local(path: &Utf8Path) -> Result<UnixStream, PurgeError> {
    loop {
        match UnixStream::connect(path).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(BUSY_PAUSE).await,
            connected => {
                return connected.map_err(|source| PurgeError::Connect {
                    address: path.to_string(),
                    source,
                });
            }
        }
    }
}

/// A connection over the network.
pub(super) async fn remote(at: &str, address: &str) -> Result<TcpStream, PurgeError> {
    let stream = TcpStream::connect(at)
        .await
        .map_err(|source| PurgeError::Connect {
            address: address.to_owned(),
            source,
        })?;
    // One short command: nothing is worth waiting for.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// The secret in a file, without the line break at its end.
pub(super) async fn secret(path: &Utf8Path, address: &str) -> Result<String, PurgeError> {
    let file: Utf8PathBuf = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(file));
    let read = read
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    let read = read.and_then(|text| {
        let secret = text.trim();
        if secret.is_empty() || secret.len() > LONGEST_SECRET || secret.contains(char::is_control) {
            return Err(io::Error::other("it is not one line"));
        }
        Ok(secret.to_owned())
    });
    read.map_err(|source| PurgeError::Secret {
        path: path.to_string(),
        address: address.to_owned(),
        source,
    })
}

/// What a command says within its time.
pub(super) async fn in_time<T>(
    address: &str,
    command: impl Future<Output = Result<T, PurgeError>>,
) -> Result<T, PurgeError> {
    timeout(COMMAND_TIMEOUT, command).await.unwrap_or_else(|_| {
        Err(PurgeError::Late {
            address: address.to_owned(),
        })
    })
}

/// An error of a connection.
pub(super) fn broken(address: &str) -> impl Fn(io::Error) -> PurgeError + '_ {
    move |source| PurgeError::Io {
        address: address.to_owned(),
        source,
    }
}
