use serde_json::json;

use super::*;

#[test]
fn what_is_in_one_network_stays_in_one_and_equal_addresses_stay_equal() {
    let document = json!({
        "cluster": {
            "name": "demo",
            "dns": ["10.100.0.1", "8.8.8.8"],
            "nodes": { "n1": { "addresses": ["10.100.0.1", "fe80::1", "2001:db8::7"] } },
            "networks": [
                { "name": "backend", "cidr": "10.22.0.0/16", "subnets": { "n1": "10.22.4.0/24" } },
                { "name": "six", "cidr": "fd12:3456::/48" },
                { "name": "all", "cidr": "0.0.0.0/0" }
            ]
        },
        "services": {
            "shop/svc/web": { "instances": { "n1": { "resources": {
                "ip#0": { "info": { "ipaddr": "10.22.4.9", "url": "http://10.22.4.9:80/", "gateway": "10.22.0.1/16" } },
                "ip#1": { "info": { "ipaddr": ["fd12:3456::99", "192.168.7.7", "127.0.0.1"], "port": 80 } }
            } } } }
        }
    });
    assert_eq!(
        anonymise(&document),
        json!({
            "cluster": {
                "name": "demo",
                "dns": ["10.1.0.1", "240.0.0.1"],
                "nodes": { "n1": { "addresses": ["10.1.0.1", "fe80::1", "3fff::1"] } },
                "networks": [
                    { "name": "backend", "cidr": "10.0.0.0/16", "subnets": { "n1": "10.0.0.0/24" } },
                    { "name": "six", "cidr": "fd00::/48" },
                    { "name": "all", "cidr": "0.0.0.0/0" }
                ]
            },
            "services": {
                "shop/svc/web": { "instances": { "n1": { "resources": {
                    "ip#0": { "info": { "ipaddr": "10.0.0.1", "url": "http://10.0.0.1:80/", "gateway": "10.0.1.0/16" } },
                    "ip#1": { "info": { "ipaddr": ["fd00::1", "192.168.0.1", "127.0.0.1"], "port": 80 } }
                } } } }
            }
        })
    );
}

#[test]
fn the_same_document_gives_the_same_and_what_is_anonymous_stays_as_it_is() {
    let document =
        json!({ "a": ["10.22.0.9", "10.22.0.5", "10.22.0.0/24", "203.0.113.7", "fd00::1"] });
    let once = anonymise(&document);
    assert_eq!(once, anonymise(&document));
    assert_eq!(once, anonymise(&once));
    assert_eq!(once["a"][1], "10.0.0.1", "in the order of the addresses");
    assert_eq!(once["a"][0], "10.0.0.2");
}

#[test]
fn a_full_network_has_room_for_all_its_addresses() {
    let addresses: Vec<_> = (0..256).map(|octet| format!("10.7.7.{octet}")).collect();
    let mut document = json!({ "network": "10.7.7.0/24", "addresses": addresses });
    let anonymous = anonymise(&document);
    let mut replaced: Vec<_> = anonymous["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|address| address.as_str().unwrap().to_owned())
        .collect();
    replaced.sort();
    replaced.dedup();
    assert_eq!(replaced.len(), 256, "each has its own");
    document["addresses"] = json!([]);
    assert_eq!(anonymise(&document)["network"], "10.0.0.0/24");
}
