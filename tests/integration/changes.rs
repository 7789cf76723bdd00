//! A cluster that changes for years: services come, move, go, are renamed and get in each other's way, in any order. What
//! is served then is what a daemon that starts now would serve, and the memory is that of the cluster, not of its past.
//!
//! The writer itself, with the default policy, in a process of its own: so its memory is nobody else's.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use zonesmith::policy::Engine;
use zonesmith::policy::loader::Loader;
use zonesmith::policy::stack::PolicySource;
use zonesmith::snapshot::Snapshot;
use zonesmith::store::Store;
use zonesmith::synthesis::{Handle, RemovalShare, ServiceChange};
use zonesmith::trust::Trust;
use zonesmith_cluster::{
    Availability, Format, Info, Instance, Override, Resource, Service, ServicePath, State,
};
use zonesmith_tests::is_long;
use zonesmith_zone::name::Name;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::Answer;

/// Set in the process that does the changes.
const CHILD: &str = "ZONESMITH_TEST_CHANGES";

/// Where the numbers start from; another one to look further.
const SEED: &str = "ZONESMITH_TEST_SEED";

/// Services there may be at a time; their addresses and hostnames are fewer, so that they meet.
const SERVICES: u64 = 400;

/// Changes between two looks at the whole.
const CHANGES_A_LOOK: usize = 10_000;

/// What the process may grow after its first looks: far below what an octet kept of each change would come to.
const GROWTH: usize = 16 << 20;

#[test]
fn any_number_of_changes_leave_what_a_fresh_start_makes_and_no_memory_behind() {
    if env::var_os(CHILD).is_some() {
        return change(if is_long() { 1_000_000 } else { 30_000 });
    }
    let name = "changes::any_number_of_changes_leave_what_a_fresh_start_makes_and_no_memory_behind";
    let ended = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

fn change(changes: usize) {
    let seed = env::var(SEED).map_or(0x5eed_5eed, |seed| seed.parse().unwrap());
    let mut random = Random(seed);
    let mut services = BTreeMap::new();
    let live = start(&services);
    let mut settled = 0;
    for look in 0..changes.div_ceil(CHANGES_A_LOOK) {
        let mut left = CHANGES_A_LOOK;
        while left > 0 {
            let mut batch = BTreeMap::new();
            for _ in 0..(1 + random.below(8)) {
                step(&mut random, &mut services, &mut batch);
                left = left.saturating_sub(1);
            }
            let batch: Vec<ServiceChange> = batch.into_iter().collect();
            live.change("test".into(), batch, Instant::now());
        }
        // A service that says which look this is: when it is served, so is all before it.
        let turn = service("zz", "turn", "n1", turn_address(look), "turn");
        services.insert(turn.path.clone(), Arc::clone(&turn));
        let change = vec![(turn.path.clone(), Some(turn))];
        live.change("test".into(), change, Instant::now());
        let snapshot = wait(&live, look);
        let resident = resident();

        let fresh = start(&services);
        same(&snapshot, &wait(&fresh, look), seed, look);
        assert_eq!(
            live.report().conflict_count,
            fresh.report().conflict_count,
            "conflicts with seed {seed}, look {look}"
        );
        fresh.stop();
        if look < 2 {
            settled = settled.max(resident);
        }
        assert!(
            resident < settled + GROWTH,
            "{resident} octets at look {look}, {settled} at first; seed {seed}"
        );
    }
    live.stop();
}

/// One change, to what there is and to what is told of it.
fn step(
    random: &mut Random,
    services: &mut BTreeMap<ServicePath, Arc<Service>>,
    batch: &mut BTreeMap<ServicePath, Option<Arc<Service>>>,
) {
    let mut put = |service: Arc<Service>| {
        batch.insert(service.path.clone(), Some(Arc::clone(&service)));
        services.insert(service.path.clone(), service);
    };
    let changed = any_service(random);
    match random.below(5) {
        // Comes, or moves.
        0..=2 => put(changed),
        // Is renamed: goes and comes at once.
        3 => {
            let new = any_service(random);
            put(new);
            services.remove(&changed.path);
            batch.insert(changed.path.clone(), None);
        }
        _ => {
            services.remove(&changed.path);
            batch.insert(changed.path.clone(), None);
        }
    }
}

/// A service whose name may be the scaler's of another, and whose hostname may be another service's.
fn any_service(random: &mut Random) -> Arc<Service> {
    let number = random.below(SERVICES);
    let name = match number % 4 {
        0 => format!("{}.web{}", number % 3, number / 40),
        1 => format!("host{}.web{}", number % 5, number / 40),
        _ => format!("web{}", number / 4),
    };
    let address = IpAddr::V4(Ipv4Addr::new(10, 22, 0, octet(random.below(200))));
    service(
        &format!("ns{}", number % 2),
        &name,
        &format!("n{}", random.below(3)),
        address,
        &format!("host{}", random.below(5)),
    )
}

fn service(
    namespace: &str,
    name: &str,
    node: &str,
    address: IpAddr,
    hostname: &str,
) -> Arc<Service> {
    let resource = Resource {
        id: "ip#0".into(),
        status: Availability::Up,
        addresses: vec![address].into(),
        hostname: Some(hostname.into()),
        exposes: vec!["80/tcp".parse().unwrap()].into(),
        info: Info::default(),
    };
    let instance = Instance {
        node: node.into(),
        score: Some(50),
        availability: Availability::Up,
        resources: vec![resource].into(),
        info: Info::default(),
    };
    Arc::new(Service {
        path: ServicePath::new(namespace, "svc", name).unwrap(),
        labels: Vec::new(),
        instances: vec![instance],
        info: Info::default(),
        problems: Vec::new(),
    })
}

/// A daemon's writer that is told all of these services at once.
fn start(services: &BTreeMap<ServicePath, Arc<Service>>) -> Handle {
    let sources = vec![PolicySource::embedded()];
    let Ok(loader) = Loader::start(Engine::new().unwrap(), sources, Trust::default()) else {
        panic!("the default policy does not load")
    };
    let store = Store::in_memory().unwrap();
    let share = RemovalShare::default();
    let handle = Handle::start(loader, Override::default(), share, &store).unwrap();
    let nodes = r#"{"n0":{"addresses":["10.0.0.1"]},"n1":{},"n2":{}}"#;
    let text = format!(
        r#"{{"cluster":{{"name":"c","dns":["10.0.0.1"],"nodes":{nodes}}},"services":{{}}}}"#
    );
    let (_, mut state): (Format, State) = zonesmith_cluster::read(text.as_bytes()).unwrap();
    state.services = services.clone();
    handle.state(
        "test".into(),
        Format::ClusterDocument,
        state,
        Instant::now(),
    );
    handle
}

fn turn_address(look: usize) -> IpAddr {
    let [.., high, low] = look.to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(10, 255, high, low))
}

