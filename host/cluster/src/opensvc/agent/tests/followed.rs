//! An agent that is followed in a test: recordings, and a clock that stands still.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::opensvc::agent::{Agent, DroppedPeers, News};
use crate::outline::file;
use crate::state::State;

/// An event: kind and data.
pub(super) type Event = (String, String);

/// The events of a recording of the socket.
pub(super) fn events(name: &str) -> Vec<Event> {
    let text = file(&format!("tests/fixtures/om3/events/{name}.http"));
    let (_, mut body) = text.split_once("\r\n\r\n").unwrap();
    let mut stream = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        stream.push_str(&rest[..size]);
        body = rest[size..].strip_prefix("\r\n").unwrap_or_default();
    }
    let event = |block: &str| {
        let line = |start: &str| {
            let lines = block.lines();
            let mut found = lines.filter_map(|line| line.strip_prefix(start));
            found.next().unwrap().to_owned()
        };
        (line("event: "), line("data: "))
    };
    stream
        .split_terminator("\n\n")
        .filter(|block| !block.trim().is_empty())
        .map(event)
        .collect()
}

pub(super) fn status(name: &str) -> String {
    recorded(&format!("{name}.json"))
}

/// A recorded answer.
pub(super) fn recorded(name: &str) -> String {
    file(&format!("tests/fixtures/om3/{name}"))
}

/// The same cluster, of whose services the agent knows none.
pub(super) fn emptied(status: &str) -> String {
    let mut status: Value = serde_json::from_str(status).unwrap();
    for node in status["cluster"]["node"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        node["instance"] = json!({});
    }
    status.to_string()
}

/// An agent, and a clock that stands still until it is moved.
pub(super) struct Followed {
    pub(super) agent: Agent,
    pub(super) now: Instant,
    pub(super) wall: SystemTime,
}

impl Followed {
    /// Of an agent that has been running for days.
    pub(super) fn settled(peers: DroppedPeers) -> Self {
        Self {
            agent: Agent::new(peers),
            now: Instant::now(),
            wall: UNIX_EPOCH + Duration::from_secs(2_000_000_000),
        }
    }

    pub(super) fn connect(&mut self, status: &str) {
        self.agent
            .take_status(status.as_bytes(), self.now, self.wall)
            .unwrap();
    }

    pub(super) fn hear(&mut self, events: &[Event]) -> News {
        let mut news = News::default();
        for (kind, data) in events {
            self.agent.hear(kind, data, self.now, &mut news).unwrap();
        }
        news
    }

    /// The replay of a connection in which the agent knows what is in `status`.
    pub(super) fn replay(&mut self, events: &[Event]) -> News {
        let end = events
            .iter()
            .position(|(kind, data)| kind == "ClusterConfigUpdated" && data.contains("\"cache\""))
            .unwrap();
        self.hear(&events[..=end])
    }

    pub(super) fn wait(&mut self, seconds: u64) -> News {
        self.now += Duration::from_secs(seconds);
        self.wall += Duration::from_secs(seconds);
        let mut news = News::default();
        self.agent.settle(self.now, &mut news);
        news
    }

    /// Services and their addresses, as `path node address…`.
    pub(super) fn addresses(&self) -> Vec<String> {
        addresses(&self.agent.state())
    }
}

pub(super) fn addresses(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for service in state.services.values() {
        for instance in &service.instances {
            let resources = instance.resources.iter();
            let addresses = resources.flat_map(|resource| resource.addresses.iter());
            let addresses: Vec<_> = addresses.map(ToString::to_string).collect();
            lines.push(format!(
                "{} {} {} {}",
                service.path,
                instance.node,
                instance.availability,
                addresses.join(" ")
            ));
        }
    }
    lines
}

pub(super) fn service_event(path: &str, node: &str, address: &str) -> Event {
    let resources = json!({ "ip#0": { "status": "up", "info": { "ipaddr": address } } });
    let data = json!({
        "path": path, "node": node,
        "instance_status": { "avail": "up", "overall": "up", "resources": resources },
    });
    ("InstanceStatusUpdated".to_owned(), data.to_string())
}
