//! The whole task against name servers that are sockets of the test.

use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::os::unix::net::UnixListener;

use camino::Utf8PathBuf;
use domain::base::iana::{Opcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder};
use domain::rdata::Soa;
use domain::rdata::tsig::Time48;
use domain::tsig::ServerTransaction;
use tempfile::TempDir;
use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::record::{Rdata, Record, SoaDeclaration, ZoneDeclaration};
use zonesmith_zone::validate::validate;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use super::*;
use crate::store::TsigKey;

/// Longer than anything takes that is to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cluster's own name server.
const OWN: &str = "127.0.0.9";

/// The state of the test's world.
#[derive(Clone)]
struct World(Arc<Mutex<(u64, u32)>>);

impl Served for World {
    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let (generation, serial) = *self.0.lock().unwrap();
        Some(Arc::new(snapshot(generation, serial)))
    }

    fn nameservers(&self) -> Vec<IpAddr> {
        vec![OWN.parse().unwrap()]
    }
}

/// `demo.` with a name server of the cluster and one outside, whose address is in the zone.
fn snapshot(generation: u64, serial: u32) -> Snapshot {
    let declaration = ZoneDeclaration {
        apex: "demo".into(),
        soa: SoaDeclaration {
            ttl: 60,
            mname: "dns.demo".into(),
            rname: "contact.demo".into(),
            refresh: 7200,
            retry: 3600,
            expire: 432_000,
            minimum: 60,
        },
        nameservers: vec!["ns1.demo".into(), "outside.demo".into()],
        nameserver_ttl: 60,
    };
    let (zone, own) = Zone::declare(&declaration).unwrap();
    let zones = Zones::new(vec![zone]).with_serials(|_| serial);
    let record = |owner: &str, address: &str| Record {
        owner: owner.into(),
        ttl: 60,
        data: Rdata::A(address.parse().unwrap()),
        rule: None,
        origin: None,
        exclusive: false,
    };
    let records = vec![record("ns1.demo", OWN), record("outside.demo", "127.0.0.8")];
    let (contribution, quarantined) = validate(records, &zones);
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let contributor = |rank| Contributor {
        rank,
        label: "".into(),
    };
    let contributions = vec![
        (contributor(0), Contribution::from_records(own)),
        (contributor(1), contribution),
    ];
    let contents = Contents::build(zones, contributions).0;
    let zone_set = contents.zone_set();
    Snapshot {
        generation,
        zone_set,
        ..Snapshot::default()
    }
}

/// A running task and what it is told.
struct Task {
    world: World,
    generations: watch::Sender<u64>,
    settings: watch::Sender<Settings>,
    store: Store,
    told: Told,
}

fn settings(also: &UdpSocket) -> Settings {
    Settings {
        also: vec![also.local_addr().unwrap()],
        source: None,
        key: None,
        authoritative: Vec::new(),
        query_cache_ttl: Duration::ZERO,
    }
}

fn start(settings: Settings) -> Task {
    let world = World(Arc::new(Mutex::new((1, 100))));
    let store = Store::in_memory().unwrap();
    let (settings, followed) = watch::channel(settings);
    let (generations, follow) = watch::channel(0);
    let task = DnsNotify::new(world.clone(), store.clone(), followed);
    let told = task.told();
    tokio::spawn(task.run(follow));
    Task {
        world,
        generations,
        settings,
        store,
        told,
    }
}

impl Task {
    fn publish(&self, serial: u32) {
        let generation = {
            let mut state = self.world.0.lock().unwrap();
            *state = (state.0 + 1, serial);
            state.0
        };
        self.generations.send_replace(generation);
    }

