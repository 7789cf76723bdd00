//! A candidate: a stack of policies proven on the whole cluster, beside the live one.
//!
//! Everything that can fail happens here, on the loader's thread: instantiate, configure, declare the zones, synthesise
//! *every* service, check every record, merge. What comes out is a value; the writer catches up with what changed
//! meanwhile and swaps one pointer, or drops it. The cores of the machine share the services, each with instances of
//! its own, since a policy's instance serves one caller.

use std::collections::HashMap;
use std::sync::Arc;

use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::validate::{CheckedRecord, Quarantined, check};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::ZoneSet;

use self::workers::synthesize_all;
use super::SourceName;
use super::served::{Contributors, Layer, Served, ServedCluster};
use super::service::ServiceResult;
use super::service_key::{ClusterKey, ServiceKey};
use super::static_zones::{self, StaticZones};
use crate::master_file::Followed;
use crate::policy::selection::Selection;
use crate::policy::stack::StackEntry;
use crate::policy::{Configuration, Diagnostic, Instance, Refusal, Stage};

mod workers;

/// What a candidate is to be proven on.
pub(super) struct Order {
    /// In the order of their sources, at least one.
    pub(super) clusters: Vec<OrderedCluster>,
    /// Whether policies are live: without any, services that fail refuse nothing, since some names beat none.
    pub(super) has_live: bool,
    /// The site's master files: they are contributors like policies, and need no proof.
    pub(super) static_files: Arc<[Followed]>,
    /// What is served now, and the generation that follows: records that stay are as old as they are.
    pub(super) live: (ZoneSet, u64),
}

/// A cluster that a candidate is to be proven on.
pub(super) struct OrderedCluster {
    pub(super) key: ClusterKey,
    /// The first of its sources.
    pub(super) source: SourceName,
    pub(super) cluster: Arc<Cluster>,
    /// Every service; those that fail under the live policies last, so that a slow failure delays nobody.
    pub(super) services: Vec<Arc<Service>>,
}

impl Order {
    fn len(&self) -> usize {
        let clusters = self.clusters.iter();
        clusters.map(|cluster| cluster.services.len()).sum()
    }

    /// What stands before the paths of services, cluster by cluster.
    fn prefixes(&self) -> Vec<String> {
        let clusters = self.clusters.iter().enumerate();
        clusters
            .map(|(at, ordered)| ordered.key.prefix(at == 0))
            .collect()
    }

    /// Why the stack is refused, with the cluster that it is refused for where there are several: it may do for the others.
    fn refusal_of(&self, ordered: &OrderedCluster, refusal: Refusal) -> Refusal {
        let is_of_cluster = matches!(refusal.stage, Stage::Configure | Stage::Validate);
        if self.clusters.len() < 2 || !is_of_cluster {
            return refusal;
        }
        let Refusal { stage, reason } = refusal;
        let cluster = &ordered.cluster.name;
        let reason = format!("for the cluster `{cluster}`: {reason}");
        Refusal { stage, reason }
    }

    /// All services with the place of their cluster.
    fn services(&self) -> Vec<(usize, &Arc<Service>)> {
        let clusters = self.clusters.iter().enumerate();
        clusters
            .flat_map(|(at, cluster)| cluster.services.iter().map(move |service| (at, service)))
            .collect()
    }
}

/// A stack that ran over all clusters.
pub(super) struct Candidate {
    pub(super) served: Served,
    pub(super) services: Vec<(ServiceKey, Arc<Service>, ServiceResult)>,
    /// What the configurations of the policies had to say: rank and diagnostic, rank and record.
    pub(super) diagnostics: Vec<(usize, Diagnostic)>,
    pub(super) quarantined: Vec<(usize, Quarantined)>,
}

