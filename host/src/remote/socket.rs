//! The socket file: taken over when nobody listens on it any more, refused when somebody does; with the owner and mode it
//! shall have before the first client can connect (bind, then owner and mode, then listen: until then a connection is
//! refused); removed at the end, unless another daemon has put its own in its place.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::unistd::{Group, User};
use socket2::{Domain, SockAddr, Type};

/// Connections that may wait to be accepted. PowerDNS opens a dozen at once when it starts.
const BACKLOG: i32 = 1024;

/// Longest path of a socket in octets: `sun_path` has 108, the last is zero. PowerDNS's limit, too.
pub const MAX_PATH: usize = 107;

/// Who may connect. A client needs to be allowed to write: PowerDNS runs as a user of its own, usually `pdns`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Permission bits.
    pub mode: u32,
    /// User by name or number; `None` leaves the daemon's.
    pub owner: Option<String>,
    /// Group by name or number; `None` leaves the daemon's.
    pub group: Option<String>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            mode: 0o660,
            owner: None,
            group: None,
        }
    }
}

/// A socket that listens.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    file: FileIdentity,
    stays: Arc<AtomicBool>,
}

/// Leaves the file of a socket where it is, however the socket ends: another process listens on it.
#[derive(Debug, Clone)]
pub struct Stay(Arc<AtomicBool>);

