//! What is shown of the zones: rows, answers, differences, places.

use std::fmt::Write;

use super::*;

fn view() -> words::View {
    words::View {
        zone: None,
        text: None,
        type_: None,
        policy: None,
        rule: None,
        service: None,
        path: None,
        sort: None,
        near: None,
        offset: 0,
        limit: 100,
    }
}

#[test]
fn a_table_shows_what_is_asked_for_and_where_it_comes_from() {
    let mut bench = shown();
    let mut shown = |view: words::View| {
        let mut text = String::new();
        for row in bench.rows(&view).rows {
            let made = [row.rule.map(|rule| rule.name), row.instance, row.resource];
            let made: Vec<_> = made.into_iter().flatten().collect();
            writeln!(
                text,
                "{} {} {} ({})",
                row.owner,
                row.type_,
                row.rdata,
                made.join(" ")
            )
            .unwrap();
        }
        text
    };
    let web = words::View {
        service: Some("shop/svc/web".to_owned()),
        ..view()
    };
    insta::assert_snapshot!(shown(web), @r"
    web.shop.demo. A 10.1.0.5 (service n1 ip#0)
    web.shop.demo. A 10.2.0.5 (service n2 ip#0)
    n1.node.web.shop.demo. A 10.1.0.5 (node n1 ip#0)
    n2.node.web.shop.demo. A 10.2.0.5 (node n2 ip#0)
    www.web.shop.demo. CNAME web.shop.demo. (alias)
    ");
    assert_eq!(bench.rows(&view()).total, 11);
}

#[test]
fn a_table_says_where_the_rows_of_a_place_begin() {
    let mut bench = shown();
    let rows = bench.rows(&words::View {
        near: Some("services.shop/svc/web.instances.n2.resources.ip#0.info.ipaddr".to_owned()),
        limit: 2,
        offset: 1,
        ..view()
    });
    assert_eq!(
        (rows.total, rows.first_of, rows.rows.len()),
        (11, Some(7), 2)
    );
}

#[test]
fn a_table_is_filtered_and_sorted() {
    let mut bench = shown();
    let some = |text: &str| Some(text.to_owned());
    for (view, total) in [
        (
            words::View {
                text: some("WEB"),
                ..view()
            },
            5,
        ),
        (
            words::View {
                text: some("www.*"),
                ..view()
            },
            2,
        ),
        (
            words::View {
                text: some("10.1.0.6"),
                ..view()
            },
            2,
        ),
        (
            words::View {
                type_: some("cname"),
                ..view()
            },
            2,
        ),
        (
            words::View {
                rule: some("node"),
                ..view()
            },
            3,
        ),
        (
            words::View {
                path: some("services.shop/svc/web.instances.n2"),
                ..view()
            },
            2,
        ),
        (
            words::View {
                path: some("cluster.dns"),
                ..view()
            },
            3,
        ),
        (
            words::View {
                zone: some("example."),
                ..view()
            },
            0,
        ),
    ] {
        assert_eq!(bench.rows(&view).total, total, "{view:?}");
    }
    let sort = Some(words::Order {
        by: words::Column::Rdata,
        descending: true,
    });
    let rows = bench.rows(&words::View { sort, ..view() }).rows;
    let first = rows.first().map(|row| (&*row.owner, &*row.rdata));
    assert_eq!(first, Some(("www.web.shop.demo.", "web.shop.demo.")));
}

#[test]
fn a_question_is_answered_as_a_resolver_would_with_the_reason_for_a_miss() {
    let bench = shown();
    let ask = |name: &str, rtype: &str| {
        let question = words::Question {
            name: name.into(),
            type_: rtype.into(),
            client: None,
            search_domains: vec!["shop.demo".into()],
        };
        let mut text = String::new();
        match bench.ask(&question) {
            Err(sentence) => text = sentence,
            Ok(answer) => {
                for step in answer.steps {
                    let contents: Vec<_> = step.records.into_iter().map(|row| row.rdata).collect();
                    writeln!(
                        text,
                        "{} {:?} {} | {} | {}",
                        step.name,
                        step.status,
                        contents.join(" "),
                        step.reasons.join("; "),
                        step.near.join(" ")
                    )
                    .unwrap();
                }
            }
        }
        text
    };
    let asked = [
        ("web", "A"),
        ("www.web.shop.demo", "A"),
        ("www.web", "TXT"),
        ("node.web.shop.demo.", "A"),
        ("wep.shop.demo.", "A"),
        ("example.org.", "A"),
        ("demo.", "SOA"),
        ("web", "QUARK"),
        ("a..b", "A"),
    ];
    let text: String = asked
        .iter()
        .map(|(name, rtype)| format!("> {name} {rtype}\n{}\n", ask(name, rtype).trim_end()))
        .collect();
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    > web A
    web.shop.demo. AnswerStatus::Found 10.1.0.5 10.2.0.5 |  |
    > www.web.shop.demo A
    www.web.shop.demo. AnswerStatus::Found web.shop.demo. |  |
    web.shop.demo. AnswerStatus::Found 10.1.0.5 10.2.0.5 |  |
    > www.web TXT
    www.web. AnswerStatus::OutOfZone  | the name is in none of the zones, which are demo. | www.web.shop.demo. demo. web.shop.demo.
    www.web.shop.demo. AnswerStatus::Found web.shop.demo. |  |
    web.shop.demo. AnswerStatus::NoData  | the name has other records: A |
    > node.web.shop.demo. A
    node.web.shop.demo. AnswerStatus::NoData  | the name itself has no records; it is there because names below it have, as n1.node.web.shop.demo., n2.node.web.shop.demo. |
    > wep.shop.demo. A
    wep.shop.demo. AnswerStatus::NoSuchName  | no service is called like a part of this name; nearly so is shop/svc/web | web.shop.demo. demo. db.shop.demo.
    > example.org. A
    example.org. AnswerStatus::OutOfZone  | the name is in none of the zones, which are demo. | demo.
    > demo. SOA
    demo. AnswerStatus::Found ns.demo. hostmaster.demo. 0 1 1 1 1 |  |
    > web QUARK
    QUARK is no type of records
    > a..b A
    a..b: the name has an empty label
    ");
}

#[test]
fn what_was_kept_is_compared_with_what_is_shown() {
    let mut bench = shown();
    let kept = bench.keep(words::Bench::Shown);
    update(&mut bench, &DOCUMENT.replace("10.2.0.5", "10.2.0.7"));
    let difference = bench.compare(kept, None);
    assert_eq!(
        (
            difference.names.changed,
            difference.records.added,
            difference.records.removed
        ),
        (2, 2, 2)
    );
    let first = &difference.changes[0];
    assert_eq!(
        (
            &*first.name,
            &*first.added[0].rdata,
            &*first.removed[0].rdata
        ),
        ("web.shop.demo.", "10.2.0.7", "10.2.0.5")
    );
    let shares: Vec<_> = difference
        .by
        .iter()
        .map(|share| {
            (
                &*share.policy,
                share.name.as_deref(),
                share.added,
                share.removed,
            )
        })
        .collect();
    assert_eq!(
        shares,
        [
            ("tests", None, 2, 2),
            ("tests", Some("node"), 1, 1),
            ("tests", Some("service"), 1, 1),
            ("tests", Some("shop/svc/web"), 2, 2)
        ]
    );
    let now = bench.keep(words::Bench::Shown);
    assert_eq!(bench.compare(now, None).changes, []);
    bench.forget(kept);
}

#[test]
fn what_another_stack_makes_is_kept_like_what_is_shown() {
    let mut bench = shown();
    bench.stack(words::Bench::Other, Vec::new());
    bench.publish(words::Bench::Other);
    let kept = bench.keep(words::Bench::Other);
    let difference = bench.compare(kept, None);
    let shown = bench.rows(&view()).rows;
    let soa = shown.iter().filter(|row| row.type_ == "SOA").count();
    assert_eq!(difference.records.removed, 0);
    assert_eq!(
        usize::try_from(difference.records.added).unwrap(),
        shown.len() - soa
    );
}

#[test]
fn places_in_the_text_are_counted_as_editors_count() {
    let mut bench = workbench();
    let document = DOCUMENT.replace("\"demo\"", "\"dé𝄞mo\"");
    bench.read(document.clone());
    let units: Vec<u16> = document.encode_utf16().collect();
    let span = bench.place("services.shop/svc/db").unwrap();
    let (from, to) = (
        usize::try_from(span.from).unwrap(),
        usize::try_from(span.to).unwrap(),
    );
    let text = String::from_utf16(&units[from..to]).unwrap();
    assert!(
        text.starts_with("\"shop/svc/db\": {") && text.ends_with('}'),
        "{text}"
    );
    assert_eq!(
        bench.path_at(span.from + 3).as_deref(),
        Some("services.shop/svc/db")
    );
}
