//! What is wrong with a master file, for the person who edits it: where, which word, and what would be right.

use super::{GENERATE_LIMIT, INCLUDE_DEPTH_LIMIT, INCLUDES_LIMIT, Place, RECORDS_LIMIT};
use crate::name::NameError;
use crate::rdata::RdataError;

/// Why a master file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}{}", at(token.as_deref()))]
pub struct MasterFileError {
    /// Where the record or directive starts.
    pub place: Place,
    /// The word that is wrong, where it is one.
    pub token: Option<String>,
    /// What is wrong with it.
    pub reason: MasterFileReason,
}

fn at(token: Option<&str>) -> String {
    token.map_or_else(String::new, |token| format!(" (at `{token}`)"))
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MasterFileReason {
    /// A quoted string goes on after its line.
    #[error("a quoted string is not closed")]
    OpenQuote,
    /// A parenthesis is open at the end of the file.
    #[error("a parenthesis is opened here and never closed")]
    OpenParenthesis,
    /// A parenthesis that closes none.
    #[error("a `)` closes no parenthesis")]
    ClosingParenthesis,
    /// Nothing follows a backslash.
    #[error(r"nothing follows a `\`")]
    OpenEscape,
    /// A first record that takes its owner from the one before.
    #[error(
        "the line begins with a blank, so it continues the name before, and there is none in this file"
    )]
    NoOwner,
    /// A name in quotes.
    #[error("a name is not written in quotes")]
    QuotedName,
    /// An owner, origin or name in the SOA is none.
    #[error("{0}")]
    Name(#[from] NameError),
    /// Not a time, or too long a one.
    #[error("this is no time of at most 2147483647 seconds: 3600, 1h, 1w2d3h4m5s")]
    Time,
    /// No TTL, and none to take.
    #[error("there is no TTL, none before it, no $TTL and no SOA; begin the file with `$TTL 1h`")]
    NoTtl,
    /// Another class than IN.
    #[error("the only class is IN")]
    Class,
    /// A record without a type.
    #[error("there is no type")]
    NoType,
    /// The rdata is wrong.
    #[error("{0}")]
    Rdata(#[from] RdataError),
    /// A SOA of more or fewer than seven fields.
    #[error("a SOA has seven fields: mname rname serial refresh retry expire minimum")]
    SoaFields,
    /// The serial of a SOA.
    #[error("the serial is no number of 32 bits")]
    Serial,
    /// A second SOA.
    #[error("there is a SOA already, at {0}")]
    SecondSoa(Place),
    /// A directive we do not know.
    #[error("there is no such directive; there are $ORIGIN, $TTL, $INCLUDE and $GENERATE")]
    NoSuchDirective,
    /// A directive with too much or too little after it.
    #[error("it is written `{0}`")]
    Usage(&'static str),
    /// A `$GENERATE`.
    #[error("{0}")]
    Generate(#[from] GenerateError),
    /// The caller does not give the file; the sentence is its.
    #[error("{0}")]
    Include(String),
    /// A file that includes itself, or one that includes it.
    #[error("the file includes itself")]
    IncludesItself,
    /// Files in files in files.
    #[error("files include each other more than {INCLUDE_DEPTH_LIMIT} deep")]
    IncludeDepth,
    /// Too many files.
    #[error("more than {INCLUDES_LIMIT} files are included")]
    TooManyIncludes,
    /// Too many records.
    #[error("there are more than {RECORDS_LIMIT} records")]
    TooManyRecords,
}

/// What is wrong with a `$GENERATE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The range.
    #[error("the range is written start-stop or start-stop/step, and stop is not before start")]
    Range,
    /// More records than one directive may make.
    #[error("the range has more than {GENERATE_LIMIT} numbers")]
    TooMany,
    /// What stands in braces after a `$`.
    #[error(
        "after `$` stands {{offset}}, {{offset,width}} or {{offset,width,base}}, with a width up to 255 and a base of d o x X n N"
    )]
    Modifier,
    /// An offset that leads below 0 or beyond 32 bits.
    #[error("the offset leads below 0 or beyond 4294967295")]
    Offset,
    /// A SOA for each number.
    #[error("a SOA is not generated")]
    Soa,
}
