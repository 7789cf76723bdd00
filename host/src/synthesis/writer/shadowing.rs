//! What the writer tells the candidate in the shadow: which services and names changed, after each message, and when everything
//! did.

use std::collections::BTreeSet;
use std::sync::Arc;

use zonesmith_zone::delta::Delta;
use zonesmith_zone::name::Name;

use super::super::service_key::ServiceKey;
use super::super::shadow::{Board, Changed, Mailbox, ShadowOrder};
use super::Writer;

/// A candidate that is told, and what it is to be told next.
pub(super) struct Told {
    mailbox: Arc<Mailbox>,
    services: Changed,
    names: BTreeSet<Name>,
    /// The generation that it was told of last: those with nothing but other serials are told, too.
    generation: u64,
}

impl Writer {
    /// This candidate runs now, or none.
    pub(super) fn take_shadow(&mut self, shadow: Option<(Arc<Mailbox>, Arc<Board>)>) {
        let (mailbox, board) = shadow.unzip();
        self.report.shadow = board;
        self.shadow = mailbox.map(|mailbox| Told {
            mailbox,
            services: Changed::new(),
            names: BTreeSet::new(),
            generation: 0,
        });
    }

    /// Everything, as it is now; what follows is told from here on.
    pub(super) fn shadow_order(&mut self, mailbox: &Arc<Mailbox>) -> Option<ShadowOrder> {
        mailbox.clear();
        let (served, live) = (self.served.as_ref()?, self.live.as_ref()?);
        Some(ShadowOrder {
            order: self.order()?,
            stack: served.stack(),
            live: live.load_full(),
        })
    }

    /// These services changed, and so did these names.
    pub(super) fn note(&mut self, changed: &[ServiceKey], removed: &[ServiceKey], delta: &Delta) {
        let Some(told) = &mut self.shadow else {
            return;
        };
        for key in changed.iter().chain(removed) {
            let service = self.clusters.service(key).cloned();
            told.services.insert(key.clone(), service);
        }
        let names = delta.changes.iter().map(|change| change.name.clone());
        told.names.extend(names);
    }

    /// Everything is made anew.
    pub(super) fn note_all(&mut self) {
        if let Some(told) = &mut self.shadow {
            told.services.clear();
            told.names.clear();
            told.mailbox.ask_anew();
        }
    }

    /// Leaves word of what was noted.
    pub(super) fn leave_word(&mut self) {
        let (Some(told), Some(live)) = (&mut self.shadow, &self.live) else {
            return;
        };
        let is_other = std::mem::replace(&mut told.generation, self.generation) != self.generation;
        if is_other || !told.services.is_empty() {
            let services = std::mem::take(&mut told.services);
            let names = std::mem::take(&mut told.names);
            told.mailbox.leave(services, names, live.load_full());
        }
    }
}
