//! Every service of every cluster through the stack, on several cores: each worker has instances of its own.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::info;
use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::zones::Zones;

use super::super::served::Layer;
use super::super::service::{ServiceResult, synthesize};
use super::{Order, start};
use crate::policy::stack::StackEntry;
use crate::policy::{Refusal, Stage};

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

/// Runs every service through the stack, side by side; results in the order of the services.
pub(super) fn synthesize_all(
    layers: &mut [Vec<Layer>],
    zones: &Zones,
    order: &Order,
) -> Result<Vec<ServiceResult>, Refusal> {
    let services = order.services();
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_WORKERS);
    let workers = workers.min(services.len().div_ceil(SERVICES_A_TURN)).max(1);
    let run = Run::new(zones, &services, order.has_live);
    let mut results = Vec::with_capacity(services.len());
    let stack = layers.first().map(|layers| &**layers).unwrap_or_default();
    let stack: Vec<StackEntry> = stack.iter().map(|layer| layer.entry.clone()).collect();
    let stacks = vec![stack; workers.saturating_sub(1)];
    thread::scope(|scope| {
        let run = &run;
        let others: Vec<_> = stacks
            .iter()
            .map(|stack| {
                scope.spawn(move || {
                    let started: Result<Vec<Vec<Layer>>, Refusal> = order
                        .clusters
                        .iter()
                        .map(|ordered| start_layers(stack, &ordered.cluster))
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
    if results.len() != services.len() {
        // A worker that died took its turn's services with it.
        let reason = "a worker of the daemon ended before its services were done; this is a defect of Zonesmith";
        return Err(Refusal {
            stage: Stage::Synthesize,
            reason: reason.to_owned(),
        });
    }
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// A stack once more, for another worker.
fn start_layers(stack: &[StackEntry], cluster: &Arc<Cluster>) -> Result<Vec<Layer>, Refusal> {
    let layer = |entry: &StackEntry| {
        start(entry, cluster).map(|(instance, _)| Layer {
            entry: entry.clone(),
            instance,
        })
    };
    stack.iter().map(layer).collect()
}

/// What the workers of one preparation share.
struct Run<'a> {
    zones: &'a Zones,
    /// With the place of each one's cluster.
    services: &'a [(usize, &'a Arc<Service>)],
    has_live: bool,
    started: Instant,
    next: AtomicUsize,
    failed: AtomicUsize,
    is_over: AtomicBool,
    refusal: Mutex<Option<Refusal>>,
    told: Mutex<Instant>,
}

impl<'a> Run<'a> {
    fn new(zones: &'a Zones, services: &'a [(usize, &'a Arc<Service>)], has_live: bool) -> Self {
        let started = Instant::now();
        Self {
            zones,
            services,
            has_live,
            started,
            next: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            refusal: Mutex::new(None),
            told: Mutex::new(started),
        }
    }

    /// `layers`: of each cluster.
    fn work(&self, layers: &mut [Vec<Layer>]) -> Vec<(usize, ServiceResult)> {
        let mut results = Vec::new();
        while !self.is_over.load(Ordering::Relaxed) {
            let from = self.next.fetch_add(SERVICES_A_TURN, Ordering::Relaxed);
            let turn = self
                .services
                .iter()
                .enumerate()
                .skip(from)
                .take(SERVICES_A_TURN);
            if turn.len() == 0 {
                break;
            }
            for (index, (at, service)) in turn {
                let Some(layers) = layers.get_mut(*at) else {
                    continue;
                };
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
        let total = self.services.len();
        let allowed = FAILURES_ALWAYS_ALLOWED.max(total * FAILURES_ALLOWED_PERCENT / 100);
        if self.has_live && failed > allowed {
            self.refuse(format!(
                "more than {allowed} of {total} services fail, among them {}: {failure}",
                service.path
            ));
        }
    }

    fn check_time(&self, done: usize) {
        let total = self.services.len();
        if self.has_live && self.started.elapsed() > PREPARATION_TIME_LIMIT {
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
