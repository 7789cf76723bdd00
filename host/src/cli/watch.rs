//! `zonesmith watch`: what changes, as it changes.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::Exit;
use super::ask::with_last_dot;
use super::follow::until_ended;
use super::output::{self, Format, Reader};
use super::paint::Paint;
use super::reach::Reach;
use crate::admin::client::{Client, Told};
use crate::config::environment::Environment;
use crate::snapshot::event::{Change, Event, Reset, RrsetEvent, ZoneEvent};

/// How long a stream that was cut waits before it is begun again: a daemon that restarts takes about as long.
const RETRY: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "\
Examples:
  zonesmith watch                                 everything, until Ctrl-C
  zonesmith watch web.shop.svc.demo               one name
  zonesmith watch demo 10.in-addr.arpa            whole zones, by their apexes
  zonesmith watch --format json | jq .names[].name

+ a set of records came, - one went, ~ one is another: +CONTENT came and -CONTENT went.";

/// Follow changes
///
/// Prints each generation that differs: names, and the serials of zones. When the daemon is started again, it says so and
/// goes on: what changed in between is not known.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Watch {
    /// Names, or apexes of zones that are served: the zone with all that is in it
    #[arg(value_name = "NAME|ZONE")]
    names: Vec<String>,

    /// Begin with what came after this generation
    #[arg(long, value_name = "GENERATION")]
    since: Option<u64>,

    /// How to print: JSON is an object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Watch {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let client = self.reach.admin(environment)?;
        // Also says at once that no daemon is there, or that this is none.
        let status = client.status()?;
        let is_apex = |name: &String| {
            status
                .zones
                .iter()
                .any(|zone| zone.apex.eq_ignore_ascii_case(name))
        };
        let names = self.names.into_iter().map(with_last_dot);
        let (zones, names): (Vec<_>, Vec<_>) = names.partition(is_apex);
        let follower = Follower {
            client,
            names,
            zones,
            place: self.since.map(|since| since.to_string()),
            printer: Printer {
                format: self.format,
                paint: Paint::of(environment),
            },
        };
        until_ended(follower.follow())
    }
}

/// One stream, and those that follow when it is cut.
struct Follower {
    client: Client,
    names: Vec<String>,
    zones: Vec<String>,
    place: Option<String>,
    printer: Printer,
}