impl Stay {
    /// From now on.
    pub fn stay(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type FileIdentity = (u64, u64);

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path does not fit into an address.
    #[error(
        "the path {path} has {length} octets, a socket's has at most {MAX_PATH}; choose a shorter one"
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in octets.
        length: usize,
    },
    /// Somebody answers there.
    #[error("{path} is in use: a daemon listens on it; stop that one, or choose another path")]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// What another process handed on does not listen there.
    #[error("the socket that was handed on does not listen on {path}")]
    Elsewhere {
        /// The path.
        path: PathBuf,
    },
    /// There is another kind of file.
    #[error("{path} is no socket; remove it, or choose another path")]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system knows no such user.
    #[error("there is no user {0:?} to own the socket")]
    NoSuchUser(String),
    /// The system knows no such group.
    #[error("there is no group {0:?} to own the socket")]
    NoSuchGroup(String),
    /// The system refused a step.
    #[error("cannot {step} {path}")]
    System {
        /// What was tried.
        step: &'static str,
        /// The path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Socket {
    /// Binds `path` and listens.
    ///
    /// # Errors
    /// The path is too long, in use, or another kind of file; the owner is unknown; or the system refuses.
    pub fn bind(path: &Path, access: &Access) -> Result<Self, SocketError> {
        let length = path.as_os_str().len();
        if length > MAX_PATH {
            return Err(SocketError::PathTooLong {
                path: path.to_owned(),
                length,
            });
        }
        let system = |step| {
            move |source| SocketError::System {
                step,
                path: path.to_owned(),
                source,
            }
        };
        let owner = access.owner.as_deref().map(user_id).transpose()?;
        let group = access.group.as_deref().map(group_id).transpose()?;
        make_way(path)?;

        let socket = unix_socket().map_err(system("open a socket for"))?;
        let address = SockAddr::unix(path).map_err(system("use the path"))?;
        socket.bind(&address).map_err(system("bind"))?;
        let file = identity(path).map_err(system("look at"))?;
        let listen = || {
            if owner.is_some() || group.is_some() {
                chown(path, owner, group).map_err(system("change the owner of"))?;
            }
            fs::set_permissions(path, Permissions::from_mode(access.mode))
                .map_err(system("change the mode of"))?;
            socket.listen(BACKLOG).map_err(system("listen on"))
        };
        if let Err(error) = listen() {
            remove(path, file);
            return Err(error);
        }
        Ok(Self {
            listener: OwnedFd::from(socket).into(),
            path: path.to_owned(),
            file,
            stays: Arc::default(),
        })
    }

    /// A listening socket that another process bound to `path`. Its file stays at the end, unless this one
    /// [owns](Socket::own) it.
    ///
    /// # Errors
    /// It is another kind of descriptor, listens elsewhere, or its file is gone.
    pub fn received(descriptor: OwnedFd, path: &Path) -> Result<Self, SocketError> {
        let elsewhere = || SocketError::Elsewhere {
            path: path.to_owned(),
        };
        let is_listening = rustix::net::sockopt::socket_acceptconn(&descriptor);
        if !matches!(is_listening, Ok(true)) {
            return Err(elsewhere());
        }
        let listener = UnixListener::from(descriptor);
        let address = listener.local_addr().map_err(|_| elsewhere())?;
        let file = fs::symlink_metadata(path).map_err(|_| elsewhere())?;
        if address.as_pathname() != Some(path) || !file.file_type().is_socket() {
            return Err(elsewhere());
        }
        Ok(Self {
            listener,
            path: path.to_owned(),
            file: (file.dev(), file.ino()),
            stays: Arc::new(AtomicBool::new(true)),
        })
    }

    /// The file goes at the end: whoever bound it is gone.
    pub fn own(&self) {
        self.stays.store(false, Ordering::SeqCst);
    }

    /// What keeps the file.
    #[must_use]
    pub fn stay(&self) -> Stay {
        Stay(Arc::clone(&self.stays))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The listening socket once more, for a server of its own kind; this one keeps and removes the file.
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub fn try_clone_listener(&self) -> io::Result<UnixListener> {
        self.listener.try_clone()
    }

    pub(crate) fn listener(&self) -> &UnixListener {
        &self.listener
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !self.stays.load(Ordering::SeqCst) {
            remove(&self.path, self.file);
        }
    }
}

fn unix_socket() -> io::Result<socket2::Socket> {
    socket2::Socket::new(Domain::UNIX, Type::STREAM, None)
}

/// Removes what a daemon left behind that is gone.
fn make_way(path: &Path) -> Result<(), SocketError> {
    let system = |step| {
        move |source| SocketError::System {
            step,
            path: path.to_owned(),
            source,
        }
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(system("look at")(error)),
    };
    if !metadata.file_type().is_socket() {
        return Err(SocketError::NotASocket {
            path: path.to_owned(),
        });
    }
    let client = unix_socket().map_err(system("open a socket for"))?;
    // Not blocking: a daemon that hangs, with a full queue, would hang us.
    client
        .set_nonblocking(true)
        .map_err(system("open a socket for"))?;
    let address = SockAddr::unix(path).map_err(system("use the path"))?;
    match client.connect(&address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(system("remove the stale socket")(error))
                }
                Ok(()) | Err(_) => Ok(()),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(SocketError::InUse {
            path: path.to_owned(),
        }),
        Err(error) => Err(system("see whether somebody listens on")(error)),
        Ok(()) => Err(SocketError::InUse {
            path: path.to_owned(),
        }),
    }
}

fn identity(path: &Path) -> io::Result<FileIdentity> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn remove(path: &Path, file: FileIdentity) {
    if identity(path).is_ok_and(|found| found == file)
        && let Err(error) = fs::remove_file(path)
    {
        tracing::warn!(path = %path.display(), %error, "the socket file stays behind");
    }
}

fn user_id(owner: &str) -> Result<u32, SocketError> {
    if let Ok(id) = owner.parse() {
        return Ok(id);
    }
    let user = User::from_name(owner).ok().flatten();
    user.map(|user| user.uid.as_raw())
        .ok_or_else(|| SocketError::NoSuchUser(owner.to_owned()))
}

fn group_id(group: &str) -> Result<u32, SocketError> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let found = Group::from_name(group).ok().flatten();
    found
        .map(|group| group.gid.as_raw())
        .ok_or_else(|| SocketError::NoSuchGroup(group.to_owned()))
}

#[cfg(test)]
mod tests;
