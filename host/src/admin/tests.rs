use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};

use camino::Utf8PathBuf;

use super::client::Client;
use super::*;

#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<bool>>>);

impl Daemon for Recorded {
    fn status(&self) -> Status {
        Status {
            version: "1.2.3".into(),
            generation: 7,
            ..Status::default()
        }
    }

    fn not_ready(&self) -> Option<String> {
        self.live()
            .is_none()
            .then(|| "nobody said anything yet".into())
    }

    fn live(&self) -> Option<Arc<Snapshot>> {
        None
    }

    fn run(&self) -> String {
        "ab".into()
    }

    fn changes_since(&self, generation: u64) -> Changes {
        match generation {
            7 => Changes::Steps(Vec::new()),
            _ => Changes::TooOld,
        }
    }

    fn generations(&self) -> fact::Receiver<u64> {
        fact::channel(7).1
    }

    fn states(&self) -> fact::Receiver<u64> {
        fact::channel(3).1
    }

    fn state(&self) -> Result<Content, StoreError> {
        Err(StoreError::Refused("the disk is gone".into()))
    }

    fn policies(&self) -> Arc<[PolicyReport]> {
        Arc::default()
    }

    async fn clusters(&self) -> Option<Vec<ToldCluster>> {
        None
    }

    async fn explain(&self, question: Question) -> Explanation {
        Explanation {
            name: format!("{question:?}"),
            ..Explanation::default()
        }
    }

    async fn probe(&self, _: Option<Probe>) -> anyhow::Result<u64> {
        anyhow::bail!("nothing is served")
    }

    fn hand_over(&self, _: std::os::unix::net::UnixStream) {}

    async fn shadow(&self, _: Offered) -> anyhow::Result<Outcome> {
        anyhow::bail!("the disk is gone")
    }

    async fn end_shadow(&self) -> anyhow::Result<Outcome> {
        anyhow::bail!("no candidate runs")
    }

    async fn promote(&self, force: bool) -> anyhow::Result<Outcome> {
        self.0.lock().unwrap().push(force);
        anyhow::bail!("no candidate runs")
    }

    async fn roll_back(&self, back: Back, force: bool) -> anyhow::Result<Outcome> {
        self.0.lock().unwrap().push(force);
        anyhow::bail!("{back:?} is not kept")
    }

    fn policy_history(&self) -> Result<PolicyState, StoreError> {
        Ok(PolicyState::default())
    }

    async fn reload(&self, force: bool) -> Outcome {
        self.0.lock().unwrap().push(force);
        Outcome::Refused {
            stage: "compile".into(),
            reason: "no component".into(),
            policy: "x.wasm".into(),
        }
    }
}

/// A daemon's admin socket in a directory of its own, for as long as `ask` runs.
fn with_daemon<T>(ask: impl FnOnce(&Client, &Utf8PathBuf) -> T) -> (T, Vec<bool>) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("admin.sock")).unwrap();
    let listener = UnixListener::bind(&path).unwrap();
    let daemon = Recorded::default();
    let reloads = Arc::clone(&daemon.0);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = runtime.spawn(serve(listener, daemon, async move {
        let _ = stopped.await;
    }));
    let answer = ask(&Client::new(&path), &path);
    stop.send(()).unwrap();
    runtime.block_on(server).unwrap().unwrap();
    let reloads = reloads.lock().unwrap().clone();
    (answer, reloads)
}

#[test]
fn a_state_that_cannot_be_read_is_a_sentence() {
    let (error, _) = with_daemon(|client, _| client.state().unwrap_err().to_string());
    assert!(error.ends_with("refused: the disk is gone"), "{error}");
}

#[test]
fn the_client_gets_what_the_daemon_says() {
    let (status, _) = with_daemon(|client, _| client.status().unwrap());
    assert_eq!((status.version.as_str(), status.generation), ("1.2.3", 7));
    let (outcome, reloads) = with_daemon(|client, _| {
        client.reload(false).unwrap();
        client.reload(true).unwrap()
    });
    assert_eq!(
        outcome,
        Outcome::Refused {
            stage: "compile".into(),
            reason: "no component".into(),
            policy: "x.wasm".into()
        }
    );
    assert_eq!(reloads, [false, true]);
}

