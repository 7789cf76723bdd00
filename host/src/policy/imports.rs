//! What a policy may call: `log`, and nothing else.
//!
//! A policy has no ambient authority: no clock, no files, no network, no randomness. Then its answers depend on what it was
//! given and nothing else, the same on every node and in every test. Components that toolchains have filled with WASI
//! imports are let in, since most never call them; each is a trap that names it. Any other import is refused before the
//! component is brought to life, by name: it was made for a host that gives what this one does not.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, error, info, warn};
use wasmtime::component::types::{self, ComponentItem};

use super::contract::Contract;
use super::deadline::Deadline;
use super::limits::{LOG_LINE, LOG_LINES, Limiter};
use super::{Refusal, Stage};

/// Interfaces of ours that a policy may import, each with its functions; the others hold types only.
const KNOWN: [(&str, &[&str]); 3] = [("log", &["log"]), ("dns", &[]), ("cluster", &[])];

/// What to do against WASI imports, in each language we have tried.
pub(super) const WITHOUT_WASI: &str = "a policy has no clock, files, network or randomness; build it without: Rust for the target \
     wasm32-unknown-unknown (`zonesmith policy build`), JavaScript and Python with `--stub-wasi`, componentize-js with all \
     features disabled";

/// Whether everything that the component called `name` imports can be given to it.
///
/// # Errors
///
/// A refusal that names what cannot.
pub(super) fn check(
    name: &str,
    contract: Contract,
    engine: &wasmtime::Engine,
    component: &types::Component,
) -> Result<(), Refusal> {
    let unknown: Vec<_> = component
        .imports(engine)
        .flat_map(|(import, item)| unknown_in(contract, import, &functions(engine, &item.ty)))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{name} imports {}, which no policy is given here; a policy may import zonesmith:policy/log@1.0.0, and wasi:* \
         as long as it does not call it. If the import is of a newer contract, update Zonesmith, else build the policy \
         without it",
        unknown.join(", ")
    );
    Err(Refusal {
        stage: Stage::Link,
        reason,
    })
}

/// The functions of an imported interface.
fn functions(engine: &wasmtime::Engine, item: &ComponentItem) -> Vec<String> {
    let ComponentItem::ComponentInstance(interface) = item else {
        return Vec::new();
    };
    let functions = interface
        .exports(engine)
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)));
    functions.map(|(function, _)| function.to_owned()).collect()
}

/// What of an import is not to be had: all of it, or functions that a later version has. They are looked for here, since the
/// linker is about to make a trap of everything it does not know.
fn unknown_in(contract: Contract, import: &str, functions: &[String]) -> Vec<String> {
    if import.starts_with("wasi:") {
        return Vec::new();
    }
    let ours = import
        .strip_prefix("zonesmith:policy/")
        .and_then(|rest| rest.split_once('@'));
    let known = ours
        .filter(|(_, version)| contract.includes(version))
        .and_then(|(interface, _)| KNOWN.iter().find(|(known, _)| *known == interface));
    match known {
        None => vec![import.to_owned()],
        Some((_, known)) => {
            let unknown = functions
                .iter()
                .filter(|function| !known.contains(&function.as_str()));
            unknown
                .map(|function| format!("{import}#{function}"))
                .collect()
        }
    }
}

/// How much a log line of a policy matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// For the author.
    Debug,
    /// Something happened.
    Info,
    /// The policy coped.
    Warn,
    /// The policy did not.
    Error,
}

/// What the host keeps for one instance: the data of its store.
pub(super) struct Host {
    policy: Arc<str>,
    /// What the instance has taken.
    pub(super) limiter: Limiter,
    /// Of the call that runs.
    deadline: Option<Deadline>,
    lines: u32,
    /// Of the call that runs.
    most_lines: u32,
    last_error: Option<String>,
}

impl Host {
    /// For an instance of the policy of that name.
    pub(super) fn new(policy: Arc<str>) -> Self {
        Self {
            policy,
            limiter: Limiter::default(),
            deadline: None,
            lines: 0,
            most_lines: 0,
            last_error: None,
        }
    }

    /// A new call begins, which may take `limit` and write so many lines.
    pub(super) fn begin_call(&mut self, limit: Duration, most_lines: u32) {
        self.most_lines = most_lines;
        self.deadline = Some(Deadline::start(limit));
        self.lines = 0;
        self.last_error = None;
    }

    /// How long the call may still run, if at all.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.deadline.and_then(|deadline| deadline.left())
    }

    /// A call is over: says how many of its lines were dropped.
    pub(super) fn end_call(&self) {
        let dropped = self.lines.saturating_sub(self.most_lines);
        if dropped > 0 && self.most_lines > 0 {
            warn!(
                policy = &*self.policy,
                dropped, "the policy logged more than {LOG_LINES} lines in one call"
            );
        }
    }

    /// The last line that the call wrote as an error: what a policy says when it panics.
    pub(super) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Writes one line of the policy to our log, cut to size and on one line.
    pub(super) fn write_line(&mut self, level: Level, message: &str) {
        self.lines = self.lines.saturating_add(1);
        if self.lines > self.most_lines {
            // Of a call that may write nothing, what it says when it panics is told with the failure.
            if self.most_lines == 0 && level == Level::Error {
                self.last_error = Some(one_line(message));
            }
            return;
        }
        let message = one_line(message);
        let policy = &*self.policy;
        match level {
            Level::Debug => debug!(policy, "{message}"),
            Level::Info => info!(policy, "{message}"),
            Level::Warn => warn!(policy, "{message}"),
            Level::Error => {
                error!(policy, "{message}");
                self.last_error = Some(message);
            }
        }
    }
}

/// At most [`LOG_LINE`] octets of `message`, control characters escaped: a policy writes a line of ours, not several, and
/// does not colour the terminal.
fn one_line(message: &str) -> String {
    let cut = message
        .get(..message.floor_char_boundary(LOG_LINE))
        .unwrap_or(message)
        .trim_end();
    let mut line = String::with_capacity(cut.len());
    for character in cut.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_cut_between_characters() {
        assert_eq!(one_line("two\nlines\u{1b}[31m\n"), r"two\nlines\u{1b}[31m");
        let long = one_line(&"é".repeat(600));
        assert_eq!(long.len(), 1024);
        assert_eq!(one_line(&format!("x{}", "é".repeat(600))).len(), 1023);
    }

    #[test]
    fn only_wasi_and_our_own_are_known() {
        let unknown = |import: &str, functions: &[&str]| {
            let functions: Vec<_> = functions
                .iter()
                .map(|function| (*function).to_owned())
                .collect();
            unknown_in(Contract::SinceV1_0, import, &functions)
        };
        for (import, function) in [
            ("wasi:clocks/monotonic-clock@0.2.6", "now"),
            ("zonesmith:policy/log@1.0.0", "log"),
            ("zonesmith:policy/log@1.7.0", "log"),
        ] {
            assert!(unknown(import, &[function]).is_empty(), "{import}");
        }
        assert!(unknown("zonesmith:policy/dns@1.3.0", &[]).is_empty());
        for import in [
            "zonesmith:policy/clock@1.0.0",
            "zonesmith:policy/log@0.1.0",
            "zonesmith:policy/log@2.0.0",
            "zonesmith:policy/log",
            "log",
            "other:package/log@0.1.0",
            "wasi",
        ] {
            assert_eq!(unknown(import, &["log"]), [import]);
        }
        let later = unknown("zonesmith:policy/log@1.7.0", &["log", "count"]);
        assert_eq!(
            later,
            ["zonesmith:policy/log@1.7.0#count"],
            "a function of a later version"
        );
    }
}
