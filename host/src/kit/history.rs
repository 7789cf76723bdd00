//! The states of a cluster as they followed one another, in a file: a line for each, as JSON.
//!
//! ```text
//! {"history":1,"at":1764511200000,"document":{…}}     the first state, a cluster document
//! {"at":1764511201250,"patch":{"services":{…}}}       what is different in the next one, a merge patch (RFC 7396)
//! ```
//!
//! `at` is in milliseconds since 1970. A state that no merge patch can say (one that has `null` in it) is a whole document again.
//! Lines are only added, so whoever is killed in the middle of one leaves a last line without an end, which counts for nothing.
//! When there are too many, the oldest are folded into the first state: a new file takes the place of the old one at once.
//!
//! Rooms: `patch`; `reader`, one state after the other; `recorder`, which adds them; `time`, for people.

mod patch;
mod reader;
mod recorder;
#[cfg(test)]
mod tests;
mod time;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::reader::{Moment, Reader};
pub use self::recorder::{Recorded, Recorder};
pub use self::time::utc;

/// What the first line says of the format.
const VERSION: u32 = 1;

/// A line of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    /// Of the format; in the first line alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<u32>,
    /// Milliseconds since 1970.
    at: u64,
    /// The whole state.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    /// What is different.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<Value>,
}
