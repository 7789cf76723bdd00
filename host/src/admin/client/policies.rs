//! Asks a daemon for its policies, and for what they are given: what another program needs to do as the daemon does.

use hyper::Method;
use hyper::body::Bytes;

use super::super::StackPolicy;
use super::{Client, RECORD_TIME_LIMIT, STATUS_TIME_LIMIT};
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
}
