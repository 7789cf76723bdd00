//! Until name servers answer it. Each server has a task that asks again and again, and says what it hears.
//!
//! Nobody is asked before the daemon serves it, and no recursor before the authoritative server at its address answers it (or
//! is away): a recursor that is asked too early takes the old answer into its cache, and we would wait for what we did.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::super::Exit;
use super::super::output::{self, Format};
use super::progress::{Progress, State};
use super::served;
use super::servers::{self, Asked, Place, Server};
use super::wanted::{self, Wanted};
use crate::admin::client::Client;
use crate::name_server;
use crate::name_server::message::{Question, Word};

/// The first pause between two questions to a server: changes arrive within milliseconds where caches are purged.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The longest one: each is a half longer than the last, so that a server that stays late is not asked for nothing.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Words that tasks said and nobody has read yet: they wait for the terminal.
const WAITING_WORDS: usize = 16;

/// What is to be done.
pub(super) struct Waiting {
    pub(super) client: Client,
    pub(super) wanted: Wanted,
    pub(super) asked: Asked,
    pub(super) end: Instant,
    /// How long that was, as it was said.
    pub(super) seconds: f64,
    pub(super) format: Format,
}

/// A server to ask, when its gate is open.
struct Task {
    at: usize,
    server: Server,
    question: Question,
    /// Closed until the other end is dropped.
    gate: Option<oneshot::Receiver<()>>,
    /// The gate of the next.
    next: Option<oneshot::Sender<()>>,
}

impl Waiting {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let begun = Instant::now();
        let (servers, instead) = match self.places().await? {
            Ok(places) => (self.asked.servers(&places), None),
            Err(instead) => (Vec::new(), Some(instead)),
        };
        let mut progress = Progress::new(servers.iter().flatten().copied(), self.format);
        if instead.is_none() {
            self.follow(&servers, begun, &mut progress).await?;
        }
        let is_so = instead.is_none() && progress.is_all_right();
        progress.print_end(&self.wanted, is_so, instead.as_deref())?;
        if !is_so && self.format == Format::Table {
            let instead = instead.unwrap_or_else(|| progress.late_text());
            output::remark(self.wanted.still_not_so(self.seconds, &instead));
        }
        Ok(if is_so { Exit::Done } else { Exit::Failed })
    }

    /// Asks them all, until all are right or the time is over.
    async fn follow(
        &self,
        servers: &[Vec<Server>],
        begun: Instant,
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let (said, mut heard) = mpsc::channel(WAITING_WORDS);
        for task in self.tasks(servers)? {
            tokio::spawn(task.run(self.wanted.clone(), begun, said.clone()));
        }
        // The tasks hold the others: when they end, so does what is heard.
        drop(said);
        while !progress.is_all_right() {
            match timeout_at(self.end, heard.recv()).await {
                Ok(Some((at, state))) => progress.take(at, state)?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Where servers are, once the daemon serves it; else what there is instead.
    async fn places(&self) -> anyhow::Result<Result<Vec<Place>, String>> {
        let (name, _) = self.wanted.question()?;
        let is_named = !self.asked.places.is_empty();
        let status = timeout_at(self.end, self.client.ask_status());
        let is_served_here = match status.await {
            Ok(Ok(status)) => servers::has_zone_of(&status, &name),
            Ok(Err(_)) | Err(_) => false,
        };
        if !is_named || is_served_here {
            let (is_so, last) = served::wait(&self.wanted, &self.client, self.end).await;
            if !is_so {
                return Ok(Err(served::instead(&last)));
            }
        }
        if is_named {
            return Ok(Ok(self.asked.places.clone()));
        }
        let places = servers::of_cluster(&self.client.ask_status().await?, &name);
        anyhow::ensure!(
            !places.is_empty(),
            "the cluster has no nameservers (`cluster.dns`): say which one with --server"
        );
        Ok(Ok(places))
    }

    fn tasks(&self, servers: &[Vec<Server>]) -> anyhow::Result<Vec<Task>> {
        let (name, rtype) = self.wanted.question()?;
        let mut tasks = Vec::new();
        for at_one_address in servers {
            let mut gate = None;
            for &server in at_one_address {
                let (opener, next_gate) = oneshot::channel();
                tasks.push(Task {
                    at: tasks.len(),
                    server,
                    question: Question::new(&name, rtype, server.role)
                        .map_err(|error| anyhow::anyhow!(error))?,
                    gate: gate.replace(next_gate),
                    next: Some(opener),
                });
            }
        }
        Ok(tasks)
    }
}

impl Task {
    async fn run(mut self, wanted: Wanted, begun: Instant, said: mpsc::Sender<(usize, State)>) {
        if let Some(gate) = self.gate.take() {
            // It is never sent: dropped is open.
            let _ = gate.await;
        }
        let mut pause = FIRST_PAUSE;
        loop {
            // An id of its own for each: a late reply to the one before is not taken for one to this.
            let question = self.question.again();
            let word = name_server::ask(self.server.address, &question).await;
            if word.is_err() {
                self.next = None;
            }
            let state = judge(&wanted, word, begun.elapsed());
            let is_right = matches!(state, State::Right(_));
            if said.send((self.at, state)).await.is_err() || is_right {
                return;
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

/// Whether this is what is waited for.
fn judge(wanted: &Wanted, word: Result<Word, String>, after: Duration) -> State {
    let records = match word {
        Err(reason) | Ok(Word::Neither(reason)) => return State::Late(reason),
        Ok(Word::NoSuchName) => None,
        Ok(Word::Records(records)) => Some(records),
    };
    let pairs = || {
        let records = records.iter().flatten();
        records.map(|record| (record.rtype.as_str(), record.content.as_str()))
    };
    if wanted.is_so(pairs()) {
        return State::Right(after);
    }
    State::Late(match records {
        None => format!("there is no name {}", wanted.name),
        Some(_) => wanted::list(&wanted.name, pairs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name_server::message::Record;

    #[test]
    fn a_server_that_cannot_say_is_late_whatever_is_waited_for() {
        let address = Record {
            rtype: "A".into(),
            content: "10.0.0.5".into(),
        };
        for (word, is_there, is_gone) in [
            (Ok(Word::Records(vec![address])), true, false),
            (Ok(Word::Records(Vec::new())), false, true),
            (Ok(Word::NoSuchName), false, true),
            (
                Ok(Word::Neither("it answers SERVFAIL".into())),
                false,
                false,
            ),
            (Err("nobody listens there".into()), false, false),
        ] {
            for (gone, is_right) in [(false, is_there), (true, is_gone)] {
                let wanted = Wanted::read("web.demo", None, &[], gone).unwrap();
                let state = judge(&wanted, word.clone(), Duration::ZERO);
                let is = matches!(state, State::Right(_));
                assert_eq!(is, is_right, "{}: {word:?}: {state:?}", wanted.text());
            }
        }
    }
}
