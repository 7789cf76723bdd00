//! Asks a daemon for its policies, and for what they are given: what another program needs to do as the daemon does.

use std::time::Duration;

use anyhow::Context as _;
use hyper::Method;
use hyper::body::Bytes;

use super::super::StackPolicy;
use super::{Client, RECORD_TIME_LIMIT, STATUS_TIME_LIMIT, cluster_path};
use crate::digest::Digest;

impl Client {
    /// The live policies, in the order of the stack; none while nothing is served.
    ///
    /// # Errors
    ///
    /// When no daemon answers.
    pub fn policies(&self) -> anyhow::Result<Vec<StackPolicy>> {
        self.ask(Method::GET, "/policies", STATUS_TIME_LIMIT)
    }

    /// The component of a live policy, also of the built-in one: the bytes that were proven.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or the policy is not live any more.
    pub fn component(&self, digest: Digest) -> anyhow::Result<Bytes> {
        let path = format!("/policies/{digest}");
        self.wait(self.read(Method::GET, &path), RECORD_TIME_LIMIT)
    }

    /// As [`policies`](Self::policies), within a runtime, and the JSON text as it came.
    ///
    /// # Errors
    ///
    /// When no daemon answers.
    pub async fn ask_policies(&self) -> anyhow::Result<Bytes> {
        self.read_within(STATUS_TIME_LIMIT, "/policies").await
    }

    /// As [`component`](Self::component), within a runtime.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or the policy is not live any more.
    pub async fn ask_component(&self, digest: Digest) -> anyhow::Result<Bytes> {
        self.read_within(RECORD_TIME_LIMIT, &format!("/policies/{digest}"))
            .await
    }

    /// As [`cluster`](Self::cluster), within a runtime, and the document's text as it came.
    ///
    /// # Errors
    ///
    /// When no daemon answers, or it has no such cluster.
    pub async fn ask_cluster(&self, name: Option<&str>) -> anyhow::Result<Bytes> {
        self.read_within(RECORD_TIME_LIMIT, &cluster_path(name))
            .await
    }

    async fn read_within(&self, limit: Duration, path: &str) -> anyhow::Result<Bytes> {
        tokio::time::timeout(limit, self.read(Method::GET, path))
            .await
            .with_context(|| format!("the daemon at {} did not answer", self.path))?
    }
}
