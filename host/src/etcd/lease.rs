//! Leases: keys that were written under one go when their writer is gone, whether it says so or not.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use hyper::http::uri::PathAndQuery;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic_prost::ProstCodec;

use super::Connection;
use super::connection::fault;
use super::message::{
    LeaseGrantRequest, LeaseGrantResponse, LeaseKeepAliveResponse, LeaseRequest,
    LeaseRevokeResponse, LeaseTimeResponse,
};

/// How long a member may take to begin.
const BEGIN_PATIENCE: Duration = Duration::from_secs(5);

/// A lease that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Never 0.
    pub id: i64,
    /// In seconds: what was asked for, or more.
    pub ttl: u32,
}

/// Keeps a lease alive, on one connection.
pub struct KeepAlive {
    id: i64,
    asks: mpsc::Sender<LeaseRequest>,
    answers: Streaming<LeaseKeepAliveResponse>,
}

impl Connection {
    /// A new lease.
    ///
    /// # Errors
    ///
    /// When none is granted.
    pub async fn grant(&self, ttl: u32) -> anyhow::Result<Lease> {
        let question = LeaseGrantRequest { ttl: ttl.into() };
        let answer: LeaseGrantResponse = self
            .ask("/etcdserverpb.Lease/LeaseGrant", question)
            .await
            .map_err(|status| fault(&status))
            .context("ask for a lease")?;
        if !answer.error.is_empty() {
            bail!("no lease is granted: {}", answer.error);
        }
        Ok(Lease {
            id: answer.id,
            ttl: u32::try_from(answer.ttl).unwrap_or(ttl),
        })
    }

    /// Ends a lease, and with it every key under it.
    ///
    /// # Errors
    ///
    /// When nobody says that it ended.
    pub async fn revoke(&self, id: i64) -> anyhow::Result<()> {
        let _: LeaseRevokeResponse = self
            .ask("/etcdserverpb.Lease/LeaseRevoke", LeaseRequest { id })
            .await
            .map_err(|status| fault(&status))
            .context("end the lease")?;
        Ok(())
    }

    /// How many seconds a lease has left, and of how many; none: it is over.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn time_left(&self, id: i64) -> anyhow::Result<Option<(u32, u32)>> {
        let answer: LeaseTimeResponse = self
            .ask("/etcdserverpb.Lease/LeaseTimeToLive", LeaseRequest { id })
            .await
            .map_err(|status| fault(&status))
            .context("ask for the time of a lease")?;
        let (left, of) = (u32::try_from(answer.ttl), u32::try_from(answer.granted_ttl));
        // -1: there is no such lease.
        Ok(left.ok().zip(of.ok()))
    }

    /// Begins to keep a lease alive.
    ///
    /// # Errors
    ///
    /// When the member does not begin in time.
    pub async fn keep_alive(&self, id: i64) -> anyhow::Result<KeepAlive> {
        let (asks, queue) = mpsc::channel(1);
        asks.try_send(LeaseRequest { id })
            .map_err(|_| anyhow!("ask for the lease"))?;
        let request = self.request(ReceiverStream::new(queue));
        let begin = async {
            let mut client = self.client().await?;
            let path = PathAndQuery::from_static("/etcdserverpb.Lease/LeaseKeepAlive");
            client.streaming(request, path, ProstCodec::default()).await
        };
        let answers = timeout(BEGIN_PATIENCE, begin)
            .await
            .map_err(|_| anyhow!("no answer within {} s", BEGIN_PATIENCE.as_secs()))
            .and_then(|begun| begun.map_err(|status| fault(&status)))
            .context("keep the lease")?
            .into_inner();
        Ok(KeepAlive { id, asks, answers })
    }
}

impl KeepAlive {
    /// Asks for another whole time. One request that was not sent yet is enough.
    pub fn ask(&self) {
        let _ = self.asks.try_send(LeaseRequest { id: self.id });
    }

    /// The next answer: whether the lease is still there.
    ///
    /// # Errors
    ///
    /// When the connection is over; the lease may be there.
    pub async fn next(&mut self) -> anyhow::Result<bool> {
        let message = self.answers.message().await;
        let answer = message
            .map_err(|status| fault(&status))?
            .context("the member ended the keeping of the lease")?;
        Ok(answer.ttl > 0)
    }
}
