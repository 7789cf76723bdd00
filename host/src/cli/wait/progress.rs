//! How far each server is: for people a line each, on a terminal rewritten as it changes; for programs an event each.

use std::io::{self, IsTerminal};
use std::time::Duration;

use serde_json::json;

use super::super::output::{self, Format};
use super::servers::Server;
use super::wanted::Wanted;

/// Lines of the terminal end at its edge.
const CUT_LINES: &str = "\u{1b}[?7l";

/// Lines of the terminal go on below, as it begins.
const WRAP_LINES: &str = "\u{1b}[?7h";

/// How far a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It will be asked when its time has come.
    NotAsked,
    /// What it says instead.
    Late(String),
    /// It answered as it is to be, so long after the beginning.
    Right(Duration),
}

/// The servers, and how each is shown.
#[derive(Debug)]
pub(super) struct Progress {
    servers: Vec<(Server, State)>,
    show: Show,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    /// All lines again; whether they were shown before.
    Rewritten {
        is_shown: bool,
    },
    /// A line when a server is right; those that are late are in the last sentence.
    Lines,
    Events,
}

impl Progress {
    pub(super) fn new(servers: impl IntoIterator<Item = Server>, format: Format) -> Self {
        let show = match format {
            Format::Json => Show::Events,
            Format::Table if io::stdout().is_terminal() => Show::Rewritten { is_shown: false },
            Format::Table => Show::Lines,
        };
        let not_asked = |server| (server, State::NotAsked);
        Self {
            servers: servers.into_iter().map(not_asked).collect(),
            show,
        }
    }

    pub(super) fn is_all_right(&self) -> bool {
        let mut states = self.servers.iter().map(|(_, state)| state);
        states.all(|state| matches!(state, State::Right(_)))
    }

    /// Takes what a server says now, and shows it if it is something new.
    pub(super) fn take(&mut self, at: usize, state: State) -> anyhow::Result<()> {
        let Some((server, known)) = self.servers.get_mut(at) else {
            return Ok(());
        };
        if *known == state {
            return Ok(());
        }
        *known = state;
        match self.show {
            Show::Events => output::print_json_on(&event(*server, known)).map(|_| ()),
            Show::Lines if matches!(known, State::Right(_)) => {
                output::print(format_args!("{}\n", line(*server, known)))
            }
            Show::Lines => Ok(()),
            Show::Rewritten { is_shown } => {
                self.show = Show::Rewritten { is_shown: true };
                output::print(self.lines(is_shown))
            }
        }
    }

    /// All lines, over those that are there. One that is too long is cut by the terminal: on two, it would not be written over.
    fn lines(&self, is_shown: bool) -> String {
        let mut text = CUT_LINES.to_owned();
        if is_shown && !self.servers.is_empty() {
            text = format!("{text}\u{1b}[{}A", self.servers.len());
        }
        for (server, state) in &self.servers {
            text = format!("{text}\u{1b}[2K{}\n", line(*server, state));
        }
        text + WRAP_LINES
    }

    /// The last event.
    pub(super) fn print_end(
        &self,
        wanted: &Wanted,
        is_so: bool,
        found: Option<&str>,
    ) -> anyhow::Result<()> {
        if self.show != Show::Events {
            return Ok(());
        }
        let late = self.late().map(|(server, state)| event(*server, state));
        let end = json!({
            "event": "end",
            "waited-for": wanted.text(),
            "is-so": is_so,
            // What the daemon serves instead: then no server was asked.
            "found": found,
            "late": late.collect::<Vec<_>>(),
        });
        output::print_json_on(&end).map(|_| ())
    }

    /// Who is late, and what it says instead: the end of a sentence.
    pub(super) fn late_text(&self) -> String {
        let late = self.late().map(|(server, state)| line(*server, state));
        late.collect::<Vec<_>>().join("; ")
    }

    fn late(&self) -> impl Iterator<Item = &(Server, State)> {
        let servers = self.servers.iter();
        servers.filter(|(_, state)| !matches!(state, State::Right(_)))
    }
}

fn line(server: Server, state: &State) -> String {
    let text = match state {
        State::NotAsked => "not asked yet".to_owned(),
        State::Late(instead) => instead.clone(),
        State::Right(after) => format!("right after {:.2} s", after.as_secs_f64()),
    };
    let text = text.replace(char::is_control, " ");
    format!("{} {}: {text}", server.role_text(), server.address)
}

fn event(server: Server, state: &State) -> serde_json::Value {
    let (word, found, after) = match state {
        State::NotAsked => ("not-asked", None, None),
        State::Late(instead) => ("late", Some(instead), None),
        State::Right(after) => ("right", None, Some(after.as_secs_f64())),
    };
    json!({
        "event": "server",
        "role": server.role_text(),
        "server": server.address.to_string(),
        "state": word,
        "found": found,
        "after-seconds": after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name_server::message::Role;

    #[test]
    fn lines_are_rewritten_in_place_and_the_late_ones_end_the_sentence() {
        let server = |role, address: &str| Server {
            role,
            address: address.parse().unwrap(),
        };
        let servers = [
            server(Role::Authoritative, "10.0.0.1:5300"),
            server(Role::Recursor, "10.0.0.1:53"),
        ];
        let late = State::Late("there is A 10.0.0.4".to_owned());
        let right = State::Right(Duration::from_millis(210));
        let mut progress = Progress::new(servers, Format::Json);
        assert!(!progress.is_all_right());
        progress.servers = vec![(servers[0], right.clone()), (servers[1], late.clone())];
        assert!(!progress.is_all_right());
        assert_eq!(
            progress.lines(true),
            "\u{1b}[?7l\u{1b}[2A\u{1b}[2Kauthoritative 10.0.0.1:5300: right after 0.21 s\n\
             \u{1b}[2Krecursor 10.0.0.1:53: there is A 10.0.0.4\n\u{1b}[?7h"
        );
        assert_eq!(
            progress.late_text(),
            "recursor 10.0.0.1:53: there is A 10.0.0.4"
        );
        assert_eq!(event(servers[1], &late)["found"], "there is A 10.0.0.4");
        assert_eq!(event(servers[0], &right)["after-seconds"], 0.21);
        progress.servers = vec![(servers[0], right)];
        assert!(progress.is_all_right());
    }
}