    /// The row of this target, once it is as it should be.
    async fn until(&self, target: &str, is_so: impl Fn(&Row) -> bool) -> Row {
        let begun = Instant::now();
        loop {
            let report = self.told.report();
            let row = report.rows.iter().find(|row| row.target == target);
            if let Some(row) = row.filter(|row| is_so(row)) {
                return row.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{report:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A secondary; blocking, so it is asked on a thread for such things.
fn secondary() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn place(socket: &UdpSocket) -> String {
    socket.local_addr().unwrap().to_string()
}

/// The serial of the next NOTIFY, answered with this code, signed where it is signed.
async fn answer(socket: &UdpSocket, rcode: Rcode, key: Option<&TsigKey>) -> u32 {
    let socket = socket.try_clone().unwrap();
    let key = key.map(|key| signing_key(key).unwrap());
    let answered = tokio::task::spawn_blocking(move || {
        let mut octets = [0; 1_024];
        let (length, from) = socket.recv_from(&mut octets).expect("a NOTIFY");
        let mut message = Message::from_octets(octets[..length].to_vec()).unwrap();
        assert_eq!(message.header().opcode(), Opcode::NOTIFY);
        if let Some(key) = key {
            let signed = ServerTransaction::request(&key, &mut message, Time48::now());
            assert!(matches!(signed, Ok(Some(_))), "it is signed with the key");
        }
        let question = message.sole_question().unwrap();
        assert_eq!(
            (question.qname().to_string().as_str(), question.qtype()),
            ("demo", Rtype::SOA)
        );
        let answer = message
            .answer()
            .unwrap()
            .limit_to::<Soa<_>>()
            .next()
            .unwrap()
            .unwrap();
        let serial = answer.data().serial().into_int();
        let reply = MessageBuilder::new_vec()
            .start_answer(&message, rcode)
            .unwrap();
        socket
            .send_to(reply.into_message().as_slice(), from)
            .unwrap();
        serial
    });
    answered.await.unwrap()
}

#[tokio::test]
async fn a_change_is_told_and_acknowledged_and_nothing_is_told_twice() {
    let secondary = secondary();
    let task = start(settings(&secondary));
    assert_eq!(
        answer(&secondary, Rcode::NOERROR, None).await,
        100,
        "at the start"
    );
    let acknowledged =
        |serial| move |row: &Row| (row.state, row.serial) == ("acknowledged", serial);
    task.until(&place(&secondary), acknowledged(100)).await;
    // A generation that leaves the serial as it was, then one that does not.
    task.publish(100);
    task.publish(101);
    assert_eq!(answer(&secondary, Rcode::NOERROR, None).await, 101);
    task.until(&place(&secondary), acknowledged(101)).await;
}

#[tokio::test]
async fn a_refusal_is_shown_and_told_again_and_a_target_that_is_gone_is_dropped() {
    let secondary = secondary();
    let task = start(settings(&secondary));
    answer(&secondary, Rcode::NOTAUTH, None).await;
    let row = task
        .until(&place(&secondary), |row| row.failures == 1)
        .await;
    assert_eq!(
        (row.state, row.error.as_deref()),
        ("retrying", Some("it answered NOTAUTH"))
    );
    task.publish(101);
    assert_eq!(
        answer(&secondary, Rcode::NOERROR, None).await,
        101,
        "the newest serial, after the pause"
    );
    task.until(&place(&secondary), |row| {
        row.state == "acknowledged" && row.error.is_none()
    })
    .await;
    let other = super::tests::secondary();
    task.settings.send_replace(settings(&other));
    assert_eq!(answer(&other, Rcode::NOERROR, None).await, 101);
    task.until(&place(&other), |row| row.state == "acknowledged")
        .await;
    assert!(
        task.told
            .report()
            .rows
            .iter()
            .all(|row| row.target != place(&secondary))
    );
}

#[tokio::test]
async fn name_servers_outside_the_cluster_are_told_and_metadata_adds_more() {
    let (also, metadata) = (secondary(), secondary());
    let task = start(settings(&also));
    let apex = Name::parse("demo").unwrap();
    let values = [place(&metadata), "not an address".to_owned()];
    task.store
        .set_metadata(&apex, "ALSO-NOTIFY", &values)
        .unwrap();
    task.publish(101);
    for secondary in [&also, &metadata] {
        answer(secondary, Rcode::NOERROR, None).await;
    }
    // Nobody listens there; what matters is that it is told.
    task.until("127.0.0.8", |row| row.serial == 101).await;
    let report = task.told.report();
    assert!(
        report.rows.iter().all(|row| row.target != OWN),
        "{report:?}"
    );
    assert_eq!(
        report.problems,
        ["ALSO-NOTIFY of demo. is no address: not an address"]
    );
}

#[tokio::test]
async fn the_apex_is_purged_twice_before_anybody_is_told() {
    let directory = TempDir::new().unwrap();
    let control = Utf8PathBuf::from_path_buf(directory.path().join("control")).unwrap();
    let listener = UnixListener::bind(&control).unwrap();
    let secondary = secondary();
    let task = start(Settings {
        authoritative: vec![Authoritative::Socket(control).into()],
        // Nothing of this test waits for it.
        query_cache_ttl: PATIENCE * 100,
        ..settings(&secondary)
    });
    let purged = tokio::task::spawn_blocking(move || {
        (0..2)
            .map(|_| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                stream.write_all(b"1").unwrap();
                line
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(purged.await.unwrap(), ["PURGE demo.\n", "PURGE demo.\n"]);
    assert_eq!(answer(&secondary, Rcode::NOERROR, None).await, 100);
    assert!(task.told.report().problems.is_empty());
}

#[tokio::test]
async fn without_the_control_socket_a_message_waits_until_the_caches_have_forgotten() {
    let directory = TempDir::new().unwrap();
    let control = Utf8PathBuf::from_path_buf(directory.path().join("control")).unwrap();
    let secondary = secondary();
    let begun = Instant::now();
    let waits = Duration::from_millis(700);
    let task = start(Settings {
        authoritative: vec![Authoritative::Socket(control).into()],
        query_cache_ttl: waits,
        ..settings(&secondary)
    });
    assert_eq!(answer(&secondary, Rcode::NOERROR, None).await, 100);
    assert!(begun.elapsed() >= waits);
    let problems = task.told.report().problems;
    assert!(problems[0].starts_with("connect to "), "{problems:?}");
}

#[tokio::test]
async fn a_key_signs_and_an_unsigned_reply_acknowledges_nothing() {
    let secondary = secondary();
    let key = TsigKey {
        name: Name::parse("transfer").unwrap(),
        algorithm: "hmac-sha256.".into(),
        secret: "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=".into(),
    };
    let task = start(Settings {
        key: Some(key.name.clone()),
        ..settings(&secondary)
    });
    let row = task
        .until(&place(&secondary), |row| row.failures == 1)
        .await;
    assert_eq!(row.error.as_deref(), Some("there is no TSIG key transfer."));
    task.store.set_tsig_key(&key).unwrap();
    // Signed, and answered without a signature.
    answer(&secondary, Rcode::NOERROR, Some(&key)).await;
    let row = task
        .until(&place(&secondary), |row| row.failures == 2)
        .await;
    assert!(
        row.error.as_deref().unwrap().contains("signature"),
        "{row:?}"
    );
}
