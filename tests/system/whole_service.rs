//! The whole service by one command: the daemon with a PowerDNS and a recursor that it runs itself.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::everything;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::power_dns::dig;
use zonesmith_tests::until;

use crate::BINARY;

/// A daemon that runs both servers.
struct Service {
    daemon: Daemon,
    authoritative: u16,
    recursor: u16,
}

impl Service {
    fn start() -> Self {
        let (authoritative, recursor) = (free_port(), free_port());
        let arguments = [
            "--with-powerdns".to_owned(),
            format!("127.0.0.1:{authoritative}"),
            "--with-recursor".to_owned(),
            format!("127.0.0.1:{recursor}"),
        ];
        let daemon = Start {
            arguments: arguments.to_vec(),
            ..Start::new(BINARY, &everything("demo"))
        }
        .serve();
        let service = Self {
            daemon,
            authoritative,
            recursor,
        };
        service.until_both_answer();
        service
    }

    fn until_both_answer(&self) {
        for port in [self.authoritative, self.recursor] {
            self.until_answer(port, "api.shop.svc.demo", "A", "10.22.1.5");
        }
    }

    fn until_answer(&self, port: u16, name: &str, rrtype: &str, expected: &str) {
        let short = || dig(port, &[name, rrtype, "+short", "+tries=1", "+time=1"]);
        until(
            &format!("port {port} answers {name} {rrtype} with {expected}"),
            || (short().trim() == expected).then_some(()),
            || format!("{}\n{}", short(), self.daemon.log()),
        );
    }

    /// The status of the servers, when all of them answer.
    fn children(&self) -> Vec<Value> {
        let children = || self.daemon.status().children();
        until(
            "both servers answer",
            || {
                Some(children()).filter(|children| {
                    children.len() == 2 && children.iter().all(|child| child["answers"] == true)
                })
            },
            || self.daemon.log(),
        )
    }

    /// Processes of the servers: those with the directory of their files in their words.
    fn processes(&self) -> Vec<String> {
        let directory = self.directory();
        let words = format!("--config-dir={}", directory.display());
        let all = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        all.filter(|process| {
            let words_of = fs::read_to_string(process.path().join("cmdline"));
            words_of.is_ok_and(|of| of.contains(&words))
        })
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .collect()
    }

    fn directory(&self) -> std::path::PathBuf {
        self.daemon.socket_path().with_extension("children")
    }

    fn until_no_process(&self) {
        until(
            "no server is left",
            || self.processes().is_empty().then_some(()),
            || format!("{:?}\n{}", self.processes(), self.daemon.log()),
        );
    }
}

