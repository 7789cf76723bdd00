//! What changes in an etcd from a revision on.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use hyper::http::uri::PathAndQuery;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::metadata::MetadataValue;
use tonic_prost::ProstCodec;

use super::connection::fault;
use super::message::{
    Event, Header, WITHOUT_WRITES, WatchAsk, WatchCreateRequest, WatchProgressRequest,
    WatchRequest, WatchResponse,
};
use super::{Connection, EtcdAddress};

/// How often a member is asked for a sign of life.
pub const ASK_INTERVAL: Duration = Duration::from_secs(2);

/// How long a member may give none. Three questions: two may be late on a busy machine.
pub const SILENCE: Duration = Duration::from_secs(6);

/// How long a member may take to begin.
const BEGIN_PATIENCE: Duration = Duration::from_secs(5);

/// Requests that may wait to be sent: one that asks how far the watch is suffices.
const QUEUE: usize = 4;

/// Which events a watch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// Keys that go.
    Removals,
}

/// A watch that has begun. Dropped, it ends.
pub struct Watch {
    asks: mpsc::Sender<WatchRequest>,
    answers: Streaming<WatchResponse>,
    /// Of an answer that comes in several parts.
    parts: Vec<Event>,
}

/// What a watch has to say.
#[derive(Debug)]
pub enum Told {
    /// Nothing happened up to now; or part of something did, and the rest follows.
    Alive,
    /// This happened, up to this revision.
    Events(Vec<Event>, Header),
    /// What happened is not known any more: read everything.
    Compacted,
}

impl Connection {
    /// Watches the cluster's keys from `revision` on. The watch ends when the member loses its leader. `wanted`: which
    /// events.
    ///
    /// # Errors
    ///
    /// When the member does not begin in time.
    pub async fn watch(
        &self,
        address: &EtcdAddress,
        revision: i64,
        wanted: Wanted,
    ) -> anyhow::Result<Watch> {
        let create = WatchCreateRequest {
            key: address.start().into_bytes(),
            range_end: address.end().into_bytes(),
            start_revision: revision,
            filters: match wanted {
                Wanted::All => Vec::new(),
                Wanted::Removals => vec![WITHOUT_WRITES],
            },
            fragment: true,
        };
        let (asks, queue) = mpsc::channel(QUEUE);
        let first = WatchRequest {
            ask: Some(WatchAsk::Create(create)),
        };
        asks.try_send(first)
            .map_err(|_| anyhow!("ask for a watch"))?;
        let mut request = self.request(ReceiverStream::new(queue));
        let yes = MetadataValue::from_static("true");
        request.metadata_mut().insert("hasleader", yes);
        let begin = async {
            let mut client = self.client().await?;
            let path = PathAndQuery::from_static("/etcdserverpb.Watch/Watch");
            client.streaming(request, path, ProstCodec::default()).await
        };
        let answers = timeout(BEGIN_PATIENCE, begin)
            .await
            .map_err(|_| anyhow!("no answer within {} s", BEGIN_PATIENCE.as_secs()))
            .and_then(|begun| begun.map_err(|status| fault(&status)))
            .context("watch the cluster's keys")?
            .into_inner();
        Ok(Watch {
            asks,
            answers,
            parts: Vec::new(),
        })
    }
}

impl Watch {
    /// The next thing it has to say. Nothing is lost when whoever waits gives up.
    ///
    /// # Errors
    ///
    /// When it is over.
    pub async fn next(&mut self) -> anyhow::Result<Told> {
        let message = self.answers.message().await;
        let answer = message
            .map_err(|status| fault(&status))?
            .context("the member ended the watch")?;
        if answer.compact_revision > 0 {
            return Ok(Told::Compacted);
        }
        if answer.canceled {
            let reason = answer.cancel_reason.trim_start_matches("etcdserver: ");
            return Err(anyhow!("the member ended the watch: {reason}"));
        }
        self.parts.extend(answer.events);
        match answer.header {
            Some(header) if !answer.fragment && !self.parts.is_empty() => {
                Ok(Told::Events(std::mem::take(&mut self.parts), header))
            }
            _ => Ok(Told::Alive),
        }
    }

    /// Asks how far it is: an answer is a sign of life. One request that was not sent yet is enough.
    pub fn ask(&self) {
        let ask = WatchRequest {
            ask: Some(WatchAsk::Progress(WatchProgressRequest {})),
        };
        let _ = self.asks.try_send(ask);
    }
}
