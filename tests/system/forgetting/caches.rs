//! A recursor, and how caches are purged by hand.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::power_dns::dig;
use zonesmith_tests::until;

/// Whatever it learns it keeps for an hour, also that there is nothing.
const KEEPS_ALL: &str = "dnssec=off\nthreads=1\nmax-negative-ttl=3600\npacketcache-ttl=3600\npacketcache-servfail-ttl=0\n";

/// A running `pdns_recursor`; it ends with this value.
pub(super) struct Recursor {
    process: Child,
    directory: TempDir,
    port: u16,
}

impl Recursor {
    /// In front of the server on this port.
    pub(super) fn start(server: u16) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("recursor-")
            .tempdir()
            .unwrap();
        let port = free_port();
        let place = directory.path().display();
        let zones =
            ["demo", "play", "10.in-addr.arpa"].map(|zone| format!("{zone}=127.0.0.1:{server}"));
        let text = format!(
            "{KEEPS_ALL}forward-zones={}\nlocal-address=127.0.0.1\nlocal-port={port}\nsocket-dir={place}\n",
            zones.join(",")
        );
        fs::write(directory.path().join("recursor.conf"), text).unwrap();
        let process = Command::new("pdns_recursor")
            .arg(format!("--config-dir={place}"))
            .args(["--daemon=no", "--disable-syslog"])
            .env(
                "PATH",
                format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.path().join("log")).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("run pdns_recursor: {error}; tests/run installs it"));
        let recursor = Self {
            process,
            directory,
            port,
        };
        until(
            "the recursor resolves",
            || {
                dig(port, &["demo", "SOA", "+short"])
                    .contains("7200")
                    .then_some(())
            },
            || fs::read_to_string(recursor.directory.path().join("log")).unwrap_or_default(),
        );
        recursor
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Makes it forget these names; a dollar at the end means all below as well.
    pub(super) fn wipe(&self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        let command = format!("wipe-cache {}", names.join(" "));
        let mut stream =
            UnixStream::connect(self.directory.path().join("pdns_recursor.controlsocket")).unwrap();
        // A status, which nobody looks at, a length, and the command, at once.
        let request = [
            &0_i32.to_ne_bytes(),
            &command.len().to_ne_bytes()[..],
            command.as_bytes(),
        ]
        .concat();
        stream.write_all(&request).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let reply = String::from_utf8_lossy(&reply).into_owned();
        assert!(reply.contains("wiped "), "{command}: {reply}");
    }
}

impl Drop for Recursor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes an authoritative server forget these names.
pub(super) fn purge(control: &Path, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let mut stream = UnixStream::connect(control).unwrap();
    writeln!(stream, "PURGE {}", names.join(" ")).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let _: u64 = reply
        .trim()
        .parse()
        .unwrap_or_else(|error| panic!("{names:?}: {reply}: {error}"));
}
