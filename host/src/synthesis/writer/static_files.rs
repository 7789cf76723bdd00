//! The site's master files in the writer: a changed file is one cheap change; a zone that appears or goes needs a candidate,
//! since records that were in no zone are in one now, or the other way round.

use std::sync::Arc;

use super::super::loading::Job;
use super::Writer;
use crate::master_file::Followed;
use crate::snapshot::changes::Changed;

impl Writer {
    pub(super) fn take_static_files(&mut self, files: Arc<[Followed]>) {
        self.static_files = files;
        let Some(mut served) = self.served.take() else {
            return self.report_static_files();
        };
        let followup = served
            .static_zones
            .follow(&self.static_files, &mut served.contents);
        self.served = Some(served);
        self.note_all();
        if followup.needs_all {
            // The loader lives as long as the writer.
            let _ = self.jobs.send(Job::Configure);
        }
        self.follow_authors();
        for apex in &followup.touched {
            self.serials.touch(apex);
        }
        self.report_static_files();
        if followup.delta.is_empty() && !followup.touched.is_empty() {
            self.store(Changed::nothing());
        }
        self.publish(followup.delta);
    }

    /// A serial is not behind the one that the author of the file wrote: secondaries may have seen that.
    pub(super) fn follow_authors(&mut self) {
        let Some(served) = &self.served else { return };
        self.serials
            .follow(|apex| served.static_zones.serial_of(apex));
    }

    pub(super) fn report_static_files(&mut self) {
        self.report.master_files = match &self.served {
            Some(served) => served.static_zones.report(&self.static_files),
            None => super::super::static_zones::StaticZones::default().report(&self.static_files),
        };
    }
}
