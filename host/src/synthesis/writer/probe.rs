//! The probe in the writer: one more contributor, for as long as somebody looks.

use std::time::Instant;

use zonesmith_zone::contents::Contributor;
use zonesmith_zone::contribution::Contribution;
use zonesmith_zone::record::{Rdata, Record};
use zonesmith_zone::validate::validate;

use super::super::probe::{LEASE, Probe, TTL};
use super::super::static_zones::RANK;
use super::Writer;

/// As a contributor. No service is called so, and no cluster.
const PROBE: &str = "probe";

impl Writer {
    /// Publishes it, or takes it away. Says the generation that has it so.
    pub(super) fn take_probe(&mut self, probe: Option<Probe>) -> Result<u64, String> {
        let Some(probe) = probe else {
            self.end_probe();
            return Ok(self.generation);
        };
        let Some(served) = &mut self.served else {
            return Err("nothing is served".to_owned());
        };
        let record = Record {
            owner: probe.name.to_string(),
            ttl: TTL,
            data: Rdata::Txt(vec![probe.text]),
            rule: None,
            origin: None,
            exclusive: false,
        };
        let (contribution, quarantined) =
            validate(vec![record], served.contents.zone_set().zones());
        if let Some(refused) = quarantined.first() {
            return Err(refused.reason.to_string());
        }
        let contents = &mut served.contents;
        let id = *served.probe.get_or_insert_with(|| {
            contents.add(Contributor {
                // Before all policies: nothing stands in its way.
                rank: RANK,
                label: PROBE.into(),
            })
        });
        let delta = contents.replace(vec![(id, contribution)]);
        self.probe_ends = Some(Instant::now() + LEASE);
        self.publish(delta);
        Ok(self.generation)
    }

    /// Takes it away when nobody looks any more.
    pub(super) fn end_probe_when_due(&mut self, now: Instant) {
        if self.probe_ends.is_some_and(|end| end <= now) {
            self.end_probe();
        }
    }

    fn end_probe(&mut self) {
        self.probe_ends = None;
        let Some(served) = &mut self.served else {
            return;
        };
        let Some(id) = served.probe.take() else {
            return;
        };
        let delta = served.contents.replace(vec![(id, Contribution::default())]);
        // Empty by now, so nothing changes but the list of contributors.
        let _ = served.contents.remove(&[id]);
        // A candidate that began while it was there does not have it.
        self.note(&[], &[], &delta);
        self.publish(delta);
    }
}
