use std::collections::BTreeSet;

use zonesmith_zone::comparison::{
    Change, ComparedName, ComparedRecord, ComparedZone, Fault, FaultKind, Maker,
};
use zonesmith_zone::{Name, rdata};

use super::*;

fn maker(rule: &str, service: &str) -> Maker {
    Maker {
        policy: "site".into(),
        rule: Some(rule.into()),
        service: Some(service.into()),
        node: Some("n1".into()),
        resource: Some("ip#0".into()),
    }
}

fn record(
    text: (&str, &str),
    ttls: (Option<u32>, Option<u32>),
    makers: &[Maker],
) -> ComparedRecord {
    let (rtype, octets) = rdata::read(text.0, text.1).unwrap();
    let makers: BTreeSet<Maker> = makers.iter().cloned().collect();
    ComparedRecord {
        rtype,
        octets,
        ttl_before: ttls.0,
        ttl_after: ttls.1,
        makers: makers.into_iter().collect(),
    }
}

fn comparison() -> Comparison {
    let fault = |kind, sentence: &str| Fault {
        kind,
        name: "x.demo.".to_owned(),
        rtype: "A".to_owned(),
        maker: maker("short", "shop/svc/api"),
        sentence: sentence.to_owned(),
    };
    let (web, api) = (maker("short", "shop/svc/web"), maker("srv", "shop/svc/api"));
    Comparison {
        zones: vec![ComparedZone {
            apex: Name::parse("new.").unwrap(),
            before: None,
            after: Some((60, "a. b. 0 1 2 3 4".to_owned())),
        }],
        names: vec![
            ComparedName {
                name: Name::parse("old.demo.").unwrap(),
                change: Change::Removed,
                records: vec![record(("TXT", "\"x\""), (Some(60), None), &[])],
            },
            ComparedName {
                name: Name::parse("web.demo.").unwrap(),
                change: Change::Changed,
                records: vec![
                    record(("A", "10.0.0.1"), (None, Some(60)), &[web.clone(), api]),
                    record(("AAAA", "fd00::1"), (Some(60), Some(30)), &[web]),
                ],
            },
        ],
        faults: vec![
            (
                Change::Added,
                fault(FaultKind::Quarantined, "two\n\u{1b}[31mlines"),
            ),
            (
                Change::Removed,
                fault(FaultKind::Conflict, "another CNAME stands"),
            ),
        ],
    }
}

#[test]
fn a_difference_is_a_line_for_each_record_then_whose_it_is_and_how_much() {
    let difference = Difference::of(&comparison());
    insta::assert_snapshot!(difference.text(Paint::none()), @r#"
    + zone new.
    - old.demo.  60  TXT  "x"
    + web.demo.  60  A  10.0.0.1  (site, rule short, shop/svc/web on n1, ip#0; site, rule srv, shop/svc/api on n1, ip#0)
    ~ web.demo.  60→30  AAAA  fd00::1  (site, rule short, shop/svc/web on n1, ip#0)
    now quarantined x.demo. A: two  [31mlines  (site, rule short, shop/svc/api on n1, ip#0)
    no longer conflict x.demo. A: another CNAME stands  (site, rule short, shop/svc/api on n1, ip#0)

    POLICY  RULE   ADDED  REMOVED  CHANGED
    site    short  1      0        1
    site    srv    1      0        0

    POLICY  SERVICE       ADDED  REMOVED  CHANGED
    site    shop/svc/api  1      0        0
    site    shop/svc/web  1      0        1

    zones    1 added, 0 removed, 0 changed
    names    0 added, 1 removed, 1 changed
    records  1 added, 1 removed, 1 changed
    not served: 1 more, 1 less
    "#);
    let alike = Difference::of(&Comparison::default());
    assert_eq!(alike.text(Paint::none()), "nothing changes\n");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a snapshot, line by line")]
fn programs_are_told_the_same() {
    let json = serde_json::to_value(Difference::of(&comparison())).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "by-rule": [
        {
          "added": 1,
          "changed": 1,
          "policy": "site",
          "removed": 0,
          "rule": "short"
        },
        {
          "added": 1,
          "changed": 0,
          "policy": "site",
          "removed": 0,
          "rule": "srv"
        }
      ],
      "by-service": [
        {
          "added": 1,
          "changed": 0,
          "policy": "site",
          "removed": 0,
          "service": "shop/svc/api"
        },
        {
          "added": 1,
          "changed": 1,
          "policy": "site",
          "removed": 0,
          "service": "shop/svc/web"
        }
      ],
      "names": [
        {
          "change": "removed",
          "name": "old.demo.",
          "records": [
            {
              "change": "removed",
              "content": "\"x\"",
              "makers": [],
              "ttl-before": 60,
              "type": "TXT"
            }
          ]
        },
        {
          "change": "changed",
          "name": "web.demo.",
          "records": [
            {
              "change": "added",
              "content": "10.0.0.1",
              "makers": [
                {
                  "node": "n1",
                  "policy": "site",
                  "resource": "ip#0",
                  "rule": "short",
                  "service": "shop/svc/web"
                },
                {
                  "node": "n1",
                  "policy": "site",
                  "resource": "ip#0",
                  "rule": "srv",
                  "service": "shop/svc/api"
                }
              ],
              "ttl-after": 60,
              "type": "A"
            },
            {
              "change": "changed",
              "content": "fd00::1",
              "makers": [
                {
                  "node": "n1",
                  "policy": "site",
                  "resource": "ip#0",
                  "rule": "short",
                  "service": "shop/svc/web"
                }
              ],
              "ttl-after": 30,
              "ttl-before": 60,
              "type": "AAAA"
            }
          ]
        }
      ],
      "not-served": [
        {
          "change": "added",
          "kind": "quarantined",
          "name": "x.demo.",
          "node": "n1",
          "policy": "site",
          "resource": "ip#0",
          "rule": "short",
          "sentence": "two\n\u001b[31mlines",
          "service": "shop/svc/api",
          "type": "A"
        },
        {
          "change": "removed",
          "kind": "conflict",
          "name": "x.demo.",
          "node": "n1",
          "policy": "site",
          "resource": "ip#0",
          "rule": "short",
          "sentence": "another CNAME stands",
          "service": "shop/svc/api",
          "type": "A"
        }
      ],
      "totals": {
        "names": {
          "added": 0,
          "changed": 1,
          "removed": 1
        },
        "not-served": {
          "added": 1,
          "changed": 0,
          "removed": 1
        },
        "records": {
          "added": 1,
          "changed": 1,
          "removed": 1
        },
        "zones": {
          "added": 1,
          "changed": 0,
          "removed": 0
        }
      },
      "zones": [
        {
          "after": {
            "soa": "a. b. 0 1 2 3 4",
            "ttl": 60
          },
          "apex": "new.",
          "change": "added"
        }
      ]
    }
    "#);
}
