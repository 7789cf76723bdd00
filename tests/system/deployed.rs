//! The servers of a node follow the cluster: whoever runs them runs them again when they end, and the daemon does the rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::json;
use tempfile::TempDir;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::machine::Machine;
use zonesmith_tests::network::Network;
use zonesmith_tests::policies::{self, CHOOSES, SHORT_NAMES};
use zonesmith_tests::until;

use crate::BINARY;

/// Who may ask does not depend on the cluster's networks here.
const ALLOW: &str = "allow-from = [\"0.0.0.0/0\", \"::/0\"]\n";

const WEB: &str = "web.shop.svc.demo.";

/// The cluster with this nameserver and these networks.
fn document(nameserver: &str, networks: &[&str]) -> Document {
    let network = |(place, prefix): (usize, &&str)| json!({ "name": format!("net{place}"), "cidr": prefix, "scope": "cluster" });
    let networks: Vec<_> = networks.iter().enumerate().map(network).collect();
    cluster("demo")
        .set("/cluster/dns", json!([nameserver]))
        .set("/cluster/networks", json!(networks))
        .service("shop/svc/web", "10.22.0.1")
        .service("shop/svc/late", "203.0.113.1")
}

/// Runs a program again and again; it ends with this value.
struct Supervised {
    child: Child,
    /// A line for each time.
    runs: PathBuf,
}

impl Supervised {
    fn start(network: &Network, place: &Path, program: &str, arguments: &[&str]) -> Self {
        let runs = place.join(format!("{program}.runs"));
        let again = "trap 'kill $!; wait; exit 0' TERM; runs=$1; shift; while :; do echo run >> $runs; \"$@\" & wait $!; sleep 0.1; done";
        let log = fs::File::create(place.join(format!("{program}.log"))).unwrap();
        let child = network
            .command("sh")
            .args(["-c", again, "sh"])
            .arg(&runs)
            .arg(program)
            .arg(format!("--config-dir={}", place.join("powerdns").display()))
            .args(arguments)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, runs }
    }

    fn runs(&self) -> usize {
        let runs = fs::read_to_string(&self.runs).unwrap_or_default();
        runs.lines().count()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

/// A node with both servers.
struct Node<'network> {
    network: &'network Network,
    place: TempDir,
    daemon: Daemon,
    /// The authoritative server, and the recursor.
    servers: Vec<Supervised>,
}

impl<'network> Node<'network> {
    fn start(network: &'network Network, document: &Document) -> Self {
        Self::start_as(network, Start::new(BINARY, document))
    }

