//! A policy that chooses, asked by itself: every failure is told, and nothing rests. For who checks a policy; who answers
//! clients has the seats.

use std::sync::Arc;
use std::time::Duration;

use zonesmith_cluster::Cluster;
use zonesmith_zone::zone_set::RecordRef;

use super::super::limits::CHOOSE;
use super::super::session::Session;
use super::super::{Component, Failure};
use super::checked;
use crate::snapshot::selection::{Choice, Question};

/// Most processor time that `choose` may take.
pub const TIME_LIMIT: Duration = CHOOSE;

/// One instance at a time.
pub struct Chooser {
    component: Component,
    cluster: Arc<Cluster>,
    settings: Arc<str>,
    /// None until it is asked, and after a failure.
    session: Option<Session>,
}

impl Chooser {
    /// Of a component that chooses; another one leaves everything to everyone.
    #[must_use]
    pub fn new(component: &Component, cluster: Arc<Cluster>, settings: Arc<str>) -> Self {
        Self {
            component: component.clone(),
            cluster,
            settings,
            session: None,
        }
    }

    /// Asks.
    ///
    /// # Errors
    ///
    /// A failure: of the call, or of what it said.
    pub fn choose(
        &mut self,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> Result<Choice, Failure> {
        // Taken out, so that a failure of any kind leaves none behind.
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut session = self.component.open()?;
                session.configure(&self.cluster, &self.settings)?;
                session
            }
        };
        let choice = checked(session.choose(question, records)?, records.len())?;
        self.session = Some(session);
        Ok(choice)
    }

    /// The next question is for an instance that was asked nothing before.
    pub fn forget(&mut self) {
        self.session = None;
    }
}
