//! Lines from PowerDNS to the daemon and back.
//!
//! A reply is passed on as it comes, so a transfer of any size takes no memory, and a slow reader slows the daemon's
//! connection down and nothing else. The deadline counts while we wait for the daemon: from the request to the first octet of
//! its reply, and between octets; never while PowerDNS takes its time to read.
//!
//! A connection on which a reply is overdue is closed: that reply may still come, and would answer the next request.

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use socket2::{Domain, SockAddr, Socket, Type};
use tracing::warn;

/// Octets of a request, at most. The daemon refuses with a reason what is larger than a sixteenth of this; what is larger
/// still is no request.
const MAX_LINE: u64 = 1024 * 1024;

/// Octets of a reply that are passed on at once: as many as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// Pause between two attempts to reach a daemon that is not there.
const CONNECT_PAUSE: Duration = Duration::from_millis(20);

/// The system takes no wait of nothing at all.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Methods that change nothing: asked twice, they do what they do once.
const READS: [&str; 15] = [
    "initialize",
    "lookup",
    "APILookup",
    "list",
    "getAllDomains",
    "getDomainInfo",
    "getAllDomainMetadata",
    "getDomainMetadata",
    "getDomainKeys",
    "getBeforeAndAfterNamesAbsolute",
    "getTSIGKey",
    "getTSIGKeys",
    "getUpdatedMasters",
    "getUnfreshSlaveInfos",
    "searchRecords",
];

/// The way to one daemon.
pub(super) struct Bridge {
    socket: PathBuf,
    timeout: Duration,
    daemon: Option<Daemon>,
    chunk: Vec<u8>,
}

/// A connection, and how long it waits.
struct Daemon {
    stream: UnixStream,
    waits: Option<Duration>,
}

/// A request as far as we must understand it. One object on one line: a second one would be answered, too.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, default)]
    method: Cow<'a, str>,
}

/// Why there is no reply.
enum Failure {
    /// Nothing of it was passed on: an error can be told, or another attempt made.
    Nothing(io::Error),
    /// It broke off, or PowerDNS does not take it.
    Midway(io::Error),
}

impl Bridge {
    pub(super) fn new(socket: PathBuf, timeout: Duration) -> Self {
        Self {
            socket,
            timeout,
            daemon: None,
            chunk: vec![0; CHUNK],
        }
    }

    /// Passes on requests until there are no more.
    ///
    /// # Errors
    /// A reply broke off in its middle, or the streams themselves fail.
    pub(super) fn run(&mut self, input: impl BufRead, output: impl Write) -> io::Result<()> {
        match self.pass_all(input, output) {
            // Nobody reads any more: that is an end, not an error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            passed => passed,
        }
    }

    fn pass_all(&mut self, mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            (&mut input).take(MAX_LINE).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(());
            }
            if line.last() != Some(&b'\n') {
                if u64::try_from(line.len()).is_ok_and(|length| length >= MAX_LINE) {
                    let reason = format!("a request has at most {MAX_LINE} octets");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
                line.push(b'\n');
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Err(reason) = self.pass(&line, &mut output)? {
                warn!(socket = %self.socket.display(), error = reason, "a request was not answered");
                let mut reply = json!({ "error": reason }).to_string();
                reply.push('\n');
                output.write_all(reply.as_bytes())?;
            }
        }
    }

    /// Asks, and once more where that does no harm; or says why there is no answer.
    fn pass(&mut self, line: &[u8], output: &mut impl Write) -> io::Result<Result<(), String>> {
        let Ok(Request { method }) = serde_json::from_slice(line) else {
            return Ok(Err("a request is one JSON object on one line".to_owned()));
        };
        let is_read = READS.contains(&method.as_ref());
        let deadline = Instant::now() + self.timeout;
        if !is_read {
            self.forget_if_ended();
        }
        let mut attempts = if is_read { 2 } else { 1 };
        loop {
            attempts -= 1;
            match self.ask(line, deadline, output) {
                Ok(()) => return Ok(Ok(())),
                Err(Failure::Midway(error)) => return Err(error),
                Err(Failure::Nothing(error)) => {
                    self.daemon = None;
                    if attempts == 0 || Instant::now() >= deadline {
                        return Ok(Err(format!("the daemon did not answer: {error}")));
                    }
                }
            }
        }
    }

