//! The page that runs policies in a browser: who is answered, with what, and what a daemon has to do with it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::{Value, json};
use zonesmith::digest::Digest;
use zonesmith::policy::embedded;
use zonesmith_tests::DEADLINE;
use zonesmith_tests::admin::Response;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::cluster;
use zonesmith_tests::policies::FAULTY;

use crate::{BINARY, demo, start};

/// A served page. It ends with this value.
struct Playground {
    child: Child,
    /// `127.0.0.1:PORT`
    host: String,
    /// `/TOKEN/`
    base: String,
    /// `#live`, or nothing.
    view: String,
}

impl Playground {
    /// Serves a page of two files; `arguments` say which daemon.
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let page = directory.join("page");
        fs::create_dir_all(page.join("assets")).unwrap();
        fs::write(page.join("index.html"), "<p>first").unwrap();
        fs::write(page.join("assets/page.js"), "run()").unwrap();
        let mut child = Command::new(BINARY)
            .args(["playground", "--no-open", "--page"])
            .arg(&page)
            .args(arguments)
            .env("XDG_RUNTIME_DIR", directory)
            .env("HOME", directory)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let Some(rest) = line.trim_end().strip_prefix("http://") else {
            panic!("{line:?}: {}", said(&mut child.stderr.take()));
        };
        let (host, path) = rest.split_once('/').unwrap();
        let (path, view) = path.split_once('#').unwrap_or((path, ""));
        Self {
            child,
            host: host.to_owned(),
            base: format!("/{path}"),
            view: view.to_owned(),
        }
    }

    /// With what this daemon says.
    fn of(daemon: &Daemon) -> Self {
        let admin = daemon.admin_path();
        Self::start(&daemon.path(""), &["--admin", admin.to_str().unwrap()])
    }

    /// Asks for a path as it is written, under this name.
    fn ask(&self, method: &str, path: &str, host: &str) -> Response {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).unwrap();
        Response::of(&octets).unwrap_or_else(|| panic!("no answer to {method} {path}"))
    }

    /// A path of the page, asked as a browser does.
    fn get(&self, path: &str) -> Response {
        self.ask("GET", &format!("{}{path}", self.base), &self.host)
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(stderr: &mut Option<ChildStderr>) -> String {
    let mut text = String::new();
    if let Some(stderr) = stderr {
        stderr.read_to_string(&mut text).unwrap();
    }
    text
}

#[test]
fn only_who_knows_the_address_is_answered_and_only_with_files_of_the_page() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("secret.html"), "secret").unwrap();
    let playground = Playground::start(directory.path(), &[]);
    assert_eq!(playground.view, "", "no daemon, no live view");
    let (base, host) = (playground.base.as_str(), playground.host.as_str());
    let other = base.replace(|one: char| one.is_ascii_hexdigit(), "0");
    for (request, asked, code) in [
        (format!("GET {base}"), host, 200),
        (format!("GET {base}assets/page.js"), host, 200),
        (format!("HEAD {base}"), host, 200),
        // A site whose name was made to lead here asks under its own.
        (format!("GET {base}"), "evil.example", 421),
        (format!("GET {base}live/policies.json"), "evil.example", 421),
        ("GET /".to_owned(), host, 404),
        ("GET /index.html".to_owned(), host, 404),
        (format!("GET {other}"), host, 404),
        (format!("GET {base}../secret.html"), host, 404),
        (format!("GET {base}assets/../../secret.html"), host, 404),
        (format!("GET {base}%2e%2e/secret.html"), host, 404),
        (format!("GET {base}..%2fsecret.html"), host, 404),
        (format!("GET {base}/etc/passwd"), host, 404),
        (format!("POST {base}"), host, 405),
    ] {
        let (method, path) = request.split_once(' ').unwrap();
        let response = playground.ask(method, path, asked);
        assert_eq!(response.code, code, "{request} at {asked}: {response:?}");
        assert!(!response.body.contains("secret"), "{request}: {response:?}");
        for header in [
            "content-security-policy: default-src 'none';",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(response.head.contains(header), "{request}: {response:?}");
        }
    }
    assert_eq!(playground.get("").body, "<p>first");
    let script = playground.get("assets/page.js");
    assert!(script.head.contains("content-type: text/javascript"));
}