fn signal(process: &str, name: &str) {
    let sent = Command::new("kill").args(["-s", name, process]).status();
    assert!(sent.unwrap().success(), "kill {name} {process}");
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn one_command_serves_forward_and_reverse_names_and_leaves_nothing_behind() {
    let mut service = Service::start();
    let (authoritative, recursor) = (service.authoritative, service.recursor);
    for port in [authoritative, recursor] {
        service.until_answer(port, "5.1.22.10.in-addr.arpa", "PTR", "api.shop.svc.demo.");
    }
    // Who asks for authenticated data gets an answer, too: the root knows nothing of this zone.
    let answer = dig(recursor, &["api.shop.svc.demo", "A", "+dnssec", "+adflag"]);
    assert!(
        answer.contains("NOERROR") && answer.contains("10.22.1.5"),
        "{answer}"
    );
    let children = service.children();
    assert_eq!(children[0]["program"], "pdns_server");
    assert_eq!(children[1]["address"], format!("127.0.0.1:{recursor}"));
    let text = service.daemon.run(&["status"]).good();
    assert!(text.contains("pdns_recursor"), "{text}");
    let log = service.daemon.log();
    assert!(
        log.contains(&format!("dig @127.0.0.1 -p {authoritative} demo SOA")),
        "{log}"
    );
    assert_eq!(service.processes().len(), 2, "{log}");
    let ended = service.daemon.stop();
    assert!(ended.success(), "{ended}: {}", service.daemon.log());
    assert_eq!(service.processes(), [""; 0], "{}", service.daemon.log());
    assert!(!service.directory().exists());
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn servers_that_end_are_run_again_and_those_of_a_killed_daemon_end() {
    let mut service = Service::start();
    service.children();
    for process in service.processes() {
        signal(&process, "KILL");
    }
    until(
        "both ended",
        || {
            let children = service.daemon.status().children();
            let ended = |child: &Value| child["restarts"] == 1;
            children.iter().all(ended).then_some(())
        },
        || service.daemon.log(),
    );
    service.until_both_answer();
    assert!(
        service
            .children()
            .iter()
            .all(|child| child["error"] != Value::Null)
    );
    service.daemon.kill();
    service.until_no_process();
    // What was left is in nobody's way.
    service.daemon.start_again();
    service.until_both_answer();
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_zone_that_comes_is_forwarded_and_one_that_goes_is_not() {
    let service = Service::start();
    let zone = "$TTL 60\n@ SOA ns hostmaster 1 7200 3600 432000 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.80\n";
    service.daemon.set_file("later.zone", zone);
    let configuration = "[[zones]]\napex = \"later.test\"\nfile = \"later.zone\"\n";
    service.daemon.set_file("zonesmith.toml", configuration);
    service.daemon.signal("HUP");
    service.until_answer(service.recursor, "www.later.test", "A", "192.0.2.80");
    service.daemon.set_file("zonesmith.toml", "");
    service.daemon.signal("HUP");
    // Nobody but the cluster had that name, and there may be no way to those who say so.
    let answer = || dig(service.recursor, &["www.later.test", "A", "+short"]);
    until(
        "the zone is forgotten",
        || (!answer().contains("192.0.2.80")).then_some(()),
        || service.daemon.log(),
    );
}

#[test]
#[ignore = "needs pdns_server"]
fn what_stands_in_the_way_is_one_sentence() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, expected) in [
        (vec!["--with-powerdns", &address], "is taken"),
        (
            vec!["--with-powerdns", "192.0.2.1:5300"],
            "is no address of this machine",
        ),
        (
            vec![
                "--with-powerdns",
                "127.0.0.1:5999",
                "--with-recursor",
                "127.0.0.1:5999",
            ],
            "cannot be the address of both servers",
        ),
        (
            vec!["--with-powerdns", "--take-over"],
            "cannot be used with",
        ),
    ] {
        let mut daemon = Start {
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            ..Start::new(BINARY, &everything("demo"))
        }
        .spawn();
        assert!(!daemon.ended().success(), "{arguments:?}");
        let log = daemon.log();
        assert!(log.contains(expected), "{arguments:?}: {log}");
    }
}

/// The README's commands with `--with-powerdns`, a line each.
fn second_example() -> Vec<String> {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1);
    let block = blocks
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("--with-powerdns"));
    let block = block.expect("the README says no --with-powerdns");
    block.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn the_second_example_of_the_readme_is_true() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let [serve, questions @ ..] = &second_example()[..] else {
        panic!("an example is a command and questions");
    };
    let mut daemon = Command::new("sh")
        .arg("-c")
        .arg(serve.replace("cargo run --", &format!("exec {BINARY}")))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        // Where the machine's own daemon would be, if the test is run by root.
        .env("ZONESMITH_SOCKET", path("pdns.sock"))
        .env("ZONESMITH_ADMIN", path("admin.sock"))
        .env("ZONESMITH_STATE_DIR", path("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(path("log")).unwrap())
        .spawn()
        .unwrap();
    let log = || fs::read_to_string(path("log")).unwrap_or_default();
    assert_eq!(questions.len(), 2);
    for (question, expected) in questions.iter().zip(["10.22.0.5", "svc.demo."]) {
        let answer = || {
            let asked = Command::new("sh").args(["-c", question]).output().unwrap();
            String::from_utf8_lossy(&asked.stdout).into_owned()
        };
        until(
            &format!("`{question}` is answered with {expected}"),
            || answer().contains(expected).then_some(()),
            || format!("{}{}", answer(), log()),
        );
    }
    signal(&daemon.id().to_string(), "TERM");
    assert!(daemon.wait().unwrap().success(), "{}", log());
}
