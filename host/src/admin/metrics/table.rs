//! A long table: every metric, a row each.
//!
//! Values of labels are from closed sets, or configured (`source`, `cluster`, `policy` of the stack, `zone`, `target`): a service, a name
//! or a client is never one, so that no cluster and no question can make a metric of thousands of series. Names follow
//! Prometheus: base units, `_total` for what only grows (the library writes it).

use prometheus_client::registry::Registry;

use crate::snapshot::report::promotion::ShadowStatus;
use crate::snapshot::report::{ServingState, Status};
use crate::telemetry::counters::Counters;
use crate::telemetry::counters::janitor::counters as janitor;

/// Labels and their values.
pub type Labels = Vec<(&'static str, String)>;

/// A metric.
pub struct Metric {
    /// Without prefix and `_total`.
    pub name: &'static str,
    /// A sentence without its full stop, which the library adds.
    pub help: &'static str,
    /// Its labels, each with what it may be.
    pub labels: &'static [(&'static str, &'static str)],
    /// Where its value is.
    pub reading: Reading,
}

/// Where a value is read.
pub enum Reading {
    /// Something that goes up and down, off the status.
    Gauge(fn(&Status) -> Vec<(Labels, f64)>),
    /// Something that only grows, off the status.
    Counter(fn(&Status) -> Vec<(Labels, u64)>),
    /// Something that is counted where it happens.
    Counted(fn(&Counters, &mut Registry, &'static str, &'static str)),
}

/// Every metric, in the order in which they are exported.
pub const TABLE: &[Metric] = &[
    gauge(
        "build_info",
        "Always 1; the version of the daemon",
        &[("version", "of the binary")],
        |status| vec![(vec![("version", status.version.clone())], 1.0)],
    ),
    gauge(
        "start_time_seconds",
        "When the daemon started, in seconds since 1970",
        &[],
        |status| one(float(status.started)),
    ),
    gauge(
        "state",
        "1 for the state that the daemon is in",
        &[("state", "`starting`, `serving`, `off`")],
        |status| {
            let states = [
                ("starting", ServingState::Starting),
                ("serving", ServingState::Serving),
                ("off", ServingState::Off),
            ];
            each(states, |(word, state)| {
                (
                    vec![("state", word.to_owned())],
                    flag(state == status.state),
                )
            })
        },
    ),
    gauge(
        "generation",
        "The generation that is served; 0 before the first",
        &[],
        |status| one(float(status.generation)),
    ),
    gauge("zones", "Zones that are served", &[], |status| {
        one(size(status.zones.len()))
    }),
    gauge("names", "Names with records, in all zones", &[], |status| {
        one(size(status.names))
    }),
    gauge("records", "Records, in all zones", &[], |status| {
        one(size(status.records))
    }),
    gauge(
        "zone_serial",
        "The serial of a zone",
        &[("zone", "an apex")],
        |status| {
            each(&status.zones, |zone| {
                (vec![("zone", zone.apex.clone())], f64::from(zone.serial))
            })
        },
    ),
    counted(
        "publications",
        "Generations published",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.publications.clone());
        },
    ),
    counted(
        "changed_names",
        "Names that differed in the generations published, swaps left out",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.changed_names.clone());
        },
    ),
    counted(
        "swaps",
        "Publications that changed too many names to list",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.swaps.clone());
        },
    ),
    counted(
        "publish_latency_seconds",
        "From a source's word to the publication of what follows from it",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.latency.clone());
        },
    ),
    gauge(
        "backend_connections",
        "Connections to the socket that PowerDNS asks",
        &[],
        |status| one(float(status.connections.open)),
    ),
    gauge(
        "backend_connections_limit",
        "Connections that it may have at a time; 0 while there is no socket",
        &[],
        |status| one(size(status.connections.limit)),
    ),
    counter(
        "backend_connections_accepted",
        "Connections accepted since the socket was opened",
        &[],
        |status| one(status.connections.accepted),
    ),
    counter(
        "backend_connections_refused",
        "Connections refused since the socket was opened: there was no room",
        &[],
        |status| one(status.connections.refused),
    ),
    counter(
        "backend_connections_gave_way",
        "Idle connections that gave way to new ones since the socket was opened",
        &[],
        |status| one(status.connections.gave_way),
    ),
    counter(
        "backend_requests",
        "Requests answered since the socket was opened",
        &[],
        |status| one(status.connections.requests),
    ),
    counter(
        "backend_errors",
        "Requests answered with an error since the socket was opened",
        &[],
        |status| one(status.connections.errors),
    ),
    gauge("services", "Services of all clusters", &[], |status| {
        let services = status.clusters.iter().map(|cluster| cluster.services);
        one(size(services.sum()))
    }),
    gauge(
        "cluster_services",
        "Services of a cluster",
        &[("cluster", "its name, as configured")],
        |status| {
            each(&status.clusters, |cluster| {
                (
                    vec![("cluster", cluster.name.clone())],
                    size(cluster.services),
                )
            })
        },
    ),
    gauge(
        "services_failing",
        "Services whose last call failed: their last good records are served",
        &[],
        |status| one(size(status.failing.len())),
    ),
    gauge(
        "records_quarantined",
        "Records that are not served, since they failed a check",
        &[],
        |status| one(size(status.quarantined.len())),
    ),
    gauge(
        "conflicts",
        "Records that are not served, since another one excludes them",
        &[],
        |status| one(size(status.conflict_count)),
    ),
    gauge(
        "policy_info",
        "Always 1 for each policy of the stack",
        &[
            ("policy", "its own name"),
            ("version", "its own word"),
            ("digest", "of its bytes"),
        ],
        |status| {
            each(&status.policies, |policy| {
                let labels = vec![
                    ("policy", policy.name.clone()),
                    ("version", policy.version.clone()),
                    ("digest", policy.digest.clone()),
                ];
                (labels, 1.0)
            })
        },
    ),
    gauge(
        "policy_pinned",
        "1 for a policy that stands at its place whatever its file says",
        &[("policy", "its own name")],
        |status| {
            each(&status.policies, |policy| {
                let labels = vec![("policy", policy.name.clone())];
                (labels, flag(policy.pinned.is_some()))
            })
        },
    ),
    gauge(
        "policy_rolled_back",
        "1 while what is live is there since the daemon took a policy back by itself",
        &[],
        |status| one(flag(status.rolled_back.is_some())),
    ),
    counted(
        "policy_rollbacks",
        "Times that a policy which was promoted failed and was to be taken back by the daemon itself",
        &[("outcome", "`done`, `failed`")],
        |counters, registry, name, help| {
            registry.register(name, help, counters.taken_back.clone());
        },
    ),
    gauge(
        "shadow_state",
        "1 for the state that the candidate in the shadow is in",
        &[("state", "`waiting`, `preparing`, `running`, `refused`")],
        |status| {
            let shadow = status.shadow.iter();
            let states = ["waiting", "preparing", "running", "refused"];
            let states = shadow.flat_map(|shadow| states.map(|state| (state, shadow)));
            each(states, |(state, shadow)| {
                (
                    vec![("state", state.to_owned())],
                    flag(shadow.state == state),
                )
            })
        },
    ),
    gauge(
        "shadow_names",
        "Names that the candidate in the shadow would answer otherwise",
        &[("change", "`added`, `removed`, `changed`")],
        |status| {
            let names = status.shadow.iter().flat_map(|shadow| {
                let names = shadow.names;
                [
                    ("added", names.added),
                    ("removed", names.removed),
                    ("changed", names.changed),
                ]
            });
            each(names, |(change, count)| {
                (vec![("change", change.to_owned())], size(count))
            })
        },
    ),
    counter(
        "shadow_differences",
        "Times that a name began to differ under the candidate in the shadow, ended to, or differed in another way",
        &[],
        |status| of_shadow(status, |shadow| shadow.differences),
    ),
    gauge(
        "shadow_services_failing",
        "Services that the candidate in the shadow fails for",
        &[],
        |status| {
            let shadow = status.shadow.as_ref();
            shadow.map_or_else(Vec::new, |shadow| one(size(shadow.failing)))
        },
    ),
    counter(
        "shadow_failures",
        "Times that the candidate in the shadow failed for a service",
        &[],
        |status| of_shadow(status, |shadow| shadow.failures),
    ),
    counter(
        "shadow_calls",
        "Times that the candidate in the shadow was asked for a service",
        &[],
        |status| of_shadow(status, |shadow| shadow.calls),
    ),
    gauge(
        "shadow_call_seconds",
        "What these calls took so far, those of proofs on the whole cluster left out",
        &[],
        |status| {
            let shadow = status.shadow.as_ref();
            shadow.map_or_else(Vec::new, |shadow| one(shadow.call_seconds))
        },
    ),
    gauge(
        "policy_refused",
        "1 while the last candidate is one that was refused",
        &[],
        |status| one(flag(status.refused.is_some())),
    ),
    counted(
        "policy_reloads",
        "Times that policies and settings were looked at again",
        &[("outcome", "`published`, `unchanged`, `refused`")],
        |counters, registry, name, help| {
            registry.register(name, help, counters.reloads.clone());
        },
    ),
    counted(
        "policy_calls",
        "Calls into policies",
        &[
            ("call", "`describe`, `configure`, `synthesize`"),
            (
                "outcome",
                "`ok`, `error`, `trap`, `deadline`, `memory`, `too-much-output`, `malformed`, `import`",
            ),
        ],
        |counters, registry, name, help| {
            registry.register(name, help, counters.policy_calls.clone());
        },
    ),
    counted(
        "policy_call_seconds",
        "How long a call into a policy took",
        &[("call", "`describe`, `configure`, `synthesize`")],
        |counters, registry, name, help| {
            registry.register(name, help, counters.policy_call_seconds.clone());
        },
    ),
    counter(
        "selections",
        "Record sets that a policy was to choose from, since it was configured last",
        &[(
            "outcome",
            "`chosen`, `everyone`, `failed` (all records are given), `not-asked` (so they are)",
        )],
        |status| {
            let selection = status.selection.iter();
            let outcomes = selection.flat_map(|selection| {
                [
                    ("chosen", selection.chosen),
                    ("everyone", selection.everyone),
                    ("failed", selection.failed),
                    ("not-asked", selection.not_asked),
                ]
            });
            each(outcomes, |(word, count)| {
                (vec![("outcome", word.to_owned())], count)
            })
        },
    ),
    gauge(
        "selection_failures",
        "Failures in a row of a policy that chooses; from three on it is not asked for a while",
        &[],
        |status| {
            let selection = status.selection.as_ref();
            selection.map_or_else(Vec::new, |selection| one(f64::from(selection.failures)))
        },
    ),
    gauge(
        "source_state",
        "1 for the state that a source is in",
        &[
            ("source", "its address, as configured"),
            ("state", "`waiting`, `remembered`, `live`, `failing`"),
        ],
        |status| {
            let states = ["waiting", "remembered", "live", "failing"];
            status
                .sources
                .iter()
                .flat_map(|source| {
                    states.map(|state| {
                        (
                            vec![
                                ("source", source.source.clone()),
                                ("state", state.to_owned()),
                            ],
                            flag(source.state == state),
                        )
                    })
                })
                .collect()
        },
    ),
    gauge(
        "source_age_seconds",
        "Since a source spoke last: how old what is served may be",
        &[("source", "its address, as configured")],
        |status| {
            let spoke = status
                .sources
                .iter()
                .filter_map(|source| Some((source, source.age?)));
            each(spoke, |(source, age)| {
                (vec![("source", source.source.clone())], float(age))
            })
        },
    ),
    gauge(
        "source_not_kept",
        "1 while what a source says would not survive the daemon",
        &[("source", "its address, as configured")],
        |status| {
            each(&status.sources, |source| {
                (
                    vec![("source", source.source.clone())],
                    flag(source.not_kept.is_some()),
                )
            })
        },
    ),
    gauge(
        "source_lost",
        "1 where some of what a source said was lost before the daemon started",
        &[("source", "its address, as configured")],
        |status| {
            each(&status.sources, |source| {
                (
                    vec![("source", source.source.clone())],
                    flag(source.lost.is_some()),
                )
            })
        },
    ),
    gauge(
        "source_services",
        "Services in the last good state of a source",
        &[("source", "its address, as configured")],
        |status| {
            each(&status.sources, |source| {
                (
                    vec![("source", source.source.clone())],
                    size(source.services),
                )
            })
        },
    ),
    gauge(
        "source_problems",
        "What could not be read in the last good state of a source",
        &[("source", "its address, as configured")],
        |status| {
            each(&status.sources, |source| {
                (
                    vec![("source", source.source.clone())],
                    size(source.problems.len()),
                )
            })
        },
    ),
    counted(
        "source_updates",
        "What sources said",
        &[
            ("source", "its address, as configured"),
            (
                "update",
                "`state` (all it knows), `changes` (single services), `failed` (that it cannot say anything)",
            ),
        ],
        |counters, registry, name, help| {
            registry.register(name, help, counters.source_updates.clone());
        },
    ),
    counted(
        "source_retries",
        "Times that a source was tried again after it failed",
        &[("source", "its address, as configured")],
        |counters, registry, name, help| {
            registry.register(name, help, counters.source_retries.clone());
        },
    ),
    gauge(
        "state_store_lost",
        "1 where some of the state file was lost before the daemon started",
        &[],
        |status| one(flag(status.store.lost.is_some())),
    ),
    gauge(
        "state_store_failing",
        "1 while the state file cannot be written",
        &[],
        |status| one(flag(status.store.error.is_some())),
    ),
    counted(
        "state_store_errors",
        "Times that the state file could not be written",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.state_errors.clone());
        },
    ),
    gauge(
        "master_files",
        "Master files of the configuration",
        &[("state", "`served`, `waiting`, `failing`")],
        |status| {
            each(["served", "waiting", "failing"], |state| {
                let count = status
                    .master_files
                    .iter()
                    .filter(|file| file.state == state)
                    .count();
                (vec![("state", state.to_owned())], size(count))
            })
        },
    ),
    gauge(
        "notify_targets",
        "Zones and secondaries that are told of them",
        &[(
            "state",
            "`waiting`, `asked`, `retrying`, `acknowledged`, `given-up`",
        )],
        |status| {
            each(
                ["waiting", "asked", "retrying", "acknowledged", "given-up"],
                |state| {
                    let count = status
                        .notify
                        .iter()
                        .filter(|told| told.state == state)
                        .count();
                    (vec![("state", state.to_owned())], size(count))
                },
            )
        },
    ),
    counted(
        "notify_messages",
        "NOTIFY messages whose outcome is known",
        &[("outcome", "`acknowledged`, `failed`")],
        |counters, registry, name, help| {
            registry.register(name, help, counters.notifies.clone());
        },
    ),
    gauge(
        "cache_failing",
        "1 while a server does not take purges: its caches may be wrong",
        &[
            ("target", "its address"),
            ("role", "`authoritative`, `recursor`"),
        ],
        |status| {
            each(&status.caches, |cache| {
                let labels = vec![
                    ("target", cache.target.clone()),
                    ("role", cache.role.clone()),
                ];
                (labels, flag(cache.failures > 0))
            })
        },
    ),
    gauge(
        "cache_behind_seconds",
        "Since when the caches of a server may be wrong; 0 while they are right",
        &[
            ("target", "its address"),
            ("role", "`authoritative`, `recursor`"),
        ],
        |status| {
            each(&status.caches, |cache| {
                let labels = vec![
                    ("target", cache.target.clone()),
                    ("role", cache.role.clone()),
                ];
                (labels, float(cache.behind.unwrap_or(0)) / 1000.0)
            })
        },
    ),
    counted(
        "purge_lag_seconds",
        "From publication to purged from the caches of a server",
        &[("target", "its address")],
        |_, registry, name, help| registry.register(name, help, janitor().lag.clone()),
    ),
    counted(
        "purge_orders",
        "Times that a server was told what to forget",
        &[("target", "its address"), ("outcome", "`purged`, `failed`")],
        |_, registry, name, help| registry.register(name, help, janitor().orders.clone()),
    ),
    counted(
        "purge_names",
        "Names that a server was told to forget, echoes included",
        &[("target", "its address")],
        |_, registry, name, help| registry.register(name, help, janitor().names.clone()),
    ),
    counted(
        "purge_subtrees",
        "Whole subtrees that a server was told to forget, echoes included",
        &[("target", "its address")],
        |_, registry, name, help| registry.register(name, help, janitor().subtrees.clone()),
    ),
    counted(
        "purge_collapses",
        "Times that there were too many names to purge, so that it was their whole zones",
        &[],
        |_, registry, name, help| registry.register(name, help, janitor().collapses.clone()),
    ),
    counted(
        "handovers",
        "Times that another daemon asked to take over from this one",
        &[(
            "outcome",
            "`handed-over`, `kept` (it was refused, or went away)",
        )],
        |counters, registry, name, help| {
            registry.register(name, help, counters.handovers.clone());
        },
    ),
    counted(
        "takeover_pause_seconds",
        "For how long nobody answered PowerDNS when this daemon took over from another one; it happens once, or not at all",
        &[],
        |counters, registry, name, help| {
            registry.register(name, help, counters.takeover_pause.clone());
        },
    ),
];

