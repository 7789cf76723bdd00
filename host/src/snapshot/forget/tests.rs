//! Small random zones before and after a change: everything that is untrue is forgotten, and nothing is for no reason.

use proptest::prelude::*;
use zonesmith_zone::zone::Zone;

use super::model::{Change, TYPES, World, names};
use super::seen::Seen;
use super::*;

/// What the forgetting is worked out from.
struct Step {
    before: World,
    after: World,
    zone_sets: [ZoneSet; 2],
    apexes: BTreeSet<Name>,
    forget: Forget,
}

impl Step {
    fn of(before: World, changes: &[Change], is_listed: bool) -> Self {
        let mut after = before.clone();
        for change in changes {
            after.take(change);
        }
        let (old, new) = (before.zone_set(), after.zone_set());
        let delta = old.delta_to(&new);
        let mut aliases = Aliases::default();
        let first = ZoneSet::default().delta_to(&old);
        aliases.follow(&Changed::Names(first.changes.into()), &old);
        let mut different = BTreeSet::new();
        if !is_listed {
            for change in &delta.changes {
                let zone = new.zones().enclosing(change.name.as_ref());
                different.extend(zone.map(|zone| zone.apex().clone()));
                let above = zone.and_then(|zone| new.zones().above(zone));
                different.extend(above.map(|zone| zone.apex().clone()));
            }
        }
        let changed = if is_listed {
            Changed::Names(delta.changes.into())
        } else {
            Changed::Everything
        };
        aliases.follow(&changed, &new);
        let difference = Difference {
            changed: &changed,
            zones: &ZoneChange::between(old.zones(), new.zones()),
            different: &different,
            signed: &[],
            is_chosen_anew: false,
        };
        let forget = Forget::between(&old, &new, &difference, &aliases);
        Self {
            before,
            after,
            apexes: [&old, &new].into_iter().flat_map(apexes).collect(),
            zone_sets: [old, new],
            forget,
        }
    }

    fn answer_differs(&self, name: &Name) -> bool {
        let types = TYPES.iter();
        let mut types = types.filter(|rtype| {
            self.before.answer(name, rtype, 0) != self.after.answer(name, rtype, 0)
        });
        types.next().is_some()
    }

    /// In any zone that PowerDNS may ask for.
    fn reply_differs(&self, name: &Name) -> bool {
        let mut around = self.apexes.iter().filter(|apex| is_within(name, apex));
        around.any(|apex| {
            let [was, is] = self.zone_sets.each_ref().map(|zone_set| {
                let zone = zone_set.zones().find_apex(apex.as_ref());
                zone.map_or(Seen::Nothing, |zone| {
                    Seen::of(zone_set, zone, name.as_ref())
                })
            });
            was.differs(&is)
        })
    }

    /// Whether the name is an alias of one that is forgotten. Its answer may be the same in the end: to find out would take
    /// longer than to forget it.
    fn passes_what_is_forgotten(&self, name: &Name) -> bool {
        let chains = [&self.before, &self.after].map(|world| world.chain(name));
        let mut targets = chains.iter().flatten();
        targets.any(|target| self.forget.resolver.covers(target))
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let Forget {
            authoritative,
            resolver,
        } = &self.forget;
        let mut untrue = Vec::new();
        for name in names() {
            let reply_differs = self.reply_differs(&name);
            let answer_differs = self.answer_differs(&name);
            prop_assert!(
                !reply_differs || authoritative.covers(&name),
                "the reply for {} differs: {:?}",
                name,
                authoritative
            );
            prop_assert!(
                !answer_differs || resolver.covers(&name),
                "the answer to {} differs: {:?}",
                name,
                resolver
            );
            if reply_differs || answer_differs || self.passes_what_is_forgotten(&name) {
                untrue.push(name);
            }
        }
        for name in &authoritative.names {
            prop_assert!(self.reply_differs(name), "nothing differs at {}", name);
        }
        for top in &resolver.subtrees {
            prop_assert!(
                untrue.iter().any(|name| is_within(name, top)),
                "nothing differs below {}",
                top
            );
        }
        Ok(())
    }
}

fn apexes(zone_set: &ZoneSet) -> Vec<Name> {
    zone_set.zones().iter().map(Zone::apex).cloned().collect()
}