impl Follower {
    async fn follow(mut self) -> anyhow::Result<()> {
        let (mut has_begun, mut is_cut) = (false, false);
        loop {
            let begun = self
                .client
                .watch(&self.names, &self.zones, self.place.as_deref());
            match begun.await {
                Ok(mut events) => {
                    has_begun = true;
                    if std::mem::take(&mut is_cut) {
                        output::remark("the daemon answers again");
                    }
                    while let Ok(Some(told)) = events.next().await {
                        if self.take(told)? == Reader::Gone {
                            return Ok(());
                        }
                    }
                }
                // The first time, it is what was asked that is wrong.
                Err(error) if !has_begun => return Err(error),
                Err(_) => {}
            }
            if !std::mem::replace(&mut is_cut, true) {
                output::remark("the daemon does not answer; waiting for it");
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    fn take(&mut self, told: Told) -> anyhow::Result<Reader> {
        if told.place.is_some() {
            self.place = told.place;
        }
        match told.event {
            Some(Event::Change(change)) => self.printer.change(&change),
            Some(Event::Reset(reset)) => self.printer.reset(&reset),
            Some(Event::Bye(bye)) => {
                output::remark(format_args!("the stream ended: {}", bye.reason));
                Ok(Reader::There)
            }
            Some(Event::Hello(_)) | None => Ok(Reader::There),
        }
    }
}

/// How events are shown.
struct Printer {
    format: Format,
    paint: Paint,
}

impl Printer {
    fn change(&self, change: &Change) -> anyhow::Result<Reader> {
        match self.format {
            Format::Json => output::print_json_on(change),
            Format::Table => output::print_on(text(change, self.paint)),
        }
    }

    fn reset(&self, reset: &Reset) -> anyhow::Result<Reader> {
        let generation = reset.place.generation;
        let sentence = match reset.reason.as_str() {
            "restarted" => {
                format!(
                    "the daemon was started again: what changed before generation {generation} is not known"
                )
            }
            "everything" => {
                format!("generation {generation}: too many names changed to list them")
            }
            _ => {
                format!("what changed before generation {generation} is not kept any more")
            }
        };
        match self.format {
            Format::Json => output::print_json_on(&json!({
                "generation": generation,
                "reset": reset.reason,
            })),
            Format::Table => output::print_on(format_args!(
                "{}\n",
                self.paint.yellow(&format!("! {sentence}"))
            )),
        }
    }
}

/// A generation: a line for each set of records, then for each zone.
fn text(change: &Change, paint: Paint) -> String {
    let mut text = format!("generation {}\n", change.generation);
    for name in &change.names {
        for set in &name.rrsets {
            text.push_str(&set_line(&name.name, set, paint));
        }
    }
    for zone in &change.zones {
        text.push_str(&zone_line(zone, paint));
    }
    text
}

fn set_line(name: &str, set: &RrsetEvent, paint: Paint) -> String {
    let contents = |records: &[crate::snapshot::event::RecordEvent]| {
        let contents = records.iter().map(|record| record.content.as_str());
        contents.collect::<Vec<_>>().join(" ")
    };
    let ttl = |records: &[crate::snapshot::event::RecordEvent]| {
        records.first().map_or(0, |record| record.ttl)
    };
    let rtype = &set.rtype;
    let (before, after) = (&*set.before, &*set.after);
    let line = match (before, after) {
        ([], after) => paint.green(&format!(
            "+ {name}  {}  {rtype}  {}",
            ttl(after),
            contents(after)
        )),
        (before, []) => paint.red(&format!(
            "- {name}  {}  {rtype}  {}",
            ttl(before),
            contents(before)
        )),
        (before, after) => {
            let had = |content: &str| before.iter().any(|record| record.content == content);
            let has = |content: &str| after.iter().any(|record| record.content == content);
            let came = after.iter().filter(|record| !had(&record.content));
            let came = came.map(|record| format!("+{}", record.content));
            let went = before.iter().filter(|record| !has(&record.content));
            let went = went.map(|record| format!("-{}", record.content));
            let differences = came.chain(went).collect::<Vec<_>>().join(" ");
            let ttls = match (ttl(before), ttl(after)) {
                (before, after) if before == after => after.to_string(),
                (before, after) => format!("{before}→{after}"),
            };
            paint.yellow(&format!("~ {name}  {ttls}  {rtype}  {differences}"))
        }
    };
    format!("  {}\n", line.trim_end())
}

fn zone_line(zone: &ZoneEvent, paint: Paint) -> String {
    let ZoneEvent { apex, what, serial } = zone;
    let serial = serial
        .map(|serial| format!("  serial {serial}"))
        .unwrap_or_default();
    let line = match what.as_str() {
        "came" => paint.green(&format!("+ zone {apex}{serial}")),
        "went" => paint.red(&format!("- zone {apex}")),
        _ => paint.yellow(&format!("~ zone {apex}{serial}")),
    };
    format!("  {line}\n")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::snapshot::event::{NameEvent, RecordEvent};

    fn records(ttl: u32, contents: &[&str]) -> Vec<RecordEvent> {
        let records = contents.iter().map(|content| RecordEvent {
            ttl,
            content: (*content).into(),
        });
        records.collect()
    }

    #[test]
    fn a_generation_is_a_line_for_each_difference() {
        let set = |rtype: &str, before, after| RrsetEvent {
            rtype: rtype.into(),
            before,
            after,
        };
        let zone = |what: &str, serial| ZoneEvent {
            apex: "demo.".into(),
            what: what.into(),
            serial,
        };
        let change = Change {
            generation: 17,
            names: vec![NameEvent {
                name: "web.demo.".into(),
                rrsets: vec![
                    set(
                        "A",
                        records(60, &["10.0.0.1", "10.0.0.2"]),
                        records(60, &["10.0.0.2", "10.0.0.3"]),
                    ),
                    set("AAAA", vec![], records(60, &["fd00::1", "fd00::2"])),
                    set("TXT", records(60, &["\"x\""]), vec![]),
                    set(
                        "SRV",
                        records(60, &["0 10 80 web.demo."]),
                        records(30, &["0 10 80 web.demo."]),
                    ),
                ],
            }],
            zones: vec![
                zone("moved", Some(7)),
                zone("came", Some(1)),
                zone("went", None),
            ],
            ..Change::default()
        };
        assert_snapshot!(text(&change, Paint::none()), @r#"
        generation 17
          ~ web.demo.  60  A  +10.0.0.3 -10.0.0.1
          + web.demo.  60  AAAA  fd00::1 fd00::2
          - web.demo.  60  TXT  "x"
          ~ web.demo.  60→30  SRV
          ~ zone demo.  serial 7
          + zone demo.  serial 1
          - zone demo.
        "#);
    }
}
