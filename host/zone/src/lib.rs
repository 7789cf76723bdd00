//! Names, rdata, validation, merging, order and delta of the zones that are served.
//!
//! Pure: no files, no sockets, no clock; it also builds for the browser. One way through:
//!
//! ```text
//! record ──▶ validate ──▶ contribution ──▶ contents (conflict) ──▶ zone_set ──▶ lookup, list, print
//! a policy's   checked, or    packed, one for    merged, by a rule     one map of      │
//! word         quarantined    each contributor   without an order      all zones       └──▶ delta
//! ```
//!
//! - [`record`]: a policy's word, as it crosses the border. [`mod@validate`]: what of it may stand. [`rdata`]: types and
//!   content, in and out. [`name`]: names as order keys.
//! - [`zone`], [`zones`]: apexes, their SOA, and which zone a name is in. [`reverse`]: names of addresses.
//! - [`contribution`]: what one service says under one policy. [`contents`]: all of them, and the map they make.
//!   [`conflict`]: who wins.
//! - [`map`]: the one ordered map, persistent. [`zone_set`]: what a snapshot holds. [`delta`]: what changed. [`comparison`]: what differs, and whose word it is.
//!   [`search`]: records by a part of them. [`near`]: names like one that is not there. [`place`]: where a name stands, and what answers for it. [`canonical`]: what it comes to behind its aliases. [`nsec3`]: hashes that deny names. [`mod@print`]: a master file; [`notes`]: what there is to tell beside it. [`master_file`]: one that a site wrote.
//!
//! **Invariant:** what is in a [`ZoneSet`] was checked, stands in one of its zones, and prints as text that PowerDNS
//! reads.
//! **Invariant:** a [`ZoneSet`] depends on who says what, never on the order in which it was said.

#![forbid(unsafe_code)]

pub mod canonical;
pub mod comparison;
pub mod conflict;
pub mod contents;
pub mod contribution;
pub mod delta;
// For the fuzz targets, which are a workspace of their own; nothing of ours calls it.
#[doc(hidden)]
pub mod exercise;
pub mod map;
pub mod master_file;
pub mod name;
pub mod near;
pub mod notes;
pub mod nsec3;
mod packed;
pub mod place;
pub mod print;
pub mod rdata;
pub mod record;
pub mod reverse;
pub mod search;
#[cfg(test)]
mod test_zone;
pub mod validate;
pub mod zone;
pub mod zone_set;
pub mod zones;

pub use conflict::{Conflict, ConflictKind};
pub use contents::{Contents, Contributor, ContributorId};
pub use contribution::Contribution;
pub use delta::{Delta, NameChange};
pub use name::{Name, NameBuffer, NameError, NameRef};
pub use record::{Rdata, Record};
pub use validate::{CheckedRecord, Quarantined, Reason, validate};
pub use zone::Zone;
pub use zone_set::{Answer, Neighbours, RecordRef, Records, Standing, ZoneSet};
pub use zones::Zones;