/// More where there is time.
fn cases() -> u32 {
    match std::env::var_os("ZONESMITH_LONG") {
        Some(_) => 5_000,
        None => 300,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn what_is_untrue_is_forgotten_and_nothing_for_no_reason(
        before in proptest::collection::vec(Change::any(), 0..14),
        changes in proptest::collection::vec(Change::any(), 1..4),
        is_listed in proptest::bool::weighted(0.9),
    ) {
        let mut world = World::default();
        for change in &before {
            world.take(change);
        }
        let step = Step::of(world, &changes, is_listed);
        if let Err(error) = step.check() {
            return Err(TestCaseError::fail(format!(
                "{error}\nbefore {:#?}\nafter {:#?}", step.before, step.after
            )));
        }
    }
}

#[test]
fn an_extent_says_everything_once() {
    let names = |texts: &[&str]| -> Vec<Name> {
        let names = texts.iter().map(|text| Name::parse(text).unwrap());
        names.collect()
    };
    let extent = Extent::new(
        names(&["b.demo", "a.b.demo", "demo", "b.demo", "ab.demo", "x.y.z"]),
        names(&["z", "y.z", "a.demo", "z", "b.demo"]),
    );
    assert_eq!(*extent.names, *names(&["demo", "ab.demo"]));
    assert_eq!(*extent.subtrees, *names(&["a.demo", "b.demo", "z"]));
    for (name, is_covered) in [
        ("demo", true),
        ("a.demo", true),
        ("c.a.demo", true),
        ("ab.demo", true),
        ("c.ab.demo", false),
        ("c.demo", false),
        (".", false),
        ("z", true),
    ] {
        let name = Name::parse(name).unwrap();
        assert_eq!(extent.covers(&name), is_covered, "{name}");
    }
    assert_eq!(Extent::try_from(&ExtentEvent::from(&extent)), Ok(extent));
}

/// What is forgotten as one line: names, then subtrees with a `$`.
fn text(extent: &Extent) -> String {
    let names = extent.names.iter().map(ToString::to_string);
    let tops = extent.subtrees.iter().map(|top| format!("{top}$"));
    names.chain(tops).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_change_makes_untrue_in_words() {
    for (records, changes, authoritative, resolver) in [
        // An address alone.
        ("a.demo A 1", "a.demo A 2", "a.demo.", "a.demo."),
        // A first name below others makes them exist.
        ("", "a.b.demo A 1", "b.demo. a.b.demo.", "b.demo. a.b.demo."),
        (
            "a.b.demo A 1; b.b.demo A 1",
            "a.b.demo",
            "a.b.demo.",
            "a.b.demo.",
        ),
        // It takes from a wildcard what it covered, with what lies below.
        (
            "*.demo A 1",
            "a.b.demo A 1",
            "b.demo. a.b.demo.",
            "b.demo.$",
        ),
        (
            "*.demo A 1; a.b.demo A 1",
            "b.b.demo A 1",
            "b.b.demo.",
            "b.b.demo.",
        ),
        // A wildcard is one name to PowerDNS, and all that it covers to a resolver.
        ("*.b.demo A 1", "*.b.demo A 2", "*.b.demo.", "b.demo.$"),
        // Aliases, and theirs, also at a wildcard.
        (
            "a.demo A 1; b.demo CNAME a.demo; *.r CNAME b.demo",
            "a.demo A 2",
            "a.demo.",
            "a.demo. b.demo. r.$",
        ),
        // A cut changes what is below it.
        (
            "b.demo A 1; a.b.demo A 1",
            "b.demo NS a.b.demo",
            "b.demo.$",
            "b.demo.$",
        ),
    ] {
        let mut world = World::default();
        let parsed = |text: &str| -> Vec<Change> {
            let lines = text.split("; ").filter(|line| !line.is_empty());
            lines.map(Change::read).collect()
        };
        for change in parsed(records) {
            world.take(&change);
        }
        let step = Step::of(world, &parsed(changes), true);
        step.check().unwrap();
        let said = (
            text(&step.forget.authoritative),
            text(&step.forget.resolver),
        );
        let expected = (authoritative.to_owned(), resolver.to_owned());
        assert_eq!(said, expected, "{records} then {changes}");
    }
}

#[test]
fn of_too_many_names_the_zones_are_forgotten() {
    let mut collected = Collected::default();
    for number in 0..=MOST_NAMES {
        let name = format!("n{number}.demo");
        collected.names.push(Name::parse(&name).unwrap());
    }
    let zone_set = World::default().zone_set();
    let extent = bounded(collected, &ZoneSet::default(), &zone_set);
    assert_eq!(text(&extent), "demo.$");
}
