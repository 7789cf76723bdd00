//! What a change makes untrue, and nothing else, is purged from caches that keep everything for an hour: after each of many
//! random changes every name is asked of an authoritative server and of a recursor, and must be answered as one without
//! caches answers. Only what the daemon says of that change is purged, by hand.
//!
//! Rooms: `caches` are the servers, `client` asks them, `world` is what changes.

mod caches;
mod client;
mod world;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use zonesmith_tests::admin::{Event, Stream};
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::is_long;
use zonesmith_tests::power_dns::PowerDns;

use self::caches::{Recursor, purge};
use self::client::{Client, Said};
use self::world::{World, names};
use crate::BINARY;

/// Types that are asked for: A, PTR, TXT.
const TYPES: [u16; 3] = [1, 12, 16];

/// Every reply of the backend is kept, also that there is none; each question asks for its zone anew.
const KEEPS_ALL: &str = "cache-ttl=0\nquery-cache-ttl=3600\nnegquery-cache-ttl=3600\nzone-cache-refresh-interval=0\nloglevel=3\n";

const KEEPS_NOTHING: &str =
    "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n";

/// How long a short run makes changes, and a long one.
const SHORT: Duration = Duration::from_secs(15);
const LONG: Duration = Duration::from_secs(600);

/// The daemon, two servers with caches, and two that know nothing but what they are told now.
struct Scene {
    daemon: Daemon,
    authoritative: PowerDns,
    recursor: Recursor,
    /// Those without caches.
    fresh: (PowerDns, Recursor),
    stream: Stream,
    clients: [Client; 4],
}

impl Scene {
    fn start(world: &World) -> Self {
        let mut start = Start::new(BINARY, &world.cluster());
        start.configuration = world.configuration();
        start.files.push(("play", world.file()));
        start.files.push(("nested", world::NESTED.to_owned()));
        let daemon = start.serve();
        let server = |lines| PowerDns::start_with(&daemon.socket_path(), "demo", lines);
        let (authoritative, fresh_authoritative) = (server(KEEPS_ALL), server(KEEPS_NOTHING));
        let recursor = Recursor::start(authoritative.port());
        let fresh_recursor = Recursor::start(fresh_authoritative.port());
        let mut stream = Stream::begin(&daemon.admin_path(), "/watch?forget=1");
        let hello = stream.until("hello");
        assert!(
            hello.data["zones"]
                .as_array()
                .unwrap()
                .contains(&"play.".into()),
            "{hello:?}"
        );
        let clients = [
            Client::new(authoritative.port(), false),
            Client::new(recursor.port(), true),
            Client::new(fresh_authoritative.port(), false),
            Client::new(fresh_recursor.port(), true),
        ];
        Self {
            daemon,
            authoritative,
            recursor,
            fresh: (fresh_authoritative, fresh_recursor),
            stream,
            clients,
        }
    }

    /// Purges what each event says, until this one is there.
    fn purge_until(&mut self, is_last: impl Fn(&Event) -> bool) -> Vec<Value> {
        let mut purged = Vec::new();
        loop {
            let event = self.stream.next_event().unwrap();
            let forget = &event.data["forget"];
            assert!(forget.is_object(), "{event:?}");
            self.purge(forget);
            purged.push(forget.clone());
            if is_last(&event) {
                return purged;
            }
        }
    }

    fn purge(&self, forget: &Value) {
        purge(
            &self.authoritative.control_socket(),
            &words(&forget["authoritative"]),
        );
        self.recursor.wipe(&words(&forget["resolver"]));
    }

    /// What is not answered as it is without caches.
    fn stale(&mut self) -> Vec<String> {
        self.fresh.1.wipe(&["$".to_owned()]);
        let mut stale = Vec::new();
        for name in names() {
            for rrtype in TYPES {
                let [authoritative, recursor, fresh, resolved] = self
                    .clients
                    .each_mut()
                    .map(|client| client.ask(&name, rrtype));
                let mut compare = |server: &str, said: &Said, fresh: &Said| {
                    if said != fresh {
                        stale.push(format!(
                            "{server}: {name} {rrtype}: {said:?}, not {fresh:?}"
                        ));
                    }
                };
                compare("authoritative", &authoritative, &fresh);
                compare("recursor", &recursor, &resolved);
            }
        }
        stale
    }
}

/// What is purged as PowerDNS writes it: a subtree ends with a dollar.
fn words(extent: &Value) -> Vec<String> {
    let texts = |key: &str| -> Vec<String> {
        let texts = extent[key].as_array().unwrap().iter();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let tops = texts("subtrees").into_iter();
    let tops = tops.map(|top| format!("{top}$"));
    texts("names").into_iter().chain(tops).collect()
}

fn names_a_change_of(event: &Event, name: &str) -> bool {
    let names = event.data["names"].as_array();
    names.is_some_and(|names| names.iter().any(|one| one["name"] == name))
}

#[test]
#[ignore = "needs pdns_server"]
fn caches_that_forget_what_a_change_makes_untrue_answer_as_if_they_kept_nothing() {
    let seed = std::env::var("ZONESMITH_TEST_SEED").map_or(0x5eed, |seed| seed.parse().unwrap());
    let mut world = World::new(seed);
    let mut scene = Scene::start(&world);
    assert_eq!(
        scene.stale(),
        [""; 0],
        "before anything changed, seed {seed}"
    );
    let started = Instant::now();
    let limit = if is_long() { LONG } else { SHORT };
    let (mut changes, mut purged) = (0, 0);
    while started.elapsed() < limit {
        let before = format!("{world:#?}");
        let forgotten = scene.change(&mut world);
        changes += 1;
        purged += forgotten.len();
        let stale = scene.stale();
        assert_eq!(
            stale, [""; 0],
            "after change {changes}, seed {seed}: {forgotten:#?}\nbefore {before}\nafter {world:#?}"
        );
    }
    println!(
        "{changes} changes, {purged} steps, {} names each",
        names().len()
    );

    // The other way round: what is not purged is stale, so the caches do keep.
    while scene.stale().is_empty() {
        world.change_file();
        scene.daemon.set_file("play", &world.file());
        scene.stream.until("change");
    }
}

impl Scene {
    /// Changes something, and purges what that makes untrue.
    fn change(&mut self, world: &mut World) -> Vec<Value> {
        match world.next_kind() {
            0 => {
                world.toggle_nested();
                let path = self.daemon.path("zonesmith.toml");
                fs::write(path, world.configuration()).unwrap();
                self.purge_until(|event| {
                    let zones = event.data["zones"].as_array().unwrap();
                    zones.iter().any(|zone| zone["apex"] == "n.play.")
                })
            }
            1..=3 => {
                world.change_cluster();
                self.daemon.set_cluster(&world.cluster());
                self.purge_until(|event| names_a_change_of(event, "turn.shop.svc.demo."))
            }
            _ => {
                world.change_file();
                self.daemon.set_file("play", &world.file());
                self.purge_until(|event| names_a_change_of(event, "turn.play."))
            }
        }
    }
}
