//! A machine to deploy to: a network of its own, and directories of the system whose changes nobody else sees.
//!
//! No systemd runs in it: its services are started as their units say, by [`unit`](mod@unit).

pub mod unit;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::unit::Service;
use crate::answer::Answer;
use crate::network::Network;

/// What is the machine's own: `/run`, `/var/lib`, every change in `/etc`, and the program that is tested, for everybody.
const DIRECTORIES: &str = r#"
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/own/changed /run/own/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/own/changed,workdir=/run/own/work overlay /etc
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /usr/local/bin
touch /usr/local/bin/zonesmith
mount --bind "$1" /usr/local/bin/zonesmith
exec "$2"
"#;

/// Where the program that is tested is.
pub const PROGRAM: &str = "/usr/local/bin/zonesmith";

/// The machine; it ends with this value.
pub struct Machine {
    network: Network,
    _alone: MutexGuard<'static, ()>,
}

/// One machine at a time: their users have the same numbers, and one that has processes cannot be removed.
static ALONE: Mutex<()> = Mutex::new(());

impl Machine {
    /// One that has these addresses; none where only root could make it, which is said.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn with(addresses: &[IpAddr], binary: &str) -> Option<Self> {
        let uid = Answer::to("id", &["-u"], "/".as_ref()).output;
        if uid.trim() != "0" {
            eprintln!("skipped: a machine has other users, whom only root can become");
            return None;
        }
        Some(Self {
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
            network: Network::with_directories(addresses, DIRECTORIES, binary),
        })
    }

    /// What is in it, from outside.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What a program prints on it.
    #[must_use]
    pub fn run(&self, program: &str, arguments: &[&str]) -> Answer {
        self.network.run(program, arguments)
    }

    /// What the program that is tested prints on it.
    #[must_use]
    pub fn zonesmith(&self, arguments: &[&str]) -> Answer {
        self.run(PROGRAM, arguments)
    }

    /// What a script prints on it; `$1` is `text`.
    #[must_use]
    pub fn script(&self, script: &str, text: &str) -> Answer {
        self.run("sh", &["-e", "-c", script, "sh", text])
    }

    /// Writes a file, and the directory it is in, for everybody to read.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let directory = path
            .rsplit_once('/')
            .map_or("/", |(directory, _)| directory);
        // Whoever follows the file sees it change at once.
        let script = format!(
            "umask 022; mkdir -p {directory}; printf %s \"$1\" > {path}.new; mv {path}.new {path}"
        );
        let _ = self.script(&script, text).good();
    }

    /// A file's text.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        self.run("cat", &[path]).good()
    }

    /// Starts a service as the unit in `/etc/systemd/system` says.
    #[must_use]
    pub fn start(&self, unit: &str) -> Service<'_> {
        Service::start(&self.network, unit)
    }
}
