//! The real `pdns_server` on a daemon's socket, and what asks it: `dig`, `delv`, `dnsperf`.

mod dnssec;

pub use self::dnssec::{Anchor, Validated};

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::ports::free_port;
use crate::{processor, until};

/// A running `pdns_server`; it ends with this value.
pub struct PowerDns {
    process: Child,
    directory: TempDir,
    port: u16,
}

impl PowerDns {
    /// Runs it on a free port of the loopback, with the settings of the README and otherwise its own, until it answers
    /// for `zone`.
    ///
    /// # Panics
    /// When it does not, with its log.
    #[must_use]
    pub fn start(socket: &Path, zone: &str) -> Self {
        Self::start_with(socket, zone, "")
    }

    /// The same with more lines of `pdns.conf`.
    ///
    /// # Panics
    /// When it does not answer, with its log.
    #[must_use]
    pub fn start_with(socket: &Path, zone: &str, lines: &str) -> Self {
        let backend = format!(
            "launch=remote\nremote-connection-string=unix:path={}\n{lines}",
            socket.display()
        );
        Self::run(&backend, zone)
    }

    /// Runs it with its own bind backend on these master files, each with its apex.
    ///
    /// # Panics
    /// When it does not answer for the first, with its log.
    #[must_use]
    pub fn of_files(files: &[(&str, &Path)]) -> Self {
        let named = tempfile::NamedTempFile::new().expect("make a file");
        let zones = files.iter().map(|(apex, file)| {
            let file = file.display();
            format!("zone \"{apex}\" {{ type master; file \"{file}\"; }};\n")
        });
        fs::write(named.path(), zones.collect::<String>()).expect("write the list of zones");
        let backend = format!("launch=bind\nbind-config={}", named.path().display());
        let zone = files.first().map_or("", |(apex, _)| apex);
        Self::run(&backend, zone)
    }

    /// Runs it with a backend: the lines of `pdns.conf` that name it, and any others.
    ///
    /// # Panics
    /// When it does not answer, with its log.
    #[must_use]
    pub fn run(backend: &str, zone: &str) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("pdns-")
            .tempdir()
            .expect("make a directory");
        let port = free_port();
        let place = directory.path().display();
        let configuration = format!(
            "{backend}\nlocal-address=127.0.0.1\nlocal-port={port}\nsocket-dir={place}\nsetuid=\nsetgid=\n"
        );
        fs::write(directory.path().join("pdns.conf"), configuration).expect("write pdns.conf");
        let log = fs::File::create(directory.path().join("log")).expect("make a log");
        let process = Command::new(server())
            .arg(format!("--config-dir={place}"))
            .args(["--guardian=no", "--daemon=no", "--disable-syslog"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run pdns_server: {error}; tests/run installs it"));
        let server = Self {
            process,
            directory,
            port,
        };
        until(
            "PowerDNS answers",
            || {
                server
                    .dig(&[zone, "SOA", "+short"])
                    .contains("7200")
                    .then_some(())
            },
            || server.log(),
        );
        server
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its control socket.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.directory.path().join("pdns.controlsocket")
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Processor time it has used.
    ///
    /// # Panics
    /// When it is gone.
    #[must_use]
    pub fn cpu_time(&self) -> Duration {
        processor::used(&format!("/proc/{}/stat", self.process.id()))
    }

    /// Asks it with `dig`; what that prints, without comments.
    ///
    /// # Panics
    /// When `dig` cannot be run.
    #[must_use]
    pub fn dig(&self, arguments: &[&str]) -> String {
        dig(self.port, arguments)
    }

    /// The answer section, one record a line, white space as single spaces; and the status before it: `NOERROR`.
    #[must_use]
    pub fn answer(&self, name: &str, rrtype: &str) -> (String, Vec<String>) {
        let text = self.dig(&[name, rrtype, "+norecurse", "+noall", "+comments", "+answer"]);
        let status = text
            .split_once("status: ")
            .and_then(|(_, rest)| rest.split_once(','))
            .map_or_else(|| text.clone(), |(status, _)| status.to_owned());
        let mut records: Vec<String> = text
            .lines()
            .filter(|line| !line.starts_with(';') && !line.trim().is_empty())
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        records.sort();
        (status, records)
    }

    /// Runs `dnsperf` for a number of seconds on lines of `name type`.
    ///
    /// # Panics
    /// When `dnsperf` cannot be run, or prints what it never did.
    #[must_use]
    pub fn dnsperf(&self, questions: &str, seconds: u64) -> Load {
        let file = self.directory.path().join("questions");
        fs::write(&file, questions).expect("write the questions");
        dnsperf(self.port, &file, seconds)
    }
}

/// Runs `dnsperf` on a port of the loopback for a number of seconds, with a file of lines `name type`.
///
/// # Panics
/// When `dnsperf` cannot be run, or prints what it never did.
#[must_use]
pub fn dnsperf(port: u16, file: &Path, seconds: u64) -> Load {
    let output = Command::new("dnsperf")
        .args([
            "-s",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-c",
            "4",
            "-T",
            "1",
            "-q",
            "40",
            "-l",
        ])
        .arg(seconds.to_string())
        .arg("-d")
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("run dnsperf: {error}; tests/run installs it"));
    Load::read(&String::from_utf8_lossy(&output.stdout))
}

impl Drop for PowerDns {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("PowerDNS's log:\n{}", self.log());
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `dnsperf` counted.
#[derive(Debug)]
pub struct Load {
    /// Questions asked.
    pub sent: u64,
    /// Questions that were never answered.
    pub lost: u64,
    /// Replies with NOERROR.
    pub good: u64,
    /// All that it printed.
    pub text: String,
}

impl Load {
    /// Replies in a second.
    ///
    /// # Panics
    /// When `dnsperf` printed none.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        let (_, rest) = self
            .text
            .split_once("Queries per second:")
            .unwrap_or_else(|| panic!("dnsperf says no rate: {}", self.text));
        let figure = rest.split_whitespace().next().unwrap_or_default();
        figure
            .parse()
            .unwrap_or_else(|error| panic!("{figure}: {error}"))
    }

    fn read(text: &str) -> Self {
        let number = |label: &str| {
            let (_, rest) = text
                .split_once(label)
                .unwrap_or_else(|| panic!("dnsperf says no {label}: {text}"));
            let digits: String = rest
                .trim_start()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits
                .parse()
                .unwrap_or_else(|error| panic!("{label}: {error}: {text}"))
        };
        Self {
            sent: number("Queries sent:"),
            lost: number("Queries lost:"),
            // Not listed when there is none.
            good: if text.contains("NOERROR") {
                number("NOERROR")
            } else {
                0
            },
            text: text.to_owned(),
        }
    }
}

/// Asks whoever listens on a port of the loopback.
///
/// # Panics
/// When `dig` cannot be run.
#[must_use]
pub fn dig(port: u16, arguments: &[&str]) -> String {
    let output = Command::new("dig")
        // Nothing of the user's own `.digrc`.
        .arg("-r")
        .args(["@127.0.0.1", "-p", &port.to_string(), "+tries=1", "+time=5"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("run dig: {error}; tests/run installs it"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Debian has servers where only root looks for programs.
fn server() -> &'static str {
    let place = "/usr/sbin/pdns_server";
    if Path::new(place).exists() {
        place
    } else {
        "pdns_server"
    }
}
