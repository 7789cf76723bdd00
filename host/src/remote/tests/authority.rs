//! Who speaks for a name: the zone whose id is asked, and the hashes that deny names.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zonesmith_zone::name::Name;
use zonesmith_zone::nsec3::{Chain, Parameters, hash, to_text};
use zonesmith_zone::zone_set::ZoneSet;

use super::zones::{snapshot, zones_of};
use super::{MAX_CONNECTIONS, Server, Signing, ask, backend};
use crate::remote::Remote;
use crate::remote::socket::{Access, Socket};
use crate::snapshot::{Live, Snapshot};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn id_of(zone_set: &ZoneSet, apex: &str) -> i32 {
    let zones = zone_set.zones();
    zones.find_apex(name(apex).as_ref()).unwrap().id()
}

fn result(server: &Server, method: &str, parameters: &Value) -> Value {
    let request = json!({ "method": method, "parameters": parameters });
    let reply = ask(&mut server.connect(), &format!("{request}\n"));
    serde_json::from_str::<Value>(&reply).unwrap()["result"].clone()
}

#[test]
fn a_zone_within_is_a_delegation_to_the_zone_around_it() {
    let zone_set = zones_of(
        &["cluster1.", "10.in-addr.arpa.", "shop.svc.cluster1."],
        7,
        Vec::new(),
    );
    let (outer, inner) = (
        id_of(&zone_set, "cluster1"),
        id_of(&zone_set, "shop.svc.cluster1"),
    );
    let live = Arc::new(Live::new(Snapshot {
        zone_set,
        ..Snapshot::default()
    }));
    let server = Server::start(live, MAX_CONNECTIONS);
    let rows = |qname: &str, id: i32| {
        let rows = result(
            &server,
            "lookup",
            &json!({ "qname": qname, "qtype": "ANY", "zone-id": id }),
        );
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| format!("{} {}", row["qtype"].as_str().unwrap(), row["auth"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("shop.svc.cluster1.", outer), ["NS 0"]);
    for id in [inner, -1, 12345] {
        assert_eq!(
            rows("shop.svc.cluster1.", id),
            ["SOA null", "NS null"],
            "asked as {id}"
        );
    }
    // What lies in the inner zone and is nobody's nameserver is hidden.
    assert_eq!(rows("web.shop.svc.cluster1.", inner).len(), 3);
    assert_eq!(
        rows("ns1.cluster1.", inner),
        ["A null"],
        "another zone's name"
    );
}

#[test]
fn hashes_are_answered_with_hashes_and_names_with_names() {
    let parameters = Parameters::parse("1 0 2 aabb").unwrap();
    let mut snapshot = snapshot(7, Vec::new());
    let zone_set = snapshot.zone_set.clone();
    let id = id_of(&zone_set, "cluster1");
    let zone = zone_set
        .zones()
        .find_apex(name("cluster1").as_ref())
        .unwrap();
    let chain = Chain::build(&zone_set, zone, parameters.clone());
    snapshot.nsec3 = Arc::new(HashMap::from([(id, chain)]));
    let server = Server::start(Arc::new(Live::new(snapshot)), MAX_CONNECTIONS);
    let around = |qname: &str| {
        result(
            &server,
            "getBeforeAndAfterNamesAbsolute",
            &json!({ "id": id, "qname": qname }),
        )
    };
    for exists in [
        "cluster1.",
        "web.shop.svc.cluster1.",
        "svc.cluster1.",
        "sub.cluster1.",
    ] {
        let its = to_text(&hash(name(exists).as_ref(), &parameters));
        for asked in [its.clone(), format!("{its}."), its.to_uppercase()] {
            let around = around(&asked);
            assert_eq!(around["unhashed"], exists, "{around}");
            assert_eq!(around["before"], its.as_str(), "{around}");
            assert_ne!(around["after"], its.as_str(), "{around}");
        }
    }
    for absent in ["nothing.cluster1.", "ns.deep.sub.cluster1."] {
        let its = to_text(&hash(name(absent).as_ref(), &parameters));
        let around = around(&its);
        let (before, after) = (
            around["before"].as_str().unwrap(),
            around["after"].as_str().unwrap(),
        );
        let is_between = before < its.as_str() && its.as_str() < after;
        let is_at_the_end = after <= before && (before < its.as_str() || its.as_str() < after);
        assert!(is_between || is_at_the_end, "{absent} {its}: {around}");
        let unhashed = name(around["unhashed"].as_str().unwrap());
        assert_eq!(to_text(&hash(unhashed.as_ref(), &parameters)), before);
    }
    // PowerDNS keeps metadata for a minute, and asks by names until it knows.
    assert_eq!(around("nothing.")["before"], "dns.");
}

#[test]
fn whoever_signs_is_told_of_keys_and_of_how_names_are_denied_and_of_nothing_else() {
    let live = Arc::new(Live::new(snapshot(7, Vec::new())));
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut backend = backend(&live);
    backend.signing = {
        let told = Arc::clone(&told);
        Signing::new(move |zone| told.lock().unwrap().push(zone.to_string()))
    };
    let directory = tempfile::tempdir().unwrap();
    let socket = Socket::bind(&directory.path().join("s"), &Access::default()).unwrap();
    let server = Server {
        directory,
        remote: Remote::start(socket, backend, MAX_CONNECTIONS).unwrap(),
        live,
    };
    let key = json!({ "flags": 257, "active": true, "content": "Private-key-format: v1.2\n" });
    let zone = "cluster1.";
    for (method, parameters, is_told) in [
        ("addDomainKey", json!({ "name": zone, "key": key }), true),
        (
            "deactivateDomainKey",
            json!({ "name": zone, "id": 1 }),
            true,
        ),
        (
            "deactivateDomainKey",
            json!({ "name": zone, "id": 2 }),
            false,
        ),
        ("getDomainKeys", json!({ "name": zone }), false),
        (
            "setDomainMetadata",
            json!({ "name": zone, "kind": "NSEC3PARAM", "value": ["1 0 0 -"] }),
            true,
        ),
        (
            "setDomainMetadata",
            json!({ "name": zone, "kind": "NSEC3PARAM", "value": ["2 0 0 -"] }),
            false,
        ),
        (
            "setDomainMetadata",
            json!({ "name": zone, "kind": "NSEC3PARAM", "value": ["1 0 0 -", "1 0 0 -"] }),
            false,
        ),
        (
            "setDomainMetadata",
            json!({ "name": zone, "kind": "X-NOTE", "value": ["1"] }),
            false,
        ),
        (
            "setDomainMetadata",
            json!({ "name": zone, "kind": "NSEC3NARROW", "value": [] }),
            true,
        ),
        ("removeDomainKey", json!({ "name": zone, "id": 1 }), true),
    ] {
        result(&server, method, &parameters);
        let told = std::mem::take(&mut *told.lock().unwrap());
        assert_eq!(told == [zone], is_told, "{method} {parameters}: {told:?}");
    }
}
