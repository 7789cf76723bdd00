//! The interface of policies that also choose among records, and its values in our types.

pub use crate::bindings::selection::exports::zonesmith::policy1_1_0::selection::{
    Choice, Guest, Query,
};
pub use crate::bindings::zonesmith::policy::dns::Rdata;

use super::{Configured, given};
use crate::selection::{self, Selection};

/// `choose` of the contract. None before `configure`, which the host does not do.
pub fn choose<P: Selection>(
    configured: &'static Configured<P>,
    query: Query,
    records: Vec<Rdata>,
) -> Option<Choice> {
    let Query {
        name,
        rrtype,
        client,
    } = query;
    let query = selection::Query {
        name,
        rrtype,
        client: given::prefix(client),
    };
    let records: Vec<_> = records.into_iter().map(given::rdata).collect();
    configured.with_borrow(|policy| {
        let selection::Choice { records, scope } = policy.as_ref()?.choose(&query, &records)?;
        Some(Choice { records, scope })
    })
}
