use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};

use super::{Access, MAX_PATH, Socket, SocketError};

#[test]
fn a_stale_socket_is_taken_over_and_a_live_one_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pdns.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "std leaves the file behind");
    let socket = Socket::bind(&path, &Access::default()).unwrap();
    let refused = Socket::bind(&path, &Access::default()).unwrap_err();
    assert!(matches!(refused, SocketError::InUse { .. }), "{refused}");
    UnixStream::connect(&path).unwrap();
    drop(socket);
    assert!(!path.exists(), "removed at the end");
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pdns.sock");
    fs::write(&path, "precious").unwrap();
    let refused = Socket::bind(&path, &Access::default()).unwrap_err();
    assert!(
        matches!(refused, SocketError::NotASocket { .. }),
        "{refused}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn the_file_of_a_successor_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (path, next) = (
        directory.path().join("pdns.sock"),
        directory.path().join("next"),
    );
    let old = Socket::bind(&path, &Access::default()).unwrap();
    let _successor = UnixListener::bind(&next).unwrap();
    fs::rename(&next, &path).unwrap();
    drop(old);
    UnixStream::connect(&path).unwrap();
}

#[test]
fn owner_and_mode_are_as_asked_by_number_or_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pdns.sock");
    let own = fs::metadata(directory.path()).unwrap();
    let group_name = nix::unistd::Group::from_gid(own.gid().into())
        .unwrap()
        .map(|group| group.name);
    for group in [Some(own.gid().to_string()), group_name] {
        let access = Access {
            mode: 0o620,
            owner: Some(own.uid().to_string()),
            group,
        };
        let _socket = Socket::bind(&path, &access).unwrap();
        let file = fs::metadata(&path).unwrap();
        assert_eq!(
            (file.permissions().mode() & 0o777, file.uid(), file.gid()),
            (0o620, own.uid(), own.gid()),
            "{access:?}"
        );
    }
    let nobody = Access {
        owner: Some("no such user".to_owned()),
        ..Access::default()
    };
    assert!(matches!(
        Socket::bind(&path, &nobody),
        Err(SocketError::NoSuchUser(_))
    ));
    let nobody = Access {
        group: Some("no such group".to_owned()),
        ..Access::default()
    };
    assert!(matches!(
        Socket::bind(&path, &nobody),
        Err(SocketError::NoSuchGroup(_))
    ));
    assert!(!path.exists());
}

#[test]
fn a_path_is_refused_from_108_octets_on() {
    let directory = tempfile::tempdir().unwrap();
    let stem = directory.path().as_os_str().len() + 1;
    let just = directory.path().join("s".repeat(MAX_PATH - stem));
    Socket::bind(&just, &Access::default()).unwrap();
    let long = directory.path().join("s".repeat(MAX_PATH + 1 - stem));
    let refused = Socket::bind(&long, &Access::default()).unwrap_err();
    assert!(refused.to_string().contains("108 octets"), "{refused}");
}
