//! `zonesmith status --watch`: the status again and again. It is asked for after each generation, and at least every few
//! seconds: ages grow, and connections come and go without one.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::Exit;
use super::super::follow::until_ended;
use super::super::output::{self, Format, Reader};
use super::text;
use crate::admin::client::{Client, Events};

/// How often it is shown at most: no eye follows more.
const SHORTEST: Duration = Duration::from_secs(1);

/// How often it is shown at least.
const LONGEST: Duration = Duration::from_secs(5);

/// Moves to the top of the screen and clears it.
const TOP: &str = "\u{1b}[H\u{1b}[2J";

pub(super) fn run(client: &Client, format: Format) -> anyhow::Result<Exit> {
    until_ended(show(client, format))
}

async fn show(client: &Client, format: Format) -> anyhow::Result<()> {
    let top = if io::stdout().is_terminal() { TOP } else { "" };
    let mut events: Option<Events> = None;
    let mut is_first = true;
    loop {
        let reader = match (client.ask_status().await, format) {
            (Ok(status), Format::Json) => output::print_json_on(&status)?,
            (Ok(status), Format::Table) => {
                output::print_on(format_args!("{top}{}", text(&status)))?
            }
            // The first time, it is what was asked that is wrong.
            (Err(error), _) if is_first => return Err(error),
            (Err(error), _) => {
                output::complain(&error);
                Reader::There
            }
        };
        if reader == Reader::Gone {
            return Ok(());
        }
        is_first = false;
        sleep(SHORTEST).await;
        if events.is_none() {
            events = client.watch(&[], &[], None).await.ok();
        }
        if let Some(open) = &mut events {
            // Too long, or a word of the daemon: either way it is shown again; a stream that was cut is begun again.
            match timeout(LONGEST - SHORTEST, open.next()).await {
                Ok(Ok(Some(_))) | Err(_) => {}
                Ok(Ok(None) | Err(_)) => events = None,
            }
        }
    }
}
