//! Master files (RFC 1035 §5): records that a site lists by hand, as a policy would have said them.
//!
//! With `$ORIGIN`, `$TTL` (RFC 2308 §4), `$INCLUDE` and `$GENERATE`, and units in times (`1h30m`). `domain` reads rdata, one
//! line at a time; all around it is ours, because it knows neither units nor `$GENERATE` and gives no line numbers. Files
//! are the caller's: it is asked for what `$INCLUDE` names, and says which paths are within reach.
//!
//! Whoever edits such a file wants all mistakes at once, each with its line. So nothing stops at the first, and a file with
//! a mistake gives no records at all: half a zone is worse than the last good one.
//!
//! What RFC 1035 leaves open: a record without a TTL has that of `$TTL`, else the last one that was written, else the
//! MINIMUM of the SOA before it. An included file begins with the origin and the TTLs of the place that includes it and
//! without an owner, and nothing that it sets outlives it.
//!
//! Rooms: `token` makes entries of text, `reader` records of entries, `generate` many records of one, `time` numbers of
//! `1w2d`, `word` what other words mean, `error` says what is wrong.

mod error;
mod generate;
mod reader;
#[cfg(test)]
mod tests;
mod time;
mod token;
mod word;

use std::fmt;
use std::sync::Arc;

pub use error::{GenerateError, MasterFileError, MasterFileReason};

use crate::name::Name;
use crate::record::{Record, SoaDeclaration};
use reader::Reader;

/// Most records of one file and all it includes. A zone of this size takes PowerDNS minutes to transfer; what is beyond is
/// a `$GENERATE` gone wrong.
pub const RECORDS_LIMIT: usize = 2_000_000;

/// Most records of one `$GENERATE`: the last 16 bits of an address.
pub const GENERATE_LIMIT: u32 = 65_536;

/// How deep files include files. People need two.
pub const INCLUDE_DEPTH_LIMIT: usize = 16;

/// Most files that are included in all.
pub const INCLUDES_LIMIT: usize = 1_000;

/// Most errors of one file: who reads a hundred begins at the first anyway.
pub const ERRORS_LIMIT: usize = 100;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the caller calls it.
    pub file: Arc<str>,
    /// The line in it where the record or directive starts, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A record and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterRecord {
    /// With an absolute owner; the rdata was read and is right for its type, whether it may stand in a zone is
    /// [`validate`](mod@crate::validate)'s to say.
    pub record: Record,
    /// Where it starts.
    pub place: Place,
}

/// What a master file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterFile {
    /// The SOA, if there is one: without its serial, which is the host's; the name that has it, absolute; the serial in the
    /// file; where it starts.
    pub soa: Option<(SoaDeclaration, String, u32, Place)>,
    /// All other records, in the order of the file.
    pub records: Vec<MasterRecord>,
    /// The file itself and all it includes, each once, in the order in which they were met.
    pub files: Vec<Arc<str>>,
}

/// Gives the name and the octets of a file to include, or says in a sentence why not. It is told the path as it is written
/// and the file in which it is written.
pub type Include<'a> = dyn FnMut(&str, &str) -> Result<(Arc<str>, Vec<u8>), String> + 'a;

/// Reads a master file. `name` is what it is called in places; `origin` is what names without a dot at their end are
/// relative to, the apex.
///
/// # Errors
/// All mistakes in it and in what it includes, up to [`ERRORS_LIMIT`], in the order of the text.
pub fn read(
    name: &str,
    text: &[u8],
    origin: &Name,
    include: &mut Include<'_>,
) -> Result<MasterFile, Vec<MasterFileError>> {
    Reader::new(include).read(&name.into(), text, origin)
}
