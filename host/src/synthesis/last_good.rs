//! Who fails under a stack that was made anew keeps what the policy at the same place said last.

use zonesmith_zone::contents::ContributorId;
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use super::served::Served;
use super::service::ServiceResult;
use super::service_key::ServiceKey;
use super::static_zones::checked;

/// What of `before` is kept in `after` for the services that fail there, each with its contributor.
pub(super) fn last_good<'a>(
    before: &Served,
    after: &mut Served,
    results: impl Iterator<Item = (&'a ServiceKey, &'a ServiceResult)>,
) -> Vec<(ContributorId, Contribution)> {
    let mut kept = Vec::new();
    let (old, new) = (before.contents.zone_set(), after.contents.zone_set());
    let are_same_zones = old
        .zones()
        .iter()
        .map(Zone::apex)
        .eq(new.zones().iter().map(Zone::apex));
    for (key, result) in results {
        for (rank, outcome) in result.contributions.iter().enumerate() {
            if outcome.is_err()
                && let Some(contribution) = before.last_good(key, rank)
                && let Some(id) = after.contributor(key, rank)
            {
                // Records of zones that are not there any more have no place.
                let contribution = if are_same_zones {
                    contribution.clone()
                } else {
                    within(contribution, new.zones())
                };
                kept.push((id, contribution));
            }
        }
    }
    kept
}

/// What of a contribution has a place among other zones than those it was checked against.
fn within(contribution: &Contribution, zones: &Zones) -> Contribution {
    let records = contribution.iter().filter_map(|(owner, record)| {
        let zone = zones.enclosing(owner.as_ref())?;
        let is_at_apex = *zone.apex() == owner;
        (!is_at_apex || !matches!(record.rtype, rtype::CNAME | rtype::DS))
            .then(|| checked(owner, &record))
    });
    Contribution::from_records(records.collect())
}
