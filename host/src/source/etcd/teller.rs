//! What the writer is told of an etcd: what is so when it listens, not each event on the way there.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tracing::warn;
use zonesmith_cluster::{Format, PieceNews, Pieces};

use crate::source::SourceUpdate;

/// Nobody listens any more.
pub(super) struct Gone;

/// The way to whoever listens.
pub(super) struct Teller<'t> {
    /// The source, as it is configured.
    pub(super) name: &'t str,
    updates: &'t mpsc::Sender<SourceUpdate>,
    news: PieceNews,
    /// When the first of the news came in.
    heard_at: Option<Instant>,
    /// The last complaint, so that it is made once.
    trouble: Option<String>,
}

impl<'t> Teller<'t> {
    pub(super) fn new(name: &'t str, updates: &'t mpsc::Sender<SourceUpdate>) -> Self {
        Self {
            name,
            updates,
            news: PieceNews::default(),
            heard_at: None,
            trouble: None,
        }
    }

    /// This happened, and is to be told.
    pub(super) fn heard(&mut self, news: PieceNews, at: Instant) {
        if news.is_empty() {
            return;
        }
        self.heard_at.get_or_insert(at);
        self.news.has_cluster |= news.has_cluster;
        self.news.services.extend(news.services);
    }

    /// The next thing to tell is everything.
    pub(super) fn owes_everything(&mut self) {
        self.heard_at.get_or_insert_with(Instant::now);
        self.news.has_cluster = true;
    }

    /// It speaks again: after a complaint, that is told with everything.
    pub(super) fn recover(&mut self) {
        if self.trouble.is_some() {
            self.owes_everything();
        }
    }

    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Waits until the writer listens.
    pub(super) async fn reserve(&self) -> Result<mpsc::Permit<'t, SourceUpdate>, SendError<()>> {
        self.updates.reserve().await
    }

    /// What is new up to now.
    pub(super) fn update(&mut self, pieces: &Pieces) -> SourceUpdate {
        self.trouble = None;
        let news = std::mem::take(&mut self.news);
        let at = self.heard_at.take().unwrap_or_else(Instant::now);
        if news.has_cluster {
            return SourceUpdate::State {
                format: Format::ClusterDocument,
                state: pieces.state(),
                at,
            };
        }
        SourceUpdate::Changes {
            services: pieces.changes(&news.services),
            at,
        }
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
        let failed = SourceUpdate::Failed { error };
        self.updates.send(failed).await.map_err(|_| Gone)
    }
}
