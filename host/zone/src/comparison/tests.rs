//! Two states compared, as the lines a person would read, and against what follows from building both.

use proptest::prelude::*;

use super::*;
use crate::contribution::Contribution;
use crate::delta::Delta;
use crate::rdata;
use crate::test_zone::{contributor, declaration, record, zones};
use crate::validate::{CheckedRecord, validate};

/// Contributors are told by their rank and label; rules by their number.
struct Known<'a>(&'a Contents);

impl Makers for Known<'_> {
    fn maker(
        &self,
        contributor: ContributorId,
        rule: Option<u16>,
        _origin: Option<Origin>,
    ) -> Maker {
        let who = self.0.contributor(contributor).unwrap();
        Maker {
            policy: format!("p{}", who.rank).into(),
            rule: rule.map(|rule| format!("r{rule}").into()),
            service: Some(Arc::clone(&who.label)).filter(|label| !label.is_empty()),
            ..Maker::default()
        }
    }
}

/// Records of `rule owner [TTL] TYPE content`.
fn records(lines: &[&str]) -> Vec<CheckedRecord> {
    let read = lines.iter().map(|line| {
        let (rule, line) = line.split_once(' ').unwrap();
        let mut record = record(line);
        record.rule = Some(rule.parse().unwrap());
        record
    });
    read.collect()
}

/// Rank, label and records of each contributor.
type Said<'a> = [(u32, &'a str, &'a [&'a str])];

fn contents(zones: Zones, said: &Said<'_>) -> Contents {
    let said = said.iter().map(|(rank, label, lines)| {
        let contribution = Contribution::from_records(records(lines));
        (contributor(*rank, label), contribution)
    });
    Contents::build(zones, said.collect()).0
}

fn of(before: &Contents, after: &Contents) -> Comparison {
    let none = BTreeSet::new();
    let side = |contents, makers| Side {
        contents,
        makers,
        faults: &none,
    };
    compare(side(before, &Known(before)), side(after, &Known(after)))
}

fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for zone in &comparison.zones {
        let apex = &zone.apex;
        out += &format!("zone {apex} {}\n", zone.change().as_str());
    }
    for name in &comparison.names {
        out += &format!("{} {}\n", name.change.as_str(), name.name);
        for record in &name.records {
            let mut content = Vec::new();
            rdata::write_type(record.rtype, &mut content);
            content.push(b' ');
            rdata::write_content(record.rtype, &record.octets, &mut content);
            let makers = record.makers.iter().map(|maker| {
                let Maker {
                    policy,
                    rule,
                    service,
                    ..
                } = maker;
                let (rule, service) = (rule.as_deref(), service.as_deref());
                format!(
                    "{policy}/{}/{}",
                    rule.unwrap_or("-"),
                    service.unwrap_or("-")
                )
            });
            out += &format!(
                "  {:?} {:?} {} by {}\n",
                record.ttl_before,
                record.ttl_after,
                String::from_utf8_lossy(&content),
                makers.collect::<Vec<_>>().join(" "),
            );
        }
    }
    for (change, fault) in &comparison.faults {
        let Fault {
            kind,
            name,
            rtype,
            maker,
            sentence,
        } = fault;
        let service = maker.service.as_deref().unwrap_or("-");
        out += &format!(
            "{} {} {name} {rtype} of {}/{service}: {sentence}\n",
            change.as_str(),
            kind.as_str(),
            maker.policy,
        );
    }
    out
}

