//! Contents against a model that knows nothing of maps: the same contributions, built from nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::conflict::ConflictKind;
use crate::delta::NameChange;
use crate::map::Entry;
use crate::packed::{Records, records_of};
use crate::test_zone::{contributor, printed, record, zones};
use crate::validate::CheckedRecord;

/// Ranks, paths of services and their records: few names and types, so that they meet.
fn any_record() -> impl Strategy<Value = CheckedRecord> {
    let owner = proptest::sample::select(vec![
        "c", "a.c", "b.a.c", "x.b.a.c", "d.c", "n.c", "e.n.c", "f.c",
    ]);
    let data = proptest::sample::select(vec![
        "A 10.0.0.1",
        "A 10.0.0.2",
        "A 10.0.0.3",
        "TXT a",
        "TXT b",
        "PTR p.",
        "PTR q.",
        "CNAME s.",
        "CNAME t.",
        "DNAME u.",
        "DNAME v.",
        "NS w.",
    ]);
    (owner, data, 1..4_u32, prop::bool::weighted(0.2)).prop_map(|(owner, data, ttl, exclusive)| {
        let mark = if exclusive { "!" } else { "" };
        record(&format!("{mark}{owner} {ttl} {data}"))
    })
}

fn any_contribution() -> impl Strategy<Value = Contribution> {
    proptest::collection::vec(any_record(), 0..7).prop_map(Contribution::from_records)
}

fn any_contributor() -> impl Strategy<Value = Contributor> {
    (0..3_u32, 0..5_u32).prop_map(|(rank, service)| {
        let label = if service == 0 {
            String::new()
        } else {
            format!("shop/svc/s{service}")
        };
        contributor(rank, &label)
    })
}

fn any_stack() -> impl Strategy<Value = Vec<(Contributor, Contribution)>> {
    proptest::collection::vec((any_contributor(), any_contribution()), 0..8)
}

/// One thing a writer does. Contributors are numbered in the order in which they came.
#[derive(Debug, Clone)]
enum Step {
    Add(Contributor, Contribution),
    Replace(Vec<(prop::sample::Index, Contribution)>),
    Remove(Vec<prop::sample::Index>),
}

fn any_step() -> impl Strategy<Value = Step> {
    let changes =
        proptest::collection::vec((any::<prop::sample::Index>(), any_contribution()), 1..4);
    let ids = proptest::collection::vec(any::<prop::sample::Index>(), 1..3);
    prop_oneof![
        3 => (any_contributor(), any_contribution()).prop_map(|(who, says)| Step::Add(who, says)),
        4 => changes.prop_map(Step::Replace),
        2 => ids.prop_map(Step::Remove),
    ]
}

fn apexes() -> Zones {
    zones(&["c", "n.c"])
}

/// Names and their packed records.
type Model = BTreeMap<Name, Box<[u8]>>;

fn model(zone_set: &ZoneSet) -> Model {
    ZoneSet::default()
        .delta_to(zone_set)
        .changes
        .into_iter()
        .map(|change| (change.name, change.after.unwrap()))
        .collect()
}

fn apply(delta: &Delta, model: &mut Model) {
    assert!(
        delta.changes.is_sorted_by(|one, next| one.name < next.name),
        "in order, each name once"
    );
    for NameChange {
        name,
        before,
        after,
    } in delta.changes.clone()
    {
        assert_ne!(before, after, "{name} changed");
        let replaced = match after {
            Some(after) => model.insert(name, after),
            None => model.remove(&name),
        };
        assert_eq!(replaced, before);
    }
}

/// Conflicts by who loses instead of by number.
fn losers(contents: &Contents) -> Vec<(Name, u16, ConflictKind, u32, Arc<str>)> {
    let mut losers = Vec::new();
    for (name, conflicts) in contents.conflicts() {
        for Conflict { rtype, loser, kind } in conflicts {
            let Contributor { rank, label } = contents.contributor(*loser).unwrap();
            losers.push((name.clone(), *rtype, *kind, *rank, label.clone()));
        }
    }
    losers.sort();
    losers
}

