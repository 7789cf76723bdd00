//! What a client is given where somebody chooses: which rows, and for whom each may be kept.

use std::sync::Arc;

use serde_json::{Value, json};
use zonesmith_zone::record::Rdata;
use zonesmith_zone::zone_set::RecordRef;

use super::zones::{record, snapshot};
use super::{MAX_CONNECTIONS, Server, ask};
use crate::snapshot::Live;
use crate::snapshot::selection::{Choice, Choose, Question, SelectionStatus};

/// Gives clients of 10.0.0.0/8 the last record of a set, leaves texts to everyone, and fails for everyone else.
struct Last;

impl Choose for Last {
    fn choose(&self, question: &Question<'_>, records: &[RecordRef<'_>]) -> Choice {
        assert!(records.len() > 1, "there is nothing to choose");
        assert!(records.iter().all(|record| record.rtype == question.rtype));
        if question.rtype == 16 {
            return Choice::Everyone;
        }
        if !question.client.address().to_string().starts_with("10.") {
            return Choice::Everything;
        }
        Choice::These {
            records: vec![u32::try_from(records.len()).unwrap() - 1],
            scope: 8,
        }
    }

    fn status(&self) -> SelectionStatus {
        SelectionStatus::default()
    }
}

/// The rows of a reply, each as type, content and mask.
fn rows(method: &str, parameters: &Value) -> Vec<String> {
    let text = |texts: &[&str]| Rdata::Txt(texts.iter().map(|&text| text.to_owned()).collect());
    let more = vec![
        record("web.shop.svc.cluster1.", text(&["one"])),
        record("web.shop.svc.cluster1.", text(&["two"])),
        record(
            "sub.cluster1.",
            Rdata::Ns("ns2.deep.sub.cluster1.".to_owned()),
        ),
        record("ns.deep.sub.cluster1.", Rdata::A([10, 22, 0, 9].into())),
    ];
    let mut snapshot = snapshot(7, more);
    snapshot.selection = Some(Arc::new(Last));
    let server = Server::start(Arc::new(Live::new(snapshot)), MAX_CONNECTIONS);
    let request = json!({ "method": method, "parameters": parameters });
    let reply = ask(&mut server.connect(), &format!("{request}\n"));
    let reply: Value = serde_json::from_str(&reply).unwrap();
    let rows = reply["result"].as_array().unwrap();
    let rows = rows.iter().map(|row| {
        let content = row["content"].as_str().unwrap();
        format!(
            "{} {content} {}",
            row["qtype"].as_str().unwrap(),
            row["scopeMask"]
        )
    });
    rows.collect()
}

fn lookup(qname: &str, qtype: &str, client: &str) -> Vec<String> {
    let parameters = json!({ "qname": qname, "qtype": qtype, "real-remote": client, "zone-id": 1 });
    rows("lookup", &parameters)
}

const WEB: &str = "web.shop.svc.cluster1.";

#[test]
fn each_set_of_several_records_is_chosen_from_and_carries_for_whom() {
    let others = ["TXT \"one\" null", "TXT \"two\" null", "AAAA fd00::5 null"];
    for (client, addresses) in [
        ("10.1.2.3/32", &["A 10.22.0.6 8"][..]),
        ("10.0.0.0/7", &["A 10.22.0.6 7"]),
        ("192.0.2.1/32", &["A 10.22.0.5 32", "A 10.22.0.6 32"]),
        ("nonsense", &["A 10.22.0.5 32", "A 10.22.0.6 32"]),
    ] {
        assert_eq!(lookup(WEB, "A", client), addresses, "{client}");
        assert_eq!(
            lookup(WEB, "ANY", client),
            [addresses, &others].concat(),
            "{client}"
        );
    }
}

#[test]
fn what_is_for_everyone_is_not_asked_about() {
    for (qname, expected) in [
        (
            "10-22-0-5.web.shop.svc.cluster1.",
            &["A 10.22.0.5 null"][..],
        ),
        // A delegation, and what stands beneath it.
        (
            "sub.cluster1.",
            &[
                "NS ns.deep.sub.cluster1. null",
                "NS ns2.deep.sub.cluster1. null",
            ],
        ),
        (
            "ns.deep.sub.cluster1.",
            &["A 10.22.0.8 null", "A 10.22.0.9 null"],
        ),
    ] {
        assert_eq!(lookup(qname, "ANY", "10.1.2.3/32"), expected, "{qname}");
    }
}

#[test]
fn who_reads_the_api_or_a_zone_is_shown_everything() {
    let parameters = json!({ "qname": WEB, "qtype": "A", "real-remote": "10.1.2.3/32", "include-disabled": false });
    let both = ["A 10.22.0.5 null", "A 10.22.0.6 null"];
    assert_eq!(rows("APILookup", &parameters), both);
    let zone = rows("list", &json!({ "zonename": "cluster1." }));
    assert!(
        both.iter().all(|row| zone.contains(&(*row).to_owned())),
        "{zone:?}"
    );
}
