//! Why a server did not forget.

use std::io;
use std::time::Duration;

/// Longest that one command may take: ten thousand names take an authoritative server 160 ms and a recursor a second, and
/// we send a few hundred.
pub(super) const COMMAND_TIMEOUT: Duration = Duration::from_secs(3);

/// Why names were not purged.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// Nobody listens there, or not to us.
    #[error("connect to {address}: {source}")]
    Connect {
        /// The server.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The connection broke.
    #[error("purge at {address}: {source}")]
    Io {
        /// The server.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The file of its secret cannot be read.
    #[error("read {path}, the secret for {address}: {source}")]
    Secret {
        /// The file.
        path: String,
        /// The server.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// It has something against a name.
    #[error("the server at {address} refused: {reply:?}")]
    Refused {
        /// The server.
        address: String,
        /// What came.
        reply: String,
    },
    /// What came makes no sense, or it does not want to hear us.
    #[error("the server at {address} answered {reply:?}")]
    Reply {
        /// The server.
        address: String,
        /// What came.
        reply: String,
    },
    /// It takes NOTIFY from us, or for that name, no longer.
    #[error(
        "the recursor at {address} does not answer NOTIFY: is it there, and are the zones in its `allow-notify-for` and we in `allow-notify-from`?"
    )]
    Silent {
        /// The server.
        address: String,
    },
    /// None of several ways works.
    #[error("{}", each(.0))]
    EveryWay(Vec<Self>),
    /// Nothing came.
    #[error("the server at {address} did not answer in {} s", COMMAND_TIMEOUT.as_secs())]
    Late {
        /// The server.
        address: String,
    },
}

fn each(errors: &[PurgeError]) -> String {
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}
