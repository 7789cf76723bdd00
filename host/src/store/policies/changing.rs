//! What a change does to each table, within its transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::{
    COMPONENTS, EVENTS, Event, MOST_EVENTS, MOST_KEPT, MOST_OCTETS, Outcome, PINS, Pin, SHADOW,
    Shadow, of, rows, text,
};
use crate::digest::Digest;

pub(super) fn add_components(
    transaction: &WriteTransaction,
    components: &[(Digest, Arc<[u8]>)],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(COMPONENTS)?;
    for (digest, octets) in components {
        let digest = digest.to_string();
        if table.get(digest.as_str())?.is_none() {
            table.insert(digest.as_str(), &**octets)?;
        }
    }
    Ok(())
}

pub(super) fn mark_failed(
    transaction: &WriteTransaction,
    place: &str,
    reason: &str,
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(EVENTS)?;
    let mut last = None;
    for row in table.iter()?.rev() {
        let (number, event) = row?;
        let event: Event = of(event.value())?;
        if event.place == place && event.outcome.was_live() {
            last = Some((number.value(), event));
            break;
        }
    }
    if let Some((number, mut event)) = last {
        event.outcome = Outcome::RolledBack {
            reason: reason.to_owned(),
        };
        table.insert(number, text(&event)?.as_str())?;
    }
    Ok(())
}

pub(super) fn add_events(
    transaction: &WriteTransaction,
    events: &[Event],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(EVENTS)?;
    for event in events {
        let last = match table.last()? {
            Some((number, last)) => Some((number.value(), of::<Event>(last.value())?)),
            None => None,
        };
        let (number, is_again) = match &last {
            Some((number, last)) => (*number, is_again(last, event)),
            None => (0, false),
        };
        let number = if is_again { number } else { number + 1 };
        table.insert(number, text(event)?.as_str())?;
    }
    let surplus = usize::try_from(table.len()?)
        .unwrap_or(usize::MAX)
        .saturating_sub(MOST_EVENTS);
    for _ in 0..surplus {
        table.pop_first()?;
    }
    Ok(())
}

/// Whether the same was refused once more.
fn is_again(last: &Event, event: &Event) -> bool {
    let is_refused = matches!(event.outcome, Outcome::Refused { .. });
    let Event {
        place,
        time: _,
        cause: _,
        policy,
        outcome,
    } = event;
    is_refused && last.place == *place && last.policy == *policy && last.outcome == *outcome
}

/// Lets go the components that nobody needs any more.
pub(super) fn forget(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for row in transaction.open_table(PINS)?.iter()? {
        needed.insert(of::<Pin>(row?.1.value())?.policy.digest.to_string());
    }
    for row in transaction.open_table(SHADOW)?.iter()? {
        needed.insert(of::<Shadow>(row?.1.value())?.policy.digest.to_string());
    }
    let mut table = transaction.open_table(COMPONENTS)?;
    let (mut count, mut octets) = (0, 0);
    let events = rows(&transaction.open_table(EVENTS)?)?;
    let were_live = events.iter().rev().filter(|event| event.outcome.was_live());
    let mut seen = BTreeSet::new();
    for policy in were_live.filter_map(|event| event.policy.as_ref()) {
        let digest = policy.digest.to_string();
        if !seen.insert(digest.clone()) {
            continue;
        }
        let size = table
            .get(digest.as_str())?
            .map_or(0, |row| row.value().len());
        count += 1;
        octets += size;
        if count > MOST_KEPT || octets > MOST_OCTETS {
            break;
        }
        needed.insert(digest);
    }
    table.retain(|digest, _| needed.contains(digest))?;
    Ok(())
}
