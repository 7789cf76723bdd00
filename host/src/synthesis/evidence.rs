//! What the writer knows of one name: who says what of it, who loses, and with which policies and services it came to that.
//!
//! Values and shared pointers only: whoever explains the name works with them on a thread of its own, with instances of its
//! own, and the writer goes on publishing.

use std::sync::Arc;

use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::conflict::ConflictKind;
use zonesmith_zone::name::Name;
use zonesmith_zone::record::Origin;
use zonesmith_zone::zone_set::ZoneSet;

use super::report::Report;
use super::service_key::ClusterKey;
use crate::policy::stack::StackEntry;

/// Everything the writer knows of one name, at one generation.
pub struct Evidence {
    /// Of what is served.
    pub generation: u64,
    /// What is served.
    pub zone_set: ZoneSet,
    /// The name that answers: the one that was asked for, or the wildcard that covers it.
    pub owner: Name,
    /// Who says something of that name, winning or not.
    pub claims: Vec<Claim>,
    /// Who loses there.
    pub losses: Vec<Loss>,
    /// The clusters that are served.
    pub clusters: Vec<ClusterEvidence>,
    /// What there is to tell beside the zones.
    pub report: Report,
}

/// A cluster that is served.
pub struct ClusterEvidence {
    /// Which one.
    pub key: ClusterKey,
    /// What its policies were configured with.
    pub cluster: Arc<Cluster>,
    /// Its policies, in order.
    pub stack: Vec<StackEntry>,
    /// All its services, if they were asked for.
    pub services: Vec<Arc<Service>>,
}

/// What one contributor says of the name.
pub struct Claim {
    /// Who.
    pub who: Who,
    /// The place in the order of who wins: the lower has an RRset whole.
    pub rank: u32,
    /// What.
    pub records: Vec<ClaimedRecord>,
}

/// Who says something of a name.
pub enum Who {
    /// A master file.
    File {
        /// The path.
        file: Arc<str>,
        /// Whether it is the zone itself, with its SOA.
        is_zone: bool,
    },
    /// The configuration of a policy.
    Configuration {
        /// Index into [`Evidence::clusters`].
        cluster: usize,
        /// Index into the stack.
        policy: usize,
    },
    /// A service under a policy.
    Service {
        /// Index into [`Evidence::clusters`].
        cluster: usize,
        /// Index into the stack.
        policy: usize,
        /// As its path tells it, with the cluster's name where there are several.
        label: String,
        /// As it is now; none when it is gone or just going.
        service: Option<Arc<Service>>,
        /// Whether the last call failed, so that what it says is older than the service is.
        is_failing: bool,
        /// The source that names it.
        source: String,
    },
}

/// One record as a contributor has it.
pub struct ClaimedRecord {
    /// The number of the type.
    pub rtype: u16,
    /// Rdata in canonical wire form.
    pub octets: Box<[u8]>,
    /// Index into the rules of the policy.
    pub rule: Option<u16>,
    /// The first instance and resource that it comes from.
    pub origin: Option<Origin>,
    /// `FILE:LINE`, of a master file's.
    pub place: Option<String>,
    /// Whether it stands only while no other has this name and type.
    pub exclusive: bool,
}

/// A contributor whose records of one type do not stand, or not all of them.
pub struct Loss {
    /// Index into [`Evidence::claims`].
    pub claim: usize,
    /// The number of the type.
    pub rtype: u16,
    /// Why.
    pub kind: ConflictKind,
}
