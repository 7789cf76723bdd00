//! The side that gives everything away, or keeps it.

use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tracing::{info, warn};

use super::channel::Channel;
use super::{Asked, Given, Hello, Listener, PROTOCOL, batches, microseconds, monotonic};
use crate::memory::Memory;
use crate::remote::socket::{Socket, Stay};
use crate::remote::{Passed, Remote};
use crate::store::Store;
use crate::synthesis::Handle;
use crate::synthesis::pausing::Paused;

/// How long one message may take.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(2);

/// While nobody answers, PowerDNS waits, two seconds by default. These three together are less: the requests that are
/// being looked up, the writer, and the successor that opens the state.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(400);
const WRITER_PATIENCE: Duration = Duration::from_millis(400);
const READY_PATIENCE: Duration = Duration::from_millis(800);

/// How long the answers may take that were being written. Who reads slower than that is cut; `remote::Limits` lets nobody
/// take much longer anyway.
const SENDING_PATIENCE: Duration = Duration::from_secs(30);

/// How long the state is tried to be opened again, after a successor that failed but has not gone yet.
const FETCH_PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait between two tries.
const FETCH_PAUSE: Duration = Duration::from_millis(10);

/// Everything that is given away.
pub(in crate::daemon) struct Running {
    /// None while no DNS is served.
    pub(in crate::daemon) remote: Option<Remote>,
    /// Receives what this daemon's own predecessor still writes.
    pub(in crate::daemon) late: Option<JoinHandle<()>>,
    pub(in crate::daemon) admin: UnixListener,
    pub(in crate::daemon) admin_stay: Stay,
    pub(in crate::daemon) synthesis: Handle,
    pub(in crate::daemon) store: Store,
    pub(in crate::daemon) memory: Memory,
    /// What a successor must say, but for its version and process.
    pub(in crate::daemon) own: Hello,
    /// Ends what may not go on beside the successor.
    pub(in crate::daemon) let_go: Box<dyn Fn() + Send>,
    /// Is this daemon run by a service manager, which would not know the successor?
    pub(in crate::daemon) is_managed: bool,
    /// Whether it runs servers, which end with it.
    pub(in crate::daemon) has_children: bool,
}

impl Running {
    /// Gives everything to whoever asks for it on `stream`. An error: it is kept, and served as before.
    pub(in crate::daemon) fn hand_over(&mut self, stream: UnixStream) -> anyhow::Result<()> {
        let peer = rustix::net::sockopt::socket_peercred(&stream).context("see who asks")?;
        let channel = Channel::new(stream, MESSAGE_PATIENCE).context("speak with a successor")?;
        let hello = match channel.receive()? {
            (Asked::Hello(hello), _) => hello,
            (Asked::Ready, _) => bail!("the successor does not say who it is"),
        };
        if let Err(reason) = self.check(&hello, peer.uid.as_raw()) {
            channel.send(
                &Given::Refused {
                    reason: reason.clone(),
                },
                &[],
            )?;
            bail!(reason);
        }
        if let Some(late) = self.late.take() {
            // It has an end of its own.
            drop(late.join());
        }
        info!(
            process = hello.process,
            version = hello.version,
            "another daemon takes over"
        );
        let resting = self.rest();
        match self.give(&channel, &resting) {
            Ok(()) => {
                self.end(&channel, resting);
                Ok(())
            }
            Err(error) => {
                self.go_on(resting);
                Err(error)
            }
        }
    }

    fn check(&self, hello: &Hello, user: u32) -> Result<(), String> {
        // Root's number is 0.
        if user != nix::unistd::geteuid().as_raw() && user != 0 {
            return Err("only the same user, or root, may take over".to_owned());
        }
        if hello.protocol != PROTOCOL {
            return Err(format!(
                "this is Zonesmith {}, which hands over by protocol {PROTOCOL}, not {}; stop it, and start the other one",
                self.own.version, hello.protocol
            ));
        }
        if self.is_managed {
            return Err(
                "a service manager runs this daemon and would not know another one: restart it there, connections are kept"
                    .to_owned(),
            );
        }
        if self.has_children {
            return Err("this daemon runs PowerDNS, which would end with it: stop it, and start the other one".to_owned());
        }
        for (what, own, other) in [
            ("socket", &self.own.socket, &hello.socket),
            ("state directory", &self.own.state, &hello.state),
        ] {
            if own != other {
                return Err(format!("its {what} is {own}, not {other}"));
            }
        }
        Ok(())
    }

