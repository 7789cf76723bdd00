//! The recursor in front, with the lines of the README: forward and reverse names resolve.

use std::fs;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::power_dns::{PowerDns, dig};
use zonesmith_tests::until;

use crate::BINARY;

/// A running `pdns_recursor` on the loopback; it ends with this value.
pub(crate) struct Recursor {
    child: Child,
    directory: TempDir,
    port: u16,
}

impl Recursor {
    /// Runs it with these lines of `recursor.conf`. It may not answer yet.
    pub(crate) fn start(lines: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let place = directory.path().display();
        let own =
            format!("local-address=127.0.0.1\nlocal-port={port}\nsocket-dir={place}\nthreads=1\n");
        fs::write(
            directory.path().join("recursor.conf"),
            format!("{lines}\n{own}"),
        )
        .unwrap();
        let child = program("pdns_recursor")
            .arg(format!("--config-dir={place}"))
            .args(["--daemon=no", "--disable-syslog"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.path().join("log")).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("run pdns_recursor: {error}; tests/run installs it"));
        Self {
            child,
            directory,
            port,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Has it forget a name.
    pub(crate) fn forget(&self, name: &str) {
        let place = self.directory.path().display();
        let output = program("rec_control")
            .arg(format!("--config-dir={place}"))
            .arg(format!("--socket-dir={place}"))
            .args(["wipe-cache", name])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Recursor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Debian has servers where only root looks for programs.
fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin"));
    command
}

#[test]
#[ignore = "needs pdns_recursor"]
fn forward_and_reverse_names_resolve_through_the_recursor() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let server = PowerDns::start(&daemon.socket_path(), "demo");
    let lines = readme_lines()
        .replace(":5300", &format!(":{}", server.port()))
        .replace("cluster1", "demo");
    let recursor = Recursor::start(&lines);
    let log = || format!("{lines}\n{}", recursor.log());
    let short = |name: &str, rrtype: &str| {
        dig(recursor.port(), &[name, rrtype, "+short"])
            .trim()
            .to_owned()
    };
    until(
        "the recursor resolves",
        || (short("api.shop.svc.demo", "A") == "10.22.1.5").then_some(()),
        log,
    );
    assert_eq!(
        short("5.1.22.10.in-addr.arpa", "PTR"),
        "api.shop.svc.demo.",
        "{}",
        log()
    );
}

/// The recursor's lines, as the README has them: the block with `forward-zones`.
fn readme_lines() -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let block = readme
        .split("```ini\n")
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("forward-zones="));
    block.expect("the README says no forward-zones").to_owned()
}
