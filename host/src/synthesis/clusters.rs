//! What the sources say, each for itself, and the clusters that come of it.
//!
//! The state stays the sources': it is kept once, in their order. Sources that say the same name are one cluster. Of it,
//! the first source's word stands, and the others add what it does not have: nodes, networks, services. So nothing is
//! copied; whose word a service is shows when it is looked for, and when the first drops one, the next one's is there.
//!
//! Rooms: `merge` several clusters as one; `contested` services that two sources of one cluster name.

use std::collections::BTreeSet;
use std::sync::Arc;

use zonesmith_cluster::{Cluster, Override, Reconciled, Service, ServicePath, State};

use super::service_key::{ClusterKey, ServiceKey};
use super::{ServiceChange, SourceName};

mod contested;
mod merge;
#[cfg(test)]
mod tests;

/// A source, and what it said last.
struct Source {
    name: SourceName,
    /// As it said it, without the configuration's word. None: nothing yet.
    state: Option<State>,
}

/// Sources that speak of one cluster.
pub(super) struct Member {
    pub(super) key: ClusterKey,
    /// What policies are configured with. Another value only when that is another one.
    pub(super) cluster: Arc<Cluster>,
    /// The first of its sources.
    pub(super) first: SourceName,
    /// All of them, in the order of the configuration.
    pub(super) sources: Vec<SourceName>,
    /// Services that an earlier source has too, with the later one that names them in vain.
    pub(super) contested: BTreeSet<(ServicePath, SourceName)>,
}

/// All sources, and all clusters.
#[derive(Default)]
pub(super) struct Clusters {
    overrides: Override,
    /// Whether the list of sources is known; until then whoever speaks is one.
    is_listed: bool,
    sources: Vec<Source>,
    members: Vec<Member>,
    /// Whether other services are contested since somebody asked.
    has_contest_news: bool,
}

/// What differs after somebody spoke.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Clusters came or went, or have other sources: then the lists below say nothing.
    pub(super) are_other_clusters: bool,
    /// A cluster is to be configured anew, or another one.
    pub(super) is_configuring: bool,
    /// Services that are new or different.
    pub(super) changed: Vec<ServiceKey>,
    /// Services that are gone.
    pub(super) removed: Vec<ServiceKey>,
}

impl Clusters {
    pub(super) fn new(overrides: Override) -> Self {
        Self {
            overrides,
            ..Self::default()
        }
    }

    /// The configuration's word about every cluster.
    pub(super) fn overrides(&self) -> &Override {
        &self.overrides
    }

    /// The clusters, in the order of their first sources; those among them that have no DNS, too.
    pub(super) fn all(&self) -> &[Member] {
        &self.members
    }

