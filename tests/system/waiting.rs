//! `wait --through`: until the real servers answer it, whatever they have in their caches.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::power_dns::{PowerDns, dig};
use zonesmith_tests::until;

use crate::BINARY;
use crate::recursor::Recursor;

/// How long PowerDNS keeps what it was told: longer than a `wait` that is to be late, shorter than one that is to end well.
const KEPT: Duration = Duration::from_secs(4);

/// More addresses than fit into a datagram.
const MANY: u8 = 200;

/// The service `web` at an address, and `many` with many.
fn document(web: &str) -> Document {
    let local = cluster("demo").set("/cluster/dns", json!(["127.0.0.1"]));
    let document = local.service("shop/svc/web", web);
    (1..=MANY).fold(document, |document, last| {
        let id = format!("ip#{last}");
        let address = format!("10.22.1.{last}");
        document.resource("shop/svc/many", "n1", &id, &json!({ "ipaddr": address }))
    })
}

/// A daemon, PowerDNS with caches on, and a recursor before it.
struct Service {
    daemon: Daemon,
    server: PowerDns,
    recursor: Recursor,
}

impl Service {
    fn start() -> Self {
        let daemon = Start::new(BINARY, &document("10.22.0.5")).serve();
        let kept = KEPT.as_secs();
        let caches = format!("cache-ttl=0\nquery-cache-ttl={kept}\nnegquery-cache-ttl={kept}\n");
        let server = PowerDns::start_with(&daemon.socket_path(), "demo", &caches);
        let at = format!("127.0.0.1:{}", server.port());
        let recursor = Recursor::start(&format!(
            "forward-zones=demo={at},10.in-addr.arpa={at}\ndnssec=off\npacketcache-servfail-ttl=0"
        ));
        let service = Self {
            daemon,
            server,
            recursor,
        };
        until(
            "the recursor resolves",
            || {
                let last = format!("10.22.1.{MANY}");
                let answer = service.resolve("many.shop.svc.demo");
                answer.lines().any(|line| line == last).then_some(())
            },
            || service.recursor.log(),
        );
        service
    }

    fn resolve(&self, name: &str) -> String {
        dig(self.recursor.port(), &[name, "A", "+short", "+tcp"])
    }

    fn wait(&self, arguments: &[&str]) -> Answer {
        let (auth, recursor) = (self.server.port(), self.recursor.port());
        let auth = format!("--auth-port={auth}");
        let recursor = format!("--recursor-port={recursor}");
        let ports = [auth.as_str(), recursor.as_str()];
        self.daemon.run(&[&["wait"], arguments, &ports].concat())
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_every_server_answers_is_so_at_once() {
    let service = Service::start();
    for arguments in [
        ["web.shop.svc.demo"].as_slice(),
        &["WEB.shop.svc.demo", "A", "10.22.0.5"],
        &["10.22.0.5"],
        &["demo", "NS"],
        &["web.shop.svc.demo", "AAAA", "--gone"],
        &["nothing.demo", "--gone"],
        &["shop.svc.demo", "--gone"],
        // Over TCP.
        &["many.shop.svc.demo", "A", "10.22.1.200"],
        &["many.shop.svc.demo"],
    ] {
        let arguments = [arguments, &["--through", "all", "--timeout", "30"]].concat();
        let answer = service.wait(&arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        let lines: Vec<_> = answer.output.lines().collect();
        let begins = |start: &str| lines.iter().any(|line| line.starts_with(start));
        assert_eq!(lines.len(), 2, "{answer:?}");
        assert!(begins("authoritative 127.0.0.1:"), "{answer:?}");
        assert!(begins("recursor 127.0.0.1:"), "{answer:?}");
    }
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn caches_are_waited_for_and_who_is_late_is_named() {
    let service = Service::start();
    let name = "web.shop.svc.demo";
    assert_eq!(service.resolve(name).trim(), "10.22.0.5");
    let begun = Instant::now();
    service.daemon.set_cluster(&document("10.22.0.6"));
    let published = format!("{name}. 60 A 10.22.0.6");
    service
        .daemon
        .until_records(&format!("{name}."), &[&published]);
    let new = [name, "A", "10.22.0.6"];
    let late = service.wait(&[&new[..], &["--through", "auth", "--timeout", "1"]].concat());
    // On a machine that is too slow for that the caches have forgotten it.
    if begun.elapsed() < KEPT {
        assert_eq!(late.code, 1, "{late:?}");
        let says = format!(
            "after 1 s still not so: {name}. A 10.22.0.6 is served; authoritative 127.0.0.1:{}: there is A 10.22.0.5",
            service.server.port()
        );
        assert_eq!(late.error.trim(), says);
    }
    // The authoritative server forgets by itself; the recursor is made to.
    let auth = service.wait(&[&new[..], &["--through", "auth", "--timeout", "60"]].concat());
    assert_eq!(auth.code, 0, "{auth:?}");
    let late = service.wait(
        &[
            &new[..],
            &["--through", "all", "--timeout", "1", "--format", "json"],
        ]
        .concat(),
    );
    assert_eq!(late.code, 1, "{late:?}");
    let lines = late.output.lines().map(serde_json::from_str::<Value>);
    let events: Vec<Value> = lines.map(Result::unwrap).collect();
    assert_eq!(events[0]["state"], "right", "{late:?}");
    let end = events.last().unwrap();
    assert_eq!(end["is-so"], false, "{late:?}");
    assert_eq!(end["late"][0]["role"], "recursor", "{late:?}");
    assert_eq!(end["late"][0]["found"], "there is A 10.22.0.5", "{late:?}");
    let waited = std::thread::scope(|scope| {
        let wait = scope
            .spawn(|| service.wait(&[&new[..], &["--through", "all", "--timeout", "60"]].concat()));
        service.recursor.forget(name);
        wait.join().unwrap()
    });
    assert_eq!(waited.code, 0, "{waited:?}");
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn named_servers_need_no_daemon_and_one_that_is_away_is_said_to_be() {
    let mut service = Service::start();
    let place = format!("127.0.0.1:{}", service.recursor.port());
    let recursor = ["--through", "recursor", "--server", &place];
    let name = ["web.shop.svc.demo", "--timeout", "30"];
    let there = service
        .daemon
        .run(&[&["wait"], &name[..], &recursor].concat());
    assert_eq!(there.code, 0, "{there:?}");

    let away = ["--through", "recursor", "--server", "127.0.0.1:9"];
    let name = ["web.shop.svc.demo", "--timeout", "1"];
    let away = service
        .daemon
        .run(&[&["wait"], &name[..], &recursor, &away[2..]].concat());
    assert_eq!(away.code, 1, "{away:?}");
    assert!(
        away.error
            .ends_with("is served; recursor 127.0.0.1:9: nobody listens there\n"),
        "{away:?}"
    );

    assert!(service.daemon.stop().success());
    let name = ["web.shop.svc.demo", "A", "10.22.0.5", "--timeout", "30"];
    let alone = service
        .daemon
        .run(&[&["wait"], &name[..], &recursor].concat());
    assert_eq!(alone.code, 0, "{alone:?}");
    // What cannot be answered is neither there nor gone.
    let refused = ["web.elsewhere.test", "--gone", "--timeout", "1"];
    let server = ["--through", "auth", "--server", "127.0.0.1"];
    let refused = service.wait(&[&refused[..], &server].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.error.contains("it answers REFUSED"), "{refused:?}");
}
