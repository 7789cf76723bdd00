//! Tells the writer what an agent says, and complains once when it says nothing.

use tokio::sync::mpsc;
use tracing::warn;

use crate::source::SourceUpdate;

/// Nobody listens any more.
pub(super) struct Gone;

/// The way to whoever listens.
pub(super) struct Teller<'t> {
    /// The source, as it is configured.
    pub(super) name: &'t str,
    updates: &'t mpsc::Sender<SourceUpdate>,
    /// The last complaint, so that it is made once.
    trouble: Option<String>,
}

impl<'t> Teller<'t> {
    pub(super) fn new(name: &'t str, updates: &'t mpsc::Sender<SourceUpdate>) -> Self {
        Self {
            name,
            updates,
            trouble: None,
        }
    }

    /// Says something: then the next complaint is a new one.
    pub(super) async fn tell(&mut self, update: SourceUpdate) -> Result<(), Gone> {
        self.trouble = None;
        self.send(update).await
    }

    /// Says why there is nothing to say, unless that was said last.
    pub(super) async fn complain(&mut self, error: String) -> Result<(), Gone> {
        if self.trouble.as_ref() == Some(&error) {
            return Ok(());
        }
        warn!(
            source = self.name,
            error, "the source says nothing; what it said last stays served"
        );
        self.trouble = Some(error.clone());
        self.send(SourceUpdate::Failed { error }).await
    }

    async fn send(&self, update: SourceUpdate) -> Result<(), Gone> {
        self.updates.send(update).await.map_err(|_| Gone)
    }
}