/// Rank and path.
type Who = (u32, Arc<str>);

/// Contributors by name, without their numbers.
fn sharers(contents: &Contents) -> BTreeMap<Box<[u8]>, Vec<Who>> {
    let who = |id: &ContributorId| {
        contents
            .contributor(*id)
            .map(|who| (who.rank, who.label.clone()))
            .unwrap()
    };
    let mut sharers = BTreeMap::new();
    for (key, ids) in &contents.shared {
        let mut ids: Vec<_> = ids.iter().map(who).collect();
        ids.sort();
        sharers.insert(key.clone(), ids);
    }
    sharers
}

fn cuts(contents: &Contents) -> Vec<Vec<u8>> {
    contents.cuts.range_from(&[]).map(Entry::key).collect()
}

/// Cuts by looking at every name.
fn names_with_nameservers(contents: &Contents) -> Vec<Vec<u8>> {
    let entries = contents.map.range_from(&[]);
    entries
        .filter(|entry| {
            let mut records = Records::new(records_of(entry.value()));
            let is_apex = contents
                .zones
                .find_apex(NameRef::from_key(&entry.key()))
                .is_some();
            records.any(|record| record.rtype == 2) && !is_apex
        })
        .map(Entry::key)
        .collect()
}

fn assert_same(one: &Contents, other: &Contents) -> Result<(), TestCaseError> {
    prop_assert_eq!(printed(&one.zone_set()), printed(&other.zone_set()));
    prop_assert_eq!(one.zone_set().names(), other.zone_set().names());
    prop_assert_eq!(cuts(one), cuts(other));
    prop_assert_eq!(losers(one), losers(other));
    prop_assert_eq!(sharers(one), sharers(other));
    prop_assert!(one.zone_set().delta_to(&other.zone_set()).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_order_of_contributions_does_not_matter((stack, shuffled) in any_stack().prop_flat_map(|stack| (Just(stack.clone()), Just(stack).prop_shuffle()))) {
        let (one, _) = Contents::build(apexes(), stack);
        let (other, _) = Contents::build(apexes(), shuffled);
        assert_same(&one, &other)?;
    }

    #[test]
    fn a_delta_leads_from_one_set_to_the_other(from in any_stack(), to in any_stack()) {
        let from = Contents::build(apexes(), from).0.zone_set();
        let to = Contents::build(apexes(), to).0.zone_set();
        let delta = from.delta_to(&to);
        let mut names = model(&from);
        apply(&delta, &mut names);
        prop_assert_eq!(&names, &model(&to));
        prop_assert_eq!(from.names() + delta.added() - delta.removed(), to.names());
        apply(&to.delta_to(&from), &mut names);
        prop_assert_eq!(&names, &model(&from));
    }

    #[test]
    fn what_was_added_and_removed_leaves_no_trace(stack in any_stack(), others in any_stack()) {
        let (mut contents, _) = Contents::build(apexes(), stack);
        let before = contents.clone();
        let names = model(&contents.zone_set());
        let ids: Vec<_> = others.iter().map(|(who, _)| contents.add(who.clone())).collect();
        let added = contents.replace(ids.iter().copied().zip(others.into_iter().map(|(_, says)| says)).collect());
        let removed = contents.remove(&ids);
        let mut changed = names.clone();
        apply(&added, &mut changed);
        apply(&removed, &mut changed);
        prop_assert_eq!(changed, names);
        assert_same(&before, &contents)?;
    }

    #[test]
    fn following_changes_is_building_anew(stack in any_stack(), steps in proptest::collection::vec(any_step(), 0..12)) {
        let (mut contents, mut ids) = Contents::build(apexes(), stack.clone());
        let mut said: BTreeMap<ContributorId, (Contributor, Contribution)> = ids.iter().copied().zip(stack).collect();
        let mut names = model(&contents.zone_set());
        for step in steps {
            let older = contents.zone_set();
            let older_text = printed(&older);
            let delta = match step {
                Step::Add(who, says) => {
                    let id = contents.add(who.clone());
                    prop_assert!(said.insert(id, (who, says.clone())).is_none(), "a number in use was given away");
                    ids.push(id);
                    contents.replace(vec![(id, says)])
                }
                Step::Replace(_) | Step::Remove(_) if ids.is_empty() => continue,
                Step::Replace(changes) => {
                    let changes: Vec<_> = changes.into_iter().map(|(at, says)| (*at.get(&ids), says)).collect();
                    for (id, says) in &changes {
                        said.get_mut(id).unwrap().1 = says.clone();
                    }
                    contents.replace(changes)
                }
                Step::Remove(picked) => {
                    let picked: Vec<_> = picked.into_iter().map(|at| *at.get(&ids)).collect();
                    ids.retain(|id| !picked.contains(id));
                    said.retain(|id, _| !picked.contains(id));
                    contents.remove(&picked)
                }
            };
            apply(&delta, &mut names);
            prop_assert_eq!(&names, &model(&contents.zone_set()));
            prop_assert_eq!(&delta, &older.delta_to(&contents.zone_set()));
            prop_assert_eq!(printed(&older), older_text, "a snapshot changed");
            let (anew, _) = Contents::build(apexes(), said.values().cloned().collect());
            assert_same(&contents, &anew)?;
            prop_assert_eq!(cuts(&contents), names_with_nameservers(&contents));
        }
        for (name, _) in names {
            let mut who: Vec<_> = contents.contributors_of(name.as_ref());
            who.sort();
            let expected: Vec<_> = said.iter().filter(|(_, (_, says))| !says.find(name.as_ref()).is_empty()).map(|(id, _)| *id).collect();
            prop_assert_eq!(who, expected);
        }
    }
}

#[test]
fn a_name_that_changes_hands_has_not_changed() {
    let one = Contribution::from_records(vec![record("a.c A 10.0.0.1")]);
    let (mut contents, ids) = Contents::build(
        apexes(),
        vec![
            (contributor(0, "a"), one.clone()),
            (contributor(0, "b"), Contribution::default()),
        ],
    );
    let delta = contents.replace(vec![(ids[0], Contribution::default()), (ids[1], one)]);
    assert!(delta.is_empty());
    assert_eq!(
        contents.contributors_of(Name::parse("a.c").unwrap().as_ref()),
        [ids[1]]
    );
}

#[test]
fn contributors_that_are_gone_say_nothing() {
    let says = Contribution::from_records(vec![record("a.c A 10.0.0.1")]);
    let mut contents = Contents::build(apexes(), vec![]).0;
    let gone = contents.add(contributor(0, "a"));
    assert!(contents.remove(&[gone, gone]).is_empty());
    assert!(contents.replace(vec![(gone, says.clone())]).is_empty());
    assert_eq!(contents.contributor(gone), None);
    let next = contents.add(contributor(0, "b"));
    let other = contents.add(contributor(0, "c"));
    assert_ne!(next, other, "a number is given away once");
    assert_eq!(
        contents
            .replace(vec![(next, says.clone()), (next, says)])
            .added(),
        1
    );
}

#[test]
fn new_serials_are_no_change_of_names() {
    let mut contents = Contents::build(apexes(), vec![]).0;
    let before = contents.zone_set();
    contents.set_zones(before.zones().with_serials(|zone| zone.serial() + 41));
    assert!(
        contents
            .zone_set()
            .zones()
            .iter()
            .all(|zone| zone.serial() == 42)
    );
    assert!(before.zones().iter().all(|zone| zone.serial() == 1));
    assert!(before.delta_to(&contents.zone_set()).is_empty());
}
