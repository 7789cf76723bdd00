//! `zonesmith pipe` as PowerDNS's pipe connector uses it: a line in, a line out, whatever happens to the daemon.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zonesmith_tests::socket::rows;
use zonesmith_tests::{DEADLINE, until};

use crate::{BINARY, demo, start};

/// Milliseconds: short where it must pass, long where it must not.
const SHORT: u64 = 300;
const LONG: u64 = 60_000;

struct Pipe {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Pipe {
    fn start(socket: &Path, timeout: u64) -> Self {
        let mut command = Command::new(BINARY);
        command.arg("pipe").arg("--socket").arg(socket);
        command.args(["--timeout", &timeout.to_string()]);
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    /// The reply, on one line.
    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.send(&json!({ "method": method, "parameters": parameters }).to_string());
        let line = self.line();
        assert!(line.ends_with('\n'), "{line:?}");
        serde_json::from_str(&line).unwrap()
    }

    fn soa(&mut self) -> Vec<String> {
        let reply = self.ask("lookup", &json!({"qname": "demo.", "qtype": "SOA"}));
        rows(&reply)
    }

    fn ended(&mut self) -> ExitStatus {
        until(
            "the pipe ends",
            || self.process.try_wait().unwrap(),
            String::new,
        )
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // It may have ended already, which is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody in the daemon's place, who answers each line of each connection with the next of these octets; a connection is
/// ended after "" and after octets without a line break.
fn pretend(socket: &Path, replies: &'static [&'static str]) -> thread::JoinHandle<Vec<String>> {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        let mut asked = Vec::new();
        let mut replies = replies.iter();
        while replies.len() > 0 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                asked.push(line);
                let reply = replies.next().copied().unwrap_or_default();
                stream.write_all(reply.as_bytes()).unwrap();
                if !reply.ends_with('\n') || replies.len() == 0 {
                    break;
                }
            }
        }
        asked
    })
}

