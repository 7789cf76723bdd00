//! One member of an etcd that is asked. It proves itself with the first answer: opening a connection says little.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use hyper::http::uri::PathAndQuery;
use prost::Message;
use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::message::{
    AuthenticateRequest, AuthenticateResponse, Header, KeyValue, RangeRequest, RangeResponse,
    TransactionRequest, TransactionResponse,
};
use super::{EtcdAccess, EtcdAddress, Member};

/// How long a member may take to accept a connection, TLS included. One that is there needs milliseconds.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// How long an answer may take. Longer than an election, in which a member holds back what needs a leader.
const ANSWER_PATIENCE: Duration = Duration::from_secs(7);

/// How often an idle connection is tried. A member hangs up on who does so more often than every 5 s.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// How long the answer to that may take.
const PING_PATIENCE: Duration = Duration::from_secs(5);

/// Keys that are read in one answer: of a kilooctet each it is two megaoctets, and takes the member milliseconds.
const PAGE: i64 = 2000;

/// Largest answer that is taken. Values may have 1.5 MiB, so a page can have more: then a smaller page is asked for.
const LARGEST_ANSWER: usize = 64 << 20;

/// The way to one member.
#[derive(Clone)]
pub struct Connection {
    channel: Channel,
    /// Says who asks.
    token: Option<MetadataValue<Ascii>>,
}

impl Connection {
    /// Connects, and says who asks.
    ///
    /// # Errors
    ///
    /// When nobody is there, or it is another than the authority says, or the user is refused.
    pub async fn open(
        address: &EtcdAddress,
        member: &Member,
        access: &EtcdAccess,
    ) -> anyhow::Result<Self> {
        let scheme = if address.is_secure { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{member}"))
            .with_context(|| format!("take {member} for an address"))?
            .connect_timeout(CONNECT_PATIENCE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_PATIENCE)
            .keep_alive_while_idle(true)
            .http2_adaptive_window(true);
        if address.is_secure {
            endpoint = endpoint
                .tls_config(access.tls()?)
                .context("prepare for TLS")?;
        }
        let channel = timeout(CONNECT_PATIENCE, endpoint.connect())
            .await
            .map_err(|_| anyhow!("no connection within {} s", CONNECT_PATIENCE.as_secs()))
            .and_then(|connected| Ok(connected?))
            .with_context(|| format!("connect to {member}"))?;
        let mut connection = Self {
            channel,
            token: None,
        };
        if let Some((name, password)) = access.user()? {
            let question = AuthenticateRequest { name, password };
            let answer: AuthenticateResponse = connection
                .ask("/etcdserverpb.Auth/Authenticate", question)
                .await
                .map_err(|status| fault(&status))
                .context("say who asks")?;
            let mut token =
                MetadataValue::try_from(answer.token).context("take the token for one")?;
            token.set_sensitive(true);
            connection.token = Some(token);
        }
        Ok(connection)
    }

    /// Where the whole etcd is, by a majority of its members: one that lost the others does not answer.
    ///
    /// # Errors
    ///
    /// When no answer comes in time.
    pub async fn now(&self, address: &EtcdAddress) -> anyhow::Result<Header> {
        let question = RangeRequest {
            key: address.start().into_bytes(),
            range_end: address.end().into_bytes(),
            limit: 1,
            keys_only: true,
            ..RangeRequest::default()
        };
        let answer = self
            .range(question)
            .await
            .map_err(|status| fault(&status))?;
        answer.header.context("the answer has no header")
    }

    /// Every key of the cluster, all at the revision that is returned.
    ///
    /// # Errors
    ///
    /// When the member is gone, or the revision, which was compacted meanwhile.
    pub async fn read(
        &self,
        address: &EtcdAddress,
        mut each: impl FnMut(&KeyValue),
    ) -> anyhow::Result<Header> {
        let mut question = RangeRequest {
            key: address.start().into_bytes(),
            range_end: address.end().into_bytes(),
            limit: PAGE,
            ..RangeRequest::default()
        };
        let mut header = None;
        loop {
            let answer = match self.range(question.clone()).await {
                Ok(answer) => answer,
                Err(status) if is_too_large(&status) && question.limit > 1 => {
                    question.limit /= 2;
                    continue;
                }
                Err(status) => return Err(fault(&status)).context("read the cluster's keys"),
            };
            let told = answer.header.context("the answer has no header")?;
            let first = *header.get_or_insert(told);
            // Later pages are of the same moment.
            question.revision = first.revision;
            answer.kvs.iter().for_each(&mut each);
            match answer.kvs.last() {
                Some(last) if answer.more => {
                    question.key.clone_from(&last.key);
                    question.key.push(0);
                }
                _ => return Ok(first),
            }
        }
    }

    async fn range(&self, question: RangeRequest) -> Result<RangeResponse, Status> {
        self.ask("/etcdserverpb.KV/Range", question).await
    }

    /// Writes, all or nothing.
    ///
    /// # Errors
    ///
    /// When it is not written, or nobody says that it was.
    pub async fn write(&self, question: TransactionRequest) -> Result<(), Status> {
        let _: TransactionResponse = self.ask("/etcdserverpb.KV/Txn", question).await?;
        Ok(())
    }

    /// One question, one answer.
    pub(super) async fn ask<Q, A>(&self, path: &'static str, question: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut client = self.client().await?;
        let path = PathAndQuery::from_static(path);
        let answer = client.unary(self.request(question), path, ProstCodec::<Q, A>::default());
        let answer = timeout(ANSWER_PATIENCE, answer).await.map_err(|_| {
            Status::deadline_exceeded(format!("no answer within {} s", ANSWER_PATIENCE.as_secs()))
        })?;
        answer.map(tonic::Response::into_inner)
    }

    pub(super) async fn client(&self) -> Result<Grpc<Channel>, Status> {
        let mut client = Grpc::new(self.channel.clone()).max_decoding_message_size(LARGEST_ANSWER);
        let ready = timeout(ANSWER_PATIENCE, client.ready()).await;
        ready
            .map_err(|_| Status::deadline_exceeded("the connection takes no questions"))?
            .map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(client)
    }

    pub(super) fn request<Q>(&self, question: Q) -> Request<Q> {
        let mut request = Request::new(question);
        if let Some(token) = &self.token {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        request
    }
}

/// Whether an answer was not taken for its size: ask for less.
fn is_too_large(status: &Status) -> bool {
    matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted)
        && !status.message().contains("compacted")
}

/// What an etcd says is wrong, as it says it.
pub(super) fn fault(status: &Status) -> anyhow::Error {
    let message = status.message().trim_start_matches("etcdserver: ");
    if message.is_empty() {
        return anyhow!("{}", status.code().description());
    }
    anyhow!("{message}")
}

/// How many of an etcd's members answer: the first that does.
///
/// # Errors
///
/// What each of them said, when none does.
pub async fn open_any(
    address: &EtcdAddress,
    access: &EtcdAccess,
) -> anyhow::Result<(Member, Connection)> {
    let mut faults = Vec::new();
    for member in &address.members {
        let opened = match Connection::open(address, member, access).await {
            Ok(connection) => connection.now(address).await.map(|_| connection),
            Err(error) => Err(error),
        };
        match opened {
            Ok(connection) => return Ok((member.clone(), connection)),
            Err(error) => faults.push(format!("{member}: {error:#}")),
        }
    }
    bail!("{}", faults.join("; "))
}
