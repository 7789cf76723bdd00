//! Until the daemon serves it: a look after each change that concerns the name.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::super::output;
use super::wanted::{self, Wanted};
use crate::admin::Found;
use crate::admin::client::Client;

/// How soon a daemon that does not answer, or serves nothing, is asked again.
const RETRY: Duration = Duration::from_millis(200);

/// Until it is so, or the time is over; with what was there last.
pub(super) async fn wait(
    wanted: &Wanted,
    client: &Client,
    end: Instant,
) -> (bool, Result<Found, String>) {
    let mut last = Err("no daemon answered".to_owned());
    loop {
        let round = timeout_at(end, follow(wanted, client, &mut last)).await;
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
async fn follow(wanted: &Wanted, client: &Client, last: &mut Result<Found, String>) -> bool {
    let names = [wanted.name.clone()];
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
        let found = client.lookup(&wanted.name, wanted.rtype.as_deref()).await;
        *last = found.map_err(|error| output::sentence(&error));
        match last {
            Ok(found) if wanted.is_so(records(found)) => return true,
            Ok(_) => {}
            // Nothing is served; a later change would be told, the first publication is one.
            Err(_) => return false,
        }
    }
}

/// What is there instead.
pub(super) fn instead(last: &Result<Found, String>) -> String {
    match last {
        Err(sentence) => sentence.clone(),
        Ok(found) if found.status == "NXDOMAIN" && found.records.is_empty() => {
            format!("there is no name {}", found.name)
        }
        Ok(found) => wanted::list(&found.name, records(found)),
    }
}

fn records(found: &Found) -> impl Iterator<Item = (&str, &str)> {
    found
        .records
        .iter()
        .map(|record| (record.rtype.as_str(), record.record.content.as_str()))
}
