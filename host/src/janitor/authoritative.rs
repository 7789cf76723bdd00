//! Purges names from the caches of the authoritative server, exactly, over its control socket.
//!
//! One line for many names, one connection for each line: the server answers with the number of entries it forgot, without a
//! line break, and ends the connection. A name it cannot read costs it a descriptor and us the answer, so only checked
//! names get here. We do not purge a whole zone to save calls: every name in it would be asked again at once.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};
use zonesmith_zone::name::Name;

/// Names in one line. The server takes a megabyte, a name has at most a thousand octets when all of it is escaped.
const NAMES_A_LINE: usize = 500;

/// Longest that a purge may take: ten thousand names take it 160 ms.
const PURGE_TIMEOUT: Duration = Duration::from_secs(3);

/// Pause before the next attempt when the server's queue of connections is full: it is short.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Longest reply. It is a number.
const LONGEST_REPLY: u64 = 1_024;

/// Why names were not purged.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// Nobody listens there, or not to us.
    #[error("connect to the control socket {path}: {source}")]
    Connect {
        /// The socket.
        path: Utf8PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The connection broke.
    #[error("purge at the control socket {path}: {source}")]
    Io {
        /// The socket.
        path: Utf8PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// What came is no number of entries.
    #[error("the server at the control socket {path} answered {reply:?}")]
    Reply {
        /// The socket.
        path: Utf8PathBuf,
        /// What came.
        reply: String,
    },
    /// Nothing came.
    #[error("the server at the control socket {path} did not answer in {} s", PURGE_TIMEOUT.as_secs())]
    Late {
        /// The socket.
        path: Utf8PathBuf,
    },
}

/// Makes the server behind `socket` forget what it knows of `names`, of every type. Says how many entries that were.
///
/// # Errors
/// The server does not answer as it should; some names may have been purged.
pub async fn purge(socket: &Utf8Path, names: &[Name]) -> Result<u64, PurgeError> {
    let mut entries = 0;
    for names in names.chunks(NAMES_A_LINE) {
        let mut line = String::from("PURGE");
        for name in names {
            line.push(' ');
            line.push_str(&name.to_string());
        }
        line.push('\n');
        entries += timeout(PURGE_TIMEOUT, command(socket, &line))
            .await
            .unwrap_or_else(|_| {
                let path = socket.to_owned();
                Err(PurgeError::Late { path })
            })?;
    }
    Ok(entries)
}

async fn command(socket: &Utf8Path, line: &str) -> Result<u64, PurgeError> {
    let mut stream = connect(socket).await.map_err(|source| {
        let path = socket.to_owned();
        PurgeError::Connect { path, source }
    })?;
    let mut reply = String::new();
    let asked = async {
        stream.write_all(line.as_bytes()).await?;
        (&mut stream)
            .take(LONGEST_REPLY)
            .read_to_string(&mut reply)
            .await
    };
    asked.await.map_err(|source| {
        let path = socket.to_owned();
        PurgeError::Io { path, source }
    })?;
    reply.trim().parse().map_err(|_| {
        let path = socket.to_owned();
        PurgeError::Reply { path, reply }
    })
}

/// A connection that does not block is refused when the server's queue is full, which passes.
async fn connect(socket: &Utf8Path) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(BUSY_PAUSE).await,
            connected => return connected,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// A server that takes one line a connection and answers it with the next of `replies`.
    fn server(
        replies: &'static [&'static str],
    ) -> (
        tempfile::TempDir,
        Utf8PathBuf,
        thread::JoinHandle<Vec<String>>,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("control")).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let served = thread::spawn(move || {
            let mut lines = Vec::new();
            for reply in replies {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                lines.push(line);
                stream.write_all(reply.as_bytes()).unwrap();
            }
            lines
        });
        (directory, path, served)
    }

    fn names(count: usize) -> Vec<Name> {
        (0..count)
            .map(|number| Name::parse(&format!("n{number}.demo")).unwrap())
            .collect()
    }

    #[tokio::test]
    async fn names_are_purged_a_line_at_a_time_and_the_entries_are_added_up() {
        let (_directory, path, served) = server(&["3", "0"]);
        assert_eq!(purge(&path, &names(NAMES_A_LINE + 1)).await.unwrap(), 3);
        let lines = served.join().unwrap();
        assert!(
            lines[0].starts_with("PURGE n0.demo. n1.demo. "),
            "{}",
            lines[0]
        );
        assert_eq!(lines[1], format!("PURGE n{NAMES_A_LINE}.demo.\n"));
    }

    #[tokio::test]
    async fn what_is_no_number_is_an_error_that_names_the_socket() {
        let (_directory, path, served) = server(&["Unknown command: 'PURGE'"]);
        let error = purge(&path, &names(1)).await.unwrap_err().to_string();
        assert!(
            error.contains("Unknown command") && error.contains(path.as_str()),
            "{error}"
        );
        served.join().unwrap();
        std::fs::remove_file(&path).unwrap();
        let error = purge(&path, &names(1)).await.unwrap_err().to_string();
        assert!(
            error.starts_with("connect to the control socket"),
            "{error}"
        );
    }
}
