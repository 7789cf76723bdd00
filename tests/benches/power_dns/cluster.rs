//! A cluster of services with one address, a hostname and a port each, and what is asked of it.

use serde_json::{Map, Value, json};
use zonesmith_tests::document::{Document, cluster};

/// The zone of the services.
pub(crate) const APEX: &str = "bench";

/// Records that the default policy makes in that zone of a service: seven, and one in a reverse zone.
pub(crate) const RECORDS_OF_A_SERVICE: usize = 7;

/// Namespaces that services are spread over.
const NAMESPACES: usize = 50;

/// So many services.
pub(crate) fn document(services: usize) -> Document {
    let service = |number: usize| {
        let (high, middle, low) = (100 + (number >> 16), (number >> 8) & 255, number & 255);
        let info = json!({
            "ipaddr": format!("10.{high}.{middle}.{low}"),
            "hostname": format!("host{number}"),
            "expose": ["80/tcp"],
        });
        let resources = json!({ "ip#0": { "status": "up", "info": info } });
        let instance = json!({ "availability": "up", "resources": resources });
        let path = format!("ns{}/svc/app{number}", number % NAMESPACES);
        (path, json!({ "instances": { "n1": instance } }))
    };
    let all: Map<String, Value> = (0..services).map(service).collect();
    cluster(APEX).set("/services", Value::Object(all))
}

/// Lines for `dnsperf`: addresses of services, spread over all of them.
pub(crate) fn names(services: usize, count: usize) -> String {
    lines(services, count, "")
}

/// The same of hosts that no service has.
pub(crate) fn absent_names(services: usize, count: usize) -> String {
    lines(services, count, "absent.")
}

fn lines(services: usize, count: usize, prefix: &str) -> String {
    let count = count.min(services);
    (0..count)
        .map(|at| at * services / count)
        .map(|number| {
            format!(
                "{prefix}app{number}.ns{}.svc.{APEX} A\n",
                number % NAMESPACES
            )
        })
        .collect()
}
