//! The side that takes everything over.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use camino::Utf8Path;
use tracing::{info, warn};

use super::channel::Channel;
use super::{Asked, Given, Hello, Listener, monotonic};
use crate::admin::client::Client;
use crate::daemon::estate::Estate;
use crate::daemon::signing;
use crate::remote::socket::Socket;
use crate::remote::{Carried, Intake, Passed};
use crate::store::Store;
use crate::store::content::Content;
use crate::synthesis::Handle;

/// How long the predecessor may take for one message: it may be waiting for its own predecessor's last answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest head of an answer that is waited for.
const LONGEST_HEAD: usize = 16 * 1024;

/// How the admin socket's connection is asked for.
pub(in crate::daemon) const UPGRADE: &str = crate::admin::HANDOVER;

/// What the daemon keeps that answers on this admin socket; none if none does.
pub(in crate::daemon) fn kept_by_predecessor(admin: &Utf8Path) -> anyhow::Result<Option<Content>> {
    match UnixStream::connect(admin) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            info!(%admin, "no daemon runs: there is nothing to take over");
            return Ok(None);
        }
        Err(error) => {
            return Err(error).with_context(|| {
                format!("connect to the daemon at {admin}, to take over from it")
            });
        }
        Ok(_) => {}
    }
    Client::new(admin).state().map(Some)
}

/// Takes everything from the daemon at `admin`. An error: it keeps all, and this one is to end.
pub(in crate::daemon) fn take_over(
    admin: &Utf8Path,
    hello: Hello,
    store: &Store,
    synthesis: &Handle,
) -> anyhow::Result<Estate> {
    let socket_path = hello.socket.clone();
    let stream = upgraded(admin).with_context(|| format!("ask the daemon at {admin}"))?;
    let channel = Channel::new(stream, PATIENCE).context("speak with the daemon")?;
    channel.send(&Asked::Hello(hello), &[])?;
    let mut estate = Estate::default();
    let sending = loop {
        let (message, descriptors) = channel.receive()?;
        match message {
            Given::Refused { reason } => bail!("the daemon at {admin} goes on: {reason}"),
            Given::Listeners { names } => {
                for (name, descriptor) in names.into_iter().zip(descriptors) {
                    let received = |path: &Path| Socket::received(descriptor, path);
                    match name {
                        Listener::Admin => estate.admin = Some(received(admin.as_std_path())?),
                        Listener::PowerDns => {
                            estate.socket = Some(received(socket_path.as_std_path())?);
                        }
                    }
                }
            }
            Given::Connections { carried } => {
                estate.connections.extend(connections(carried, descriptors));
            }
            Given::Everything { since, sending } => {
                estate.since = Some(Duration::from_micros(since));
                break sending;
            }
            Given::Yours | Given::End => bail!("the daemon at {admin} says what it should not"),
        }
    };
    go_on_with(store, synthesis)?;
    channel.send(&Asked::Ready, &[])?;
    match channel.receive()? {
        (Given::Yours, _) => {}
        (_, _) => bail!("the daemon at {admin} does not let go"),
    }
    for socket in [&estate.socket, &estate.admin].into_iter().flatten() {
        socket.own();
    }
    info!(
        connections = estate.connections.len(),
        sending, "everything is taken over"
    );
    estate.late = Some(Late(channel));
    Ok(estate)
}

/// The state is ours, and what it says is served: it may have changed since it was copied.
fn go_on_with(store: &Store, synthesis: &Handle) -> anyhow::Result<()> {
    let (before, policies) = (signing::zones(store)?, store.policies()?);
    store.fetch()?;
    let now = store.policies()?;
    ensure!(
        (&policies.pins, &policies.shadow) == (&now.pins, &now.shadow),
        "policies were promoted, rolled back or loaded meanwhile; start this one again"
    );
    synthesis.go_past(store.serials()?);
    signing::start_again(store, synthesis, &before)?;
    Ok(())
}

fn connections(carried: Vec<Carried>, descriptors: Vec<OwnedFd>) -> Vec<Passed> {
    let each = descriptors.into_iter().zip(carried);
    let each = each.map(|(descriptor, carried)| Passed::received(descriptor, carried));
    // What has ended is no connection any more.
    each.filter_map(Result::ok).collect()
}

/// A connection to the admin socket that speaks our messages from now on.
fn upgraded(admin: &Utf8Path) -> anyhow::Result<UnixStream> {
    let mut stream = UnixStream::connect(admin).context("connect")?;
    stream.set_read_timeout(Some(PATIENCE)).context("wait")?;
    write!(
        stream,
        "POST /handover HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: {UPGRADE}\r\n\r\n"
    )
    .context("ask")?;
    // Octet by octet: what follows the head is not HTTP any more.
    let (mut head, mut octet) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(head.len() < LONGEST_HEAD, "the answer has no end");
        let count = stream.read(&mut octet).context("read the answer")?;
        ensure!(count > 0, "it ends instead of an answer");
        head.extend(octet);
    }
    let head = String::from_utf8_lossy(&head);
    let line = head.lines().next().unwrap_or_default();
    ensure!(
        line.contains(" 101 "),
        "it cannot hand over ({line}); stop it, and start this one without --take-over"
    );
    Ok(stream)
}

/// The way on which the connections come whose answers the predecessor still writes.
#[derive(Debug)]
pub(in crate::daemon) struct Late(Channel);

impl Late {
    /// Goes on with each as it comes, on a thread of its own.
    pub(in crate::daemon) fn receive(self, intake: Intake) -> io::Result<JoinHandle<()>> {
        let thread = thread::Builder::new().name("handover".to_owned());
        thread.spawn(move || {
            if let Err(error) = self.take(&intake) {
                let error = format!("{error:#}");
                warn!(error, "the daemon before this one ended early");
            }
        })
    }

    fn take(&self, intake: &Intake) -> anyhow::Result<()> {
        loop {
            match self.0.receive()? {
                (Given::Connections { carried }, descriptors) => {
                    intake.carry_on(connections(carried, descriptors));
                }
                (Given::End, _) => return Ok(()),
                (_, _) => bail!("it says what it should not"),
            }
        }
    }
}

/// How long nobody answered.
pub(in crate::daemon) fn pause_since(since: Duration) -> Duration {
    monotonic().saturating_sub(since)
}
