//! Recorded streams through a socket, octet by octet, cut and stalled.

mod network;
mod patches;
mod server;

use serde_json::json;
use tokio::time::timeout;
use zonesmith_cluster::State;

use self::server::{Answers, End, Server, Stream, recording, status};
use super::*;

/// Generous: only a failing test waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

fn patience() -> Patience {
    Patience {
        answer: Duration::from_secs(5),
        silence: Duration::from_secs(20),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        look: Duration::from_millis(5),
    }
}

/// What the writer would make of what the source says.
struct Listener {
    updates: mpsc::Receiver<SourceUpdate>,
    state: State,
    /// What the last complaint was, until something is said.
    trouble: Option<String>,
    /// How many services there were at the least, once there were any.
    fewest: usize,
}

impl Listener {
    fn start(server: &Server, patience: Patience) -> Self {
        let address = AgentAddress::Socket(server.path.clone());
        Self::follow(address, AgentAccess::default(), patience)
    }

    fn follow(address: AgentAddress, access: AgentAccess, patience: Patience) -> Self {
        Self::follow_knowing(address, access, None, patience)
    }

    /// Of a daemon that remembers what the agent said.
    fn follow_knowing(
        address: AgentAddress,
        access: AgentAccess,
        known: Option<State>,
        patience: Patience,
    ) -> Self {
        let (sender, updates) = mpsc::channel(1);
        tokio::spawn(async move {
            follow_patiently(&address, &access, known.as_ref(), &sender, patience).await;
        });
        Self {
            updates,
            state: State::default(),
            trouble: None,
            fewest: usize::MAX,
        }
    }

    async fn next(&mut self) {
        let update = timeout(DEADLINE, self.updates.recv()).await;
        let update = update.unwrap_or_else(|_| panic!("nothing more: {:?}", self.addresses()));
        match update.expect("a source that lives") {
            SourceUpdate::State { format, state, .. } => {
                assert_ne!(format, Format::ClusterDocument);
                (self.state, self.trouble) = (state, None);
            }
            SourceUpdate::Changes {
                services: changes, ..
            } => {
                self.state.change(changes);
            }
            SourceUpdate::Failed { error } => self.trouble = Some(error),
        }
        if !self.state.services.is_empty() || self.fewest < usize::MAX {
            self.fewest = self.fewest.min(self.state.services.len());
        }
    }

    async fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            self.next().await;
        }
    }

    fn addresses(&self) -> Vec<String> {
        addresses(&self.state)
    }
}

fn addresses(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for service in state.services.values() {
        for instance in &service.instances {
            let resources = instance.resources.iter();
            let addresses = resources.flat_map(|resource| resource.addresses.iter());
            let addresses: Vec<_> = addresses.map(ToString::to_string).collect();
            let (path, node) = (&service.path, &instance.node);
            lines.push(format!(
                "{path} {node} {} {}",
                instance.availability,
                addresses.join(" ")
            ));
        }
    }
    lines
}

/// What a status says, read by itself.
fn said(status: &[u8]) -> Vec<String> {
    addresses(&zonesmith_cluster::read(status).unwrap().1)
}

fn whole(name: &str) -> Stream {
    Stream {
        octets: recording(name),
        piece: usize::MAX,
        end: End::Stall,
    }
}

/// The head and the replay of a recording, without what happened later.
fn replay(name: &str) -> Stream {
    let octets = recording(name);
    let text = String::from_utf8(octets.clone()).unwrap();
    let marker = text.find("event: ClusterConfigUpdated").unwrap();
    let end = marker + text[marker..].find("\n\n\r\n").unwrap() + 4;
    Stream {
        octets: octets[..end].to_vec(),
        piece: usize::MAX,
        end: End::Stall,
    }
}

/// The first status of an agent, which has just started whenever this is run.
fn just_started() -> Vec<u8> {
    let text = String::from_utf8(status("30-just-after-restart")).unwrap();
    let young = text.replace("2026-11-23T17:40:39.72199691Z", "2999-01-01T00:00:00Z");
    assert_ne!(young, text);
    young.into_bytes()
}