impl Candidate {
    /// Proves `stack` on `order`.
    ///
    /// # Errors
    /// The stage and reason for which this stack cannot go live, and its place in the stack where it is one policy's.
    pub(super) fn prepare(
        stack: &[StackEntry],
        order: &Order,
    ) -> Result<Self, (Option<usize>, Refusal)> {
        let mut layers: Vec<Vec<Layer>> = Vec::new();
        let mut configurations = Vec::new();
        for ordered in &order.clusters {
            let mut of_cluster = Vec::new();
            for (rank, entry) in stack.iter().enumerate() {
                let (instance, configuration) = start(entry, &ordered.cluster)
                    .map_err(|refusal| (Some(rank), order.refusal_of(ordered, refusal)))?;
                of_cluster.push(Layer {
                    entry: entry.clone(),
                    instance,
                });
                configurations.push((layers.len(), rank, configuration));
            }
            layers.push(of_cluster);
        }
        let mut diagnostics = Vec::new();
        let mut quarantined = Vec::new();
        let (policy_zones, declared) = declare_zones(&configurations, order)?;
        let selection = selection(stack, order, &policy_zones)?;
        let policy_zones = policy_zones.into_iter().map(|(_, zone)| zone).collect();
        let (zones, mut static_zones) = StaticZones::prepare(&order.static_files, policy_zones);
        let mut contributions = std::mem::take(&mut static_zones.contributions);
        let listed = contributions.len();
        let prefixes = order.prefixes();
        let prefix = |at: usize| prefixes.get(at).map_or("", String::as_str);
        // One of each policy and, with a stack of one, one of each service: no room is left unused for good.
        contributions.reserve_exact(configurations.len() + order.len());
        let configured = listed + configurations.len();
        for ((at, rank, configuration), nameservers) in configurations.into_iter().zip(declared) {
            let Configuration {
                zones: _,
                records,
                diagnostics: said,
            } = configuration;
            let (mut checked, refused) = check(records, &zones);
            checked.extend(nameservers);
            contributions.push((
                contributor(rank, prefix(at).into()),
                Contribution::from_records(checked),
            ));
            diagnostics.extend(said.into_iter().map(|diagnostic| (rank, diagnostic)));
            quarantined.extend(refused.into_iter().map(|record| (rank, record)));
        }

        let results =
            synthesize_all(&mut layers, &zones, order).map_err(|refusal| (None, refusal))?;
        let mut contributors: Vec<Contributors> = order
            .clusters
            .iter()
            .map(|ordered| Contributors::with_capacity(ordered.services.len()))
            .collect();
        let mut places = Vec::new();
        let mut services = Vec::with_capacity(order.len());
        for ((at, service), mut result) in order.services().into_iter().zip(results) {
            let label = ServedCluster::label(prefix(at), &service.path);
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                let Ok(contribution) = outcome else { continue };
                if !contribution.is_empty() {
                    contributions.push((
                        contributor(rank, Arc::clone(&label)),
                        std::mem::take(contribution),
                    ));
                    places.push((at, service.path.clone(), rank));
                }
            }
            let Some(ordered) = order.clusters.get(at) else {
                continue;
            };
            let key = ServiceKey {
                cluster: ordered.key.clone(),
                path: service.path.clone(),
            };
            services.push((key, Arc::clone(service), result));
        }
        let (live, next) = &order.live;
        let (contents, ids) = Contents::build_after(live, *next, zones, contributions);
        let static_zones = static_zones.numbered(&ids);
        for ((at, path, rank), id) in places.into_iter().zip(ids.into_iter().skip(configured)) {
            if let Some(of_cluster) = contributors.get_mut(at) {
                of_cluster.set(&path, rank, id);
            }
        }
        let clusters = order.clusters.iter().zip(layers).zip(contributors);
        let clusters = clusters.enumerate();
        let clusters = clusters.map(|(at, ((ordered, layers), contributors))| {
            ServedCluster::new(ordered, layers, at == 0, contributors)
        });
        let served = Served {
            clusters: clusters.collect(),
            contents,
            static_zones,
            selection,
            probe: None,
        };
        Ok(Self {
            served,
            services,
            diagnostics,
            quarantined,
        })
    }
}

