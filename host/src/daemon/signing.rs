//! What the state says of how zones are signed, told to the writer: all of it at the start, then zone by zone as it is set.

use tracing::warn;
use zonesmith_zone::name::Name;
use zonesmith_zone::nsec3::Parameters;

use crate::remote::Signing;
use crate::store::{Store, StoreError};
use crate::synthesis::{Denial, Handle};

/// Tells the writer what was set before it publishes for the first time.
pub(super) fn start(store: &Store, synthesis: &Handle) -> Result<(), StoreError> {
    start_again(store, synthesis, &[])
}

/// The zones whose denial is set.
pub(super) fn zones(store: &Store) -> Result<Vec<Name>, StoreError> {
    store.zones_with("NSEC3PARAM")
}

/// Tells the writer again, after the state was replaced: of the zones that it says something of, and of those it said
/// something of `before`.
pub(super) fn start_again(
    store: &Store,
    synthesis: &Handle,
    before: &[Name],
) -> Result<(), StoreError> {
    let mut zones = zones(store)?;
    zones.extend(before.iter().cloned());
    let denials = zones
        .into_iter()
        .map(|zone| denial(store, &zone).map(|denial| (zone, denial)))
        .collect::<Result<Vec<_>, _>>()?;
    if !denials.is_empty() {
        synthesis.set_signing(denials);
    }
    Ok(())
}

/// What tells the writer of each change.
pub(super) fn follow(store: &Store, synthesis: &Handle) -> Signing {
    let (store, synthesis) = (store.clone(), synthesis.clone());
    Signing::new(move |zone| match denial(&store, zone) {
        Ok(denial) => synthesis.set_signing(vec![(zone.clone(), denial)]),
        Err(error) => warn!(
            %zone,
            error = format!("{:#}", anyhow::Error::from(error)),
            "how the zone is signed was set and cannot be read; it stays as it was"
        ),
    })
}

/// How a zone denies names: what PowerDNS will ask for.
fn denial(store: &Store, zone: &Name) -> Result<Denial, StoreError> {
    let parameters = store.metadata_of(zone, "NSEC3PARAM")?;
    let is_narrow = store.metadata_of(zone, "NSEC3NARROW")? == ["1"];
    let Some(text) = parameters.first().filter(|_| !is_narrow) else {
        return Ok(Denial::Nsec);
    };
    // Read when it was set, so it can be read; an import may bring anything.
    Ok(Parameters::parse(text).map_or_else(
        |error| {
            warn!(%zone, %error, "the NSEC3 parameters of the zone make no sense");
            Denial::Nsec
        },
        Denial::Nsec3,
    ))
}