fn agent(status: Vec<u8>, streams: Vec<Stream>) -> Server {
    Server::start(Answers {
        status,
        networks: None,
        subnets: None,
        streams,
    })
}

#[tokio::test]
async fn a_recorded_stream_ends_in_the_recorded_state() {
    for (stream, before, after) in [
        ("04-start-web", "02-created-down", "04-start-web"),
        ("06-change-address", "04-start-web", "06b-address-up"),
        ("14-delete-front", "06b-address-up", "14-delete-front"),
        ("22-cni-start", "21a-cni-down", "22b-cni-started"),
        ("23-cni-restart", "22b-cni-started", "23-cni-restart"),
        (
            "63-failover-switch",
            "62-failover-start",
            "63-failover-switch",
        ),
        ("68-peer-agent-stop", "64-flex-start", "68b-peer-forgotten"),
    ] {
        for piece in [1, 7, 1000, usize::MAX] {
            let script = Stream {
                piece,
                ..whole(stream)
            };
            let server = agent(status(before), vec![script]);
            let wanted = said(&status(after));
            let mut listener = Listener::start(&server, patience());
            listener
                .until(|listener| listener.addresses() == wanted)
                .await;
        }
    }
}

#[tokio::test]
async fn the_agent_is_asked_for_its_status_its_networks_and_its_events_in_this_order() {
    let networks = json!({ "items": [{ "name": "backend", "type": "routed_bridge", "network": "10.11.0.0/16" }] });
    let mut server = agent(status("12-node-freeze"), vec![whole("51-dns-change")]);
    server.answers.lock().unwrap().networks = Some(networks.to_string().into_bytes());
    let mut listener = Listener::start(&server, patience());
    let servers = |listener: &Listener| -> Vec<String> {
        let servers = listener.state.cluster.nameservers.iter();
        servers.map(ToString::to_string).collect()
    };
    listener
        .until(|listener| servers(listener).iter().any(|server| server.contains(':')))
        .await;
    assert_eq!(listener.state.cluster.networks.len(), 1);
    let mut asked = Vec::new();
    for _ in 0..6 {
        asked.push(server.asked.recv().await.unwrap());
    }
    let slices =
        "/api/cluster/config?kw=network%23backend.subnet@node1&kw=network%23backend.subnet@node2";
    assert_eq!(asked[..3], [Agent::STATUS, NETWORKS, slices]);
    assert!(asked[3].starts_with(EVENTS), "{}", asked[3]);
    assert!(asked[3].ends_with("&filter=ClusterConfigUpdated"));
    // The configuration changed: the networks may have, too.
    assert_eq!(asked[4..], [NETWORKS, slices]);
}

#[tokio::test]
async fn a_stop_and_a_start_of_the_agent_take_nothing_away() {
    let before = status("12-node-freeze");
    let stop = Stream {
        end: End::Cut,
        ..whole("34-agent-stop-recommended-filters")
    };
    let server = agent(
        before.clone(),
        vec![stop, whole("35-agent-start-recommended-filters")],
    );
    let mut listener = Listener::start(&server, patience());
    listener
        .until(|listener| listener.trouble.is_none() && !listener.addresses().is_empty())
        .await;
    let wanted = listener.addresses();
    server.answers.lock().unwrap().status = just_started();
    listener.until(|listener| listener.trouble.is_some()).await;
    assert_eq!(
        listener.trouble.as_deref(),
        Some("the agent stopped; waiting for it")
    );
    // The replay of the agent that has just started ends with nothing in it.
    listener.until(|listener| listener.trouble.is_none()).await;
    assert_eq!(listener.addresses(), wanted);
    assert_eq!(listener.fewest, listener.state.services.len());
}

#[tokio::test]
async fn an_agent_that_is_killed_and_gone_for_a_while_takes_nothing_away() {
    let killed = Stream {
        end: End::Cut,
        ..whole("70-agent-killed")
    };
    let server = agent(
        status("68b-peer-forgotten"),
        vec![killed, whole("70-agent-killed")],
    );
    let mut listener = Listener::start(&server, patience());
    listener.until(|listener| listener.trouble.is_some()).await;
    let wanted = said(&status("68b-peer-forgotten"));
    assert_eq!(listener.addresses(), wanted);
    listener.until(|listener| listener.trouble.is_none()).await;
    assert_eq!(listener.addresses(), wanted);
}

