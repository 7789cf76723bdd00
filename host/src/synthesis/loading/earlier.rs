//! Which of the policies that were live is meant by "back".

use super::super::promotion::Back;
use crate::policy::stack::StackEntry;
use crate::store::policies::{Event, KeptPolicy, MOST_KEPT, Outcome, PolicyState};

/// Digits of a digest that are enough to mean one.
const FEWEST_DIGITS: usize = 4;

/// What is to stand at a place again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Earlier {
    pub(super) place: String,
    /// None: nothing stood there.
    pub(super) policy: Option<KeptPolicy>,
}

/// What `back` means; an error is a sentence.
pub(super) fn earlier(
    state: &PolicyState,
    live: &[StackEntry],
    back: &Back,
) -> Result<Earlier, String> {
    let place = match &back.replace {
        None => None,
        Some(name) => {
            let entry = live.iter().find(|entry| entry.name() == name);
            let entry =
                entry.ok_or_else(|| format!("no policy of the stack is called `{name}`"))?;
            Some(entry.place().to_string())
        }
    };
    let earlier = match &back.digest {
        Some(digest) => by_digest(state, place.as_deref(), digest)?,
        None => before_last(state, place.as_deref())?,
    };
    match &earlier.policy {
        Some(policy) if !state.components.contains(&policy.digest) => Err(format!(
            "the component {} is not kept any more, only those of the last {MOST_KEPT}: `zonesmith policy load` it",
            policy.digest
        )),
        Some(_) | None => Ok(earlier),
    }
}

/// What was live before what is live now at the place, or before the last change of all.
pub(super) fn before_last(state: &PolicyState, place: Option<&str>) -> Result<Earlier, String> {
    let mut events =
        were_live(state).filter(|event| place.is_none_or(|place| event.place == place));
    let nothing = || "nothing was live before that is kept".to_owned();
    let last = events.next().ok_or_else(nothing)?;
    let of_place = were_live(state).filter(|event| event.place == last.place);
    let mut others = of_place.skip(1).filter(|event| {
        let failed = matches!(event.outcome, Outcome::RolledBack { .. });
        !failed && !is_same(event.policy.as_ref(), last.policy.as_ref())
    });
    let policy = match others.next() {
        Some(event) => event.policy.clone(),
        // A place that is none of the configuration was empty before its first policy.
        None if last.place.starts_with(crate::policy::pins::PROMOTED) => None,
        None => return Err(nothing()),
    };
    Ok(Earlier {
        place: last.place.clone(),
        policy,
    })
}

fn by_digest(state: &PolicyState, place: Option<&str>, digest: &str) -> Result<Earlier, String> {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    let digits = digits.to_ascii_lowercase();
    if digits.len() < FEWEST_DIGITS {
        return Err(format!(
            "`{digest}` is too short: a digest is meant by {FEWEST_DIGITS} digits or more"
        ));
    }
    let is_meant = |policy: &KeptPolicy| {
        let text = policy.digest.to_string();
        text.strip_prefix("sha256:")
            .is_some_and(|text| text.starts_with(&digits))
    };
    let mut found: Option<Earlier> = None;
    let mut was_live = false;
    for event in were_live(state) {
        let Some(policy) = event.policy.as_ref().filter(|policy| is_meant(policy)) else {
            continue;
        };
        let live = state.published_last(&event.place);
        let is_live = live.is_some_and(|live| is_same(live.policy.as_ref(), Some(policy)));
        if place.is_some_and(|place| event.place != place) || is_live {
            was_live |= is_live;
            continue;
        }
        match &found {
            None => {
                found = Some(Earlier {
                    place: event.place.clone(),
                    policy: Some(policy.clone()),
                });
            }
            Some(first)
                if first.policy.as_ref().map(|first| first.digest) != Some(policy.digest) =>
            {
                return Err(format!("`{digest}` is the beginning of several digests"));
            }
            Some(first) if first.place != event.place => {
                return Err(format!(
                    "`{digest}` was live at {} and at {}: say with --replace whose place is meant",
                    first.place, event.place
                ));
            }
            Some(_) => {}
        }
    }
    found.ok_or_else(|| {
        if was_live {
            return format!("`{digest}` is live");
        }
        format!("no policy with the digest `{digest}` was live; `zonesmith policy history` lists those that were")
    })
}