/// The snapshot that has all up to this look, once no policy fails for any service: on a busy machine one may be over its
/// deadline, and is then tried again.
fn wait(handle: &Handle, look: usize) -> Arc<Snapshot> {
    let name = zonesmith_zone::reverse::reverse_name(turn_address(look));
    let started = Instant::now();
    loop {
        if let Some(snapshot) = handle.live()
            && has(&snapshot, &name)
            && handle.report().services.is_empty()
        {
            // As it is after the last one was tried again.
            let snapshot = handle.live().unwrap_or(snapshot);
            return snapshot;
        }
        assert!(
            started.elapsed() < Duration::from_secs(300),
            "look {look} is not served: {:?} {:?}",
            handle.report().refused,
            handle.report().services
        );
        thread::sleep(Duration::from_millis(1));
    }
}

fn has(snapshot: &Snapshot, name: &Name) -> bool {
    matches!(
        snapshot.zone_set.find(name.as_ref()),
        Answer::Records { .. }
    )
}

fn same(live: &Snapshot, fresh: &Snapshot, seed: u64, look: usize) {
    let apexes = |snapshot: &Snapshot| -> Vec<Name> {
        let zones = snapshot.zone_set.zones().iter();
        zones.map(Zone::apex).cloned().collect()
    };
    assert_eq!(apexes(live), apexes(fresh));
    let mut different = Vec::new();
    live.zone_set
        .compare(&fresh.zone_set, |name, before, after| {
            different.push(format!("{name}: {before:?}, from nothing {after:?}"));
        });
    assert!(
        different.is_empty(),
        "seed {seed}, look {look}:\n{}",
        different.join("\n")
    );
    assert!(live.zone_set.names() > 500, "{}", live.zone_set.names());
}

/// Octets of memory this process has.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

fn octet(number: u64) -> u8 {
    u8::try_from(number).unwrap()
}

/// xorshift64*: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }
}
