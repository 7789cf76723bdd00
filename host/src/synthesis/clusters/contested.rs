//! Services that two sources of one cluster name: the first one's is served, and the others are told that theirs are not.

use std::collections::BTreeSet;
use std::sync::Arc;

use zonesmith_cluster::ServicePath;

use super::super::SourceName;
use super::super::service_key::ServiceKey;
use super::{Clusters, Member};

impl Clusters {
    /// The services that are named in vain, and by whom.
    pub(in super::super) fn contested(&self) -> impl Iterator<Item = (ServiceKey, &SourceName)> {
        self.members.iter().flat_map(|member| {
            member.contested.iter().map(|(path, source)| {
                let (cluster, path) = (member.key.clone(), path.clone());
                (ServiceKey { cluster, path }, source)
            })
        })
    }

    /// How many there are of them.
    pub(in super::super) fn contested_count(&self) -> usize {
        let members = self.members.iter();
        members.map(|member| member.contested.len()).sum()
    }

    /// Whether they are others than when this was asked last.
    pub(in super::super) fn take_contest_news(&mut self) -> bool {
        std::mem::take(&mut self.has_contest_news)
    }

    /// Finds out anew which services are contested.
    pub(super) fn contest_all(&mut self) {
        let before = self.contested_count();
        let all: Vec<BTreeSet<_>> = self
            .members
            .iter()
            .map(|member| {
                let mut contested = BTreeSet::new();
                let later = member.sources.iter().zip(self.states(member)).enumerate();
                for (at, (name, state)) in later.skip(1) {
                    let is_earlier = |path: &&ServicePath| {
                        let mut earlier = self.states(member).take(at);
                        earlier.any(|state| state.services.contains_key(*path))
                    };
                    let paths = state.services.keys().filter(is_earlier);
                    contested.extend(paths.map(|path| (path.clone(), Arc::clone(name))));
                }
                contested
            })
            .collect();
        for (member, contested) in self.members.iter_mut().zip(all) {
            member.contested = contested;
        }
        self.has_contest_news |= before > 0 || self.contested_count() > 0;
    }
}

impl Member {
    /// `holders`: which of its sources name the service. Whether that is news.
    pub(super) fn contest(&mut self, path: &ServicePath, holders: &[bool]) -> bool {
        let mut is_news = false;
        let first = holders.iter().position(|has| *has);
        for (at, (name, has)) in self.sources.iter().zip(holders).enumerate() {
            let entry = (path.clone(), Arc::clone(name));
            is_news |= if *has && first != Some(at) {
                self.contested.insert(entry)
            } else {
                self.contested.remove(&entry)
            };
        }
        is_news
    }
}