/// One policy, configured.
fn start(entry: &StackEntry, cluster: &Arc<Cluster>) -> Result<(Instance, Configuration), Refusal> {
    Instance::start(
        &entry.component,
        Arc::clone(cluster),
        Arc::clone(&entry.settings),
    )
}

/// Who chooses among the records of these zones, each with the place of its cluster.
fn selection(
    stack: &[StackEntry],
    order: &Order,
    zones: &[(usize, Zone)],
) -> Result<Option<Arc<Selection>>, (Option<usize>, Refusal)> {
    let Some((rank, entry)) =
        Selection::place(stack).and_then(|rank| Some((rank, stack.get(rank)?)))
    else {
        return Ok(None);
    };
    let clusters = order.clusters.iter();
    let clusters = clusters
        .map(|ordered| Arc::clone(&ordered.cluster))
        .collect();
    let zones: HashMap<i32, usize> = zones.iter().map(|(at, zone)| (zone.id(), *at)).collect();
    match Selection::start(entry, clusters, zones) {
        Ok(selection) => Ok(Some(Arc::new(selection))),
        Err((at, refusal)) => Err((
            Some(rank),
            match order.clusters.get(at) {
                Some(ordered) => order.refusal_of(ordered, refusal),
                None => refusal,
            },
        )),
    }
}

/// The contributor of `rank` and `label`.
pub(super) fn contributor(rank: usize, label: Arc<str>) -> Contributor {
    Contributor {
        rank: rank_number(rank),
        label,
    }
}

/// A place in the stack as the zone counts it, behind the site's files; no stack is near 2^32.
pub(super) fn rank_number(rank: usize) -> u32 {
    u32::try_from(rank)
        .unwrap_or(u32::MAX)
        .saturating_add(static_zones::RANK + 1)
}

/// The zones of all clusters (of one apex, the first cluster's, then the first policy's) that are none of the files', each with
/// the place of its cluster, and for
/// each configuration the NS records of the zones that are its own.
type Declared = (Vec<(usize, Zone)>, Vec<Vec<CheckedRecord>>);

fn declare_zones(
    configurations: &[(usize, usize, Configuration)],
    order: &Order,
) -> Result<Declared, (Option<usize>, Refusal)> {
    let refuse = |at: usize, rank, reason| {
        let stage = Stage::Validate;
        let refusal = Refusal { stage, reason };
        Err((
            rank,
            match order.clusters.get(at) {
                Some(ordered) => order.refusal_of(ordered, refusal),
                None => refusal,
            },
        ))
    };
    let mut zones = Vec::new();
    let mut apexes = static_zones::own_apexes(&order.static_files);
    let mut declared = Vec::new();
    for (at, rank, configuration) in configurations {
        let mut nameservers = Vec::new();
        for declaration in &configuration.zones {
            let (zone, records) = match Zone::declare(declaration) {
                Ok(declared) => declared,
                Err(reason) => {
                    let apex = &declaration.apex;
                    let reason = format!("the zone `{apex}` cannot be served: {reason}");
                    return refuse(*at, Some(*rank), reason);
                }
            };
            if apexes.insert(zone.apex().clone()) {
                zones.push((*at, zone));
                nameservers.extend(records);
            }
        }
        declared.push(nameservers);
    }
    let mut clusters = configurations.chunk_by(|(one, ..), (other, ..)| one == other);
    let has_none = |of_cluster: &[(usize, usize, Configuration)]| {
        of_cluster.iter().all(|(.., said)| said.zones.is_empty())
    };
    // Without policies there is no cluster among these, and the first is as good as any.
    let without = clusters.position(has_none);
    if let Some(at) = without.or_else(|| configurations.is_empty().then_some(0)) {
        let reason = "no policy of the stack names a zone: a site's own policy stands beside the default one or \
                      returns zones from `configure`";
        return refuse(at, None, reason.to_owned());
    }
    Ok((zones, declared))
}
