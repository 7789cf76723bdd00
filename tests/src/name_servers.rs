//! Name servers in a [`Network`]: the root, PowerDNS as the primary, and secondaries of three makes.
//!
//! - [`root`]: a root zone that delegates our zones, on NSD
//! - [`primary`]: PowerDNS on a daemon's socket, and `pdnsutil` beside it
//! - [`secondary`]: BIND, NSD and Knot DNS, which take zones from the primary

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::IpAddr;
use std::path::Path;
use std::process::Child;

use tempfile::TempDir;

use crate::network::Network;
use crate::until;

pub mod primary;
pub mod root;
pub mod secondary;

/// How much of a log is shown after a failure.
const LAST_LINES: usize = 40;

/// A running name server in a directory of its own; it ends with this value.
pub struct NameServer<'network> {
    network: &'network Network,
    name: &'static str,
    address: IpAddr,
    process: Child,
    directory: TempDir,
}

impl<'network> NameServer<'network> {
    /// Runs a program until it answers for a zone at this address. `arrange` writes the files it needs into the
    /// directory it is given, and returns its arguments.
    fn start(
        network: &'network Network,
        name: &'static str,
        program: &str,
        address: IpAddr,
        zone: &str,
        arrange: impl FnOnce(&Path) -> Vec<String>,
    ) -> Self {
        let directory = tempfile::Builder::new()
            .prefix(&format!("{program}-"))
            .tempdir()
            .expect("make a directory");
        let arguments = arrange(directory.path());
        let log = File::create(directory.path().join("log")).expect("make a log");
        let process = network
            .command(program)
            .args(arguments)
            .current_dir(directory.path())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run {program}: {error}"));
        let server = Self {
            network,
            name,
            address,
            process,
            directory,
        };
        until(
            &format!("{name} answers for {zone} (tests/run installs {program})"),
            || server.serial(zone),
            || server.log(),
        );
        server
    }

    /// What it is called in messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it listens, on port 53.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.directory.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks it with `dig`; what that prints.
    #[must_use]
    pub fn dig(&self, arguments: &[&str]) -> String {
        let at = format!("@{}", self.address);
        let mut all = vec!["-r", &at, "+norecurse", "+tries=1", "+time=5"];
        all.extend(arguments);
        self.network.run("dig", &all).output
    }

    /// The serial of a zone, if it answers for that with authority.
    #[must_use]
    pub fn serial(&self, zone: &str) -> Option<u32> {
        let text = self.dig(&[zone, "SOA", "+noall", "+comments", "+answer"]);
        if !text.contains(" aa") {
            return None;
        }
        let answer = text.lines().find(|line| line.contains("\tSOA\t"))?;
        answer.split_whitespace().nth(6)?.parse().ok()
    }

    /// Transfers a zone from it, as [`records`], the SOA once. `arguments` are more of `dig`'s own.
    #[must_use]
    pub fn transfer(&self, zone: &str, arguments: &[&str]) -> BTreeSet<String> {
        records(&self.transferred(zone, arguments))
    }

    /// The same as a master file, in the order of the transfer.
    #[must_use]
    pub fn transferred(&self, zone: &str, arguments: &[&str]) -> String {
        let mut all = vec![zone, "AXFR", "+noall", "+answer", "+onesoa"];
        all.extend(arguments);
        self.dig(&all)
    }
}

impl Drop for NameServer<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.lines().count().saturating_sub(LAST_LINES);
            let last: Vec<&str> = log.lines().skip(from).collect();
            eprintln!(
                "the last lines of {}'s log:\n{}",
                self.name,
                last.join("\n")
            );
        }
        // NSD is several processes; all end when the first is asked to. What does not is killed.
        let id = self.process.id().to_string();
        let _ = std::process::Command::new("kill").arg(&id).status();
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(crate::LOOK);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The records of a master file as a set: each on one line with single spaces, comments left out.
#[must_use]
pub fn records(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.starts_with([';', '$']) && !line.trim().is_empty())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
