//! Containers find names by their short names, whoever starts them, and go on finding them when the cluster's name servers
//! are others.
//!
//! - `bundles`: made by crun, with our hook
//! - `networks`: of Debian's plugins, with ours after them

mod bundles;
mod networks;

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::containers::hook;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::dns_node::{DnsNode, RunBy};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::network::Network;
use zonesmith_tests::until;

use crate::BINARY;

/// Where the first recursor is, and the second one.
const SERVERS: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 60, 0, 1), Ipv4Addr::new(10, 60, 0, 2)];

/// A cluster with these name servers.
fn document(servers: &[Ipv4Addr]) -> Document {
    cluster("demo")
        .set("/cluster/dns", json!(servers))
        .service("shop/svc/web", "10.22.0.5")
        .service("shop/svc/api", "10.22.0.6")
        .service("mail/svc/smtp", "10.22.0.7")
}

fn network() -> Network {
    Network::with(&SERVERS.map(IpAddr::from))
}

/// A node that serves DNS, with `resolver follow`.
struct Node<'network> {
    node: DnsNode<'network>,
    directory: TempDir,
    others: Vec<Child>,
}

impl<'network> Node<'network> {
    fn start(network: &'network Network) -> Self {
        let start = Start::new(BINARY, &document(&SERVERS[..1]));
        let node = DnsNode::start(network, SERVERS[0], &["demo"], start, RunBy::Daemon);
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("recursor")).unwrap();
        let mut node = Self {
            node,
            directory,
            others: Vec::new(),
        };
        node.run_another_recursor(network);
        node.run_follow(network);
        node
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// The words that say where everything is.
    fn words(&self) -> Vec<String> {
        let admin = self.node.daemon().admin_path().display().to_string();
        [
            "--registry".to_owned(),
            self.path("registry"),
            "--admin".to_owned(),
            admin,
        ]
        .to_vec()
    }

    /// On the second address, before the same authoritative server.
    fn run_another_recursor(&mut self, network: &Network) {
        let place = self.path("recursor");
        let lines = format!(
            "local-address={}\nsocket-dir={place}\nforward-zones=demo=127.0.0.1:5300\ndnssec=off\nthreads=1\n",
            SERVERS[1]
        );
        fs::write(format!("{place}/recursor.conf"), lines).unwrap();
        let child = network
            .command("pdns_recursor")
            .arg(format!("--config-dir={place}"))
            .args(["--daemon=no", "--disable-syslog"])
            .stdout(Stdio::null())
            .stderr(File::create(format!("{place}/log")).unwrap())
            .spawn();
        self.others.push(child.unwrap());
        let at = format!("@{}", SERVERS[1]);
        let words = ["-r", &at, "demo", "SOA", "+short", "+tries=1", "+time=1"];
        until(
            "a second recursor answers",
            || {
                network
                    .run("dig", &words)
                    .output
                    .contains(" 7200 ")
                    .then_some(())
            },
            || fs::read_to_string(format!("{place}/log")).unwrap_or_default(),
        );
    }

    fn run_follow(&mut self, network: &Network) {
        let child = network
            .command(BINARY)
            .args(["resolver", "follow"])
            .args(self.words())
            .stderr(File::create(self.path("follow.log")).unwrap())
            .spawn();
        self.others.push(child.unwrap());
        until(
            "the daemon is followed",
            || self.followed().contains("is heard").then_some(()),
            || self.followed(),
        );
    }

    /// What `resolver follow` logged.
    fn followed(&self) -> String {
        fs::read_to_string(self.path("follow.log")).unwrap_or_default()
    }

    /// The files that are kept right.
    fn kept(&self) -> usize {
        fs::read_dir(self.path("registry/files")).map_or(0, Iterator::count)
    }

    /// `resolver oci-hook` as a runtime runs it.
    fn hook(&self) -> Value {
        let mut words = ["resolver", "oci-hook"].map(str::to_owned).to_vec();
        words.extend(self.words());
        hook(BINARY, &words)
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("resolver follow: {}", self.followed());
        }
        for child in &mut self.others {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The address that a name has for somebody: `ping` says it before it sends anything.
fn found(answer: &Answer) -> Option<String> {
    let line = answer.output.lines().next()?;
    let (_, rest) = line.split_once('(')?;
    Some(rest.split_once(')')?.0.to_owned())
}

/// Short names are found, through this name server.
fn expect_names(say: impl Fn(&[&str]) -> Answer, server: Ipv4Addr) {
    for (name, address) in [
        ("web", "10.22.0.5"),
        ("api", "10.22.0.6"),
        ("smtp.mail", "10.22.0.7"),
        ("smtp.mail.svc.demo", "10.22.0.7"),
    ] {
        let answer = say(&["ping", "-c", "1", "-W", "1", name]);
        assert_eq!(
            found(&answer).as_deref(),
            Some(address),
            "{name}: {answer:?}"
        );
    }
    let answer = say(&["ping", "-c", "1", "-W", "1", "nobody"]);
    assert_eq!(found(&answer), None, "{answer:?}");
    let answer = say(&["nslookup", "web.shop.svc.demo"]);
    assert!(
        answer.output.contains(&format!("Server:\t\t{server}")),
        "{answer:?}"
    );
}
