//! A service manager as systemd documents its side: it hears what a service says, keeps descriptors for it, and hands them
//! to the next process.

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::until;

/// Descriptors that are passed on have numbers from here on, out of the way of those that they get.
const HIGH: i32 = 500;

/// Puts descriptors in order from 3 on, and says whose they are, as only the process itself can know.
const ENTRANCE: &str = r#"
to=3
for from in $HANDED_ON; do
    eval "exec $to<&$from $from<&-"
    to=$((to + 1))
done
unset HANDED_ON
export LISTEN_PID=$$
exec "$@"
"#;

/// A manager of one service.
pub struct ServiceManager {
    path: PathBuf,
    socket: UnixDatagram,
    heard: Vec<String>,
    kept: Vec<(String, OwnedFd)>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Hears on `path`.
    ///
    /// # Panics
    /// When nobody can.
    #[must_use]
    pub fn start(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("listen as a service manager");
        socket.set_nonblocking(true).expect("never wait");
        Self {
            path: path.to_owned(),
            socket,
            heard: Vec::new(),
            kept: Vec::new(),
            watchdog: None,
        }
    }

    /// Wants signs of life in this time.
    pub fn watch(&mut self, time: Duration) {
        self.watchdog = Some(time);
    }

    /// Hands this on, too, under this name.
    pub fn keep(&mut self, name: &str, descriptor: OwnedFd) {
        self.kept.push((name.to_owned(), descriptor));
    }

    /// The names of what is kept, each with how many there are.
    #[must_use]
    pub fn kept(&self) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        for (name, _) in &self.kept {
            *names.entry(name.clone()).or_default() += 1;
        }
        names
    }

    /// All that was said, a line each, since this was asked last.
    pub fn heard(&mut self) -> Vec<String> {
        self.listen();
        std::mem::take(&mut self.heard)
    }

    /// Waits until it is said, and forgets what was said until then.
    ///
    /// # Panics
    /// When it is never said.
    pub fn until(&mut self, line: &str) {
        let mut lines = Vec::new();
        until(
            &format!("the service says {line}"),
            || {
                self.listen();
                lines.append(&mut self.heard);
                let place = lines.iter().position(|heard| heard == line)?;
                self.heard = lines.split_off(place + 1);
                Some(())
            },
            || format!("a line {line:?} never came"),
        );
    }

    /// Reads what was said, and does what is asked.
    ///
    /// # Panics
    /// When it is no text.
    pub fn listen(&mut self) {
        loop {
            let mut octets = [0; 4096];
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(64))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut pieces = [IoSliceMut::new(&mut octets)];
            let flags = RecvFlags::CMSG_CLOEXEC;
            let Ok(received) = recvmsg(&self.socket, &mut pieces, &mut control, flags) else {
                return;
            };
            let mut descriptors = Vec::new();
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(passed) = message {
                    descriptors.extend(passed);
                }
            }
            let octets = octets.get(..received.bytes).unwrap_or_default();
            let text = str::from_utf8(octets).expect("text").to_owned();
            self.take(&text, descriptors);
        }
    }

    fn take(&mut self, text: &str, descriptors: Vec<OwnedFd>) {
        let has = |line| text.lines().any(|one| one == line);
        let name = text.lines().find_map(|line| line.strip_prefix("FDNAME="));
        let name = name.unwrap_or("stored");
        if has("FDSTORE=1") {
            let named = descriptors.into_iter().map(|one| (name.to_owned(), one));
            self.kept.extend(named);
        } else if has("FDSTOREREMOVE=1") {
            self.kept.retain(|(kept, _)| kept != name);
        }
        // A barrier's descriptor is closed, which is the answer.
        self.heard.extend(text.lines().map(str::to_owned));
    }

    /// Words before those of the service, and what must be open until it runs.
    ///
    /// # Panics
    /// When there is no descriptor left.
    #[must_use]
    pub fn entrance(&self) -> (Vec<String>, Vec<OwnedFd>) {
        let open = |(_, descriptor): &(String, OwnedFd)| {
            let high = fcntl_dupfd_cloexec(descriptor.as_fd(), HIGH).expect("a descriptor");
            // Whatever starts in this moment has it too, and knows nothing of it.
            fcntl_setfd(&high, FdFlags::empty()).expect("hand a descriptor on");
            high
        };
        let passed: Vec<_> = self.kept.iter().map(open).collect();
        let numbers: Vec<_> = passed
            .iter()
            .map(|one| one.as_raw_fd().to_string())
            .collect();
        let words = [
            "env".to_owned(),
            format!("HANDED_ON={}", numbers.join(" ")),
            "bash".to_owned(),
            "-c".to_owned(),
            ENTRANCE.to_owned(),
            "service".to_owned(),
        ];
        (words.to_vec(), passed)
    }

    /// What the service is told.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let names: Vec<_> = self.kept.iter().map(|(name, _)| name.as_str()).collect();
        let mut environment = vec![
            ("NOTIFY_SOCKET", self.path.display().to_string()),
            ("LISTEN_FDS", self.kept.len().to_string()),
            ("LISTEN_FDNAMES", names.join(":")),
        ];
        if let Some(time) = self.watchdog {
            environment.push(("WATCHDOG_USEC", time.as_micros().to_string()));
        }
        environment
    }
}