const fn gauge(
    name: &'static str,
    help: &'static str,
    labels: &'static [(&'static str, &'static str)],
    read: fn(&Status) -> Vec<(Labels, f64)>,
) -> Metric {
    Metric {
        name,
        help,
        labels,
        reading: Reading::Gauge(read),
    }
}

const fn counter(
    name: &'static str,
    help: &'static str,
    labels: &'static [(&'static str, &'static str)],
    read: fn(&Status) -> Vec<(Labels, u64)>,
) -> Metric {
    Metric {
        name,
        help,
        labels,
        reading: Reading::Counter(read),
    }
}

const fn counted(
    name: &'static str,
    help: &'static str,
    labels: &'static [(&'static str, &'static str)],
    read: fn(&Counters, &mut Registry, &'static str, &'static str),
) -> Metric {
    Metric {
        name,
        help,
        labels,
        reading: Reading::Counted(read),
    }
}

/// A value without labels.
fn one<Value>(value: Value) -> Vec<(Labels, Value)> {
    vec![(Vec::new(), value)]
}

fn each<Thing, Value>(
    things: impl IntoIterator<Item = Thing>,
    sample: impl Fn(Thing) -> (Labels, Value),
) -> Vec<(Labels, Value)> {
    things.into_iter().map(sample).collect()
}

/// A number of the candidate in the shadow, while there is one.
fn of_shadow(status: &Status, number: fn(&ShadowStatus) -> u64) -> Vec<(Labels, u64)> {
    let shadow = status.shadow.iter();
    shadow.map(|shadow| (Vec::new(), number(shadow))).collect()
}

fn flag(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn size(count: usize) -> f64 {
    float(u64::try_from(count).unwrap_or(u64::MAX))
}

fn float(count: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact up to 2^53; a gauge of Prometheus has no more"
    )]
    let float = count as f64;
    float
}
