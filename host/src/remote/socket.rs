//! The socket file: taken over when nobody listens on it any more, refused when somebody does; with the owner and mode it
//! shall have before the first client can connect (bind, then owner and mode, then listen: until then a connection is
//! refused); removed at the end, unless another daemon has put its own in its place.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

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
        })
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

impl Drop for Socket {
    fn drop(&mut self) {
        remove(&self.path, self.file);
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
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::{Access, MAX_PATH, Socket, SocketError};

    #[test]
    fn a_stale_socket_is_taken_over_and_a_live_one_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pdns.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "std leaves the file behind");
        let socket = Socket::bind(&path, &Access::default()).unwrap();
        let refused = Socket::bind(&path, &Access::default()).unwrap_err();
        assert!(matches!(refused, SocketError::InUse { .. }), "{refused}");
        UnixStream::connect(&path).unwrap();
        drop(socket);
        assert!(!path.exists(), "removed at the end");
    }

    #[test]
    fn a_file_that_is_no_socket_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pdns.sock");
        fs::write(&path, "precious").unwrap();
        let refused = Socket::bind(&path, &Access::default()).unwrap_err();
        assert!(
            matches!(refused, SocketError::NotASocket { .. }),
            "{refused}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn the_file_of_a_successor_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (path, next) = (
            directory.path().join("pdns.sock"),
            directory.path().join("next"),
        );
        let old = Socket::bind(&path, &Access::default()).unwrap();
        let _successor = UnixListener::bind(&next).unwrap();
        fs::rename(&next, &path).unwrap();
        drop(old);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn owner_and_mode_are_as_asked_by_number_or_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pdns.sock");
        let own = fs::metadata(directory.path()).unwrap();
        let group_name = nix::unistd::Group::from_gid(own.gid().into())
            .unwrap()
            .map(|group| group.name);
        for group in [Some(own.gid().to_string()), group_name] {
            let access = Access {
                mode: 0o620,
                owner: Some(own.uid().to_string()),
                group,
            };
            let _socket = Socket::bind(&path, &access).unwrap();
            let file = fs::metadata(&path).unwrap();
            assert_eq!(
                (file.permissions().mode() & 0o777, file.uid(), file.gid()),
                (0o620, own.uid(), own.gid()),
                "{access:?}"
            );
        }
        let nobody = Access {
            owner: Some("no such user".to_owned()),
            ..Access::default()
        };
        assert!(matches!(
            Socket::bind(&path, &nobody),
            Err(SocketError::NoSuchUser(_))
        ));
        let nobody = Access {
            group: Some("no such group".to_owned()),
            ..Access::default()
        };
        assert!(matches!(
            Socket::bind(&path, &nobody),
            Err(SocketError::NoSuchGroup(_))
        ));
        assert!(!path.exists());
    }

    #[test]
    fn a_path_is_refused_from_108_octets_on() {
        let directory = tempfile::tempdir().unwrap();
        let stem = directory.path().as_os_str().len() + 1;
        let just = directory.path().join("s".repeat(MAX_PATH - stem));
        Socket::bind(&just, &Access::default()).unwrap();
        let long = directory.path().join("s".repeat(MAX_PATH + 1 - stem));
        let refused = Socket::bind(&long, &Access::default()).unwrap_err();
        assert!(refused.to_string().contains("108 octets"), "{refused}");
    }
}
