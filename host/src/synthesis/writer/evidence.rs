//! What is known of one name, gathered for whoever explains it: nothing is decided here, and nothing takes long.

use std::sync::Arc;

use zonesmith_zone::contents::ContributorId;
use zonesmith_zone::name::{Name, NameRef};

use super::super::candidate::rank_number;
use super::super::evidence::{Claim, ClaimedRecord, ClusterEvidence, Evidence, Loss, Who};
use super::super::served::Served;
use super::super::told::ToldCluster;
use super::Writer;

impl Writer {
    /// What is known of `name`; none while nothing is served. `with_services`: all services as well, a pointer each.
    pub(super) fn evidence(&self, name: &Name, with_services: bool) -> Option<Evidence> {
        let served = self.served.as_ref()?;
        let zone_set = served.contents.zone_set();
        let owner = zone_set.place(name.as_ref()).kind;
        let owner = owner.wildcard().unwrap_or(name).clone();
        let (ids, claims): (Vec<_>, Vec<_>) = served
            .contents
            .contributors_of(owner.as_ref())
            .into_iter()
            .filter_map(|id| Some((id, self.claim(served, id, owner.as_ref())?)))
            .unzip();
        let conflicts = served.contents.conflicts().get(&owner);
        let losses = conflicts.into_iter().flatten().filter_map(|conflict| {
            Some(Loss {
                claim: ids.iter().position(|id| *id == conflict.loser)?,
                rtype: conflict.rtype,
                kind: conflict.kind,
            })
        });
        let losses = losses.collect();
        let clusters = served.clusters.iter().map(|cluster| {
            let member = self.clusters.find(&cluster.key).filter(|_| with_services);
            let services = member.map(|member| self.clusters.services(member).cloned());
            ClusterEvidence {
                key: cluster.key.clone(),
                cluster: Arc::clone(&cluster.cluster),
                stack: cluster
                    .layers
                    .iter()
                    .map(|layer| layer.entry.clone())
                    .collect(),
                services: services.into_iter().flatten().collect(),
            }
        });
        Some(Evidence {
            generation: self.generation,
            owner,
            claims,
            losses,
            clusters: clusters.collect(),
            report: self.report.clone(),
            zone_set,
        })
    }

    /// All clusters with all their services, a pointer each; also those that have no DNS.
    pub(super) fn told_clusters(&self) -> Vec<ToldCluster> {
        let members = self.clusters.all().iter();
        let told = members.map(|member| ToldCluster {
            cluster: Arc::clone(&member.cluster),
            services: self.clusters.services(member).cloned().collect(),
        });
        told.collect()
    }

    /// What one contributor says of the name.
    fn claim(&self, served: &Served, id: ContributorId, name: NameRef<'_>) -> Option<Claim> {
        let contributor = served.contents.contributor(id)?;
        let said = served.contents.contribution(id)?.find(name);
        let file = served.static_zones.file(id);
        let records = said.map(|record| ClaimedRecord {
            rtype: record.rtype,
            octets: record.octets.into(),
            rule: record.rule,
            origin: record.origin,
            place: file.map(|file| file.place(record.origin)),
            exclusive: record.exclusive,
        });
        let policy = usize::try_from(contributor.rank.saturating_sub(rank_number(0))).ok()?;
        let who = match file {
            Some(file) => Who::File {
                file: contributor.label.clone(),
                is_zone: file.own.is_some(),
            },
            None => match served.service_of(id) {
                Some(key) => Who::Service {
                    cluster: served
                        .clusters
                        .iter()
                        .position(|cluster| cluster.key == key.cluster)?,
                    policy,
                    label: self.report.label(&key),
                    service: self.clusters.service(&key).cloned(),
                    is_failing: self.isolation.contains(&key),
                    source: self
                        .clusters
                        .source_of(&key)
                        .map_or_else(String::new, ToString::to_string),
                },
                None => Who::Configuration {
                    cluster: served.configured(&contributor.label)?,
                    policy,
                },
            },
        };
        Some(Claim {
            who,
            rank: contributor.rank,
            records: records.collect(),
        })
    }
}