#[tokio::test]
async fn a_silent_stream_is_dead() {
    let impatient = Patience {
        silence: Duration::from_millis(100),
        ..patience()
    };
    let streams = vec![replay("04-start-web"), whole("04-start-web")];
    let server = agent(status("02-created-down"), streams);
    let mut listener = Listener::start(&server, impatient);
    let wanted = said(&status("04-start-web"));
    // What happened while it was silent is in the next replay.
    listener
        .until(|listener| listener.addresses() == wanted)
        .await;
}

#[tokio::test]
async fn an_agent_that_does_not_answer_is_asked_again() {
    let impatient = Patience {
        answer: Duration::from_millis(100),
        ..patience()
    };
    let half = recording("04-start-web");
    let half = Stream {
        octets: half[..2000].to_vec(),
        ..whole("04-start-web")
    };
    let mute = Stream {
        octets: Vec::new(),
        ..whole("04-start-web")
    };
    let streams = vec![mute, half, whole("04-start-web")];
    let server = agent(status("02-created-down"), streams);
    let mut listener = Listener::start(&server, impatient);
    listener.until(|listener| listener.trouble.is_some()).await;
    assert!(listener.state.services.is_empty());
    let wanted = said(&status("04-start-web"));
    listener
        .until(|listener| listener.addresses() == wanted)
        .await;
}

#[tokio::test]
async fn nothing_is_lost_through_cuts_at_every_place() {
    let octets = recording("06-change-address");
    let mut streams: Vec<_> = (1..=100)
        .map(|cut| Stream {
            // Spread over the stream, and over what an event is made of.
            octets: octets[..(cut * 7919) % octets.len()].to_vec(),
            piece: 1 + cut % 97,
            end: End::Cut,
        })
        .collect();
    streams.push(whole("06-change-address"));
    let server = agent(status("04-start-web"), streams);
    let quick = Patience {
        longest_pause: Duration::from_millis(5),
        ..patience()
    };
    let mut listener = Listener::start(&server, quick);
    let wanted = said(&status("06b-address-up"));
    listener
        .until(|listener| {
            listener.addresses() == wanted && server.answers.lock().unwrap().streams.len() == 1
        })
        .await;
    assert_eq!(listener.fewest, 2);
}

#[tokio::test]
async fn nothing_is_told_of_an_agent_that_has_just_started_until_it_knows_its_services() {
    let server = agent(just_started(), vec![whole("32-restart-early")]);
    let mut listener = Listener::start(&server, patience());
    listener.until(|listener| listener.trouble.is_some()).await;
    let trouble = listener.trouble.clone().unwrap();
    assert!(trouble.contains("just started"), "{trouble}");
    listener.until(|listener| listener.trouble.is_none()).await;
    assert_eq!(listener.state.cluster.name, "cluster1");
    assert_eq!(listener.state.services.len(), 4);
    assert_eq!(listener.fewest, 4);
}

#[tokio::test]
async fn a_daemon_that_remembers_serves_what_an_agent_that_starts_does_not_know_yet() {
    let (_, known) = zonesmith_cluster::read(&status("12-node-freeze")).unwrap();
    let wanted = addresses(&known);
    // Its replay ends with nothing in it, and nothing comes after.
    let server = agent(just_started(), vec![replay("32-restart-early")]);
    let address = AgentAddress::Socket(server.path.clone());
    let mut listener =
        Listener::follow_knowing(address, AgentAccess::default(), Some(known), patience());
    listener.next().await;
    assert_eq!(listener.trouble, None);
    assert_eq!(listener.addresses(), wanted);
    assert_eq!(listener.state.cluster.name, "cluster1");
}

#[tokio::test]
async fn an_agent_that_refuses_is_quoted() {
    let server = agent(b"no status".to_vec(), Vec::new());
    let mut listener = Listener::start(&server, patience());
    listener.until(|listener| listener.trouble.is_some()).await;
    let trouble = listener.trouble.clone().unwrap();
    assert!(trouble.contains("status"), "{trouble}");
}
