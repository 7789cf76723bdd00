//! The admin socket: every path answers what its document says, and `/metrics` also where it is told to.

use std::net::SocketAddr;

use serde_json::{Value, json};
use zonesmith::policy::embedded;
use zonesmith_tests::admin::{Response, ask, ask_address};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{cluster, everything};
use zonesmith_tests::policies::FAULTY;
use zonesmith_tests::ports::free_port;
use zonesmith_tests::until;

use crate::{BINARY, ROOT, demo, start};

fn document() -> Value {
    let path = format!("{ROOT}/host/etc/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Closes every object: what an answer has and the document does not is a mistake of ours, though clients have to bear it.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.contains_key("properties") && object.contains_key("type") {
                object.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(array) => array.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What of `value` is not as the schema of this name says.
fn faults(document: &Value, name: &str, value: &Value) -> Vec<String> {
    let mut root = document.clone();
    if let Some(schemas) = root.pointer_mut("/components/schemas") {
        close(schemas);
    }
    if let Some(root) = root.as_object_mut() {
        let schema = format!("#/components/schemas/{name}");
        root.insert("$ref".to_owned(), json!(schema));
    }
    let validator = jsonschema::validator_for(&root).unwrap();
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[track_caller]
fn is_as_described(document: &Value, name: &str, value: &Value) {
    let faults = faults(document, name, value);
    assert!(
        faults.is_empty(),
        "host/etc/openapi.json does not describe {name} as it is: {faults:#?}\n{value:#}"
    );
}

fn get(daemon: &Daemon, path: &str) -> Response {
    ask(&daemon.admin_path(), &format!("GET {path}"))
}

#[test]
fn every_path_answers_what_the_document_says() {
    let document = document();
    let daemon = start(&everything("demo").service("shop/svc/BAD_NAME.", "10.22.0.9")).serve();
    for (path, schema) in [
        ("/status", "Status"),
        ("/zones", "Zones"),
        ("/zones/demo", "OneZone"),
        ("/zones/DEMO.?limit=2&after=demo", "OneZone"),
        ("/lookup?name=web.shop.svc.demo", "Found"),
        ("/lookup?name=demo&type=soa", "Found"),
        ("/lookup?name=nothing.demo", "Found"),
        ("/explain?name=web.shop.svc.demo", "Explanation"),
        ("/explain?name=demo&type=soa", "Explanation"),
        ("/explain?name=nothing.demo", "Explanation"),
        ("/explain?name=svc.demo", "Explanation"),
        ("/explain?name=demo&client=10.0.0.0/8", "Explanation"),
        ("/explain?name=web.shop.svc", "Explanation"),
    ] {
        let response = get(&daemon, path);
        assert_eq!(response.code, 200, "{path}: {response:?}");
        is_as_described(&document, schema, &response.json());
    }
    for (path, code) in [
        ("/zones/nowhere", 404),
        ("/zones/a..b", 400),
        ("/zones/demo?limit=x", 400),
        ("/lookup", 400),
        ("/lookup?name=demo&type=nothing", 400),
        ("/explain", 400),
        ("/explain?name=a..b", 400),
        ("/explain?name=demo&client=x", 400),
        ("/explain?name=demo&type=nothing", 400),
        ("/watch?nam=x", 400),
        ("/cluster?nam=x", 400),
        ("/cluster?name=nowhere", 404),
        ("/policies/default", 400),
        (&format!("/policies/sha256:{}", "0".repeat(64)), 404),
        ("/nowhere", 404),
    ] {
        let response = get(&daemon, path);
        assert_eq!(response.code, code, "{path}: {response:?}");
        is_as_described(&document, "Refusal", &response.json());
    }
    for policy in get(&daemon, "/policies").json().as_array().unwrap() {
        is_as_described(&document, "StackPolicy", policy);
    }
    for path in ["/cluster", "/cluster?name=DEMO."] {
        let cluster = get(&daemon, path).json();
        assert_eq!(cluster["cluster"]["name"], "demo", "{path}");
        assert!(
            cluster["services"]["shop/svc/web"].is_object(),
            "{path}: {cluster:#}"
        );
    }
    assert_eq!(get(&daemon, "/ready").body, "ready\n");
    assert_eq!(get(&daemon, "/openapi.json").json(), document);
    let admin = daemon.admin_path();
    let probe = ask(&admin, "POST /probe?zone=demo");
    is_as_described(&document, "Probed", &probe.json());
    is_as_described(&document, "Gone", &ask(&admin, "DELETE /probe").json());
    for (request, code) in [("POST /probe", 400), ("POST /probe?zone=nowhere", 503)] {
        let refused = ask(&admin, request);
        assert_eq!(refused.code, code, "{request}: {refused:?}");
        is_as_described(&document, "Refusal", &refused.json());
    }
    let reload = ask(&daemon.admin_path(), "POST /policy/reload");
    is_as_described(&document, "Outcome", &reload.json());
}

#[test]
fn components_are_handed_out_as_they_are_live_whatever_their_files_hold() {
    let daemon = start(&everything("demo"))
        .with_policy(FAULTY, r#"{"ttl": 9}"#)
        .serve();
    let proven = std::fs::read(daemon.policy_file(0)).unwrap();
    daemon.set_policy(b"no component");
    assert_eq!(daemon.reload(&[]).word(), "refused");
    let stack = get(&daemon, "/policies").json();
    assert_eq!(stack.as_array().unwrap().len(), 1, "{stack:#}");
    let policy = &stack[0];
    assert_eq!(policy["source"], json!(daemon.policy_file(0)));
    assert_eq!(policy["settings"], json!({ "ttl": 9 }));
    assert_eq!(policy["size"], json!(proven.len()));
    let digest = policy["digest"].as_str().unwrap();
    let component = get(&daemon, &format!("/policies/{digest}"));
    assert_eq!((component.code, component.octets), (200, proven));
    assert!(component.head.contains("content-type: application/wasm"));
}

#[test]
fn the_component_in_the_binary_is_handed_out_too() {
    let daemon = start(&demo()).serve();
    let stack = get(&daemon, "/policies").json();
    let digest = stack[0]["digest"].as_str().unwrap();
    let component = get(&daemon, &format!("/policies/{digest}"));
    assert_eq!(component.octets, embedded());
    let command = ["policy", "inspect", "default", "--format", "json"];
    let inspected = Answer::to(BINARY, &command, &daemon.path("")).good();
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["digest"], digest);
}

#[test]
fn a_name_that_is_watched_says_something_else_each_time_and_outlives_nothing() {
    let mut daemon = start(&everything("demo")).serve();
    let name = "_zonesmith-probe.demo.";
    let publish = |daemon: &Daemon| {
        let probe = ask(&daemon.admin_path(), "POST /probe?zone=demo").json();
        assert_eq!(probe["name"], name);
        let content = probe["content"].as_str().unwrap().to_owned();
        assert_eq!(daemon.records(name), [format!("{name} 30 TXT {content}")]);
        content
    };
    assert_ne!(publish(&daemon), publish(&daemon));
    let _ = ask(&daemon.admin_path(), "DELETE /probe");
    assert_eq!(daemon.records(name), [""; 0]);
    publish(&daemon);
    daemon.stop();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.records(name), [""; 0]);
}

#[test]
fn a_zone_is_listed_page_by_page() {
    let daemon = start(&everything("demo")).serve();
    let whole = get(&daemon, "/zones/demo").json();
    let names = |page: &Value| {
        let names = page["name-list"].as_array().unwrap().clone();
        names
            .iter()
            .map(|name| name["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(whole["names"], json!(names(&whole).len()));
    let mut collected = Vec::new();
    let mut after = String::new();
    loop {
        let page = get(&daemon, &format!("/zones/demo?limit=7{after}")).json();
        collected.extend(names(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(collected, names(&whole));
    assert!(whole["soa"].as_str().unwrap().starts_with("dns.demo. "));
}

#[test]
fn what_is_looked_up_is_what_powerdns_is_told() {
    let daemon = start(&everything("demo")).serve();
    for (question, status, contents) in [
        (
            "name=WEB.shop.svc.demo&type=A",
            "NOERROR",
            vec!["10.22.0.5", "10.22.0.6"],
        ),
        ("name=web.shop.svc.demo&type=MX", "NODATA", vec![]),
        ("name=shop.svc.demo", "NODATA", vec![]),
        ("name=nothing.demo", "NXDOMAIN", vec![]),
        ("name=elsewhere", "NXDOMAIN", vec![]),
    ] {
        let found = get(&daemon, &format!("/lookup?{question}")).json();
        assert_eq!(found["status"], status, "{question}");
        let records = found["records"].as_array().unwrap();
        let said: Vec<_> = records
            .iter()
            .map(|one| one["content"].as_str().unwrap())
            .collect();
        assert_eq!(said, contents, "{question}");
    }
}

#[test]
fn who_asks_before_there_is_a_zone_is_told_why_there_is_none() {
    let without = cluster("demo").set("/cluster/dns", json!([]));
    let daemon = start(&without).spawn();
    daemon.until("it is off", |status| status.get("/state") == "\"off\"");
    let response = get(&daemon, "/ready");
    assert_eq!(response.code, 503);
    assert!(response.body.contains("cluster.dns"), "{response:?}");
    assert_eq!(get(&daemon, "/live").code, 200);
    daemon.set_cluster(&cluster("demo"));
    daemon.until_listening();
    until(
        "it is ready",
        || (get(&daemon, "/ready").code == 200).then_some(()),
        || daemon.log(),
    );
}

#[test]
fn metrics_are_also_answered_where_the_configuration_says_and_nothing_else_is() {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let mut start = start(&everything("demo"));
    start.configuration = format!("[admin]\nmetrics = \"{address}\"\n");
    let daemon = start.serve();
    let page = until(
        "metrics are answered",
        || ask_address(address, "GET /metrics"),
        || daemon.log(),
    );
    assert_eq!(page.code, 200);
    assert!(
        page.head.contains("application/openmetrics-text"),
        "{}",
        page.head
    );
    for line in [
        "zonesmith_state{state=\"serving\"} 1.0",
        "zonesmith_services 3.0",
        "zonesmith_policy_calls_total{call=\"configure\",outcome=\"ok\"}",
        "zonesmith_publish_latency_seconds_count 1",
        "zonesmith_notify_targets{state=\"waiting\"} 0.0",
    ] {
        assert!(
            page.body.contains(line),
            "{line} is missing:\n{}",
            page.body
        );
    }
    for path in ["/status", "/state", "/live", "/"] {
        assert_eq!(
            ask_address(address, &format!("GET {path}")).unwrap().code,
            404,
            "{path}"
        );
    }
    // Without the key it goes away; on another address it comes back.
    let other = SocketAddr::from(([127, 0, 0, 1], free_port()));
    daemon.set_file(
        "zonesmith.toml",
        &format!("[admin]\nmetrics = \"{other}\"\n"),
    );
    daemon.signal("HUP");
    until(
        "it moved",
        || {
            ask_address(other, "GET /metrics")
                .filter(|_| ask_address(address, "GET /metrics").is_none())
        },
        || daemon.log(),
    );
}

#[test]
fn what_happens_is_counted() {
    let daemon = start(&cluster("demo").service("shop/svc/web", "10.22.0.5")).serve();
    let sample = |name: &str| -> f64 {
        let page = get(&daemon, "/metrics").body;
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{page}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let requests = sample("zonesmith_backend_requests_total");
    daemon.set_cluster(&cluster("demo").service("shop/svc/web", "10.22.0.6"));
    daemon.until_records("web.shop.svc.demo.", &["web.shop.svc.demo. 60 A 10.22.0.6"]);
    assert!(sample("zonesmith_backend_requests_total") > requests);
    // The apex of the reverse zone and of the forward one stay; the name, the one of the address, the two of PTR differ.
    assert!(sample("zonesmith_changed_names_total") > 3.0);
    assert!(sample("zonesmith_publish_latency_seconds_count") >= 2.0);
    assert!(sample("zonesmith_generation") >= 2.0);
    assert!(sample("zonesmith_start_time_seconds") > 1.7e9);
}
