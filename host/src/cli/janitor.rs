//! `zonesmith janitor`: what the daemon's own janitor does, in a process of its own: without the daemon's rights, or on the
//! host of a recursor.

use std::time::Duration;

use clap::Args;
use tokio::sync::{mpsc, watch};
use toml_edit::{Array, Item, value};
use tracing::{info, warn};
use zonesmith_zone::name::Name;

use super::Exit;
use super::follow::until_ended;
use super::reach::Reach;
use crate::admin::client::{Client, Told};
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::config::place::Role;
use crate::janitor::Janitor;
use crate::janitor::settings::Settings;
use crate::janitor::word::{Step, WORDS, Word};
use crate::snapshot::event::Event;

/// How long a stream that was cut waits before it is begun again. Until then nothing is purged, so it is short.
const RETRY: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  zonesmith janitor --recursor notify:10.0.0.1      beside the daemon, by its admin socket
  zonesmith janitor --daemon 10.0.0.9:9354          of a daemon elsewhere: what is found here
  zonesmith janitor                                 as the configuration says, else what is found

The daemon at an address answers there with `admin.watch` in its configuration; with `janitor.off = true` it purges nothing \
itself. Servers are written as in `janitor.authoritative` and `janitor.recursors`.";

/// Purge caches of what changes
///
/// Follows a daemon and has authoritative servers and recursors forget what changes, as the daemon does itself where it
/// reaches them. It runs until it is ended. When it begins, or has missed something, whole zones are forgotten.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Purge {
    /// The daemon, elsewhere: an address and a port
    #[arg(long, value_name = "HOST:PORT")]
    daemon: Option<String>,

    /// An authoritative server; may be repeated
    #[arg(long = "authoritative", value_name = "SERVER")]
    authoritative: Vec<String>,

    /// A recursor; may be repeated
    #[arg(long = "recursor", value_name = "SERVER")]
    recursors: Vec<String>,

    #[command(flatten)]
    reach: Reach,
}

impl Purge {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let list = |servers: &[String]| -> Option<Item> {
            let array: Array = servers.iter().map(String::as_str).collect();
            (!servers.is_empty()).then(|| value(array))
        };
        let layers = self.reach.layers(Role::Client, environment)?;
        let layers = layers
            .with(
                "janitor.authoritative",
                "--authoritative",
                list(&self.authoritative),
            )
            .with("janitor.recursors", "--recursor", list(&self.recursors));
        let configuration = Configuration::load(layers)?;
        let client = match &self.daemon {
            Some(address) => Client::over(address),
            None => Client::new(&configuration.admin_path.value),
        };
        let settings = Settings {
            authoritative: configuration.janitor_authoritative.value,
            recursors: configuration.janitor_recursors.value,
            ..Settings::default()
        };
        until_ended(follow(client, settings))
    }
}

async fn follow(client: Client, settings: Settings) -> anyhow::Result<()> {
    let (words, heard) = mpsc::channel(WORDS);
    // Nobody changes them; they are followed all the same.
    let (_settings, followed) = watch::channel(settings);
    let janitor = tokio::spawn(Janitor::new(heard, followed).run());
    Listener {
        client,
        words,
        place: None,
        zones: Vec::new(),
    }
    .listen()
    .await;
    janitor.abort();
    Ok(())
}

/// Hears a daemon, and the one that comes after it.
struct Listener {
    client: Client,
    words: mpsc::Sender<Word>,
    /// What was heard last.
    place: Option<String>,
    /// The zones that are served.
    zones: Vec<Name>,
}

impl Listener {
    async fn listen(mut self) {
        let mut is_told = false;
        loop {
            match self.client.watch_purges(self.place.as_deref()).await {
                Ok(mut events) => {
                    is_told = false;
                    info!(place = self.place, "the daemon is heard");
                    while let Ok(Some(told)) = events.next().await {
                        if !self.take(told).await {
                            return;
                        }
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_told, true) {
                        warn!(error = format!("{error:#}"), "no daemon is heard");
                    }
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Passes a word on. Says whether somebody hears it.
    async fn take(&mut self, told: Told) -> bool {
        let word = match &told.event {
            // Where a stream goes on, nothing was missed, or there is a word about it.
            Some(Event::Hello(hello)) if self.place.is_none() => {
                let generation = hello.place.generation;
                Some(Word::anew(generation, hello.zones.as_deref()))
            }
            Some(Event::Change(change)) => Step::told(change).map(Word::Step),
            Some(Event::Reset(reset)) => Some(Word::reset(reset, &self.zones)),
            Some(Event::Bye(bye)) => {
                info!(reason = bye.reason, "the stream ended");
                None
            }
            Some(Event::Hello(_)) | None => None,
        };
        match &word {
            Some(Word::Anew { zones, .. }) => self.zones.clone_from(zones),
            Some(Word::Step(step)) => {
                self.zones.retain(|zone| !step.went.contains(zone));
                self.zones.extend(step.came.iter().cloned());
            }
            None => {}
        }
        let is_heard = match word {
            Some(word) => self.words.send(word).await.is_ok(),
            None => true,
        };
        if told.place.is_some() {
            self.place = told.place;
        }
        is_heard
    }
}