    fn rest(&mut self) -> Resting {
        let since = monotonic();
        let mut resting = Resting {
            since,
            socket: None,
            passed: Vec::new(),
            paused: None,
        };
        if let Some(remote) = &mut self.remote {
            resting.socket = remote.stop_accepting();
            resting.passed = remote.leave(LOOKUP_PATIENCE);
        }
        resting.paused = self.synthesis.pause(WRITER_PATIENCE);
        if resting.paused.is_some() {
            self.store.lend();
            self.memory.lend();
        }
        resting
    }

    /// Up to the word from which on there is no way back.
    fn give(&self, channel: &Channel, resting: &Resting) -> anyhow::Result<()> {
        if resting.paused.is_none() {
            let reason = "the daemon publishes a large change just now; try again".to_owned();
            channel.send(
                &Given::Refused {
                    reason: reason.clone(),
                },
                &[],
            )?;
            bail!(reason);
        }
        let (mut names, mut listeners) = (vec![Listener::Admin], vec![self.admin.as_fd()]);
        if let Some(socket) = &resting.socket {
            names.push(Listener::PowerDns);
            listeners.push(socket.as_fd());
        }
        channel.send(&Given::Listeners { names }, &listeners)?;
        self.pass(channel, &resting.passed)?;
        let everything = Given::Everything {
            since: microseconds(resting.since),
            sending: self.remote.as_ref().map_or(0, Remote::open),
        };
        channel.send(&everything, &[])?;
        channel.wait_for(READY_PATIENCE).context("wait")?;
        match channel.receive()? {
            (Asked::Ready, _) => channel.send(&Given::Yours, &[]),
            (Asked::Hello(_), _) => bail!("the successor says who it is once more"),
        }
    }

    fn pass(&self, channel: &Channel, passed: &[Passed]) -> anyhow::Result<()> {
        for (message, batch) in batches(passed) {
            let descriptors: Vec<_> = batch.iter().map(AsFd::as_fd).collect();
            channel.send(&message, &descriptors)?;
        }
        Ok(())
    }

    /// As if nothing had happened.
    fn go_on(&mut self, resting: Resting) {
        let Resting {
            since,
            socket,
            passed,
            paused,
        } = resting;
        let connections = passed.len();
        if let Some(remote) = &mut self.remote {
            remote.stay();
            remote.intake().carry_on(passed);
            if let Some(socket) = socket
                && let Err(error) = remote.accept_on(socket)
            {
                warn!(%error, "no connection can be accepted any more");
            }
        }
        if paused.is_some() {
            self.fetch();
            self.memory.begin();
        }
        drop(paused);
        let pause = monotonic().saturating_sub(since);
        warn!(connections, ?pause, "the daemon goes on: nobody took over");
    }

    fn fetch(&self) {
        let deadline = Instant::now() + FETCH_PATIENCE;
        while let Err(error) = self.store.fetch() {
            if Instant::now() >= deadline {
                let error = format!("{:#}", anyhow::Error::from(error));
                warn!(error, "the state stays with a successor that failed");
                return;
            }
            std::thread::sleep(FETCH_PAUSE);
        }
    }

    /// All is the successor's but what is being written.
    fn end(&mut self, channel: &Channel, resting: Resting) {
        let Resting {
            since: _,
            socket,
            passed,
            paused,
        } = resting;
        self.admin_stay.stay();
        (self.let_go)();
        if let Some(socket) = socket {
            socket.stay().stay();
        }
        if let Some(paused) = paused {
            paused.end();
        }
        info!(connections = passed.len(), "handed over");
        drop(passed);
        let late = self.pass_late(channel);
        if let Err(error) = late.and_then(|()| channel.send(&Given::End, &[])) {
            warn!(
                error = format!("{error:#}"),
                "the last connections end with this daemon"
            );
        }
    }

    fn pass_late(&self, channel: &Channel) -> anyhow::Result<()> {
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let deadline = Instant::now() + SENDING_PATIENCE;
        while remote.open() > 0 && Instant::now() < deadline {
            let passed = remote.leave_wholly(Duration::from_millis(100));
            self.pass(channel, &passed)?;
        }
        // Those that left just before the last one.
        self.pass(channel, &remote.leave_wholly(Duration::ZERO))
    }
}

/// A daemon that serves nobody for the moment.
struct Resting {
    since: Duration,
    socket: Option<Socket>,
    passed: Vec<Passed>,
    /// None: the writer did not rest in time.
    paused: Option<Paused>,
}