    /// The clusters that have DNS.
    pub(super) fn serving(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| off_reason(&member.cluster).is_none())
    }

    /// The sources that have not said anything yet.
    pub(super) fn silent(&self) -> impl Iterator<Item = &SourceName> {
        let silent = self.sources.iter().filter(|source| source.state.is_none());
        silent.map(|source| &source.name)
    }

    /// Whether anybody said anything.
    pub(super) fn has_spoken(&self) -> bool {
        !self.members.is_empty()
    }

    /// How many services a source names.
    pub(super) fn services_of(&self, source: &str) -> usize {
        self.state_of(source)
            .map_or(0, |state| state.services.len())
    }

    /// The cluster with this key.
    pub(super) fn find(&self, key: &ClusterKey) -> Option<&Member> {
        self.members.iter().find(|member| member.key == *key)
    }

    /// The cluster of which this source is the first.
    pub(super) fn find_by_first(&self, source: &SourceName) -> Option<&Member> {
        self.members.iter().find(|member| member.first == *source)
    }

    /// Whether this is a source.
    pub(super) fn knows(&mut self, source: &SourceName) -> bool {
        self.place_of(source).is_some()
    }

    /// A service, as the first source has it that has it.
    pub(super) fn service(&self, key: &ServiceKey) -> Option<&Arc<Service>> {
        let member = self.find(&key.cluster)?;
        self.states(member)
            .find_map(|state| state.services.get(&key.path))
    }

    /// The source that a service is of.
    pub(super) fn source_of(&self, key: &ServiceKey) -> Option<&SourceName> {
        let mut sources = self.find(&key.cluster)?.sources.iter();
        sources.find(|source| {
            let state = self.state_of(source);
            state.is_some_and(|state| state.services.contains_key(&key.path))
        })
    }

    /// How many services a cluster has.
    pub(super) fn count(&self, member: &Member) -> usize {
        let all: usize = self.states(member).map(|state| state.services.len()).sum();
        // Of three sources that name one service, two name it in vain.
        all.saturating_sub(member.contested.len())
    }

    /// All services of a cluster.
    pub(super) fn services<'a>(
        &'a self,
        member: &'a Member,
    ) -> impl Iterator<Item = &'a Arc<Service>> {
        let has_several = member.sources.len() > 1;
        self.states(member)
            .enumerate()
            .flat_map(move |(at, state)| {
                state.services.iter().filter_map(move |(path, service)| {
                    let mut earlier = self.states(member).take(at);
                    let is_taken =
                        has_several && earlier.any(|state| state.services.contains_key(path));
                    (!is_taken).then_some(service)
                })
            })
    }

    /// These are the sources, in this order, and no others.
    pub(super) fn list(&mut self, names: &[SourceName]) -> Change {
        self.is_listed = true;
        let mut before = std::mem::take(&mut self.sources);
        for name in names {
            let known = before.iter().position(|source| source.name == *name);
            self.sources.push(match known {
                Some(at) => before.swap_remove(at),
                None => Source {
                    name: Arc::clone(name),
                    state: None,
                },
            });
        }
        self.regroup()
    }

    /// A source said everything it knows. None: it is no source (any more).
    pub(super) fn take_state(&mut self, source: &SourceName, next: State) -> Option<Change> {
        let at = self.place_of(source)?;
        let place = self.sources.get_mut(at)?;
        let Reconciled {
            state,
            cluster_changed: _,
            changed,
            removed,
        } = place.state.take().unwrap_or_default().reconcile(next);
        place.state = Some(state);
        let mut change = self.regroup();
        if !change.are_other_clusters {
            self.follow(source, changed, removed, &mut change);
        }
        Some(change)
    }

    /// A source said something of single services, after its state.
    pub(super) fn take_changes(
        &mut self,
        source: &SourceName,
        changes: Vec<ServiceChange>,
    ) -> Option<Change> {
        let at = self.place_of(source)?;
        let state = self.sources.get_mut(at)?.state.as_mut()?;
        let (changed, removed) = state.change(changes);
        let mut change = Change::default();
        self.follow(source, changed, removed, &mut change);
        Some(change)
    }

    /// The configuration says something else.
    pub(super) fn take_override(&mut self, overrides: Override) -> Change {
        self.overrides = overrides;
        self.regroup()
    }

    fn place_of(&mut self, name: &SourceName) -> Option<usize> {
        let known = self.sources.iter().position(|source| source.name == *name);
        if known.is_none() && !self.is_listed {
            self.sources.push(Source {
                name: Arc::clone(name),
                state: None,
            });
            return self.sources.len().checked_sub(1);
        }
        known
    }

    fn state_of(&self, source: &str) -> Option<&State> {
        let found = self.sources.iter().find(|found| *found.name == *source);
        found.and_then(|found| found.state.as_ref())
    }

    /// What the sources of a cluster say, in order.
    fn states<'a>(&'a self, member: &'a Member) -> impl Iterator<Item = &'a State> {
        let names = member.sources.iter();
        names.filter_map(|name| self.state_of(name))
    }

    /// Finds out anew which sources are one cluster.
    fn regroup(&mut self) -> Change {
        let mut next: Vec<Member> = Vec::new();
        for source in &self.sources {
            let Some(state) = &source.state else { continue };
            let cluster = merge::overridden(&state.cluster, &self.overrides);
            let key = ClusterKey::of(&cluster.name);
            let is_named = !key.as_str().is_empty();
            match next.iter_mut().find(|member| is_named && member.key == key) {
                Some(member) => {
                    member.sources.push(Arc::clone(&source.name));
                    merge::add(Arc::make_mut(&mut member.cluster), cluster);
                }
                None => next.push(Member {
                    key,
                    cluster: Arc::new(cluster),
                    first: Arc::clone(&source.name),
                    sources: vec![Arc::clone(&source.name)],
                    contested: BTreeSet::new(),
                }),
            }
        }
        let mut change = Change {
            are_other_clusters: next.len() != self.members.len(),
            ..Change::default()
        };
        for (at, member) in next.iter_mut().enumerate() {
            let before = self.members.get(at);
            let is_same = before
                .is_some_and(|before| before.key == member.key && before.sources == member.sources);
            change.are_other_clusters |= !is_same;
            let before = self.members.iter().find(|before| before.key == member.key);
            match before {
                Some(before) if before.cluster.configures_like(&member.cluster) => {
                    member.cluster = Arc::clone(&before.cluster);
                }
                _ => change.is_configuring = true,
            }
        }
        change.is_configuring |= change.are_other_clusters;
        self.members = next;
        self.contest_all();
        change
    }

    /// What a source's services mean for its cluster: those of an earlier source stand before them, those of a later one
    /// come up where they go.
    fn follow(
        &mut self,
        source: &SourceName,
        changed: Vec<ServicePath>,
        removed: Vec<ServicePath>,
        change: &mut Change,
    ) {
        let place = |member: &Member| member.sources.iter().position(|name| name == source);
        let mut found = self.members.iter().enumerate();
        let found = found.find_map(|(at, member)| place(member).map(|place| (at, place)));
        let Some((at, place)) = found else { return };
        let Some(member) = self.members.get(at) else {
            return;
        };
        let key = member.key.clone();
        let with_key = |path| ServiceKey {
            cluster: key.clone(),
            path,
        };
        if let [_] = *member.sources {
            change.changed.extend(changed.into_iter().map(with_key));
            change.removed.extend(removed.into_iter().map(with_key));
            return;
        }
        let mut contested = Vec::new();
        for path in changed.into_iter().chain(removed) {
            let holders: Vec<bool> = self
                .states(member)
                .map(|state| state.services.contains_key(&path))
                .collect();
            let first = holders.iter().position(|has| *has);
            match first {
                Some(first) if first < place => {}
                Some(_) => change.changed.push(with_key(path.clone())),
                None => change.removed.push(with_key(path.clone())),
            }
            contested.push((path, holders));
        }
        if let Some(member) = self.members.get_mut(at) {
            for (path, holders) in contested {
                self.has_contest_news |= member.contest(&path, &holders);
            }
        }
    }
}

/// Why there is to be no DNS for this cluster, if so.
pub(super) fn off_reason(cluster: &Cluster) -> Option<&'static str> {
    if cluster.nameservers.is_empty() {
        return Some(
            "the cluster lists no nameservers: set `cluster.dns` in its document, or with `zonesmith config set \
             cluster.dns+=ADDRESS`",
        );
    }
    cluster.name.is_empty().then_some(
        "the cluster has no name: set `cluster.name` in its document, or with `zonesmith config set cluster.name=NAME`",
    )
}