#[test]
fn each_line_is_answered_by_one_line_of_the_daemon() {
    let daemon = start(&demo()).serve();
    let mut pipe = Pipe::start(&daemon.socket_path(), LONG);
    let initialized = pipe.ask("initialize", &json!({"command": "zonesmith pipe"}));
    assert_eq!(initialized, json!({"result": true}));
    assert_eq!(
        pipe.soa(),
        daemon.records("demo.")[..]
            .iter()
            .filter(|row| row.contains(" SOA "))
            .cloned()
            .collect::<Vec<_>>()
    );
    let list = json!({"zonename": "demo.", "domain_id": 1});
    let direct = daemon.connect().ask("list", &list);
    assert_eq!(pipe.ask("list", &list), direct);
    assert_eq!(
        pipe.ask("noSuchMethod", &json!({})),
        json!({"result": false})
    );
    for (line, reason) in [
        ("hello", "one JSON object"),
        ("{}{}", "one JSON object"),
        (r#"{"method":"#, "one JSON object"),
        ("{}", "method"),
    ] {
        pipe.send(line);
        let reply = pipe.line();
        assert!(
            reply.starts_with(r#"{"error":""#) && reply.contains(reason),
            "{line}: {reply}"
        );
    }
    pipe.send("\n \n");
    assert_eq!(pipe.soa().len(), 1, "after blank lines");
    pipe.input = None;
    assert!(pipe.ended().success());
}

#[test]
fn a_daemon_that_is_restarted_is_waited_for_and_nothing_is_lost() {
    let mut daemon = start(&demo()).serve();
    let mut pipe = Pipe::start(&daemon.socket_path(), LONG);
    assert_eq!(pipe.soa().len(), 1);
    daemon.kill();
    pipe.send(
        &json!({"method": "lookup", "parameters": {"qname": "demo.", "qtype": "SOA"}}).to_string(),
    );
    daemon.start_again();
    let reply: Value = serde_json::from_str(&pipe.line()).unwrap();
    assert_eq!(rows(&reply).len(), 1, "{reply}");
}

#[test]
fn no_daemon_is_an_error_in_time_and_a_later_one_is_found() {
    let mut daemon = start(&demo()).serve();
    daemon.stop();
    let mut pipe = Pipe::start(&daemon.socket_path(), SHORT);
    for _ in 0..2 {
        let asked = Instant::now();
        let reply = pipe.ask("getAllDomains", &json!({}));
        let error = reply["error"].as_str().unwrap();
        assert!(
            error.contains("connect to") && reply.get("result").is_none(),
            "{reply}"
        );
        assert!(asked.elapsed() < DEADLINE / 2);
    }
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(pipe.soa().len(), 1);
}

#[test]
fn a_daemon_that_hangs_is_an_error_and_its_late_reply_answers_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pdns.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let mut pipe = Pipe::start(&socket, SHORT);
    let reply = pipe.ask("lookup", &json!({"qname": "demo.", "qtype": "SOA"}));
    assert!(
        reply["error"].as_str().unwrap().contains("300 ms"),
        "{reply}"
    );
    let (mut late, _) = listener.accept().unwrap();
    // That connection is closed by now: whether the system still takes the octets makes no difference.
    let _ = late.write_all(b"{\"result\":false}\n");
    pipe.send(r#"{"method":"lookup"}"#);
    let (mut second, _) = listener.accept().unwrap();
    second.write_all(b"{\"result\":[]}\n").unwrap();
    assert_eq!(pipe.line(), "{\"result\":[]}\n");
}

#[test]
fn what_only_reads_is_asked_once_more_and_what_writes_is_not() {
    let directory = tempfile::tempdir().unwrap();
    for (number, (method, replies, expected)) in [
        (
            "lookup",
            &["", "{\"result\":1}\n"] as &'static [&str],
            "{\"result\":1}\n",
        ),
        (
            "lookup",
            &["", ""],
            "{\"error\":\"the daemon did not answer: it ended the connection\"}\n",
        ),
        (
            "setDomainMetadata",
            &[""],
            "{\"error\":\"the daemon did not answer: it ended the connection\"}\n",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let socket = directory.path().join(number.to_string());
        let daemon = pretend(&socket, replies);
        let mut pipe = Pipe::start(&socket, LONG);
        pipe.send(&format!(r#"{{"method":"{method}"}}"#));
        assert_eq!(pipe.line(), expected, "{method}");
        assert_eq!(daemon.join().unwrap().len(), replies.len(), "{method}");
    }
}

#[test]
fn a_write_after_a_restart_goes_to_the_daemon_that_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pdns.sock");
    let first = pretend(&socket, &["{\"result\":1}\n"]);
    let mut pipe = Pipe::start(&socket, LONG);
    pipe.send(r#"{"method":"lookup"}"#);
    assert_eq!(pipe.line(), "{\"result\":1}\n");
    first.join().unwrap();
    std::fs::remove_file(&socket).unwrap();
    let second = pretend(&socket, &["{\"result\":true}\n"]);
    pipe.send(r#"{"method":"setTSIGKey"}"#);
    assert_eq!(pipe.line(), "{\"result\":true}\n");
    assert_eq!(second.join().unwrap().len(), 1);
}

#[test]
fn a_reply_that_breaks_off_ends_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("pdns.sock");
    let daemon = pretend(&socket, &["{\"result\":["]);
    let mut pipe = Pipe::start(&socket, LONG);
    pipe.send(r#"{"method":"list"}"#);
    let mut all = String::new();
    pipe.output.read_to_string(&mut all).unwrap();
    assert_eq!(all, "{\"result\":[");
    assert_eq!(pipe.ended().code(), Some(1));
    daemon.join().unwrap();
}

#[test]
fn it_ends_with_its_parent_even_when_its_input_stays_open() {
    let daemon = start(&demo()).serve();
    let mut command = Command::new("sh");
    // A shell gives a command in the background no input of ours unless it is told.
    command.args([
        "-c",
        "exec 3<&0; \"$0\" pipe --socket \"$1\" <&3 & wait",
        BINARY,
    ]);
    command.arg(daemon.socket_path());
    let mut pipe = Pipe::run(command);
    assert_eq!(pipe.soa().len(), 1);
    pipe.process.kill().unwrap();
    pipe.process.wait().unwrap();
    let mut rest = String::new();
    // Ends when the last process that holds the output has ended.
    pipe.output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(pipe.input.is_some());
}

#[test]
fn a_reader_that_waits_longer_than_the_deadline_gets_the_whole_reply() {
    let daemon = start(&(0..3_000).fold(demo(), |document, number| {
        document.service(
            &format!("many/svc/s{number}"),
            &format!("10.30.{}.{}", number / 250, number % 250 + 1),
        )
    }))
    .serve();
    let list = json!({"zonename": "demo.", "domain_id": 1});
    let direct = daemon.connect().ask("list", &list);
    let mut pipe = Pipe::start(&daemon.socket_path(), SHORT);
    pipe.send(&json!({"method": "list", "parameters": list}).to_string());
    // The only way to show that time alone breaks nothing is to let it pass.
    thread::sleep(Duration::from_millis(3 * SHORT));
    let reply: Value = serde_json::from_str(&pipe.line()).unwrap();
    assert!(
        reply == direct && direct.to_string().len() > 500_000,
        "{}",
        direct.to_string().len()
    );
}