#[test]
fn the_page_is_given_the_cluster_and_the_policies_that_are_live() {
    let settings = json!({ "ttl": 9 });
    let mut start = start(&demo()).with_policy(FAULTY, &settings.to_string());
    start.policies.push((embedded().to_vec(), None));
    let daemon = start.serve();
    let playground = Playground::of(&daemon);
    assert_eq!(playground.view, "live");

    let recorded: Value = serde_json::from_str(&daemon.run(&["record"]).good()).unwrap();
    assert_eq!(playground.get("live/cluster.json").json(), recorded);

    let stack = playground.get("live/policies.json").json();
    let stack = stack.as_array().unwrap();
    let components = [fs::read(FAULTY).unwrap(), embedded().to_vec()];
    assert_eq!(stack.len(), components.len());
    for (place, (policy, component)) in stack.iter().zip(components).enumerate() {
        let file = daemon.policy_file(place);
        let inspect = ["policy", "inspect", file.to_str().unwrap()];
        let inspect = [&inspect[..], &["--format", "json"]].concat();
        let inspected = Answer::to(BINARY, &inspect, &daemon.path("")).good();
        let inspected: Value = serde_json::from_str(&inspected).unwrap();
        for key in ["digest", "size"] {
            assert_eq!(policy[key], inspected[key], "{place}: {key}");
        }
        assert_eq!(policy["name"], inspected["description"]["name"]);
        let digest = policy["digest"].as_str().unwrap();
        let served = playground.get(&format!("live/policies/{digest}.wasm"));
        assert!(served.head.contains("content-type: application/wasm"));
        assert_eq!(Digest::of(&served.octets), Digest::of(&component));
    }
    assert_eq!(stack[0]["settings"], settings);
    for path in [
        "live/policies/default.wasm",
        "live/status.json",
        "live/../live/state",
    ] {
        assert_eq!(playground.get(path).code, 404, "{path}");
    }
}

#[test]
fn what_is_live_is_read_anew_each_time_and_its_end_is_a_sentence() {
    let mut daemon = start(&demo()).serve();
    let playground = Playground::of(&daemon);
    let before = daemon.status().generation();
    daemon.set_cluster(&cluster("demo").service("shop/svc/new", "10.22.0.7"));
    daemon.until("the change is served", |status| {
        status.generation() > before
    });
    let document = playground.get("live/cluster.json").json();
    assert!(
        document["services"]["shop/svc/new"].is_object(),
        "{document:#}"
    );
    daemon.stop();
    let refused = playground.get("live/cluster.json");
    assert_eq!(refused.code, 502, "{refused:?}");
    let sentence = refused.json()["error"].to_string();
    assert!(sentence.contains("no daemon answers at "), "{sentence}");
    assert_eq!(playground.get("").code, 200, "the page stays");
}

#[test]
fn what_is_missing_is_named_with_the_way_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page");
    fs::create_dir(&page).unwrap();
    fs::write(page.join("index.html"), "").unwrap();
    let page = page.to_str().unwrap();
    for (arguments, code, words) in [
        (vec!["--page", "/nowhere"], 1, "read /nowhere"),
        (
            vec!["--page", page, "--admin", "/no/admin.sock"],
            1,
            "start one with `zonesmith serve`",
        ),
        (
            vec!["--page", page, "--listen", "0.0.0.0:8080"],
            2,
            "is served on loopback alone",
        ),
    ] {
        let command = [&["playground", "--no-open"][..], &arguments].concat();
        let answer = Answer::to(BINARY, &command, directory.path());
        assert_eq!(answer.code, code, "{arguments:?}: {answer:?}");
        assert!(answer.error.contains(words), "{arguments:?}: {answer:?}");
    }
}
