//! `zonesmith pipe`: PowerDNS's pipe connector on one side, the daemon's socket on the other.
//!
//! The unix connector reads a reply again from its start after every 1,500 octets, so a transfer costs the square of its
//! length; the pipe connector reads a line. PowerDNS starts one of these for each backend that it opens. With `timeout=0`
//! it reads faster, and waits for ever: the deadline is then in here.
//!
//! **Invariant:** one line in, one line out. What cannot be answered is a line with `error`; when a reply breaks off in its
//! middle, nothing can be put right on that line, and the process ends, which PowerDNS takes for a failed answer at once.
//!
//! - `bridge`: the lines, the deadline, the second attempt

mod bridge;

use std::fs::File;
use std::io::{self, BufReader};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::parent_id;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use self::bridge::Bridge;
use super::Exit;
use super::reach::Reach;
use crate::config::environment::Environment;

/// Milliseconds without an octet of a reply after which it is given up. PowerDNS itself gives up after 2,000 by default, and
/// what we say before that has a reason in it.
const DEFAULT_TIMEOUT: u64 = 1_500;

/// How often it is looked whether the parent is still there. Usually its end is the end of the input; but a sibling that
/// was started at the same moment may hold our input open, and then nothing else tells. (The signal that Linux sends at a
/// parent's death comes at the end of the *thread* that started us, which PowerDNS's threads may well do while we are needed.)
const PARENT_LOOK: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
In pdns.conf:
  launch=remote
  remote-connection-string=pipe:command=/usr/bin/zonesmith pipe,timeout=0

By hand, one request a line:
  echo '{\"method\": \"getAllDomains\", \"parameters\": {}}' | zonesmith pipe

PowerDNS splits the command at blanks, and the connection string at commas: neither can be in a path.";

/// Stand between PowerDNS's pipe connector and the daemon
///
/// Reads one request a line from the standard input, and writes the daemon's reply as one line to the standard output. A
/// daemon that is restarted is waited for within the timeout; a request that only reads is asked once more.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Pipe {
    /// Milliseconds that a reply may take to begin, and to go on, before the answer is an error
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout: u64,

    #[command(flatten)]
    reach: Reach,
}

impl Pipe {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let socket = match &self.reach.socket {
            // The configuration may be readable to the daemon alone.
            Some(socket) => socket.clone(),
            None => self.reach.configuration(environment)?.socket_path.value,
        };
        end_with_parent()?;
        let input = BufReader::new(io::stdin().lock());
        let output = unbuffered(io::stdout().as_fd())?;
        let timeout = Duration::from_millis(self.timeout);
        Bridge::new(socket.into_std_path_buf(), timeout)
            .run(input, output)
            .context("pass on a request")?;
        Ok(Exit::Done)
    }
}

/// The standard output without the buffer that `std` puts before it: what is read is passed on.
fn unbuffered(output: impl AsFd) -> anyhow::Result<File> {
    let descriptor: OwnedFd = output
        .as_fd()
        .try_clone_to_owned()
        .context("open the standard output")?;
    Ok(File::from(descriptor))
}

/// Ends this process soon after the one that started it.
fn end_with_parent() -> anyhow::Result<()> {
    let parent = parent_id();
    thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            while parent_id() == parent {
                thread::sleep(PARENT_LOOK);
            }
            std::process::exit(0);
        })
        .context("watch the parent process")?;
    Ok(())
}