    fn ask(
        &mut self,
        line: &[u8],
        deadline: Instant,
        output: &mut impl Write,
    ) -> Result<(), Failure> {
        let timeout = self.timeout;
        let (daemon, patience) = match &mut self.daemon {
            Some(daemon) => (daemon, timeout),
            empty @ None => {
                let daemon = Daemon::connect(&self.socket, deadline).map_err(Failure::Nothing)?;
                let left = deadline.saturating_duration_since(Instant::now());
                (empty.insert(daemon), left.max(LEAST_WAIT))
            }
        };
        let mut received = daemon
            .wait(patience)
            .and_then(|()| daemon.stream.write_all(line))
            .and_then(|()| daemon.receive(&mut self.chunk))
            .map_err(|error| Failure::Nothing(overdue(error, timeout)))?;
        loop {
            let chunk = self.chunk.get(..received).unwrap_or_default();
            output.write_all(chunk).map_err(Failure::Midway)?;
            // A reply has no line break but the one at its end.
            if chunk.last() == Some(&b'\n') {
                return Ok(());
            }
            received = daemon
                .wait(timeout)
                .and_then(|()| daemon.receive(&mut self.chunk))
                .map_err(|error| Failure::Midway(overdue(error, timeout)))?;
        }
    }

    /// A write is not asked twice; so the connection of a daemon that has gone is noticed before.
    fn forget_if_ended(&mut self) {
        self.daemon = self.daemon.take().filter(Daemon::is_silent);
    }
}

impl Daemon {
    /// Connects as soon as there is somebody to connect to.
    fn connect(socket: &Path, deadline: Instant) -> io::Result<Self> {
        loop {
            match connect(socket) {
                Ok(stream) => {
                    let waits = None;
                    return Ok(Self { stream, waits });
                }
                Err(error) if Instant::now() + CONNECT_PAUSE >= deadline => {
                    let reason = format!("connect to {}: {error}", socket.display());
                    return Err(io::Error::new(error.kind(), reason));
                }
                Err(_) => thread::sleep(CONNECT_PAUSE),
            }
        }
    }

    /// How long the next octets may take. Costs nothing while it stays the same.
    fn wait(&mut self, patience: Duration) -> io::Result<()> {
        if self.waits != Some(patience) {
            self.stream.set_read_timeout(Some(patience))?;
            self.stream.set_write_timeout(Some(patience))?;
            self.waits = Some(patience);
        }
        Ok(())
    }

    /// Waits for octets; at least one.
    fn receive(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) => {
                    let reason = "it ended the connection";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, reason));
                }
                received => return received,
            }
        }
    }

    /// Is the other side there, and saying nothing that nobody asked for?
    fn is_silent(&self) -> bool {
        let look = || {
            self.stream.set_nonblocking(true)?;
            let looked = (&self.stream).read(&mut [0]);
            self.stream.set_nonblocking(false)?;
            looked
        };
        matches!(look(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Connects without waiting: a daemon that hangs accepts nobody, and would keep us past every deadline.
fn connect(path: &Path) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)?;
    socket.set_nonblocking(false)?;
    Ok(UnixStream::from(OwnedFd::from(socket)))
}

/// What a timeout says is "Resource temporarily unavailable".
fn overdue(error: io::Error, timeout: Duration) -> io::Error {
    if !matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    ) {
        return error;
    }
    let reason = format!("nothing came for {} ms", timeout.as_millis());
    io::Error::new(io::ErrorKind::TimedOut, reason)
}
