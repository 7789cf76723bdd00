//! Cluster documents, short to write: what a test does not say is as small as it can be.

use serde_json::{Value, json};

/// A cluster of this name with one nameserver and no service.
#[must_use]
pub fn cluster(name: &str) -> Document {
    Document(json!({
        "cluster": { "name": name, "dns": ["10.0.0.1"], "nodes": { "n1": { "addresses": ["10.0.0.1"] } } },
        "services": {},
    }))
}

/// A cluster with something of everything that has a name: two nodes, both families, hostnames, exposes.
#[must_use]
pub fn everything(name: &str) -> Document {
    cluster(name)
        .set("/cluster/dns", json!(["10.0.0.1", "fd00::53"]))
        .set(
            "/cluster/nodes",
            json!({
                "n1": { "score": 87, "addresses": ["10.0.0.1"] },
                "n2": { "score": 40, "addresses": ["10.0.0.2"] },
            }),
        )
        .set(
            "/cluster/networks",
            json!([{ "name": "backend", "cidr": "10.22.0.0/16", "scope": "cluster" }]),
        )
        .resource(
            "shop/svc/web",
            "n1",
            "ip#0",
            &json!({
                "ipaddr": "10.22.0.5", "hostname": "Web1", "expose": ["80/tcp", "443/tcp:8443"],
            }),
        )
        .resource(
            "shop/svc/web",
            "n2",
            "ip#0",
            &json!({
                "ipaddr": "10.22.0.6", "hostname": "web2", "expose": ["80/tcp", "443/tcp:8443"],
            }),
        )
        .resource(
            "shop/svc/web",
            "n1",
            "ip#6",
            &json!({ "ipaddr": "fd00:60::21", "hostname": "web6" }),
        )
        .service("shop/svc/api", "10.22.1.5")
        .service("root/svc/plain", "10.22.2.5")
}

/// The cluster of the README's first command.
///
/// # Panics
/// When that is no JSON.
#[must_use]
pub fn demo() -> Document {
    let text = include_str!("../../examples/demo/cluster.json");
    Document(serde_json::from_str(text).expect("examples/demo/cluster.json is JSON"))
}

/// A cluster document.
#[derive(Clone)]
pub struct Document(Value);

impl Document {
    /// The document itself.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// Sets one value by its JSON pointer: `/cluster/dns`. What is missing on the way is made.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let mut place = &mut self.0;
        for key in pointer.split('/').skip(1) {
            let key = key.replace("~1", "/");
            if !place.is_object() {
                *place = json!({});
            }
            place = place
                .as_object_mut()
                .expect("an object")
                .entry(key)
                .or_insert(Value::Null);
        }
        *place = value;
        self
    }

    /// A service with one instance on `n1`, whose one resource has this address.
    #[must_use]
    pub fn service(self, path: &str, address: &str) -> Self {
        self.resource(path, "n1", "ip#0", &json!({ "ipaddr": address }))
    }

    /// One resource of one instance of a service, with the agent's `info`.
    #[must_use]
    pub fn resource(self, path: &str, node: &str, id: &str, info: &Value) -> Self {
        let path = path.replace('/', "~1");
        let instance = format!("/services/{path}/instances/{node}");
        let id = id.replace('/', "~1");
        self.set(&format!("{instance}/availability"), json!("up"))
            .set(
                &format!("{instance}/resources/{id}"),
                json!({ "status": "up", "info": info }),
            )
    }

    /// `count` services, `bulk/svc/s0` and on, each with an address of its own in 10.64.0.0/10.
    #[must_use]
    pub fn services(mut self, count: u32) -> Self {
        for number in 0..count {
            let address = std::net::Ipv4Addr::from((10 << 24) + (64 << 16) + number + 1);
            self = self.service(&format!("bulk/svc/s{number}"), &address.to_string());
        }
        self
    }

    /// Without one service.
    #[must_use]
    pub fn without(mut self, path: &str) -> Self {
        if let Some(services) = self
            .0
            .pointer_mut("/services")
            .and_then(Value::as_object_mut)
        {
            services.remove(path);
        }
        self
    }
}
