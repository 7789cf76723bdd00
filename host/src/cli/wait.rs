//! `zonesmith wait`: until a name is there, or gone.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout_at};
use zonesmith_zone::rdata;

use super::Exit;
use super::ask::with_last_dot;
use super::output::{self, Format};
use super::reach::Reach;
use crate::admin::Found;
use crate::admin::client::Client;
use crate::config::environment::Environment;

/// How soon a daemon that does not answer, or serves nothing, is asked again.
const RETRY: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  zonesmith wait web.shop.svc.demo                     any record
  zonesmith wait web.shop.svc.demo A 10.22.0.5         exactly this one, beside others
  zonesmith wait web.shop.svc.demo --gone --timeout 10

The exit code is 0 when it is so, 1 when it was not until the end: then it says what is there instead.";

/// Wait until a name is served, or is not any more
///
/// Waits for the daemon, too, when it is not there yet. What is served here may still be another in the caches of name
/// servers.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Wait {
    /// A name, or an address
    name: String,

    /// A type of records: A, AAAA, SRV, PTR, …
    #[arg(value_name = "TYPE")]
    rtype: Option<String>,

    /// What one of the records is to say, as in a master file
    #[arg(value_name = "VALUE", num_args = 0..)]
    value: Vec<String>,

    /// Until it is not there
    #[arg(long)]
    gone: bool,

    /// How many seconds at most
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    timeout: f64,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

/// What is waited for.
struct Wanted {
    name: String,
    rtype: Option<String>,
    /// As the daemon writes it.
    value: Option<String>,
    is_gone: bool,
}

impl Wait {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let client = self.reach.admin(environment)?;
        let wanted = Wanted::read(&self.name, self.rtype.as_deref(), &self.value, self.gone)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start a runtime")?;
        let limit = Duration::from_secs_f64(self.timeout);
        let (is_so, last) = runtime.block_on(wanted.wait(&client, limit));
        match self.format {
            Format::Json => output::print_json(&json!({
                "waited-for": wanted.text(),
                "is-so": is_so,
                "found": last.as_ref().ok(),
                "error": last.as_ref().err(),
            }))?,
            Format::Table if is_so => {}
            Format::Table => output::remark(format_args!(
                "after {} s still not so: {}; {}",
                self.timeout,
                wanted.text(),
                instead(&last)
            )),
        }
        Ok(if is_so { Exit::Done } else { Exit::Failed })
    }
}

impl Wanted {
    fn read(
        name: &str,
        rtype: Option<&str>,
        value: &[String],
        is_gone: bool,
    ) -> anyhow::Result<Self> {
        let (name, is_address) = match name.parse() {
            Ok(address) => (
                zonesmith_zone::reverse::reverse_name(address).to_string(),
                true,
            ),
            Err(_) => (with_last_dot(name.to_owned()), false),
        };
        let rtype = rtype
            .map(str::to_uppercase)
            .or_else(|| is_address.then(|| "PTR".to_owned()))
            .filter(|rtype| rtype != "ANY");
        let value = match (&rtype, value) {
            (_, []) => None,
            (Some(rtype), words) => Some(canonical(rtype, &words.join(" "))?),
            (None, _) => anyhow::bail!("a value has a type: `wait {name} A 10.0.0.1`"),
        };
        Ok(Self {
            name,
            rtype,
            value,
            is_gone,
        })
    }

    /// Until it is so, or the time is over; with what was there last.
    async fn wait(&self, client: &Client, limit: Duration) -> (bool, Result<Found, String>) {
        let end = Instant::now() + limit;
        let mut last = Err("no daemon answered".to_owned());
        loop {
            let round = timeout_at(end, self.follow(client, &mut last)).await;
            match round {
                Ok(true) => return (true, last),
                // The daemon is not there, or serves nothing: not yet, or not any more.
                Ok(false) if Instant::now() + RETRY < end => sleep(RETRY).await,
                Ok(false) | Err(_) => return (false, last),
            }
        }
    }