#[test]
fn names_and_records_come_go_and_change_each_with_whose_word_it_is() {
    let before = contents(
        zones(&["c"]),
        &[
            (0, "", &["0 c NS ns.c."]),
            (0, "s/svc/gone", &["1 gone.c A 10.0.0.1", "2 gone.c TXT x"]),
            (
                0,
                "s/svc/web",
                &["1 web.c A 10.0.0.1", "1 web.c 60 TXT \"slow\""],
            ),
            (0, "s/svc/api", &["1 both.c A 10.0.0.9"]),
        ],
    );
    let after = contents(
        zones(&["c"]),
        &[
            (0, "", &["0 c NS ns.c."]),
            (
                0,
                "s/svc/web",
                &[
                    "1 web.c A 10.0.0.1",
                    "3 web.c A 10.0.0.2",
                    "1 web.c 30 TXT \"slow\"",
                ],
            ),
            // In other hands, and the same.
            (
                0,
                "s/svc/new",
                &["4 both.c A 10.0.0.9", "4 n.c AAAA fd00::1"],
            ),
            (1, "s/svc/new", &["0 n.c AAAA fd00::1"]),
        ],
    );
    let comparison = of(&before, &after);
    insta::assert_snapshot!(text(&comparison), @r#"
    removed gone.c.
      Some(60) None A 10.0.0.1 by p0/r1/s/svc/gone
      Some(60) None TXT "x" by p0/r2/s/svc/gone
    added n.c.
      None Some(60) AAAA fd00::1 by p0/r4/s/svc/new
    changed web.c.
      None Some(60) A 10.0.0.2 by p0/r3/s/svc/web
      Some(60) Some(30) TXT "slow" by p0/r1/s/svc/web
    added conflict n.c. AAAA of p1/s/svc/new: a policy before this one has it
    "#);
    let counts = |added, removed, changed| Counts {
        added,
        removed,
        changed,
    };
    assert_eq!(
        comparison.totals(),
        Totals {
            zones: Counts::default(),
            names: counts(1, 1, 1),
            records: counts(2, 2, 1),
            faults: counts(1, 0, 0),
        }
    );
    let rules = comparison.by_rule().into_iter();
    let rules: Vec<_> = rules.map(|((_, rule), counts)| (rule, counts)).collect();
    let rule = |name: &str| Some(Arc::from(name));
    assert_eq!(
        rules,
        [
            (rule("r1"), counts(0, 1, 1)),
            (rule("r2"), counts(0, 1, 0)),
            (rule("r3"), counts(1, 0, 0)),
            (rule("r4"), counts(1, 0, 0)),
        ]
    );
    let services = comparison.by_service().into_iter();
    let services: Vec<_> = services
        .map(|((_, service), counts)| (service, counts.sum()))
        .collect();
    let expected = [("s/svc/gone", 2), ("s/svc/new", 1), ("s/svc/web", 2)];
    assert_eq!(services, expected.map(|(name, sum)| (rule(name), sum)));
}

#[test]
fn a_record_that_several_make_is_the_word_of_each_but_not_of_those_that_give_way() {
    let before = contents(zones(&["c"]), &[]);
    let after = contents(
        zones(&["c"]),
        &[
            (0, "s/svc/a", &["1 x.c A 10.0.0.1"]),
            (0, "s/svc/b", &["2 x.c A 10.0.0.1"]),
            (0, "s/svc/c", &["3 !x.c A 10.0.0.1"]),
            (1, "s/svc/a", &["4 x.c A 10.0.0.1"]),
        ],
    );
    insta::assert_snapshot!(text(&of(&before, &after)), @r"
    added x.c.
      None Some(60) A 10.0.0.1 by p0/r1/s/svc/a p0/r2/s/svc/b
    added conflict x.c. A of p0/s/svc/c: it is exclusive, and another service has it too
    added conflict x.c. A of p1/s/svc/a: a policy before this one has it
    ");
}

#[test]
fn zones_come_go_and_have_another_soa_but_a_serial_is_no_difference() {
    let mut slower = declaration("b");
    slower.soa.refresh += 1;
    let slower = Zone::declare(&slower).unwrap().0;
    let zone = |apex| Zone::declare(&declaration(apex)).unwrap().0;
    let before = zones(&["a", "b", "c"]);
    let after = Zones::new(vec![slower, zone("c"), zone("d")]).with_serials(|_| 7);
    let comparison = of(&contents(before, &[]), &contents(after, &[]));
    insta::assert_snapshot!(text(&comparison), @r"
    zone a. removed
    zone b. changed
    zone d. added
    ");
    assert_eq!(comparison.totals().zones.sum(), 3);
    assert!(!comparison.is_empty());
}

#[test]
fn what_is_not_served_comes_and_goes_whoever_says_it() {
    let zones = || zones(&["c"]);
    let (before, after) = (contents(zones(), &[]), contents(zones(), &[]));
    let maker = |policy: &str| Maker {
        policy: policy.into(),
        service: Some("s/svc/web".into()),
        ..Maker::default()
    };
    let bad = crate::record::Record {
        owner: "web.elsewhere.".to_owned(),
        ttl: 60,
        data: crate::record::Rdata::A([10, 0, 0, 1].into()),
        rule: None,
        origin: None,
        exclusive: false,
    };
    let (_, quarantined) = validate(vec![bad], &zones());
    let stays = Fault::failure(maker("p0"), "trap");
    let olds = BTreeSet::from([stays.clone(), Fault::failure(maker("p0"), "over its time")]);
    let news = BTreeSet::from([stays, Fault::quarantined(maker("p0"), &quarantined[0])]);
    let side = |contents, makers, faults| Side {
        contents,
        makers,
        faults,
    };
    let comparison = compare(
        side(&before, &Known(&before), &olds),
        side(&after, &Known(&after), &news),
    );
    insta::assert_snapshot!(text(&comparison), @r"
    removed failure   of p0/s/svc/web: over its time
    added quarantined web.elsewhere. A of p0/s/svc/web: the name is in none of the zones
    ");
}

fn any_said() -> impl Strategy<Value = Vec<CheckedRecord>> {
    let line = proptest::sample::select(vec![
        "0 a.c A 10.0.0.1",
        "0 a.c A 10.0.0.2",
        "1 a.c 30 A 10.0.0.1",
        "1 a.c CNAME b.c.",
        "0 b.c TXT b",
        "2 b.c 30 TXT b",
        "2 c MX 10 b.c.",
        "0 !d.c A 10.0.0.1",
    ]);
    proptest::collection::vec(line, 0..5).prop_map(|lines| records(&lines))
}

/// Names that differ, of all and of these.
fn compared<'n>(
    before: &Contents,
    after: &Contents,
    names: impl Iterator<Item = NameRef<'n>>,
) -> (Vec<ComparedName>, Vec<ComparedName>) {
    let none = BTreeSet::new();
    let side = |contents, makers| Side {
        contents,
        makers,
        faults: &none,
    };
    let (olds, news) = (Known(before), Known(after));
    let (before, after) = (side(before, &olds), side(after, &news));
    let part = compare_names(before, after, names);
    (compare(before, after).names, part)
}

/// Which side, which of its contributors, and what that says from now on.
type Step = (bool, usize, Vec<CheckedRecord>);

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((any::<bool>(), 0..3_usize, any_said()), 0..12)
}

/// Three contributors with nothing to say.
fn empty() -> (Contents, Vec<ContributorId>) {
    let said = [(0, "s/svc/a"), (0, "s/svc/b"), (1, "s/svc/a")];
    let said = said.map(|(rank, label)| (contributor(rank, label), Contribution::default()));
    Contents::build(zones(&["c"]), said.into())
}

proptest! {
    #[test]
    fn following_counts_what_comparing_whole_counts(steps in any_steps()) {
        let ((mut before, ids), (mut after, _)) = (empty(), empty());
        let mut following = Following::begin(&before.zone_set(), &after.zone_set());
        let mut turns = 0;
        for (is_before, at, said) in steps {
            let olds = before.zone_set().delta_to(&after.zone_set()).changes;
            let change = vec![(ids[at], Contribution::from_records(said))];
            let (one, other) = if is_before {
                (before.replace(change), Delta::default())
            } else {
                (Delta::default(), after.replace(change))
            };
            let (old, new) = (before.zone_set(), after.zone_set());
            let now = following.follow((&old, &one), (&new, &other));
            let news = old.delta_to(&new).changes;
            let mut names = BTreeSet::new();
            names.extend(news.iter().filter(|new| !olds.contains(new)).map(|new| &new.name));
            names.extend(olds.iter().filter(|old| !news.contains(old)).map(|old| &old.name));
            turns += names.len() as u64;
            prop_assert_eq!(now, names.len() as u64);
            prop_assert_eq!(following.iter().cloned().collect::<Vec<_>>(), news.clone());
            let totals = of(&before, &after).totals();
            prop_assert_eq!(following.names(), totals.names);
            prop_assert_eq!(following.records(), totals.records);
            prop_assert_eq!(following.turns(), turns);
            let touched = one.changes.iter().chain(&other.changes).map(|change| change.name.as_ref());
            let (whole, part) = compared(&before, &after, touched);
            let is_touched = |name: &&ComparedName| part.contains(name);
            prop_assert_eq!(whole.iter().filter(is_touched).count(), part.len());
            let mut again = following.clone();
            prop_assert_eq!(again.restart(&old, &new), 0);
            prop_assert_eq!(again.records(), totals.records);
        }
    }

    #[test]
    fn a_state_does_not_differ_from_itself_and_two_differ_alike_either_way(one in any_said(), other in any_said()) {
        let build = |records: &[CheckedRecord]| {
            let said = Contribution::from_records(records.to_vec());
            Contents::build(zones(&["c"]), vec![(contributor(0, "s/svc/a"), said)]).0
        };
        let (one, other) = (build(&one), build(&other));
        prop_assert!(of(&one, &one).is_empty());
        let there = of(&one, &other).totals();
        let back = of(&other, &one).totals();
        prop_assert_eq!(there.records.added, back.records.removed);
        prop_assert_eq!(there.names.changed, back.names.changed);
        prop_assert_eq!(there.faults.added, back.faults.removed);
    }
}
