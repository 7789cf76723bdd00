//! Two nodes that serve DNS, each in a network of its own and told by an agent of its own; a client beside them; and a
//! cluster that changes twenty times a second.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zonesmith_tests::agent::Agent;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::dns_node::{DnsNode, RunBy};
use zonesmith_tests::document::cluster;
use zonesmith_tests::large::{Event, Extent, replay, status};
use zonesmith_tests::network::Network;
use zonesmith_tests::network::links::Link;

use super::client::Client;
use super::plan::{Plan, ZONE};
use super::truth::{Clock, Moment, Truth};
use super::verdict::{Phase, Record, Window};
use crate::BINARY;

/// The part in which everything is asked for once more.
pub(super) const THE_END: &str = "in the end";

/// Changes a second.
pub(super) const CHANGES: u32 = 20;

/// Names of a change are asked for this long before it, so that caches have the old answer; and right before it, so that
/// such a question is under way.
const BEFORE: [Moment; 2] = [150_000, 1_000];

/// How long everything is let be at the end.
const REST: Duration = Duration::from_millis(1_500);

/// How long after its return something may still fail: whoever waits for it looks again now and then.
const RECOVERY: Moment = 1_500_000;

/// Pause between the last questions, for each name once through each node.
const FINAL_PAUSE: Duration = Duration::from_micros(800);

/// Questions a second of the load, through each node.
const LOAD: u32 = 2_000;

/// Networks: of the client, and of the nodes.
pub(super) struct Networks {
    client: Network,
    nodes: [Network; 2],
}

impl Networks {
    pub(super) fn new() -> Self {
        let client = Network::with(&[]);
        let nodes = [client.beside(), client.beside()];
        Self { client, nodes }
    }
}

/// Events for one node, in order; held back while the node is cut off.
struct Teller {
    events: mpsc::Sender<Event>,
    is_held: Arc<AtomicBool>,
}

impl Teller {
    fn new(agent: Agent) -> Self {
        let (events, told) = mpsc::channel::<Event>();
        let is_held = Arc::new(AtomicBool::new(false));
        let held = Arc::clone(&is_held);
        thread::spawn(move || {
            while let Ok(event) = told.recv() {
                while held.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                }
                agent.change(&[event]);
            }
        });
        Self { events, is_held }
    }
}

/// All of it, running.
pub(super) struct Scene<'networks> {
    networks: &'networks Networks,
    pub(super) nodes: Vec<DnsNode<'networks>>,
    links: Vec<Link<'networks>>,
    tellers: Vec<Teller>,
    truths: Vec<Arc<Truth>>,
    clock: Clock,
    client: Arc<Client>,
    threads: Vec<JoinHandle<()>>,
    changing: Option<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    phases: Vec<Phase>,
    plan: Plan,
    extent: Extent,
    _directory: TempDir,
}

impl<'networks> Scene<'networks> {
    /// Runs everything; nothing changes yet. `seconds` is how long it may last at most.
    pub(super) fn start(
        networks: &'networks Networks,
        extent: Extent,
        seconds: u32,
        run_by: [RunBy; 2],
    ) -> Self {
        let mut plan = Plan::of(extent, usize::try_from(seconds * CHANGES).unwrap());
        let directory = tempfile::tempdir().unwrap();
        let (mut nodes, mut links, mut tellers) = (Vec::new(), Vec::new(), Vec::new());
        for ((number, network), run_by) in (1..).zip(&networks.nodes).zip(run_by) {
            let (here, there) = (
                Ipv4Addr::new(10, 1, 0, number),
                Ipv4Addr::new(10, 0, 0, number),
            );
            let name = format!("node{number}");
            links.push(networks.client.link(&name, here, network, there));
            let socket = directory.path().join(format!("agent{number}.sock"));
            let agent = Agent::start(&socket, status(), replay(extent));
            let mut start = Start::new(BINARY, &cluster("unused"));
            start.arguments = vec!["--source".to_owned(), agent.source()];
            start.configuration =
                format!("[[zones]]\napex = \"{ZONE}\"\nfile = \"extra\"\nmerge = true\n");
            start.files.push(("extra", plan.extra.clone()));
            let zones = [ZONE, "10.in-addr.arpa"];
            nodes.push(DnsNode::start(network, there, &zones, start, run_by));
            tellers.push(Teller::new(agent));
        }
        let clock = Clock::start();
        let probes = Arc::new(std::mem::take(&mut plan.probes));
        let truths: Vec<_> = nodes
            .iter()
            .map(|node| Arc::new(Truth::read(clock, &probes, &node.daemon().socket_path())))
            .collect();
        let sides = nodes.iter().zip(&truths).map(|(node, truth)| {
            let address = SocketAddr::from((node.address(), 53));
            let test = "fresh_answers::sockets_of_a_network_are_handed_over";
            let sockets = networks.client.udp_sockets(test, address);
            (Arc::clone(truth), sockets)
        });
        let client = Arc::new(Client::new(clock, &probes, sides.collect()));
        for (number, (node, truth)) in nodes.iter().zip(&truths).enumerate() {
            let told = Arc::clone(&client);
            truth.follow(
                node.daemon().admin_path(),
                node.daemon().socket_path(),
                move |probe, published| told.follow(number, probe, published),
            );
        }
        let threads = client.start();
        let mut scene = Self {
            networks,
            nodes,
            links,
            tellers,
            truths,
            clock,
            client,
            threads,
            changing: None,
            is_over: Arc::default(),
            phases: Vec::new(),
            plan,
            extent,
            _directory: directory,
        };
        scene.begin_to_change();
        scene
    }

