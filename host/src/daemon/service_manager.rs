//! The service manager that runs the daemon, as systemd documents its side: what is told to it (`sd_notify(3)`), and the
//! sockets it keeps while the daemon is replaced (`kept`).
//!
//! A listening socket goes to the manager when it is bound; a connection when the daemon is told to stop, after its
//! request in flight. So `systemctl restart` closes none of them: who asks meanwhile waits in their queues.
//! Without a manager nothing of this happens, and nothing fails: what is told to nobody is lost.

use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustix::cmsg_space;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::time::Interval;
use tracing::warn;

use crate::config::environment::Environment;
use crate::synthesis::{Handle, Phase};

pub(super) mod kept;

/// How long the manager may take for everything it was told, before the daemon ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// The manager, if there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceManager {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// The one that the environment names.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(super) fn of(environment: &Environment) -> anyhow::Result<Self> {
        let Some(path) = environment.get("NOTIFY_SOCKET") else {
            return Ok(Self::default());
        };
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name),
            None => SocketAddr::from_pathname(path),
        };
        let connect = || {
            let socket = UnixDatagram::unbound()?;
            socket.connect_addr(&address?)?;
            io::Result::Ok(socket)
        };
        let socket = connect()
            .with_context(|| format!("reach the service manager at {path} (NOTIFY_SOCKET)"))?;
        Ok(Self {
            socket: Some(Arc::new(socket)),
            watchdog: watchdog(environment, std::process::id()),
        })
    }

    /// Is there one?
    pub(super) fn is_there(&self) -> bool {
        self.socket.is_some()
    }

    /// What gives it signs of life, as often as it wants them.
    pub(super) fn heart(&self) -> Heart {
        Heart {
            manager: self.clone(),
            beat: self.watchdog.map(tokio::time::interval),
        }
    }

    /// The daemon is as ready as it can be: it serves, or on purpose does not. While it starts, only why.
    pub(super) fn follow(&self, synthesis: &Handle) {
        let phase = synthesis.phase().borrow().clone();
        let lines = match phase {
            Phase::Starting(reason) => format!("STATUS=starting: {}", line(&reason)),
            Phase::Off(reason) => format!("READY=1\nSTATUS=no DNS: {}", line(&reason)),
            Phase::Serving(live) => {
                let zone_set = &live.load().zone_set;
                let (names, zones) = (zone_set.names(), zone_set.zones().iter().count());
                format!("READY=1\nSTATUS=serving {names} names in {zones} zones")
            }
        };
        self.tell(&lines, &[]);
    }

    /// Has everything looked at again; the manager is told when that is done.
    pub(super) fn reload(&self, synthesis: &Handle) {
        if !self.is_there() {
            synthesis.look_again();
            return;
        }
        self.reloading();
        let (manager, synthesis) = (self.clone(), synthesis.clone());
        tokio::spawn(async move {
            // A refused policy is no failure of the reload: what was served is served.
            drop(synthesis.reload(false).await);
            manager.follow(&synthesis);
        });
    }

    fn reloading(&self) {
        let now = super::handover::monotonic().as_micros();
        self.tell(
            &format!("RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS=reloading"),
            &[],
        );
    }

    /// It ends.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=stopping", &[]);
    }

    /// Has the manager keep a descriptor under this name.
    fn keep(&self, name: &str, descriptor: BorrowedFd<'_>) {
        self.tell(&format!("FDSTORE=1\nFDNAME={name}"), &[descriptor]);
    }

    /// Has it close what it keeps under this name.
    fn forget(&self, name: &str) {
        self.tell(&format!("FDSTOREREMOVE=1\nFDNAME={name}"), &[]);
    }

    /// Waits until the manager has read everything: what a process said that is gone by then may be nobody's.
    pub(super) fn settle(&self) {
        if !self.is_there() {
            return;
        }
        let settle = || {
            let (mut ours, theirs) = UnixStream::pair()?;
            self.send("BARRIER=1", &[theirs.as_fd()])?;
            drop(theirs);
            ours.set_read_timeout(Some(PATIENCE))?;
            // Ends when the manager closes its side.
            ours.read(&mut [0])
        };
        if let Err(error) = settle() {
            warn!(%error, "the service manager does not say that it heard everything");
        }
    }

    fn tell(&self, lines: &str, descriptors: &[BorrowedFd<'_>]) {
        if let Err(error) = self.send(lines, descriptors) {
            let first = lines.lines().next().unwrap_or_default();
            warn!(%error, "the service manager cannot be told {first}");
        }
    }

    fn send(&self, lines: &str, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let Some(socket) = &self.socket else {
            return Ok(());
        };
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let pieces = [IoSlice::new(lines.as_bytes())];
        sendmsg(socket, &pieces, &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    }
}

/// Gives signs of life.
pub(super) struct Heart {
    manager: ServiceManager,
    beat: Option<Interval>,
}

impl Heart {
    /// The next one; never, where nobody watches.
    pub(super) async fn beat(&mut self) {
        match &mut self.beat {
            Some(beat) => {
                beat.tick().await;
                self.manager.tell("WATCHDOG=1", &[]);
            }
            None => std::future::pending().await,
        }
    }
}

/// Half of the time after which the manager gives the process up, as its documentation advises.
fn watchdog(environment: &Environment, process: u32) -> Option<Duration> {
    let number = |name| {
        environment
            .get(name)
            .and_then(|text| text.parse::<u64>().ok())
    };
    if number("WATCHDOG_PID").is_some_and(|meant| meant != u64::from(process)) {
        return None;
    }
    let time = number("WATCHDOG_USEC").filter(|time| *time > 1)?;
    Some(Duration::from_micros(time / 2))
}

/// A message of ours is one line.
fn line(text: &str) -> String {
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watchdog_is_fed_twice_in_its_time_by_the_process_it_watches() {
        let half = Some(Duration::from_secs(15));
        for (variables, expected) in [
            (Environment::from([("WATCHDOG_USEC", "30000000")]), half),
            (
                Environment::from([("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "7")]),
                half,
            ),
            (
                Environment::from([("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "8")]),
                None,
            ),
            (Environment::from([("WATCHDOG_USEC", "0")]), None),
            (Environment::from([("WATCHDOG_PID", "7")]), None),
        ] {
            assert_eq!(watchdog(&variables, 7), expected, "of {variables:?}");
        }
    }

    #[test]
    fn without_a_manager_nothing_is_told_and_nothing_fails() {
        let nobody = ServiceManager::of(&Environment::default()).unwrap();
        nobody.stopping();
        nobody.settle();
        let gone = Environment::from([("NOTIFY_SOCKET", "/no/such/socket")]);
        let error = ServiceManager::of(&gone).unwrap_err();
        assert!(error.to_string().contains("/no/such/socket"), "{error}");
    }
}
