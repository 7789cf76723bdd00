//! Where sockets and state are when nobody says: the daemon by hand, without root, must just work, and every command
//! must find the same place.
//!
//! In order: `/run/zonesmith`, `$XDG_RUNTIME_DIR/zonesmith`, `/tmp/zonesmith-UID`. The daemon takes the first it may
//! write. A command takes the first where a daemon answers, its own before the system's. A directory in `/tmp` is only
//! used when it is ours alone: anyone may have made one of that name to listen in.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::{AccessFlags, access, geteuid};

use super::environment::Environment;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that makes the sockets.
    Daemon,
    /// One that looks for them.
    Client,
}

/// The directories of one daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of the sockets.
    pub runtime: Utf8PathBuf,
    /// Of what survives.
    pub state: Utf8PathBuf,
}

impl Place {
    /// `pdns.sock`
    #[must_use]
    pub fn socket(&self) -> Utf8PathBuf {
        self.runtime.join("pdns.sock")
    }

    /// `admin.sock`
    #[must_use]
    pub fn admin(&self) -> Utf8PathBuf {
        self.runtime.join("admin.sock")
    }

    /// The daemon's place, made when missing; or the place where a command finds the daemon.
    ///
    /// # Errors
    ///
    /// When the daemon has no directory that is safe to use.
    pub fn find(role: Role, environment: &Environment) -> anyhow::Result<Self> {
        let candidates = Candidates::new(environment, geteuid().as_raw());
        match role {
            Role::Daemon => candidates.make(),
            Role::Client => Ok(candidates.find()),
        }
    }

    fn by_hand(runtime: &Utf8Path) -> Self {
        Self {
            runtime: runtime.to_owned(),
            state: runtime.join("state"),
        }
    }

    fn answers(&self) -> bool {
        [self.admin(), self.socket()]
            .iter()
            .any(|socket| UnixStream::connect(socket).is_ok())
    }
}

/// The places that come into question.
struct Candidates {
    system: Place,
    user: Option<Place>,
    private: Place,
    uid: u32,
}

impl Candidates {
    fn new(environment: &Environment, uid: u32) -> Self {
        Self {
            system: Place {
                runtime: "/run/zonesmith".into(),
                state: "/var/lib/zonesmith".into(),
            },
            user: environment
                .get("XDG_RUNTIME_DIR")
                .map(Utf8Path::new)
                .filter(|directory| directory.is_absolute())
                .map(|directory| Place::by_hand(&directory.join("zonesmith"))),
            private: Place::by_hand(Utf8Path::new(&format!("/tmp/zonesmith-{uid}"))),
            uid,
        }
    }

    /// The first that may be written, whether it exists or not.
    fn first_writable(&self) -> &Place {
        [Some(&self.system), self.user.as_ref()]
            .into_iter()
            .flatten()
            .find(|place| is_writable(&place.runtime))
            .unwrap_or(&self.private)
    }

    fn make(&self) -> anyhow::Result<Place> {
        let place = self.first_writable();
        // PowerDNS runs as somebody else and must get through the system's directory; the socket's mode says who may ask.
        let mode = if place == &self.system { 0o755 } else { 0o700 };
        match fs::DirBuilder::new().mode(mode).create(&place.runtime) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("make the directory {}", place.runtime));
            }
            Ok(()) | Err(_) => {}
        }
        if place != &self.system {
            self.check_private(&place.runtime)?;
        }
        Ok(place.clone())
    }

    fn find(&self) -> Place {
        let mut places: Vec<&Place> = [Some(&self.system), self.user.as_ref(), Some(&self.private)]
            .into_iter()
            .flatten()
            .filter(|place| place == &&self.system || self.check_private(&place.runtime).is_ok())
            .collect();
        // Stable: one's own daemon before the system's, else as the daemon chooses.
        places.sort_by_key(|place| {
            fs::metadata(&place.runtime).map_or(true, |metadata| metadata.uid() != self.uid)
        });
        places
            .into_iter()
            .find(|place| place.answers())
            .unwrap_or_else(|| self.first_writable())
            .clone()
    }

    /// A directory of ours, which nobody else may enter.
    fn check_private(&self, directory: &Utf8Path) -> anyhow::Result<()> {
        // Not followed: a symbolic link in /tmp is somebody's trap.
        let metadata =
            fs::symlink_metadata(directory).with_context(|| format!("look at {directory}"))?;
        if !metadata.is_dir() {
            bail!("{directory} is no directory; name another place with --socket and --admin");
        }
        if metadata.uid() != self.uid {
            bail!(
                "{directory} belongs to another user; name another place with --socket and --admin"
            );
        }
        if metadata.mode() & 0o077 != 0 {
            bail!("{directory} is open to others; `chmod 700 {directory}` closes it");
        }
        Ok(())
    }
}

/// Whether a socket can be made in `directory`, or the directory can be made.
fn is_writable(directory: &Utf8Path) -> bool {
    let may =
        |path: &Utf8Path| access(path.as_std_path(), AccessFlags::W_OK | AccessFlags::X_OK).is_ok();
    if directory.exists() {
        may(directory)
    } else {
        directory.parent().is_some_and(may)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn candidates(root: &Utf8Path, user: bool) -> Candidates {
        Candidates {
            system: Place {
                runtime: root.join("no/such/zonesmith"),
                state: root.join("var"),
            },
            user: user.then(|| Place::by_hand(&root.join("user/zonesmith"))),
            private: Place::by_hand(&root.join("private")),
            uid: geteuid().as_raw(),
        }
    }

    fn directory() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn the_daemon_makes_the_first_directory_it_may_write() {
        let (_guard, root) = directory();
        fs::create_dir(root.join("user")).unwrap();
        let place = candidates(&root, true).make().unwrap();
        assert_eq!(place.runtime, root.join("user/zonesmith"));
        assert_eq!(place.state, root.join("user/zonesmith/state"));
        assert_eq!(fs::metadata(&place.runtime).unwrap().mode() & 0o777, 0o700);
        assert_eq!(
            candidates(&root, false).make().unwrap().runtime,
            root.join("private")
        );
    }

    #[test]
    fn a_directory_that_others_may_enter_is_refused() {
        let (_guard, root) = directory();
        fs::create_dir(root.join("private")).unwrap();
        fs::set_permissions(root.join("private"), fs::Permissions::from_mode(0o755)).unwrap();
        let error = candidates(&root, false).make().unwrap_err();
        assert!(error.to_string().contains("is open to others"), "{error}");
    }

    #[test]
    fn a_symbolic_link_is_no_private_directory() {
        let (_guard, root) = directory();
        fs::DirBuilder::new()
            .mode(0o700)
            .create(root.join("elsewhere"))
            .unwrap();
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("private")).unwrap();
        let error = candidates(&root, false).make().unwrap_err();
        assert!(error.to_string().contains("is no directory"), "{error}");
    }

    #[test]
    fn a_command_finds_the_place_where_a_daemon_answers() {
        let (_guard, root) = directory();
        fs::create_dir(root.join("user")).unwrap();
        assert_eq!(
            candidates(&root, true).find().runtime,
            root.join("user/zonesmith"),
            "where one would be"
        );
        let private = candidates(&root, false).make().unwrap();
        let _listener = UnixListener::bind(private.admin()).unwrap();
        assert_eq!(candidates(&root, true).find(), private);
    }
}
