//! An agent of generation 2. No recording of one exists: what it says here is written after what is known of it.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::*;

/// Answers each question for the status; hands over the streams that were opened.
async fn agent(
    listener: UnixListener,
    status: Vec<u8>,
    streams: mpsc::UnboundedSender<UnixStream>,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut question = Vec::new();
        while !question.ends_with(&[0]) {
            assert!(stream.read_buf(&mut question).await.unwrap() > 0);
        }
        if question.starts_with(b"{\"action\":\"events\"") {
            streams.send(stream).unwrap();
        } else {
            stream.write_all(&status).await.unwrap();
            stream.write_all(&[0]).await.unwrap();
        }
    }
}

fn patch(id: u64, address: &str) -> Vec<u8> {
    let path = json!([
        "monitor",
        "nodes",
        "n1",
        "services",
        "status",
        "web",
        "resources",
        "ip#1",
        "info",
        "ipaddr"
    ]);
    let mut message = json!({ "kind": "patch", "id": id, "data": [[path, address]] })
        .to_string()
        .into_bytes();
    message.push(0);
    message
}

#[tokio::test]
async fn patches_are_followed_and_a_gap_is_another_connection() {
    let directory = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(directory.path().join("lsnr.sock")).unwrap();
    let status = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/opensvc-v2/daemon-status.json");
    let status = std::fs::read(status).unwrap();
    let (send, mut streams) = mpsc::unbounded_channel();
    tokio::spawn(agent(UnixListener::bind(&path).unwrap(), status, send));
    let address = AgentAddress::Socket(path);
    let mut listener = Listener::follow(address, AgentAccess::default(), patience());
    let mut stream = streams.recv().await.unwrap();
    let has = |listener: &Listener, address: &str| {
        listener
            .addresses()
            .iter()
            .any(|line| line.contains(address))
    };
    listener.until(|listener| has(listener, "10.11.0.2")).await;
    // Cut anywhere.
    for octet in patch(5, "10.11.0.55") {
        stream.write_all(&[octet]).await.unwrap();
    }
    listener.until(|listener| has(listener, "10.11.0.55")).await;
    stream.write_all(&patch(7, "10.11.0.77")).await.unwrap();
    listener.until(|listener| listener.trouble.is_some()).await;
    assert_eq!(
        listener.trouble.as_deref(),
        Some("patch 7 came after patch 5")
    );
    assert!(has(&listener, "10.11.0.55"));
    // The status again: it says what is.
    let _stream = streams.recv().await.unwrap();
    listener.until(|listener| has(listener, "10.11.0.2")).await;
}