    fn start_as(network: &'network Network, start: Start) -> Self {
        let place = tempfile::Builder::new()
            .prefix("deployed-")
            .tempdir()
            .unwrap();
        for directory in ["powerdns", "run/authoritative", "run/recursor"] {
            fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        let start = Start {
            configuration: configuration(place.path(), ALLOW),
            entrance: network.entrance().to_vec(),
            ..start
        };
        let mut node = Self {
            network,
            daemon: start.serve(),
            place,
            servers: Vec::new(),
        };
        node.until("the configurations are written", || {
            ["pdns.conf", "forward.conf"]
                .iter()
                .all(|file| node.path("powerdns").join(file).exists())
        });
        for program in ["pdns_server", "pdns_recursor"] {
            let server = Supervised::start(network, node.place.path(), program, &[]);
            node.servers.push(server);
        }
        node
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        until(
            what,
            || is_so().then_some(()),
            || {
                let log = |name| fs::read_to_string(self.path(name)).unwrap_or_default();
                let logs = [log("pdns_server.log"), log("pdns_recursor.log")].concat();
                format!(
                    "{}\n{}\n{logs}",
                    self.daemon.status().text(),
                    self.daemon.log()
                )
            },
        );
    }

    fn answer(&self, at: &str, port: &str, question: &[&str]) -> String {
        let at = format!("@{at}");
        let mut words = vec!["-r", &at, "-p", port, "+short", "+tries=1", "+time=1"];
        words.extend(question);
        self.network.run("dig", &words).output
    }

    fn until_answered(&self, at: &str, question: &[&str], expected: &str) {
        for port in ["5300", "53"] {
            self.until(
                &format!("{at} answers {question:?} at port {port} with {expected}"),
                || self.answer(at, port, question).trim() == expected,
            );
        }
    }

    fn runs(&self) -> Vec<usize> {
        self.servers.iter().map(Supervised::runs).collect()
    }

    fn anchors(&self) -> String {
        let directory = self.path("run/recursor");
        let option = format!("--socket-dir={}", directory.display());
        let words = ["--config-dir=/nonexistent", &option, "get-ntas"];
        self.network.run("rec_control", &words).output
    }
}

fn configuration(place: &Path, more: &str) -> String {
    let place = place.display();
    format!(
        "[deploy]\ndirectory = \"{place}/powerdns\"\nsockets = \"{place}/run\"\n{more}\n\
         [janitor]\nauthoritative = [\"{place}/run/authoritative/pdns.controlsocket\"]\n\
         recursors = [\"{place}/run/recursor/pdns_recursor.controlsocket\"]\n"
    )
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and network namespaces"]
fn forwards_and_listeners_follow_the_cluster() {
    let addresses = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
    let network = Network::with(&addresses);
    let node = Node::start(&network, &document("10.0.0.1", &["10.22.0.0/16"]));
    node.until_answered("10.0.0.1", &[WEB, "A"], "10.22.0.1");
    assert_eq!(node.runs(), [1, 1]);

    // A network that comes: a reverse zone, which nobody has to be run again for.
    assert!(!node.anchors().contains("113.0.203.in-addr.arpa"));
    let both = ["10.22.0.0/16", "203.0.113.0/24"];
    node.daemon.set_cluster(&document("10.0.0.1", &both));
    node.until_answered("10.0.0.1", &["-x", "203.0.113.1"], "late.shop.svc.demo.");
    node.until("no signatures are looked for in it", || {
        node.anchors().contains("113.0.203.in-addr.arpa")
    });
    node.daemon
        .set_cluster(&document("10.0.0.1", &["10.22.0.0/16"]));
    node.until("nothing is left of a network that went", || {
        let forwards = fs::read_to_string(node.path("powerdns/forward.conf")).unwrap();
        !forwards.contains("113.0.203.in-addr.arpa")
            && !node.anchors().contains("113.0.203.in-addr.arpa")
    });
    // What a site forwards: the same.
    let forward = format!("{ALLOW}forward = [\"lab.example=127.0.0.1:5300\"]\n");
    let configuration = configuration(node.place.path(), &forward);
    node.daemon.set_file("zonesmith.toml", &configuration);
    node.until("a zone of the site is forwarded", || {
        node.anchors().contains("lab.example")
    });
    assert_eq!(node.runs(), [1, 1], "nobody ended for that");

    // Another nameserver: both listen there, and no longer where they did.
    node.daemon
        .set_cluster(&document("10.0.0.2", &["10.22.0.0/16"]));
    node.until_answered("10.0.0.2", &[WEB, "A"], "10.22.0.1");
    node.until_answered("10.0.0.2", &["-x", "10.22.0.1"], "web.shop.svc.demo.");
    for port in ["5300", "53"] {
        let before = node.answer("10.0.0.1", port, &[WEB, "A"]);
        assert!(!before.contains("10.22.0.1"), "{before}");
    }
    assert_eq!(node.runs(), [2, 2]);
    node.daemon
        .until("NOTIFY would go where it listens", |status| {
            status
                .get("/caches/1/target")
                .ends_with("|notify:10.0.0.2\"")
        });
    assert_eq!(node.daemon.status().get("/cache-problem"), "null");
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and network namespaces"]
fn servers_hear_of_clients_while_a_policy_chooses() {
    let network = Network::with(&["10.0.0.1".parse().unwrap()]);
    let info = |last: u8| json!({ "ipaddr": format!("10.22.0.{last}") });
    let cluster = document("10.0.0.1", &["10.22.0.0/16"])
        .resource("shop/svc/pair", "n1", "ip#0", &info(5))
        .resource("shop/svc/pair", "n2", "ip#0", &info(6));
    let mut start = Start::new(BINARY, &cluster).with_policy(SHORT_NAMES, "{}");
    start.arguments = ["--policy", "default"].map(str::to_owned).to_vec();
    let node = Node::start_as(&network, start);
    node.until_answered("10.0.0.1", &[WEB, "A"], "10.22.0.1");
    let is_told = |is_told: bool| {
        let told = [
            ("pdns.conf", "edns-subnet-processing=yes"),
            ("recursor.conf", "edns-subnet-allow-list=10.0.0.1"),
        ];
        told.iter().all(|(file, line)| {
            let text = fs::read_to_string(node.path("powerdns").join(file)).unwrap_or_default();
            text.contains(line) == is_told
        })
    };
    assert!(is_told(false));
    for (component, chooses, runs) in [(CHOOSES, true, 2), (SHORT_NAMES, false, 3)] {
        node.daemon.set_policy(&policies::bytes(component));
        node.until("the servers are told", || is_told(chooses));
        node.until("they are run again", || node.runs() == [runs, runs]);
        let given = ["10.22.0.5\n", "10.22.0.6\n"];
        for port in ["5300", "53"] {
            for (client, given) in ["127.1.0.1", "127.2.0.1"].iter().zip(given) {
                let question = ["-b", client, "pair.shop.svc.demo.", "A"];
                node.until(&format!("{client} is given {given} at {port}"), || {
                    let answer = node.answer("10.0.0.1", port, &question);
                    if chooses {
                        answer == given
                    } else {
                        answer.lines().count() == 2
                    }
                });
            }
        }
    }
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and network namespaces"]
fn what_cannot_be_told_is_owed_and_said() {
    let addresses = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
    let network = Network::with(&addresses);
    let node = Node::start(&network, &document("10.0.0.1", &["10.22.0.0/16"]));
    node.until_answered("10.0.0.1", &[WEB, "A"], "10.22.0.1");
    let sockets = [
        "run/authoritative/pdns.controlsocket",
        "run/recursor/pdns_recursor.controlsocket",
    ];
    let aside = |socket: &str| node.path(&format!("{socket}.aside"));
    for socket in sockets {
        fs::rename(node.path(socket), aside(socket)).unwrap();
    }
    node.daemon
        .set_cluster(&document("10.0.0.2", &["10.22.0.0/16"]));
    node.daemon.until("it is said", |status| {
        let problem = status.get("/cache-problem");
        problem.contains("not as they should be") && problem.contains("pdns.controlsocket")
    });
    assert_eq!(node.runs(), [1, 1]);
    for socket in sockets {
        fs::rename(aside(socket), node.path(socket)).unwrap();
    }
    node.until_answered("10.0.0.2", &[WEB, "A"], "10.22.0.1");
    node.daemon.until("nothing is wrong", |status| {
        status.get("/cache-problem") == "null"
    });
    assert_eq!(node.runs(), [2, 2]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor, root"]
fn a_daemon_without_rights_moves_servers_of_another_user() {
    let addresses = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
    let Some(machine) = Machine::with(&addresses, BINARY) else {
        return;
    };
    let source = "/etc/cluster/cluster.json";
    let say = |nameserver| {
        let document = document(nameserver, &["10.22.0.0/16"]);
        machine.write(source, &document.json().to_string());
    };
    say("10.0.0.1");
    let option = format!("--source=file:{source}");
    machine.zonesmith(&["deploy", "systemd", &option]).good();
    let daemon = machine.start("zonesmith.service");
    let answers = || machine.zonesmith(&["dump"]).code == 0;
    until(
        "the daemon is ready",
        || answers().then_some(()),
        || daemon.log(),
    );
    let mut servers = ["zonesmith-powerdns.service", "zonesmith-recursor.service"]
        .map(|name| machine.start(name));
    let mut until_answered = |at: &str| {
        let at = format!("@{at}");
        for port in ["5300", "53"] {
            let words = [
                "-r", &at, "-p", port, WEB, "A", "+short", "+tries=1", "+time=1",
            ];
            until(
                &format!("port {port} {at} answers"),
                || {
                    for server in &mut servers {
                        server.restart_when_ended();
                    }
                    let answer = machine.run("dig", &words).output;
                    (answer.trim() == "10.22.0.1").then_some(())
                },
                || format!("{}\n{:?}", daemon.log(), machine.zonesmith(&["status"])),
            );
        }
    };
    until_answered("10.0.0.1");
    say("10.0.0.2");
    until_answered("10.0.0.2");
    let again = machine
        .zonesmith(&["deploy", "systemd", "--dry-run"])
        .good();
    assert!(
        !again.contains("pdns.conf"),
        "the same as deploy renders: {again}"
    );
}
