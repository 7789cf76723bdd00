//! What a policy that chooses adds to a lookup: the example `nearest` asked about sets of two, eight and thirty addresses,
//! beside the same lookups where nobody chooses, in the same run. Goal: 5 µs more.
//!
//! Both are asked on a socket of their own by one client, in turn, and the median of the differences counts. A round of
//! questions is written at once, so that neither side waits for the other between them: a processor that goes to sleep and
//! is woken takes more than anything that is measured here.
//!
//! `cargo bench --bench selection` (half a minute), `-- --short` for the gate.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run says where")]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zonesmith::digest::Digest;
use zonesmith::policy::selection::Selection;
use zonesmith::policy::stack::{PolicySource, StackEntry};
use zonesmith::policy::{Component, Engine};
use zonesmith::remote::socket::{Access, Socket};
use zonesmith::remote::{Backend, Explaining, MAX_CONNECTIONS, Remote, Signing};
use zonesmith::snapshot::selection::Choose;
use zonesmith::snapshot::{Live, Snapshot};
use zonesmith::store::Store;
use zonesmith_cluster::Cluster;
use zonesmith_tests::policies::{self, NEAREST};
use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::record::{Rdata, Record, SoaDeclaration, ZoneDeclaration};
use zonesmith_zone::validate::validate;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

/// Lookups between two looks at the clock: what they say fits into the buffer of a socket.
const ROUND: usize = 200;

fn main() {
    let is_short = std::env::args().any(|argument| argument == "--short");
    let rounds = if is_short { 5 } else { 200 };
    let directory = tempfile::tempdir().unwrap();
    let (plain_path, choosing_path) = (
        directory.path().join("plain"),
        directory.path().join("choosing"),
    );
    println!("addresses  plain µs  chosen µs  more µs (quartiles)");
    for addresses in [2, 8, 30] {
        let zone_set = zone_set(addresses);
        let selection = selection(&zone_set);
        let _plain = serve(&plain_path, zone_set.clone(), None);
        let _choosing = serve(&choosing_path, zone_set, Some(selection));
        let mut plain = UnixStream::connect(&plain_path).unwrap();
        let mut choosing = UnixStream::connect(&choosing_path).unwrap();
        // Once without counting.
        ask(&mut plain);
        ask(&mut choosing);
        let (mut before, mut after, mut more) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let one = ask(&mut plain);
            let other = ask(&mut choosing);
            before.push(one);
            after.push(other);
            more.push(other - one);
        }
        println!(
            "{addresses:>9}  {:>8.2}  {:>9.2}  {:>7.2} ({:.2}–{:.2})",
            quantile(&mut before, 2),
            quantile(&mut after, 2),
            quantile(&mut more, 2),
            quantile(&mut more, 1),
            quantile(&mut more, 3),
        );
    }
}

/// Microseconds of one lookup, of many.
fn ask(stream: &mut UnixStream) -> f64 {
    let question = r#"{"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "web.cluster1.", "qtype": "ANY", "real-remote": "10.22.1.77/32", "remote": "127.0.0.1", "zone-id": 1}}
"#;
    let questions = question.repeat(ROUND);
    let mut reply = vec![0; 64 * 1024];
    let mut answers = 0;
    let start = Instant::now();
    stream.write_all(questions.as_bytes()).unwrap();
    while answers < ROUND {
        let received = stream.read(&mut reply).unwrap();
        assert!(received > 0, "the server is gone");
        answers += reply
            .iter()
            .take(received)
            .filter(|octet| **octet == b'\n')
            .count();
    }
    let took: Duration = start.elapsed();
    took.as_secs_f64() * 1e6 / ROUND as f64
}

fn quantile(values: &mut [f64], quarter: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = values.len().saturating_sub(1) * quarter / 4;
    values.get(at).copied().unwrap_or(f64::NAN)
}

fn serve(path: &Path, zone_set: ZoneSet, selection: Option<Arc<dyn Choose>>) -> Remote {
    let live = Live::new(Snapshot {
        generation: 1,
        zone_set,
        selection,
        ..Snapshot::default()
    });
    let backend = Backend {
        live: Arc::new(live),
        store: Store::in_memory().unwrap(),
        signing: Signing::ignored(),
        explaining: Explaining::none(),
    };
    let socket = Socket::bind(path, &Access::default()).unwrap();
    Remote::start(socket, backend, MAX_CONNECTIONS).unwrap()
}

/// The example, for nodes with a slice each.
fn selection(zone_set: &ZoneSet) -> Arc<dyn Choose> {
    let document = br#"{ "cluster": { "name": "cluster1", "dns": ["10.0.0.1"], "nodes": { "n1": {}, "n2": {} }, "networks": [
        { "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster",
          "subnets": { "n1": "10.22.1.0/24", "n2": "10.22.2.0/24" } } ] }, "services": {} }"#;
    let cluster: Cluster = zonesmith_cluster::read(document).unwrap().1.cluster;
    let engine = Engine::new().unwrap();
    let entry = StackEntry {
        component: Component::load(&engine, "nearest", &policies::bytes(NEAREST)).unwrap(),
        settings: "{}".into(),
        settings_digest: Digest::of(b"{}"),
        source: PolicySource::embedded(),
        signature: None,
        pinned: None,
    };
    let zones: HashMap<i32, usize> = zone_set.zones().iter().map(|zone| (zone.id(), 0)).collect();
    let selection = Selection::start(&entry, vec![Arc::new(cluster)], zones);
    Arc::new(selection.map_err(|(_, refusal)| refusal).unwrap())
}

/// One name with so many addresses, spread over the nodes.
fn zone_set(addresses: u8) -> ZoneSet {
    let (zone, own) = Zone::declare(&ZoneDeclaration {
        apex: "cluster1.".to_owned(),
        soa: SoaDeclaration {
            ttl: 60,
            mname: "dns.cluster1.".to_owned(),
            rname: "hostmaster.cluster1.".to_owned(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 86_400,
        },
        nameservers: vec!["ns1.cluster1.".to_owned()],
        nameserver_ttl: 3600,
    })
    .unwrap();
    let zones = Zones::new(vec![zone]);
    let records = (0..addresses).map(|number| Record {
        owner: "web.cluster1.".to_owned(),
        ttl: 60,
        data: Rdata::A(Ipv4Addr::new(10, 22, 1 + number % 2, number)),
        rule: None,
        origin: None,
        exclusive: false,
    });
    let (contribution, quarantined) = validate(records.collect(), &zones);
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let contributor = |rank| Contributor {
        rank,
        label: "".into(),
    };
    let contributions = vec![
        (contributor(0), Contribution::from_records(own)),
        (contributor(1), contribution),
    ];
    Contents::build(zones, contributions).0.zone_set()
}
