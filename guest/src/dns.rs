//! Names, addresses and records, and short ways to make them.
//!
//! The words are those of `dns.wit`; addresses are the standard library's. Names are text, absolute, with or without the
//! last dot: [`crate::name`] writes them from labels. Nothing is checked here: the host checks every record, and quarantines a
//! bad one alone.
//!
//! - `prefix`: a network as address and length
//! - `rdata`: what a record says
//! - `record`: a record with its owner, its rule and where it comes from

mod prefix;
mod rdata;
mod record;

pub use prefix::{IpPrefix, NotAPrefix};
pub use rdata::{Caa, Mx, OtherRdata, Rdata, Srv, SvcParameter, Svcb};
pub use record::{Origin, ResourceRecord};