/// The last one first.
fn were_live(state: &PolicyState) -> impl Iterator<Item = &Event> {
    let events = state.events.iter().rev();
    events.filter(|event| event.outcome.was_live())
}

fn is_same(one: Option<&KeptPolicy>, other: Option<&KeptPolicy>) -> bool {
    let what =
        |policy: Option<&KeptPolicy>| policy.map(|policy| (policy.digest, policy.settings.clone()));
    what(one) == what(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::store::policies::Cause;

    /// Events of places and policies, each a letter; `-`: nothing; `!`: it failed.
    fn state(events: &[&str]) -> PolicyState {
        let mut state = PolicyState::default();
        for text in events {
            let (place, policy) = text.split_at(1);
            let place = match place {
                "p" => "promoted:p".to_owned(),
                place => place.to_owned(),
            };
            let policy = policy.trim_end_matches('!');
            let policy = (policy != "-").then(|| KeptPolicy {
                name: policy.to_owned(),
                version: "1.0.0".to_owned(),
                digest: Digest::of(policy.as_bytes()),
                settings: "{}".to_owned(),
                signature: None,
            });
            state
                .components
                .extend(policy.as_ref().map(|policy| policy.digest));
            let outcome = if text.ends_with('!') {
                Outcome::RolledBack {
                    reason: "it fails".to_owned(),
                }
            } else {
                Outcome::Published {
                    added: 0,
                    removed: 0,
                    changed: 0,
                }
            };
            state.events.push(Event {
                place,
                time: 0,
                cause: Cause::File,
                policy,
                outcome,
            });
        }
        state
    }

    fn meant(events: &[&str], digest: Option<&str>) -> Result<String, String> {
        let back = Back {
            digest: digest.map(str::to_owned),
            replace: None,
        };
        let earlier = earlier(&state(events), &[], &back)?;
        let policy = earlier
            .policy
            .map_or_else(|| "-".to_owned(), |policy| policy.name);
        Ok(format!("{} {policy}", earlier.place))
    }

    #[test]
    fn back_is_what_was_live_before_at_the_place_of_the_last_change() {
        for (events, expected) in [
            (&["aX", "aY"][..], "a X"),
            (&["aX", "bZ", "aY"], "a X"),
            (&["aX", "aY", "aX"], "a Y"),
            // What the daemon took back by itself is not what anybody wants.
            (&["aW", "aX", "aY!", "aX"], "a W"),
            (&["aX", "pY"], "promoted:p -"),
            (&["aX", "pY", "p-"], "promoted:p Y"),
        ] {
            assert_eq!(meant(events, None).as_deref(), Ok(expected), "{events:?}");
        }
        for events in [&[][..], &["aX"], &["aX", "bY"]] {
            let refused = meant(events, None).unwrap_err();
            assert!(
                refused.contains("nothing was live"),
                "{events:?}: {refused}"
            );
        }
    }

    #[test]
    fn a_digest_means_one_policy_by_a_few_of_its_digits() {
        let events = ["aX", "aY", "bZ"];
        // What is live is meant by nobody: the same component with other settings is.
        let full = Digest::of(b"X").to_string();
        let digits = full.strip_prefix("sha256:").unwrap();
        for text in [&full, digits, &digits[..6], &digits[..4].to_uppercase()] {
            assert_eq!(meant(&events, Some(text)).as_deref(), Ok("a X"), "{text}");
        }
        for (events, digest, expected) in [
            (&["aX", "aY"][..], &digits[..3], "too short"),
            (&["aY"], digits, "was live"),
            (&["aX"], digits, "is live"),
            (&["aX", "bX", "aY", "bY"], digits, "whose place"),
        ] {
            let refused = meant(events, Some(digest)).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn what_is_not_kept_any_more_is_not_brought_back() {
        let mut state = state(&["aX", "aY"]);
        state.components.clear();
        let refused = earlier(&state, &[], &Back::default()).unwrap_err();
        assert!(refused.contains("not kept any more"), "{refused}");
    }
}
