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

    fn state(&self) -> Result<Content, StoreError> {
        Err(StoreError::Refused("the disk is gone".into()))
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
