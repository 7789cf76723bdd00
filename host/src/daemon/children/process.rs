//! One server, run again and again until it is told to stop. A thread of its own runs it, and nothing else: the system ends
//! it with that thread.

use std::io::{self, PipeReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tracing::{debug, info, warn};

use super::said;
use crate::power_dns::reached;
use crate::snapshot::report::ChildStatus;

/// Pause before it is run again the first time: it may have been told to end, and who asks should not notice.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Longest pause, where it ends again and again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// One that ran for so long has not ended for the reason it ended before.
const STEADY: Duration = Duration::from_secs(30);

/// How often it is looked whether it answers yet.
const LOOK: Duration = Duration::from_millis(20);

/// How long it may take to end when it is asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(3);

/// What runs.
pub(super) struct Plan {
    pub(super) program: &'static str,
    pub(super) path: PathBuf,
    pub(super) version: String,
    pub(super) arguments: Vec<String>,
    pub(super) listen: SocketAddr,
    /// What people may ask it.
    pub(super) try_it: String,
    /// Called whenever it begins to answer.
    pub(super) on_answer: Box<dyn Fn() + Send + Sync>,
}

/// A server that is run.
pub(super) struct Process {
    plan: Arc<Plan>,
    state: Arc<Mutex<State>>,
    events: Sender<Event>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    answers: bool,
    restarts: u64,
    /// Of the last time it ended.
    error: Option<String>,
    /// The last trouble it spoke of since it runs.
    trouble: Option<String>,
}

enum Event {
    /// Its output ended, so it did.
    Ended,
    /// It shall end.
    Stop,
}

impl Process {
    /// Runs it from now on.
    pub(super) fn run(plan: Plan) -> anyhow::Result<Self> {
        let plan = Arc::new(plan);
        let state = Arc::new(Mutex::default());
        let (events, received) = channel();
        let supervisor = Supervisor {
            plan: Arc::clone(&plan),
            state: Arc::clone(&state),
            events: events.clone(),
            received,
        };
        let thread = thread::Builder::new()
            .name(plan.program.to_owned())
            .spawn(move || supervisor.run())
            .with_context(|| format!("start a thread for {}", plan.program))?;
        Ok(Self {
            plan,
            state,
            events,
            thread,
        })
    }

    /// Ends it, and waits for that.
    pub(super) fn stop(self) {
        // Nobody hears it any more: it has ended.
        let _ = self.events.send(Event::Stop);
        if self.thread.join().is_err() {
            warn!(program = self.plan.program, "its thread ended badly");
        }
    }

    /// Whether it answers.
    pub(super) fn answers(&self) -> bool {
        lock(&self.state).answers
    }

    /// How it is.
    pub(super) fn report(&self) -> ChildStatus {
        let state = lock(&self.state);
        ChildStatus {
            program: self.plan.program.to_owned(),
            version: self.plan.version.clone(),
            address: self.plan.listen.to_string(),
            answers: state.answers,
            restarts: state.restarts,
            error: state.error.clone(),
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Supervisor {
    plan: Arc<Plan>,
    state: Arc<Mutex<State>>,
    events: Sender<Event>,
    received: Receiver<Event>,
}

impl Supervisor {
    fn run(self) {
        let program = self.plan.program;
        let mut pause = FIRST_PAUSE;
        loop {
            let since = Instant::now();
            let reason = match self.run_once() {
                Ok(None) => return,
                Ok(Some(reason)) => reason,
                Err(error) => format!("it cannot be run: {error}"),
            };
            if since.elapsed() > STEADY {
                pause = FIRST_PAUSE;
            }
            warn!(
                program,
                reason,
                ?pause,
                "ended; it is run again after a pause"
            );
            self.failed(reason);
            match self.received.recv_timeout(pause) {
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Event::Ended) | Err(RecvTimeoutError::Timeout) => {}
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Runs it until it ends, and says why; none: it was told to.
    fn run_once(&self) -> io::Result<Option<String>> {
        let (output, writer) = io::pipe()?;
        let mut command = Command::new(&self.plan.path);
        command
            .args(&self.plan.arguments)
            // A process group of its own: what is typed to end the daemon is for the daemon.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let child = zonesmith_child::spawn(&mut command)?;
        // With it the writing side of the pipe here: only the child has it now.
        drop(command);
        self.listen(output)?;
        self.watch(child)
    }

    /// Logs what it says, in a thread that ends with it.
    fn listen(&self, output: PipeReader) -> io::Result<()> {
        let program = self.plan.program;
        let state = Arc::clone(&self.state);
        let events = self.events.clone();
        lock(&state).trouble = None;
        let log = move || {
            said::log(program, output, |text| {
                lock(&state).trouble = Some(text.to_owned());
            });
            // Nobody hears it any more: all is over.
            let _ = events.send(Event::Ended);
        };
        thread::Builder::new()
            .name(format!("{program} log"))
            .spawn(log)
            .map(drop)
    }

    fn watch(&self, mut child: Child) -> io::Result<Option<String>> {
        debug!(program = self.plan.program, process = child.id(), "runs");
        let mut answers = false;
        loop {
            let event = if answers {
                self.received.recv().map_err(RecvTimeoutError::from)
            } else {
                self.received.recv_timeout(LOOK)
            };
            match event {
                Ok(Event::Ended) => break,
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    self.end(&mut child)?;
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let address = reached(self.plan.listen);
                    answers = TcpStream::connect_timeout(&address, LOOK).is_ok();
                    if answers {
                        self.answers();
                    }
                }
            }
        }
        let status = child.wait()?;
        let trouble = lock(&self.state).trouble.take();
        Ok(Some(match trouble {
            Some(trouble) => format!("{status}: {trouble}"),
            None => status.to_string(),
        }))
    }

    fn answers(&self) {
        lock(&self.state).answers = true;
        (self.plan.on_answer)();
        let Plan {
            program,
            version,
            listen,
            try_it,
            ..
        } = &*self.plan;
        info!(program, version, address = %listen, "answers: try `{try_it}`");
    }

    fn failed(&self, reason: String) {
        let mut state = lock(&self.state);
        state.answers = false;
        state.restarts += 1;
        state.error = Some(reason);
    }

    fn end(&self, child: &mut Child) -> io::Result<()> {
        // It may have ended by itself.
        let _ = zonesmith_child::ask_to_end(child);
        if let Err(RecvTimeoutError::Timeout) = self.received.recv_timeout(STOP_PATIENCE) {
            warn!(
                program = self.plan.program,
                "killed: it did not end within {} s",
                STOP_PATIENCE.as_secs()
            );
            child.kill()?;
        }
        child.wait().map(drop)
    }
}
