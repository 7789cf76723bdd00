//! A policy at work as in the daemon, but natively: from the daemon's service to the daemon's records. For the measurement of
//! what a component costs beyond this.

use zonesmith_cluster as daemon;
use zonesmith_zone::record::Record;

use super::translate;
use crate::policy::Policy;

/// A configured policy that is given the daemon's own words, and answers in them.
#[doc(hidden)]
pub struct Native<P>(P);

impl<P: Policy> Native<P> {
    /// Configured with `cluster`.
    ///
    /// # Errors
    ///
    /// The policy's word.
    pub fn configure(cluster: &daemon::Cluster, settings: &str) -> Result<Self, String> {
        P::configure(translate::cluster(cluster), settings).map(|(policy, _)| Self(policy))
    }

    /// The records of one service.
    ///
    /// # Errors
    ///
    /// The policy's word.
    pub fn synthesize(&self, service: &daemon::Service) -> Result<Vec<Record>, String> {
        let synthesis = self.0.synthesize(&translate::service(service))?;
        let records = synthesis.records.into_iter();
        Ok(records.map(translate::record).collect())
    }
}
