//! A site's master files beside the zones of the policies: records that join them, and zones that meet them.

use serde_json::json;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::cluster;

use crate::BINARY;
use crate::static_zones::{MERGED, OWN, serve};

#[test]
fn a_merged_file_adds_to_the_cluster_and_stands_before_the_policies() {
    let daemon = serve(
        MERGED,
        &[(
            "zones/extra",
            "$TTL 60\n\
             demo. SOA ns1 hostmaster 1 2 3 4 5\n\
             @ MX 10 mail\n\
             mail A 192.0.2.25\n\
             web.shop.svc 30 A 192.0.2.80\n\
             web.shop.svc TXT \"by hand\"\n\
             lab NS ns.lab\n\
             ns.lab A 192.0.2.53\n\
             elsewhere.org. A 192.0.2.9\n",
        )],
    );
    for (name, records) in [
        ("mail.demo.", &["mail.demo. 60 A 192.0.2.25"][..]),
        (
            "web.shop.svc.demo.",
            &[
                "web.shop.svc.demo. 30 A 192.0.2.80",
                "web.shop.svc.demo. 60 TXT \"by hand\"",
            ],
        ),
        ("bad.shop.svc.demo.", &["bad.shop.svc.demo. 60 A 10.22.0.6"]),
        ("lab.demo.", &["lab.demo. 60 NS ns.lab.demo."]),
        ("elsewhere.org.", &[]),
    ] {
        assert_eq!(daemon.records(name), records, "{name}");
    }
    let apex = daemon.records("demo.");
    assert!(
        apex.contains(&"demo. 60 MX 10 mail.demo.".to_owned()),
        "{apex:?}"
    );
    let soa = apex.iter().find(|record| record.contains(" SOA ")).unwrap();
    assert!(
        soa.contains(" dns.demo. ") && soa.ends_with(" 7200 3600 432000 86400"),
        "the policy's: {soa}"
    );

    let status = daemon.status();
    assert!(status.says("the SOA is not used"), "{}", status.text());
    let place = format!("{}:9", daemon.path("zones/extra").display());
    assert_eq!(
        status.get("/quarantined/0/policy"),
        json!(place).to_string(),
        "{}",
        status.text()
    );
    assert!(
        status
            .get("/quarantined/0/reason")
            .contains("in none of the zones")
    );
    assert!(
        status.get("/conflicts/0/kind").contains("shadowed"),
        "{}",
        status.text()
    );
}

#[test]
fn a_merge_waits_for_its_zone() {
    let configuration = MERGED.replace("\"demo\"", "\"later\"");
    let daemon = serve(&configuration, &[("zones/extra", "mail 60 A 192.0.2.25\n")]);
    assert_eq!(daemon.status().get("/master-files/0/state"), "\"waiting\"");
    daemon.set_cluster(&cluster("later"));
    daemon.until_records("mail.later.", &["mail.later. 60 A 192.0.2.25"]);
    assert_eq!(daemon.status().get("/master-files/0/state"), "\"served\"");
}

#[test]
fn a_zone_within_a_file_s_zone_speaks_for_itself() {
    let text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n\
                demo NS ns9.demo\nns9.demo A 192.0.2.9\ndemo DS 1 13 2 \
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
    let mut start = Start::new(
        BINARY,
        &cluster("demo.example.com").service("shop/svc/web", "10.22.0.5"),
    );
    start.configuration = OWN.to_owned();
    start.files.push(("zones/example.com", text.to_owned()));
    let daemon = start.serve();
    assert_eq!(
        daemon.records("web.shop.svc.demo.example.com."),
        ["web.shop.svc.demo.example.com. 60 A 10.22.0.5"]
    );
    assert_eq!(
        daemon.records("ns9.demo.example.com."),
        [""; 0],
        "the policy says who serves the zone"
    );
    let apex = daemon.records("demo.example.com.");
    assert!(
        apex.iter()
            .any(|record| record.contains(" NS ns1.demo.example.com.")),
        "{apex:?}"
    );
    let status = daemon.status();
    assert!(
        status.says("the name is in the zone demo.example.com., which is served as well"),
        "{}",
        status.text()
    );
}

#[test]
fn what_a_zone_shows_of_one_within_it_moves_its_serial() {
    let text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    let cluster = cluster("demo.example.com").service("shop/svc/web", "10.22.0.5");
    let mut start = Start::new(BINARY, &cluster);
    start.configuration = OWN.to_owned();
    start.files.push(("zones/example.com", text.to_owned()));
    let daemon = start.serve();
    let serial = |zone: &str| {
        let apex = daemon.records(zone);
        let soa = apex.iter().find(|record| record.contains(" SOA ")).unwrap();
        soa.split(' ').nth(5).unwrap().to_owned()
    };
    let (outer, inner) = (serial("example.com."), serial("demo.example.com."));
    daemon.set_cluster(&cluster.clone().service("shop/svc/api", "10.22.0.6"));
    daemon.until("the cluster's serial moves", |_| {
        serial("demo.example.com.") != inner
    });
    assert_eq!(
        serial("example.com."),
        outer,
        "a service is not its business"
    );
    daemon.set_cluster(&cluster.set("/cluster/dns", json!(["10.0.0.9"])));
    daemon.until("the glue changed, and the serial with it", |_| {
        serial("example.com.") != outer
    });
}

#[test]
fn a_file_for_the_cluster_s_own_apex_gives_its_soa_and_ns() {
    let text = "$TTL 60\n@ SOA ns.example.com. h.example.com. 1 2 3 4 5\n@ NS ns.example.com.\nextra A 192.0.2.1\n";
    let daemon = serve(
        &OWN.replace("example.com\"\nfile", "demo\"\nfile"),
        &[("zones/example.com", text)],
    );
    let apex = daemon.records("demo.");
    let soa = apex.iter().find(|record| record.contains(" SOA ")).unwrap();
    assert!(soa.contains(" ns.example.com. h.example.com. "), "{soa}");
    assert!(
        apex.contains(&"demo. 60 NS ns.example.com.".to_owned()),
        "{apex:?}"
    );
    assert!(
        !apex.iter().any(|record| record.contains("NS ns1.demo.")),
        "{apex:?}"
    );
    assert_eq!(
        daemon.records("extra.demo."),
        ["extra.demo. 60 A 192.0.2.1"]
    );
    assert_eq!(
        daemon.records("web.shop.svc.demo."),
        ["web.shop.svc.demo. 60 A 10.22.0.5"]
    );
}