#[test]
fn a_question_reaches_the_daemon_whatever_is_in_the_name() {
    let (explanation, _) = with_daemon(|client, _| {
        client
            .explain("a%b& c.Demo", Some("a"), Some("10.0.0.0/8"))
            .unwrap()
    });
    assert_eq!(
        explanation.name,
        "Question { name: `a\\037b\\038\\032c.demo.`, rtype: Some(1), client: Some(Client { address: 10.0.0.0, length: 8, before: 0 }) }"
    );
    let (error, _) =
        with_daemon(|client, _| client.explain("a..b", None, None).unwrap_err().to_string());
    assert!(
        error.ends_with("refused: a..b: the name has an empty label"),
        "{error}"
    );
}

#[test]
fn what_it_does_not_understand_is_refused_in_json() {
    use std::io::{Read, Write};
    for (request, status, error) in [
        ("GET /nowhere", "404", "there is no /nowhere"),
        (
            "GET /policy/reload",
            "405",
            "/policy/reload takes another method",
        ),
        (
            "POST /handover",
            "426",
            "this is for `zonesmith serve --take-over`",
        ),
        (
            "POST /policy/reload?farce=true",
            "400",
            "unknown field `farce`",
        ),
    ] {
        let (answer, reloads) = with_daemon(|_, path| {
            let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
            write!(
                stream,
                "{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{request}: {answer}"
        );
        assert!(
            answer.contains("{\"error\":") && answer.contains(error),
            "{request}: {answer}"
        );
        assert!(reloads.is_empty(), "{request}");
    }
}

/// What the document says of a path and method: the names of its parameters, and the answers.
fn described() -> serde_json::Value {
    serde_json::from_str(openapi::DOCUMENT).unwrap()
}

#[test]
fn the_document_has_every_path_and_no_other() {
    let described = described();
    let described: Vec<_> = described["paths"].as_object().unwrap().keys().collect();
    let mut routes: Vec<_> = routes::<Recorded>()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    routes.sort_unstable();
    let mut sorted = described.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, routes);
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let text = openapi::DOCUMENT;
    let document = described();
    for reference in text.split("\"$ref\": \"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn without_zones_it_says_so_and_why() {
    for path in ["/ready", "/zones", "/zones/demo", "/lookup?name=demo"] {
        let (answer, _) = with_daemon(|_, socket| get_raw(socket, path, ""));
        assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
        assert!(
            answer.contains("nobody said anything yet"),
            "{path}: {answer}"
        );
    }
}

#[test]
fn a_stream_tells_a_place_that_is_not_known_and_ends_with_the_daemon() {
    for (query, header, told) in [
        ("", "", None),
        ("?since=7", "", None),
        ("?since=7.ab", "", None),
        ("?since=3", "", Some("too-old")),
        ("?since=7.cd", "", Some("restarted")),
        ("?since=7", "last-event-id: 7.cd\r\n", Some("restarted")),
    ] {
        let (stream, _) = with_daemon(|_, socket| {
            let stream = begin(socket, &format!("/watch{query}"), header);
            // The daemon ends while it is open.
            stream
        });
        let answer = rest(stream);
        assert!(answer.contains("event: hello\nid: "), "{query}: {answer}");
        let reset = told.map(|reason| format!("\"reason\":\"{reason}\""));
        assert_eq!(
            answer.contains("event: reset"),
            told.is_some(),
            "{query}: {answer}"
        );
        assert!(
            answer.contains(&reset.unwrap_or_default()),
            "{query}: {answer}"
        );
        assert!(
            answer.contains("event: bye\ndata: {\"reason\":\"the daemon ends\"}"),
            "{query}: {answer}"
        );
    }
    let (answer, _) = with_daemon(|_, socket| get_raw(socket, "/watch?since=x", ""));
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

fn begin(socket: &Utf8PathBuf, path: &str, headers: &str) -> std::os::unix::net::UnixStream {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    // One octet of the answer: it was asked before the daemon ends.
    stream.read_exact(&mut [0]).unwrap();
    stream
}

fn rest(mut stream: std::os::unix::net::UnixStream) -> String {
    use std::io::Read;
    let mut answer = String::from("H");
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get_raw(socket: &Utf8PathBuf, path: &str, headers: &str) -> String {
    rest(begin(socket, path, headers))
}

#[test]
fn without_a_daemon_the_cure_is_named() {
    let error = Client::new("/no/such/admin.sock".into())
        .status()
        .unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "no daemon answers at /no/such/admin.sock; start one with `zonesmith serve`"
    );
}
