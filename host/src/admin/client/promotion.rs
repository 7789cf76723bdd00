//! Asks a daemon to do something with policies: to look at their files again, or what no file says.

use anyhow::Context as _;
use hyper::Method;

use super::super::{HistoryEvent, Load};
use super::{Client, RELOAD_TIME_LIMIT, STATUS_TIME_LIMIT, escaped};
use crate::synthesis::outcome::Outcome;
use crate::synthesis::promotion::Back;

impl Client {
    /// Has the daemon look again at its policies.
    ///
    /// # Errors
    ///
    /// When no daemon answers. A refused candidate is no error.
    pub fn reload(&self, force: bool) -> anyhow::Result<Outcome> {
        let path = if force {
            "/policy/reload?force=true"
        } else {
            "/policy/reload"
        };
        self.ask(Method::POST, path, RELOAD_TIME_LIMIT)
    }

    /// Has a candidate run in the shadow.
    ///
    /// # Errors
    /// When no daemon answers, or it cannot keep it. A refused candidate is no error.
    pub fn shadow(&self, load: &Load) -> anyhow::Result<Outcome> {
        let body = serde_json::to_vec(load).context("write a request")?;
        self.wait(
            self.exchange_with(Method::POST, "/policy/shadow", body.into()),
            RELOAD_TIME_LIMIT,
        )
    }

    /// Has none run.
    ///
    /// # Errors
    /// When no daemon answers, or none ran.
    pub fn end_shadow(&self) -> anyhow::Result<Outcome> {
        self.ask(Method::DELETE, "/policy/shadow", RELOAD_TIME_LIMIT)
    }

    /// Makes the candidate live.
    ///
    /// # Errors
    /// When no daemon answers, or there is none. A refused candidate is no error.
    pub fn promote(&self, force: bool) -> anyhow::Result<Outcome> {
        let path = format!("/policy/promote?force={force}");
        self.ask(Method::POST, &path, RELOAD_TIME_LIMIT)
    }

    /// Makes live what was before.
    ///
    /// # Errors
    /// When no daemon answers, or it does not have it. That it is refused is no error.
    pub fn roll_back(&self, back: &Back, force: bool) -> anyhow::Result<Outcome> {
        let mut path = format!("/policy/rollback?force={force}");
        for (key, value) in [("digest", &back.digest), ("replace", &back.replace)] {
            if let Some(value) = value {
                path = format!("{path}&{key}={}", escaped(value));
            }
        }
        self.ask(Method::POST, &path, RELOAD_TIME_LIMIT)
    }

    /// What happened to policies, the last first.
    ///
    /// # Errors
    /// When no daemon answers, or its state cannot be read.
    pub fn policy_history(&self) -> anyhow::Result<Vec<HistoryEvent>> {
        self.ask(Method::GET, "/policy/history", STATUS_TIME_LIMIT)
    }
}
