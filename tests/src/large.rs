//! The same large cluster in two languages: as a document, and as an agent of generation 3 tells it, with everything that one says
//! of an instance (as in `tests/fixtures/om3`).

use std::fmt::Write as _;

use serde_json::json;

/// Nodes that instances are spread over.
const NODES: usize = 100;

/// Namespaces that services are spread over.
const NAMESPACES: usize = 50;

/// How large.
#[derive(Clone, Copy)]
pub struct Extent {
    /// Services.
    pub services: usize,
    /// Instances of each of them.
    pub instances: usize,
}

impl Extent {
    /// Services with their path, and of each the instances.
    fn each(self, mut see: impl FnMut(usize, String, Vec<Place>)) {
        for service in 0..self.services {
            let path = format!("ns{}/svc/app{service}", service % NAMESPACES);
            let places = (0..self.instances).map(|instance| {
                let number = service * self.instances + instance;
                let (high, middle, low) = (64 + (number >> 16), (number >> 8) & 255, number & 255);
                Place {
                    node: (service * 7 + instance) % NODES,
                    address: format!("10.{high}.{middle}.{low}"),
                    hostname: format!("app{service}-{instance}"),
                }
            });
            see(service, path, places.collect());
        }
    }
}

/// Where an instance is.
struct Place {
    node: usize,
    address: String,
    hostname: String,
}

/// An event of an agent: its kind, and what it says.
pub type Event = (&'static str, serde_json::Value);

/// An instance of a service, as [`replay`] has it or beside those: its path and its node, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `ns1/svc/app1`
    pub path: String,
    /// `n7`
    pub node: String,
    /// `app1-0`
    pub hostname: String,
}

impl Instance {
    /// One of those that [`replay`] has.
    #[must_use]
    pub fn of(service: usize, instance: usize) -> Self {
        Self {
            path: format!("ns{}/svc/app{service}", service % NAMESPACES),
            node: format!("n{}", (service * 7 + instance) % NODES),
            hostname: format!("app{service}-{instance}"),
        }
    }

    /// It has this address now.
    #[must_use]
    pub fn at(&self, address: std::net::Ipv4Addr) -> Event {
        let Self {
            path,
            node,
            hostname,
        } = self;
        let info = json!({ "ipaddr": address, "hostname": hostname, "expose": ["80/tcp"] });
        let resources = json!({ "ip#0": { "status": "up", "type": "ip.cni", "info": info } });
        let data = json!({
            "labels": { "node": node, "path": path }, "path": path, "node": node,
            "instance_status": { "avail": "up", "overall": "up", "resources": resources },
        });
        ("InstanceStatusUpdated", data)
    }

    /// It is no more.
    #[must_use]
    pub fn gone(&self) -> Event {
        let Self { path, node, .. } = self;
        let data = json!({ "labels": { "node": node, "path": path }, "path": path, "node": node });
        ("InstanceStatusDeleted", data)
    }
}

/// As our own document.
#[must_use]
pub fn document(extent: Extent) -> String {
    let mut text =
        r#"{"cluster":{"name":"bench","dns":["10.0.0.1","10.0.0.2"]},"services":{"#.to_owned();
    extent.each(|number, path, places| {
        let separator = if number == 0 { "" } else { "," };
        let instance = |place: &Place| {
            let Place { node, address, hostname } = place;
            format!(
                r#""n{node}":{{"availability":"up","resources":{{"ip#0":{{"status":"up","info":{{"ipaddr":"{address}","hostname":"{hostname}","expose":["80/tcp"]}}}}}}}}"#
            )
        };
        let instances: Vec<_> = places.iter().map(instance).collect();
        add(&mut text, &format!(r#"{separator}"{path}":{{"instances":{{{}}}}}"#, instances.join(",")));
    });
    text.push_str("}}");
    text
}

/// The status with the object `cluster` alone, of an agent that has been running for long.
#[must_use]
pub fn status() -> Vec<u8> {
    let node = |number: usize| {
        format!(
            r#""n{number}":{{"instance":{{"cluster":{{"config":{{}},"monitor":null,"status":{{"avail":"n/a"}}}}}},"stats":{{"score":50}},"config":{{"env":"PRD","labels":{{}}}},"daemon":{{"started_at":"2020-01-01T00:00:00Z"}}}}"#
        )
    };
    let nodes: Vec<_> = (0..NODES).map(node).collect();
    format!(
        r#"{{"cluster":{{"config":{},"node":{{{}}}}},"daemon":{{"nodename":"n0"}}}}"#,
        configuration(),
        nodes.join(",")
    )
    .into_bytes()
}

fn configuration() -> String {
    let nodes: Vec<_> = (0..NODES).map(|number| format!(r#""n{number}""#)).collect();
    format!(
        r#"{{"id":"456db33b","name":"bench","nodes":[{}],"dns":["10.0.0.1","10.0.0.2"]}}"#,
        nodes.join(",")
    )
}

/// The stream up to the end of its replay: octets of the socket.
#[must_use]
pub fn replay(extent: Extent) -> Vec<u8> {
    let mut text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_owned();
    extent.each(|service, path, places| {
        for Place { node, address, hostname } in places {
            event(
                &mut text,
                "InstanceStatusUpdated",
                &format!(
                    r#"{{"labels":{{"node":"n{node}","path":"{path}","source":"cache"}},"path":"{path}","node":"n{node}","instance_status":{{"avail":"up","frozen_at":"0001-01-01T00:00:00Z","last_started_at":"2026-11-23T17:57:26.22{service}Z","overall":"up","provisioned":"n/a","resources":{{"ip#0":{{"label":"backend1 {address}/22 in container#0","status":"up","type":"ip.cni","provisioned":{{"mtime":"2026-11-23T17:57:20.1Z","state":"true"}},"info":{{"expose":["80/tcp"],"hostname":"{hostname}","ipaddr":"{address}"}}}}}},"running":[],"updated_at":"2026-11-23T17:57:26.245786757Z"}}}}"#
                ),
            );
        }
    });
    extent.each(|_, path, places| {
        for Place { node, .. } in places {
            event(
                &mut text,
                "InstanceConfigUpdated",
                &format!(
                    r#"{{"labels":{{"node":"n{node}","path":"{path}","source":"cache"}},"path":"{path}","node":"n{node}","instance_config":{{"csum":"a98316d7f02514778e6b9094d2b40eb7","priority":50,"scope":["n{node}"],"app":"default","env":"PRD","orchestrate":"ha","placement_policy":"nodes order","topology":"flex","flex":{{"max":15,"min":1,"target":15}},"is_disabled":false}}}}"#
                ),
            );
        }
    });
    let configuration = configuration();
    event(
        &mut text,
        "ClusterConfigUpdated",
        &format!(
            r#"{{"labels":{{"node":"n0","source":"cache"}},"node":"n0","cluster_config":{configuration},"nodes_added":null,"nodes_removed":null,"network_changed":null}}"#
        ),
    );
    text.into_bytes()
}

/// One event, in a chunk of its own as the agent writes it.
fn event(text: &mut String, kind: &str, data: &str) {
    let block = format!("event: {kind}\nid: 0\ndata: {data}\n\n");
    add(text, &format!("{:x}\r\n{block}\r\n", block.len()));
}

fn add(text: &mut String, more: &str) {
    // A text takes whatever is written to it.
    let _ = text.write_str(more);
}
