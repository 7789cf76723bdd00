//! `zonesmith policy history`: what was live, what was refused, and what can be brought back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::admin::HistoryEvent;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::store::policies::{Cause, Event, Outcome};

/// Digits of a digest that a person is shown.
const DIGITS: usize = 12;

const EXAMPLES: &str = "\
Examples:
  zonesmith policy history
  zonesmith policy history --format json | jq '.[] | select(.[\"is-live\"])'

The last comes first. `*` is live at its place, `-` is not kept any more and cannot be brought back.";

/// List the policies that were live
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct History {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl History {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let events = self.reach.admin(environment)?.policy_history()?;
        match self.format {
            Format::Json => output::print_json(&events)?,
            Format::Table => output::print(table(&events, SystemTime::now()))?,
        }
        Ok(Exit::Done)
    }
}

fn table(events: &[HistoryEvent], now: SystemTime) -> Table {
    let head = [
        "", "POLICY", "VERSION", "DIGEST", "AGE", "BY", "PLACE", "OUTCOME",
    ];
    let mut table = Table::with_head(head);
    for HistoryEvent {
        event,
        is_kept,
        is_live,
    } in events
    {
        let Event {
            place,
            time,
            cause,
            policy,
            outcome,
        } = event;
        let mark = match (is_live, is_kept) {
            (true, _) => "*",
            (false, false) if policy.is_some() => "-",
            (false, _) => "",
        };
        let (name, version, digest) = match policy {
            Some(policy) => {
                let digest = policy.digest.to_string();
                let digest = digest.trim_start_matches("sha256:").chars();
                (
                    policy.name.clone(),
                    policy.version.clone(),
                    digest.take(DIGITS).collect(),
                )
            }
            None => (String::new(), String::new(), String::new()),
        };
        table.push([
            mark.to_owned(),
            name,
            version,
            digest,
            age(*time, now),
            word(*cause).to_owned(),
            place.clone(),
            came(outcome, policy.is_some()),
        ]);
    }
    table
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Start => "start",
        Cause::File => "file",
        Cause::Promote => "promote",
        Cause::Rollback => "rollback",
        Cause::AutomaticRollback => "rollback by itself",
    }
}

fn came(outcome: &Outcome, is_there: bool) -> String {
    match outcome {
        Outcome::Published { .. } if !is_there => "its place is gone".to_owned(),
        Outcome::Published {
            added,
            removed,
            changed,
        } => format!("+{added} names −{removed} names ~{changed} names"),
        Outcome::Refused { stage, reason } => format!("refused at {stage}: {reason}"),
        Outcome::RolledBack { reason } => format!("rolled back by itself: {reason}"),
    }
}

/// How long ago: two units of it at most.
fn age(time: u64, now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH + Duration::from_secs(time));
    let seconds = since.map_or(0, |since| since.as_secs());
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        (_, _, _) => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::digest::Digest;
    use crate::store::policies::KeptPolicy;

    fn event(cause: Cause, octets: Option<&[u8]>, age: u64, outcome: Outcome) -> HistoryEvent {
        HistoryEvent {
            event: Event {
                place: "site.wasm".to_owned(),
                time: 1_000_000 - age,
                cause,
                policy: octets.map(|octets| KeptPolicy {
                    name: "site".to_owned(),
                    version: "1.2.0".to_owned(),
                    digest: Digest::of(octets),
                    settings: "{}".to_owned(),
                    signature: None,
                }),
                outcome,
            },
            is_kept: octets.is_some(),
            is_live: false,
        }
    }

    #[test]
    fn each_event_is_one_line() {
        let published = Outcome::Published {
            added: 3,
            removed: 1,
            changed: 2,
        };
        let refused = Outcome::Refused {
            stage: "guard".to_owned(),
            reason: "it would remove 80 % of the names".to_owned(),
        };
        let failed = Outcome::RolledBack {
            reason: "it fails for 4 of 9 services".to_owned(),
        };
        let mut live = event(Cause::AutomaticRollback, Some(b"1"), 5, published.clone());
        live.is_live = true;
        let events = [
            live,
            event(Cause::Promote, Some(b"2"), 65, failed),
            event(Cause::File, None, 7_300, published.clone()),
            event(Cause::File, Some(b"3"), 90_000, refused),
            event(Cause::Start, Some(b"1"), 200_000, published),
        ];
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_snapshot!(table(&events, now).to_string());
    }
}
