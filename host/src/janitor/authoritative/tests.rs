//! Against servers that are threads of the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread;

use camino::Utf8PathBuf;
use tempfile::TempDir;

use super::*;
use crate::snapshot::forget::Extent;

/// Takes one line a connection, `lines` of it, and answers with the next of `replies`.
fn converse(
    mut accept: impl FnMut() -> Box<dyn Conversation> + Send + 'static,
    lines: usize,
    replies: &'static [&'static str],
) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || {
        let mut said = Vec::new();
        for reply in replies {
            let mut reader = BufReader::new(accept());
            let mut text = String::new();
            for _ in 0..lines {
                reader.read_line(&mut text).unwrap();
            }
            said.push(text);
            reader.get_mut().write_all(reply.as_bytes()).unwrap();
        }
        said
    })
}

trait Conversation: Read + Write {}

impl<T: Read + Write> Conversation for T {}

fn control_socket(
    replies: &'static [&'static str],
) -> (TempDir, Authoritative, thread::JoinHandle<Vec<String>>) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("control")).unwrap();
    let listener = UnixListener::bind(&path).unwrap();
    let served = converse(move || Box::new(listener.accept().unwrap().0), 1, replies);
    (directory, Authoritative::Socket(path), served)
}

fn names(count: usize) -> Vec<Name> {
    (0..count)
        .map(|number| Name::parse(&format!("n{number:03}.demo")).unwrap())
        .collect()
}

#[tokio::test]
async fn names_are_purged_a_line_at_a_time_and_the_entries_are_added_up() {
    let (_directory, address, served) = control_socket(&["3", "0"]);
    let names = names(Control::MOST_ITEMS + 1);
    assert_eq!(purge(&address.clone().into(), &names).await.unwrap(), 3);
    let lines = served.join().unwrap();
    let first = &lines[0];
    assert!(first.starts_with("PURGE n000.demo. n001.demo. "), "{first}");
    assert_eq!(lines[1], format!("PURGE n{}.demo.\n", Control::MOST_ITEMS));
}

#[tokio::test]
async fn zones_are_discovered_before_anything_of_them_is_purged() {
    let (_directory, address, served) = control_socket(&["Ok Rediscovered", "1"]);
    let order = Order {
        extent: Extent::new(names(1), [Name::parse("new").unwrap()]),
        has_other_zones: true,
        ..Order::default()
    };
    assert_eq!(address.obey(&order).await.unwrap().entries, 1);
    let lines = served.join().unwrap();
    assert_eq!(lines, ["REDISCOVER\n", "PURGE new.$ n000.demo.\n"]);
}

#[tokio::test]
async fn over_tcp_the_secret_comes_first_and_a_wrong_one_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    std::fs::write(&file, "shh\n").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let accept = move || -> Box<dyn Conversation> { Box::new(listener.accept().unwrap().0) };
    let served = converse(accept, 2, &["7", "Wrong password"]);
    let address = Authoritative::Tcp {
        at,
        secret: Utf8PathBuf::from_path_buf(file.clone()).unwrap(),
    };
    assert_eq!(purge(&address.clone().into(), &names(1)).await.unwrap(), 7);
    let error = purge(&address.clone().into(), &names(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("Wrong password"), "{error}");
    assert_eq!(served.join().unwrap()[0], "shh\nPURGE n000.demo.\n");
    std::fs::remove_file(file).unwrap();
    let error = purge(&address.clone().into(), &names(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("the secret for tcp:"), "{error}");
}

#[tokio::test]
async fn what_is_no_number_is_told_and_nobody_is_there_too() {
    let (_directory, address, served) = control_socket(&["Unknown command: 'PURGE'"]);
    let error = purge(&address.clone().into(), &names(1)).await.unwrap_err();
    assert!(error.to_string().contains("Unknown command"), "{error}");
    served.join().unwrap();
    let nowhere = Authoritative::Socket("/nowhere/control".into());
    let error = purge(&nowhere.into(), &names(1)).await.unwrap_err();
    assert!(matches!(error, PurgeError::Connect { .. }), "{error}");
}
