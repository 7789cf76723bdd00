//! Publishing: serials, the one store, and what is told beside the zones.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tracing::debug;
use zonesmith_zone::contents::Contents;
use zonesmith_zone::delta::Delta;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata;
use zonesmith_zone::zone_set::ZoneSet;
use zonesmith_zone::zones::Zones;

use super::super::Phase;
use super::super::report::{ConflictReport, MOST_CONFLICTS, NAMED_BY_TWO_SOURCES};
use super::Writer;
use super::shown::zones_showing;
use crate::snapshot::changes::{Changed, Step, ZoneChange};
use crate::snapshot::forget::{Difference, Forget};
use crate::snapshot::selection::Choose;
use crate::snapshot::{Live, Snapshot};
use crate::telemetry::counters::counters;

impl Writer {
    /// Publishes what a change made, if it made anything.
    pub(super) fn publish(&mut self, delta: Delta) {
        if delta.is_empty() {
            return;
        }
        self.touch(&delta);
        self.follow(&delta);
        self.store(Changed::Names(delta.changes.into()));
    }

    /// The chains of hashes follow the names that changed since the last publication.
    fn follow(&mut self, delta: &Delta) {
        if let (Some(served), Some(live)) = (&self.served, &self.live) {
            let before = live.load();
            let after = served.contents.zone_set();
            self.denials.follow(&before.zone_set, &after, delta);
        }
    }

    /// Publishes a whole new set of zones, in which these names differ; something differs in the zones of these apexes.
    pub(super) fn publish_all(&mut self, changed: Changed, different: &BTreeSet<Name>) {
        let Some(served) = &self.served else { return };
        let zone_set = served.contents.zone_set();
        for apex in different {
            self.serials.touch(apex);
        }
        self.serials
            .serve(zone_set.zones(), |apex| served.static_zones.serial_of(apex));
        self.follow_authors();
        self.rebuild_denials(&zone_set, different);
        self.write(changed, different, &[]);
        // Who is told of the phase finds the report that goes with it.
        self.tell();
        if let Some(live) = &self.live
            && !matches!(&*self.phase.borrow(), Phase::Serving(_))
        {
            self.phase.send_replace(Phase::Serving(Arc::clone(live)));
        }
        self.announce();
    }

    /// Who follows the generations looks at the live snapshot, so it is told last.
    fn announce(&self) {
        self.generations.send_replace(self.generation);
    }

    /// Other zones within a zone, or around it, change what it has: then every chain is made anew.
    fn rebuild_denials(&mut self, zone_set: &ZoneSet, different: &BTreeSet<Name>) {
        let apexes = |zones: &Zones| zones.iter().map(|zone| zone.apex().clone()).collect();
        let all: BTreeSet<Name> = apexes(zone_set.zones());
        let has_same_zones = self
            .live
            .as_ref()
            .is_some_and(|live| apexes(live.load().zone_set.zones()) == all);
        let different = if has_same_zones { different } else { &all };
        self.denials.rebuild(zone_set, different);
    }

    /// The zones whose names changed want another serial.
    fn touch(&mut self, delta: &Delta) {
        let Some(served) = &self.served else { return };
        let zone_set = served.contents.zone_set();
        for change in &delta.changes {
            for apex in zones_showing(&zone_set, change.name.as_ref()) {
                self.serials.touch(apex);
            }
        }
    }

    /// Moves the serials that are due; a move alone is published too.
    pub(super) fn advance_serials(&mut self, now: Instant) {
        if self.served.is_some() && self.serials.due().is_some_and(|due| due <= now) {
            self.store(Changed::nothing());
        }
    }

    /// Publishes what there is now, in which these names differ, and tells who follows the generations.
    pub(super) fn store(&mut self, changed: Changed) {
        self.write(changed, &BTreeSet::new(), &[]);
        self.announce();
    }

    /// Publishes that these zones are signed in another way.
    pub(super) fn store_signed(&mut self, zones: &[Name]) {
        self.write(Changed::nothing(), &BTreeSet::new(), zones);
        self.announce();
    }

