//! A candidate: a stack of policies proven on the whole cluster, beside the live one.
//!
//! Everything that can fail happens here, on the loader's thread: instantiate, configure, declare the zones, synthesise
//! *every* service, check every record, merge. What comes out is a value; the writer catches up with what changed
//! meanwhile and swaps one pointer, or drops it. The cores of the machine share the services, each with instances of
//! its own, since a policy's instance serves one caller.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::info;
use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::contents::{Contents, Contributor};
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::validate::{CheckedRecord, Quarantined, check};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use super::served::{Contributors, Layer, Served};
use super::service::{ServiceResult, synthesize};
use super::static_zones::{self, StaticZones};
use crate::master_file::Followed;
use crate::policy::stack::StackEntry;
use crate::policy::{Configuration, Diagnostic, Instance, Refusal, Stage};

/// A candidate may fail for as many services whatever their share: in a small cluster one broken service must not keep
/// a site from mending its names.
const FAILURES_ALWAYS_ALLOWED: usize = 20;

/// Share of the services, in percent, beyond which a candidate is taken for broken rather than the services.
const FAILURES_ALLOWED_PERCENT: usize = 5;

/// Longest time to synthesise the whole cluster. 100,000 services need 2 s; what takes so much longer would also
/// take minutes for every later change of the cluster.
const PREPARATION_TIME_LIMIT: Duration = Duration::from_secs(300);

/// Threads that synthesise side by side: more than this and reloads take cores that lookups need.
const MOST_WORKERS: usize = 4;

/// Services a worker takes at a time: enough to make the counter cheap, few enough to finish together.
const SERVICES_A_TURN: usize = 64;

/// How often the log tells how far a long preparation is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

/// What a candidate is to be proven on.
pub(super) struct Order {
    pub(super) cluster: Arc<Cluster>,
    /// Every service; those that fail under the live policies last, so that a slow failure delays nobody.
    pub(super) services: Vec<Arc<Service>>,
    /// Whether policies are live: without any, services that fail refuse nothing, since some names beat none.
    pub(super) has_live: bool,
    /// The site's master files: they are contributors like policies, and need no proof.
    pub(super) static_files: Arc<[Followed]>,
}

/// A stack that ran over the whole cluster.
pub(super) struct Candidate {
    pub(super) served: Served,
    pub(super) services: Vec<(Arc<Service>, ServiceResult)>,
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
        let mut layers = Vec::new();
        let mut configurations = Vec::new();
        for (rank, entry) in stack.iter().enumerate() {
            let (instance, configuration) =
                start(entry, &order.cluster).map_err(|refusal| (Some(rank), refusal))?;
            layers.push(Layer {
                entry: entry.clone(),
                instance,
            });
            configurations.push(configuration);
        }
        let mut diagnostics = Vec::new();
        let mut quarantined = Vec::new();
        let (policy_zones, declared) = declare_zones(&configurations, &order.static_files)?;
        let (zones, mut static_zones) = StaticZones::prepare(&order.static_files, policy_zones);
        let mut contributions = std::mem::take(&mut static_zones.contributions);
        let listed = contributions.len();
        // One of each policy and, with a stack of one, one of each service: no room is left unused for good.
        contributions.reserve_exact(stack.len() + order.services.len());
        for (rank, (configuration, nameservers)) in
            configurations.into_iter().zip(declared).enumerate()
        {
            let Configuration {
                zones: _,
                records,
                diagnostics: said,
            } = configuration;
            let (mut checked, refused) = check(records, &zones);
            checked.extend(nameservers);
            contributions.push((
                contributor(rank, "".into()),
                Contribution::from_records(checked),
            ));
            diagnostics.extend(said.into_iter().map(|diagnostic| (rank, diagnostic)));
            quarantined.extend(refused.into_iter().map(|record| (rank, record)));
        }

