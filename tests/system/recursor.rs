//! The recursor in front, with the lines of the README: forward and reverse names resolve.

use std::fs;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};

use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;
use zonesmith_tests::power_dns::{PowerDns, dig};
use zonesmith_tests::until;

use crate::BINARY;

/// Ends with this value.
struct Recursor(Child);

impl Drop for Recursor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs pdns_recursor"]
fn forward_and_reverse_names_resolve_through_the_recursor() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let server = PowerDns::start(&daemon.socket_path(), "demo");
    let directory = tempfile::tempdir().unwrap();
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let lines = readme_lines()
        .replace(":5300", &format!(":{}", server.port()))
        .replace("cluster1", "demo");
    let own = format!(
        "local-address=127.0.0.1\nlocal-port={port}\nsocket-dir={}\nthreads=1\n",
        directory.path().display()
    );
    fs::write(
        directory.path().join("recursor.conf"),
        format!("{lines}{own}"),
    )
    .unwrap();
    let child = Command::new("pdns_recursor")
        .arg(format!("--config-dir={}", directory.path().display()))
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
    let _recursor = Recursor(child);
    let log = || {
        format!(
            "{lines}\n{}",
            fs::read_to_string(directory.path().join("log")).unwrap_or_default()
        )
    };
    let short = |name: &str, rrtype: &str| dig(port, &[name, rrtype, "+short"]).trim().to_owned();
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
