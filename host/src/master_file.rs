//! Records that a site writes by hand, in master files (RFC 1035 §5): a file is a zone of its own, or adds its records to
//! a zone that is served anyway.
//!
//! ```text
//! [[zones]] ──▶ Listed ──read──▶ Content, or faults ──follow──▶ Followed: the last good content, what is wrong now
//! ```
//!
//! A file is taken whole or not at all: half of a zone is worse than the zone of before. So one line that cannot be read
//! leaves what was served, and all such lines are told with file and line. What reads well and still may not stand (a name
//! outside the zone, a CNAME at the apex) is quarantined alone, as a policy's record is.
//!
//! - `content`: one file and what it includes, read and checked
//! - `folder`: which files an `$INCLUDE` may reach
//! - `follow`: looking again

mod content;
mod folder;
mod follow;

use std::sync::Arc;

use camino::Utf8PathBuf;
use zonesmith_zone::name::Name;

pub use self::content::{Content, OwnZone};
pub use self::follow::{Follower, follow};

/// A file as the configuration lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name at the top of the zone.
    pub apex: Name,
    /// Its path.
    pub file: Utf8PathBuf,
    /// What it is for.
    pub role: Role,
}

/// What a master file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is a zone of its own.
    Zone,
    /// It adds to a zone that is served anyway.
    Merge,
}

/// A listed file as it is now.
#[derive(Debug, Clone)]
pub struct Followed {
    /// As the configuration lists it.
    pub listed: Listed,
    /// What was read last that is good; none if nothing ever was.
    pub content: Option<Arc<Content>>,
    /// What is wrong with the file as it is now, each a sentence that begins with file and line.
    pub faults: Arc<[String]>,
}
