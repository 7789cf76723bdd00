//! A name for who wants to see that a change arrives at name servers: published like any other, and gone by itself. It stands
//! in no source and in no state: a daemon that starts has none, and so has one whose policies were loaded anew.

use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::oneshot;
use zonesmith_zone::name::Name;

use super::{Handle, Message};

/// The first label of such a name. Underscores begin names that are no host (RFC 8552), so it is nobody's.
const LABEL: &str = "_zonesmith-probe";

/// Seconds for which servers may keep it: longer than anybody waits for a change, so that what arrives was purged.
pub(super) const TTL: u32 = 30;

/// How long it stays when nobody takes it away: as long as its TTL, and who asks has to ask again before.
pub const LEASE: Duration = Duration::from_secs(30);

/// A name, and what its TXT record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// In a zone that is served.
    pub name: Name,
    /// One character string.
    pub text: String,
}

/// The name in a zone.
///
/// # Errors
/// The zone's own name leaves no room for it.
pub fn name_in(zone: &Name) -> anyhow::Result<Name> {
    let text = if *zone == Name::root() {
        format!("{LABEL}.")
    } else {
        format!("{LABEL}.{zone}")
    };
    Name::parse(&text).with_context(|| format!("make a name in the zone {zone}"))
}

impl Handle {
    /// Publishes it instead of the one before, for [`LEASE`]; none: takes it away. Says the generation that has it so.
    ///
    /// # Errors
    /// Nothing is served, or no zone that the name is in.
    pub async fn probe(&self, probe: Option<Probe>) -> anyhow::Result<u64> {
        let (reply, published) = oneshot::channel();
        self.send(Message::Probe { probe, reply });
        match published.await.context("the daemon is stopping")? {
            Ok(generation) => Ok(generation),
            Err(reason) => bail!(reason),
        }
    }
}