        let results =
            synthesize_all(&mut layers, &zones, order).map_err(|refusal| (None, refusal))?;
        let mut contributors = Contributors::with_capacity(order.services.len());
        let mut places = Vec::new();
        let mut services = Vec::with_capacity(order.services.len());
        for (service, mut result) in order.services.iter().zip(results) {
            let label = service.path.text();
            for (rank, outcome) in result.contributions.iter_mut().enumerate() {
                let Ok(contribution) = outcome else { continue };
                if !contribution.is_empty() {
                    contributions.push((
                        contributor(rank, Arc::clone(&label)),
                        std::mem::take(contribution),
                    ));
                    places.push((service.path.clone(), rank));
                }
            }
            services.push((Arc::clone(service), result));
        }
        let configured = listed + layers.len();
        let (contents, ids) = Contents::build(zones, contributions);
        let static_zones = static_zones.numbered(&ids);
        for ((path, rank), id) in places.into_iter().zip(ids.into_iter().skip(configured)) {
            contributors.set(&path, rank, id);
        }
        let mut served = Served::new(Arc::clone(&order.cluster), layers, contents, contributors);
        served.static_zones = static_zones;
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

/// The zones of a stack (of one apex, the first policy's) that are none of the files', and each policy's NS records of the
/// zones that are its own.
type Declared = (Vec<Zone>, Vec<Vec<CheckedRecord>>);

fn declare_zones(
    configurations: &[Configuration],
    static_files: &[Followed],
) -> Result<Declared, (Option<usize>, Refusal)> {
    let mut zones = Vec::new();
    let mut apexes = static_zones::own_apexes(static_files);
    let mut declared = Vec::new();
    for (rank, configuration) in configurations.iter().enumerate() {
        let mut nameservers = Vec::new();
        for declaration in &configuration.zones {
            let (zone, records) = Zone::declare(declaration).map_err(|reason| {
                let reason = format!("the zone `{}` cannot be served: {reason}", declaration.apex);
                (
                    Some(rank),
                    Refusal {
                        stage: Stage::Validate,
                        reason,
                    },
                )
            })?;
            if apexes.insert(zone.apex().clone()) {
                zones.push(zone);
                nameservers.extend(records);
            }
        }
        declared.push(nameservers);
    }
    if configurations
        .iter()
        .all(|configuration| configuration.zones.is_empty())
    {
        let reason = "no policy of the stack names a zone: a site's own policy stands beside the default one or \
                      returns zones from `configure`"
            .to_owned();
        return Err((
            None,
            Refusal {
                stage: Stage::Validate,
                reason,
            },
        ));
    }
    Ok((zones, declared))
}

/// Runs every service through the stack, side by side; results in the order of the services.
fn synthesize_all(
    layers: &mut [Layer],
    zones: &Zones,
    order: &Order,
) -> Result<Vec<ServiceResult>, Refusal> {
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_WORKERS);
    let workers = workers
        .min(order.services.len().div_ceil(SERVICES_A_TURN))
        .max(1);
    let run = Run::new(zones, order);
    let mut results = Vec::with_capacity(order.services.len());
    let stacks: Vec<Vec<StackEntry>> = (1..workers)
        .map(|_| layers.iter().map(|layer| layer.entry.clone()).collect())
        .collect();
    thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = stacks
            .iter()
            .map(|stack| {
                scope.spawn(move || {
                    let started: Result<Vec<Layer>, Refusal> = stack
                        .iter()
                        .map(|entry| {
                            start(entry, &order.cluster).map(|(instance, _)| Layer {
                                entry: entry.clone(),
                                instance,
                            })
                        })
                        .collect();
                    // What configured once and not again takes no part; the first worker does the services alone.
                    started.map_or_else(|_| Vec::new(), |mut layers| run.work(&mut layers))
                })
            })
            .collect();
        results.extend(run.work(layers));
        for worker in others {
            results.extend(worker.join().unwrap_or_default());
        }
    });
    if let Some(refusal) = run
        .refusal
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
    {
        return Err(refusal);
    }
    results.sort_unstable_by_key(|(index, _)| *index);
    if results.len() != order.services.len() {
        // A worker that died took its turn's services with it.
        let reason = "a worker of the daemon ended before its services were done; this is a defect of Zonesmith";
        return Err(Refusal {
            stage: Stage::Synthesize,
            reason: reason.to_owned(),
        });
    }
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// What the workers of one preparation share.
struct Run<'a> {
    zones: &'a Zones,
    order: &'a Order,
    started: Instant,
    next: AtomicUsize,
    failed: AtomicUsize,
    is_over: AtomicBool,
    refusal: Mutex<Option<Refusal>>,
    told: Mutex<Instant>,
}

impl<'a> Run<'a> {
    fn new(zones: &'a Zones, order: &'a Order) -> Self {
        let started = Instant::now();
        Self {
            zones,
            order,
            started,
            next: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            refusal: Mutex::new(None),
            told: Mutex::new(started),
        }
    }

    fn work(&self, layers: &mut [Layer]) -> Vec<(usize, ServiceResult)> {
        let mut results = Vec::new();
        while !self.is_over.load(Ordering::Relaxed) {
            let from = self.next.fetch_add(SERVICES_A_TURN, Ordering::Relaxed);
            let turn = self
                .order
                .services
                .iter()
                .enumerate()
                .skip(from)
                .take(SERVICES_A_TURN);
            if turn.len() == 0 {
                break;
            }
            for (index, service) in turn {
                let result = synthesize(layers, self.zones, service);
                if let Some(failure) = result.first_failure() {
                    self.count_failure(service, failure);
                }
                results.push((index, result));
            }
            self.check_time(from);
        }
        results
    }

    fn count_failure(&self, service: &Service, failure: &str) {
        let failed = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
        let total = self.order.services.len();
        let allowed = FAILURES_ALWAYS_ALLOWED.max(total * FAILURES_ALLOWED_PERCENT / 100);
        if self.order.has_live && failed > allowed {
            self.refuse(format!(
                "more than {allowed} of {total} services fail, among them {}: {failure}",
                service.path
            ));
        }
    }

    fn check_time(&self, done: usize) {
        let total = self.order.services.len();
        if self.order.has_live && self.started.elapsed() > PREPARATION_TIME_LIMIT {
            self.refuse(format!(
                "after {} s only {done} of {total} services were done",
                PREPARATION_TIME_LIMIT.as_secs()
            ));
        }
        let Ok(mut told) = self.told.try_lock() else {
            return;
        };
        if told.elapsed() > PROGRESS_INTERVAL {
            *told = Instant::now();
            info!(done, total, "synthesising the services of the cluster");
        }
    }

    fn refuse(&self, reason: String) {
        self.is_over.store(true, Ordering::Relaxed);
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        refusal.get_or_insert(Refusal {
            stage: Stage::Synthesize,
            reason,
        });
    }
}
