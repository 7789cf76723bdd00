//! An agent of generation 2: raw messages on `lsnr.sock`, each a JSON text that ends with a zero octet. The stream of
//! patches is opened before the status is asked for, so that none is missed: one that is in the status already says the
//! same again. A gap in their numbers, or silence, is the end of a connection, and the next begins with the status.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use camino::Utf8Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;
use tracing::info;
use zonesmith_cluster::{Format, Patched, Touched};

use super::teller::{Gone, Teller};
use super::{Patience, SourceUpdate};

const STATUS: &[u8] = b"{\"action\":\"daemon_status\"}\0";
const EVENTS: &[u8] = b"{\"action\":\"events\",\"options\":{}}\0";

/// Longest message that is taken: the status of a cluster of 10,000 services is a tenth of it.
const LONGEST: usize = 1 << 30;

/// One connection: the stream, the status, then what the stream says until it ends, which is an error. Whether the status
/// was told stands in `is_live`.
pub(super) async fn connect(
    path: &Utf8Path,
    patience: &Patience,
    teller: &mut Teller<'_>,
    patched: &mut Patched,
    is_live: &mut bool,
) -> anyhow::Result<Gone> {
    let mut stream = Messages::open(path, EVENTS).await?;
    let status = async {
        let mut answer = Messages::open(path, STATUS).await?;
        answer.next().await
    };
    let status = timeout(patience.answer, status)
        .await
        .unwrap_or_else(|_| Err(silence(patience.answer)))
        .context("ask for the status")?;
    let state = patched
        .take_status(&status)
        .context("understand the agent's status")?;
    drop(status);
    info!(
        source = teller.name,
        services = state.services.len(),
        problems = state.problems.len(),
        "the agent is followed"
    );
    *is_live = true;
    if teller
        .tell(SourceUpdate::State {
            format: Format::AgentV2,
            state,
            at: std::time::Instant::now(),
        })
        .await
        .is_err()
    {
        return Ok(Gone);
    }
    loop {
        let message = timeout(patience.silence, stream.next())
            .await
            .unwrap_or_else(|_| Err(silence(patience.silence)))
            .context("read patches")?;
        let mut touched = Touched::default();
        patched.hear(&message, &mut touched)?;
        let update = if touched.is_everything {
            SourceUpdate::State {
                format: Format::AgentV2,
                state: patched.state()?,
                at: std::time::Instant::now(),
            }
        } else if touched.objects.is_empty() {
            continue;
        } else {
            SourceUpdate::Changes {
                services: patched.changes(&touched.objects)?,
                at: std::time::Instant::now(),
            }
        };
        if teller.tell(update).await.is_err() {
            return Ok(Gone);
        }
    }
}

fn silence(limit: Duration) -> anyhow::Error {
    anyhow!("nothing for {} s", limit.as_secs_f32())
}

/// Messages of one connection.
struct Messages {
    stream: UnixStream,
    buffer: Vec<u8>,
}

impl Messages {
    /// Connects and asks.
    async fn open(path: &Utf8Path, question: &[u8]) -> anyhow::Result<Self> {
        let mut stream = UnixStream::connect(path)
            .await
            .with_context(|| format!("connect to {path}"))?;
        stream.write_all(question).await.context("ask")?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// The next message. The last may end with the connection.
    async fn next(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let rest = self.buffer.get(searched..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|octet| *octet == 0) {
                let mut message: Vec<_> = self.buffer.drain(..=searched + end).collect();
                message.pop();
                searched = 0;
                if message.is_empty() {
                    continue;
                }
                return Ok(message);
            }
            searched = self.buffer.len();
            if searched > LONGEST {
                bail!("a message is longer than {LONGEST} octets");
            }
            if self
                .stream
                .read_buf(&mut self.buffer)
                .await
                .context("read")?
                == 0
            {
                if self.buffer.is_empty() {
                    bail!("the agent hung up");
                }
                return Ok(std::mem::take(&mut self.buffer));
            }
        }
    }
}