    /// The only write that readers can see. Something differs in the `different` zones.
    fn write(&mut self, changed: Changed, different: &BTreeSet<Name>, signed: &[Name]) {
        let Some(served) = &mut self.served else {
            return;
        };
        self.serials.advance(Instant::now());
        let serials = &self.serials;
        let zones = served
            .contents
            .zone_set()
            .zones()
            .with_serials(|zone| serials.value(zone.apex()).unwrap_or_else(|| zone.serial()));
        served.contents.set_zones(zones);
        self.generation += 1;
        served.contents.set_generation(self.generation + 1);
        let snapshot = Snapshot {
            generation: self.generation,
            zone_set: served.contents.zone_set(),
            nsec3: self.denials.chains(),
            selection: served
                .selection
                .clone()
                .map(|selection| selection as Arc<dyn Choose>),
        };
        let selection = snapshot.selection.clone();
        let after = snapshot.zone_set.clone();
        let at = SystemTime::now();
        let (before, chosen_before) = match &self.live {
            Some(live) => {
                let retired = live.publish(snapshot);
                let before = (retired.zone_set.clone(), retired.selection.clone());
                self.retired.push(retired);
                before
            }
            None => {
                self.live = Some(Arc::new(Live::new(snapshot)));
                (ZoneSet::default(), None)
            }
        };
        let zones = ZoneChange::between(before.zones(), after.zones());
        self.aliases.follow(&changed, &after);
        let nothing = BTreeSet::new();
        let difference = Difference {
            changed: &changed,
            zones: &zones,
            different: if changed == Changed::Everything {
                different
            } else {
                &nothing
            },
            signed,
            is_chosen_anew: !is_same(chosen_before.as_ref(), selection.as_ref()),
        };
        let step = Step {
            generation: self.generation,
            at,
            forget: Forget::between(&before, &after, &difference, &self.aliases),
            changed,
            zones,
        };
        let counters = counters();
        counters.published(match &step.changed {
            Changed::Names(names) => Some(names.len()),
            Changed::Everything => None,
        });
        self.history.add(step);
        if let Some(arrived) = self.arrived.take() {
            counters.published_after(arrived.elapsed());
            debug!(
                generation = self.generation,
                age = ?arrived.elapsed(),
                "published what a source said"
            );
        }
        self.list_conflicts();
    }

    /// What lost against what, where something did or does.
    pub(super) fn list_conflicts(&mut self) {
        let contents = self.served.as_ref().map(|served| &served.contents);
        let conflicts = contents.map(Contents::conflicts);
        let of_names: usize =
            conflicts.map_or(0, |conflicts| conflicts.values().map(Vec::len).sum());
        let count = self.clusters.contested_count() + of_names;
        if count == 0 && self.report.conflict_count == 0 {
            return;
        }
        self.report.conflict_count = count;
        let of_sources = self.clusters.contested();
        let of_sources = of_sources.map(|(key, source)| ConflictReport {
            name: self.report.label(&key),
            rtype: String::new(),
            kind: NAMED_BY_TWO_SOURCES.to_owned(),
            loser: source.to_string(),
        });
        let of_names = contents.into_iter().flat_map(list);
        self.report.conflicts = of_sources.chain(of_names).take(MOST_CONFLICTS).collect();
    }

    /// Lets everyone see the report.
    pub(super) fn tell(&mut self) {
        let mut sources = self.report.sources.iter();
        let have_spoken = sources.all(|source| source.format.is_some() || source.error.is_some());
        let clusters = self.clusters.serving().map(|member| &member.key);
        let served = self.served.as_ref().map(|served| &*served.clusters);
        let served = served.unwrap_or_default().iter();
        self.report.is_complete = have_spoken && clusters.eq(served.map(|cluster| &cluster.key));
        self.told.store(Arc::new(self.report.clone()));
    }
}

/// Whether the same one chooses, or nobody.
fn is_same(before: Option<&Arc<dyn Choose>>, after: Option<&Arc<dyn Choose>>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn list(contents: &Contents) -> impl Iterator<Item = ConflictReport> {
    let all = contents
        .conflicts()
        .iter()
        .flat_map(|(name, conflicts)| conflicts.iter().map(move |one| (name, one)));
    all.map(|(name, conflict)| {
        let mut rtype = Vec::new();
        rdata::write_type(conflict.rtype, &mut rtype);
        ConflictReport {
            name: name.to_string(),
            rtype: String::from_utf8_lossy(&rtype).into_owned(),
            kind: conflict.kind.as_str().to_owned(),
            loser: contents
                .contributor(conflict.loser)
                .map_or_else(String::new, |loser| loser.label.to_string()),
        }
    })
}