    fn begin_to_change(&mut self) {
        let changes = std::mem::take(&mut self.plan.changes);
        let (client, clock, is_over) = (
            Arc::clone(&self.client),
            self.clock,
            Arc::clone(&self.is_over),
        );
        let tellers: Vec<_> = self.tellers.iter().map(|one| one.events.clone()).collect();
        self.changing = Some(thread::spawn(move || {
            let (start, lead) = (Instant::now(), Duration::from_micros(BEFORE[0]));
            for (number, change) in (0..).zip(changes) {
                let at = start + Duration::from_secs(1) / CHANGES * number;
                sleep_until(at);
                let now = clock.now();
                // In turn, so that every kind is looked at.
                let probe = change.probes[usize::try_from(number).unwrap() % change.probes.len()];
                for before in BEFORE {
                    client.plan(now + BEFORE[0] - before, probe);
                }
                sleep_until(at + lead);
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                for teller in &tellers {
                    teller.send(change.event.clone()).unwrap();
                }
            }
        }));
    }

    /// Goes on for a while in which nothing is to fail.
    pub(super) fn quiet(&mut self, name: &'static str, time: Duration) {
        self.unnoticed(name, |_| thread::sleep(time));
    }

    /// The same while something happens in which nothing is to fail either.
    pub(super) fn unnoticed(&mut self, name: &'static str, happen: impl FnOnce(&mut Self)) {
        let start = self.clock.now();
        happen(self);
        self.phase(name, start, None);
    }

    /// The same while something happens that may fail questions until it is over, and for `after`.
    pub(super) fn failing(
        &mut self,
        name: &'static str,
        after: Duration,
        happen: impl FnOnce(&mut Self),
    ) {
        let start = self.clock.now();
        happen(self);
        let window = (start, self.clock.now() + RECOVERY);
        thread::sleep(after);
        self.phase(name, start, Some(window));
    }

    fn phase(&mut self, name: &'static str, start: Moment, failing: Option<Window>) {
        let end = self.clock.now();
        self.phases.push(Phase {
            name,
            start,
            end,
            failing,
        });
    }

    /// Others ask, too: `dnsperf`, through both nodes; it ends with what is returned.
    pub(super) fn load(&self, time: Duration) -> Load {
        let names: Vec<_> = (0..self.extent.services.min(1_000))
            .map(|service| format!("app{service}.ns{}.svc.{ZONE} A\n", service % 50))
            .collect();
        let file = self._directory.path().join("questions");
        std::fs::write(&file, names.concat()).unwrap();
        let run = |node: &DnsNode<'_>| {
            self.networks
                .client
                .command("dnsperf")
                .args(["-s", &node.address().to_string(), "-c", "4", "-T", "1"])
                .args([
                    "-Q",
                    &LOAD.to_string(),
                    "-l",
                    &time.as_secs().to_string(),
                    "-d",
                ])
                .arg(&file)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap_or_else(|error| panic!("run dnsperf: {error}; tests/run installs it"))
        };
        Load(self.nodes.iter().map(run).collect())
    }

    /// Cuts a node off: from clients, and from what its agent hears.
    pub(super) fn cut_off(&self, node: usize) {
        self.links[node].cut();
        self.tellers[node].is_held.store(true, Ordering::Relaxed);
    }

    /// Links it again; its agent hears all at once what it missed.
    pub(super) fn link_again(&self, node: usize) {
        self.links[node].mend();
        self.tellers[node].is_held.store(false, Ordering::Relaxed);
    }

    /// Ends the changes, lets everything come to rest, asks for everything once more, and hands over what is to judge.
    pub(super) fn finish(mut self) -> (Record, Vec<Phase>) {
        self.is_over.store(true, Ordering::Relaxed);
        self.changing.take().unwrap().join().unwrap();
        thread::sleep(REST);
        let start = self.clock.now();
        self.client.ask_everything(FINAL_PAUSE);
        thread::sleep(REST);
        self.phase(THE_END, start, None);
        self.client.finish();
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
        let (asked, followed) = self.client.take();
        for truth in &self.truths {
            truth.finish();
        }
        let record = Record {
            names: self
                .nodes
                .iter()
                .map(|node| node.address().to_string())
                .collect(),
            probes: self.client.probes(),
            truths: self.truths.clone(),
            asked,
            followed,
        };
        (record, self.phases)
    }
}

/// Ends with this value.
pub(super) struct Load(Vec<Child>);

impl Load {
    /// Waits for its end; what it says of itself.
    pub(super) fn finish(mut self) -> String {
        let said = self.0.drain(..).map(|child| {
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let of = |word: &str| {
                let line = text.lines().find(|line| line.contains(word));
                line.unwrap_or("nothing").trim().to_owned()
            };
            format!("{}; {}", of("Queries per second"), of("Queries lost"))
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn sleep_until(at: Instant) {
    if let Some(pause) = at.checked_duration_since(Instant::now()) {
        thread::sleep(pause);
    }
}
