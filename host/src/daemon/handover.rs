//! An upgrade without a service manager: `zonesmith serve --take-over` asks the daemon that runs for everything it holds.
//!
//! ```text
//!  successor                                       predecessor
//!  GET /state ──────────────────────────────────▶  serves
//!  builds its zones beside it                      serves
//!  POST /handover, upgraded; Hello ─────────────▶  refuses with a sentence, or rests: accepts nothing, connections leave
//!                                                  at the end of their requests, the writer pauses, the state is closed
//!  holds them  ◀───── Listeners, Connections …, Everything
//!  opens the state, goes past its serials
//!  Ready ───────────────────────────────────────▶  the successor could begin now
//!  serves      ◀──────────────────────────── Yours  ── from here on there is no way back
//!  serves them ◀────── Connections …, End          those whose answer was being written; then it ends with 0
//! ```
//!
//! **Invariant:** until `Yours` is written the predecessor goes on as if nothing had happened, whatever becomes of the
//! successor; a successor that does not read `Yours` touches nothing and ends. Nobody answers in between: who asks waits
//! in the sockets' queues.
//!
//! Messages are JSON behind their length, on the admin socket's connection after its upgrade; descriptors go along with
//! the first octets of a message (`channel`). Names and numbers of [`PROTOCOL`] stand in decision 0023.
//!
//! - `predecessor`: the side that gives; `successor`: the side that takes

use std::time::Duration;

use camino::Utf8PathBuf;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::remote::{Carried, Passed};

mod channel;
pub(super) mod predecessor;
pub(super) mod successor;

/// The version of all this. Another one is refused, and the predecessor stays.
pub(super) const PROTOCOL: u32 = 1;

/// Connections in one message: the system passes at most 253 descriptors at once, and each may have octets.
const BATCH: usize = 64;

/// What the successor says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
enum Asked {
    /// Who it is, and what it thinks it takes over.
    Hello(Hello),
    /// It has everything and could answer at once.
    Ready,
}

/// Who takes over, and where it will listen and keep its state: the same places, or it is another daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) protocol: u32,
    pub(super) version: String,
    pub(super) process: u32,
    pub(super) socket: Utf8PathBuf,
    pub(super) state: Utf8PathBuf,
}

/// What the predecessor says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
enum Given {
    /// It stays, and why.
    Refused { reason: String },
    /// Of each descriptor beside it, what listens there.
    Listeners { names: Vec<Listener> },
    /// Of each descriptor beside it, what was received and not answered.
    Connections { carried: Vec<Carried> },
    /// That was all. Nobody answers since then, in microseconds of the machine's monotonic clock; of so many connections an
    /// answer is being written.
    Everything { since: u64, sending: usize },
    /// It ends, the successor owns all.
    Yours,
    /// No connection comes any more.
    End,
}

/// A socket that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Listener {
    /// `pdns.sock`.
    PowerDns,
    /// Ours.
    Admin,
}

/// Connections as one message each.
fn batches(passed: &[Passed]) -> impl Iterator<Item = (Given, &[Passed])> {
    passed.chunks(BATCH).map(|batch| {
        let carried = batch.iter().map(|passed| passed.carried().clone());
        let carried = carried.collect();
        (Given::Connections { carried }, batch)
    })
}

/// The machine's monotonic clock, which both processes read.
pub(super) fn monotonic() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or_default(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

/// As it stands in messages.
fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
