//! Connections that go on in another server.

use std::os::fd::AsFd;

use super::*;
use crate::remote::{Passed, prepare};

/// A server's connections and listener, and a second server that goes on with them.
fn hand_over(server: &mut Server) -> Remote {
    let mut socket = server.remote.stop_accepting().unwrap();
    let passed: Vec<_> = server.remote.leave(PATIENCE);
    let passed = passed.into_iter().map(|passed| {
        let descriptor = passed.as_fd().try_clone_to_owned().unwrap();
        Passed::received(descriptor, passed.carried().clone()).unwrap()
    });
    let passed: Vec<_> = passed.collect();
    socket.stay().stay();
    let listener = socket.as_fd().try_clone_to_owned().unwrap();
    socket = Socket::received(listener, &server.path()).unwrap();
    socket.own();
    let next = Remote::start(socket, backend(&server.live), 64).unwrap();
    next.intake().carry_on(passed);
    next
}

fn prepared() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { prepare().unwrap() });
    runtime
}

#[test]
fn connections_go_on_in_another_server_wherever_a_request_is_cut() {
    let _runtime = prepared();
    let mut server = Server::start(live(), 64);
    let expected = ask(&mut server.connect(), SOA);
    let two = format!("{SOA}\n{SOA}");
    for place in [0, 1, SOA.len() - 1, SOA.len(), SOA.len() + 7] {
        let mut clients: Vec<_> = (0..8).map(|_| server.connect()).collect();
        for client in &mut clients {
            assert_eq!(ask(client, SOA), expected);
            client
                .get_mut()
                .write_all(&two.as_bytes()[..place])
                .unwrap();
        }
        let next = hand_over(&mut server);
        assert_eq!(server.remote.open(), 0, "cut at {place}");
        let mut late = server.connect();
        for client in &mut clients {
            assert_eq!(ask(client, &two[place..]), expected, "cut at {place}");
            let mut second = String::new();
            client.read_line(&mut second).unwrap();
            assert_eq!(second.trim_end(), expected, "the second, cut at {place}");
        }
        assert_eq!(ask(&mut late, SOA), expected, "a new one");
        server.remote = next;
    }
}

#[test]
fn connections_come_back_when_nobody_takes_them() {
    let _runtime = prepared();
    let mut server = Server::start(live(), 64);
    let mut clients: Vec<_> = (0..32).map(|_| server.connect()).collect();
    let expected = ask(&mut clients[0], SOA);
    // One that nobody answered yet may be in the socket's queue, and is not a connection.
    for client in &mut clients {
        assert_eq!(ask(client, SOA), expected);
    }
    for _ in 0..20 {
        let socket = server.remote.stop_accepting().unwrap();
        let passed = server.remote.leave(PATIENCE);
        assert_eq!(passed.len(), clients.len());
        assert_eq!(server.remote.open(), 0);
        server.remote.stay();
        server.remote.intake().carry_on(passed);
        server.remote.accept_on(socket).unwrap();
        clients.push(server.connect());
        for client in &mut clients {
            assert_eq!(ask(client, SOA), expected);
        }
    }
    assert_eq!(
        server.remote.statistics().totals().open,
        clients.len() as u64
    );
}

#[test]
fn what_is_being_written_is_finished_and_goes_later() {
    let _runtime = prepared();
    let mut server = Server::start(Arc::new(Live::new(snapshot(1, many()))), 64);
    let mut idle = server.connect();
    let expected = ask(&mut idle, SOA);
    let mut transfer = server.connect();
    let list = r#"{"method":"list","parameters":{"zonename":"cluster1.","domain_id":1}}"#;
    transfer.get_mut().write_all(list.as_bytes()).unwrap();
    // It has begun, and more than a socket holds is to come.
    assert_eq!(transfer.fill_buf().unwrap().first(), Some(&b'{'));
    let mut next = hand_over(&mut server);
    assert_eq!(ask(&mut idle, SOA), expected);
    assert_eq!(server.remote.open(), 1, "the one that is written");
    let reader = thread::spawn(move || {
        let mut reply = String::new();
        transfer.read_line(&mut reply).unwrap();
        (transfer, reply)
    });
    let passed = server.remote.leave_wholly(PATIENCE);
    assert_eq!(passed.len(), 1);
    next.intake().carry_on(passed);
    let (mut transfer, reply) = reader.join().unwrap();
    assert!(reply.ends_with("]}\n"), "whole");
    assert_eq!(ask(&mut transfer, SOA), expected);
    drop(next.stop_accepting());
}
