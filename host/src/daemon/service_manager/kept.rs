//! The descriptors that the service manager keeps: listeners that it opened itself or was given, and connections.
//!
//! A listener is known by where it listens, whatever it is called. Connections are `connection-1`, `connection-2`, …; what
//! one had received and not been answered lies in a file in memory, `octets-1`. They are taken back as soon as they are
//! served, so that a connection which ends later does not stay open with the manager; not before, so that a daemon which
//! cannot start leaves them to the next one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use tracing::{debug, info, warn};
use zonesmith_inherited::Inherited;

use super::ServiceManager;
use crate::remote::socket::Socket;
use crate::remote::{Carried, Passed};

const CONNECTION: &str = "connection-";
const OCTETS: &str = "octets-";

/// What the manager calls `pdns.sock`.
pub(in crate::daemon) const POWER_DNS: &str = "pdns.sock";

/// What the manager calls the admin socket.
pub(in crate::daemon) const ADMIN: &str = "admin.sock";

/// Most that is read of a file in memory: the largest request, as JSON writes octets, and a half of it.
const LARGEST_OCTETS: u64 = 1024 * 1024;

/// What the manager kept.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Kept {
    listeners: Vec<Inherited>,
    /// What the manager calls connections and their octets.
    pub(in crate::daemon) names: Vec<String>,
    /// Those whose other side is still there.
    pub(in crate::daemon) connections: Vec<Passed>,
}

impl Kept {
    /// Sorts what was inherited.
    pub(in crate::daemon) fn sort(inherited: Vec<Inherited>) -> Self {
        let mut kept = Self::default();
        let (mut connections, mut octets) = (Vec::new(), HashMap::new());
        for one in inherited {
            if let Some(number) = one.name.strip_prefix(CONNECTION) {
                connections.push((number.to_owned(), one.descriptor));
                kept.names.push(one.name);
            } else if let Some(number) = one.name.strip_prefix(OCTETS) {
                octets.insert(number.to_owned(), one.descriptor);
                kept.names.push(one.name);
            } else {
                kept.listeners.push(one);
            }
        }
        let all = connections.len();
        for (number, connection) in connections {
            let carried = octets.remove(&number).map(read_octets).transpose();
            let taken = carried.and_then(|carried| {
                is_open(&connection)?;
                Passed::received(connection, carried.unwrap_or_default())
            });
            match taken {
                Ok(passed) => kept.connections.push(passed),
                Err(error) => debug!(number, %error, "a connection that was kept has ended"),
            }
        }
        if all > 0 {
            let ended = all - kept.connections.len();
            info!(connections = all, ended, "connections go on");
        }
        kept
    }

    /// The one that listens on `path`.
    pub(in crate::daemon) fn listener(&mut self, path: &Path) -> Option<Socket> {
        let place = self.listeners.iter().position(|one| {
            let descriptor = one.descriptor.try_clone().ok();
            descriptor.is_some_and(|descriptor| Socket::received(descriptor, path).is_ok())
        })?;
        Socket::received(self.listeners.swap_remove(place).descriptor, path).ok()
    }

    /// Nobody wants the others.
    pub(in crate::daemon) fn refuse_others(self, manager: &ServiceManager) {
        for Inherited { name, descriptor } in self.listeners {
            warn!(
                name,
                "a descriptor that was handed on listens nowhere that is configured"
            );
            manager.forget(&name);
            drop(descriptor);
        }
    }
}

impl ServiceManager {
    /// Has it keep a socket that listens, in place of another one of that name.
    pub(in crate::daemon) fn keep_listener(&self, name: &str, socket: &Socket) {
        if self.is_there() {
            self.forget(name);
            self.keep(name, socket.as_fd());
        }
    }

    /// Has it close what it keeps of connections.
    pub(in crate::daemon) fn forget_connections(&self, names: &[String]) {
        for name in names {
            self.forget(name);
        }
    }

    /// Has it keep connections, until the next daemon takes them.
    pub(in crate::daemon) fn keep_connections(&self, connections: &[Passed]) {
        for (number, passed) in (1..).zip(connections) {
            if !passed.carried().is_empty() {
                match written_octets(passed.carried()) {
                    Ok(file) => self.keep(&format!("{OCTETS}{number}"), file.as_fd()),
                    Err(error) => {
                        warn!(
                            error = format!("{error:#}"),
                            "a connection ends in a request"
                        );
                        continue;
                    }
                }
            }
            self.keep(&format!("{CONNECTION}{number}"), passed.as_fd());
        }
    }
}

fn written_octets(carried: &Carried) -> anyhow::Result<File> {
    let file = memfd_create("zonesmith-octets", MemfdFlags::CLOEXEC);
    let mut file = File::from(file.context("make a file in memory")?);
    serde_json::to_writer(&mut file, carried).context("write it")?;
    file.flush().context("write it")?;
    Ok(file)
}

fn read_octets(descriptor: OwnedFd) -> io::Result<Carried> {
    let mut file = File::from(descriptor);
    file.rewind()?;
    let mut octets = Vec::new();
    file.take(LARGEST_OCTETS).read_to_end(&mut octets)?;
    Ok(serde_json::from_slice(&octets)?)
}

/// Fails for a connection whose other side has closed it.
fn is_open(connection: &OwnedFd) -> io::Result<()> {
    let mut asked = [PollFd::new(connection, PollFlags::empty())];
    poll(&mut asked, Some(&Timespec::default()))?;
    let [asked] = &asked;
    if asked.revents().intersects(PollFlags::HUP | PollFlags::ERR) {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    Ok(())
}