    /// Asks, and again with each change, as long as a stream of changes lasts. The stream is begun first: what changes
    /// after the answer is in it.
    async fn follow(&self, client: &Client, last: &mut Result<Found, String>) -> bool {
        let names = [self.name.clone()];
        let mut events = match client.watch(&names, &[], None).await {
            Ok(events) => events,
            Err(error) => {
                *last = Err(output::sentence(&error));
                return false;
            }
        };
        loop {
            match events.next().await {
                Ok(Some(told)) if told.event.is_some() => {}
                Ok(Some(_)) => continue,
                Ok(None) | Err(_) => return false,
            }
            let found = client.lookup(&self.name, self.rtype.as_deref()).await;
            *last = found.map_err(|error| output::sentence(&error));
            match last {
                Ok(found) if self.is_so(found) => return true,
                Ok(_) => {}
                // Nothing is served; a later change would be told, the first publication is one.
                Err(_) => return false,
            }
        }
    }

    fn is_so(&self, found: &Found) -> bool {
        let is_it = |rtype: &str, content: &str| {
            self.rtype.as_deref().is_none_or(|wanted| wanted == rtype)
                && self.value.as_deref().is_none_or(|wanted| wanted == content)
        };
        let is_there = found
            .records
            .iter()
            .any(|record| is_it(&record.rtype, &record.record.content));
        is_there != self.is_gone
    }

    fn text(&self) -> String {
        let words = [Some(&self.name), self.rtype.as_ref(), self.value.as_ref()];
        let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
        let is = if self.is_gone { "is gone" } else { "is served" };
        format!("{} {is}", words.join(" "))
    }
}

/// What is there instead.
fn instead(last: &Result<Found, String>) -> String {
    let found = match last {
        Ok(found) => found,
        Err(sentence) => return sentence.clone(),
    };
    if found.records.is_empty() {
        return match (found.status.as_str(), &found.zone) {
            ("NXDOMAIN", _) => format!("there is no name {}", found.name),
            (_, _) => format!("{} is there, without such a record", found.name),
        };
    }
    let records = found
        .records
        .iter()
        .map(|record| format!("{} {}", record.rtype, record.record.content));
    format!("there is {}", records.collect::<Vec<_>>().join(", "))
}

/// A value as the daemon writes it.
fn canonical(rtype: &str, text: &str) -> anyhow::Result<String> {
    let (number, octets) = rdata::read(rtype, text)
        .with_context(|| format!("`{text}` is nothing that a record of type {rtype} says"))?;
    let mut content = Vec::new();
    rdata::write_content(number, &octets, &mut content);
    Ok(String::from_utf8_lossy(&content).into_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    /// A week: longer than anyone waits, and no deadline that cannot be written.
    const LONGEST: f64 = 604_800.0;
    match text.parse() {
        Ok(seconds) if (0.0..=LONGEST).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err(format!("a number of seconds from 0 to {LONGEST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::FoundRecord;
    use crate::snapshot::event::RecordEvent;

    fn found(records: &[(&str, &str)]) -> Found {
        let records = records.iter().map(|(rtype, content)| FoundRecord {
            rtype: (*rtype).into(),
            record: RecordEvent {
                ttl: 60,
                content: (*content).into(),
            },
        });
        Found {
            name: "web.demo.".into(),
            records: records.collect(),
            ..Found::default()
        }
    }

    #[test]
    fn a_record_is_known_however_its_value_is_written() {
        let there = found(&[
            ("A", "10.0.0.5"),
            ("CNAME", "other.demo."),
            ("SRV", "0 10 80 web.demo."),
        ]);
        for (rtype, value, is_there) in [
            (None, "", true),
            (Some("a"), "", true),
            (Some("AAAA"), "", false),
            (Some("A"), "10.0.0.5", true),
            (Some("A"), "10.0.0.6", false),
            (Some("cname"), "OTHER.demo", true),
            (Some("SRV"), "0 10 80 web.demo", true),
        ] {
            let value: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
            for is_gone in [false, true] {
                let wanted = Wanted::read("web.demo", rtype, &value, is_gone).unwrap();
                assert_eq!(
                    wanted.is_so(&there),
                    is_there != is_gone,
                    "{}",
                    wanted.text()
                );
            }
        }
    }

    #[test]
    fn a_value_that_no_record_can_have_is_an_error() {
        assert!(Wanted::read("web.demo", Some("A"), &["x".into()], false).is_err());
        let address = Wanted::read("10.22.0.5", None, &[], false).unwrap();
        assert_eq!(address.text(), "5.0.22.10.in-addr.arpa. PTR is served");
    }
}
