//! Purges names from the caches of an authoritative server, exactly, at its control socket or control port.
//!
//! One line for many names, one connection for each line: the server answers with the number of entries it forgot, without a
//! line break, and ends the connection. Over TCP the secret is a line of its own before it. A name it cannot read costs it a
//! descriptor and us the answer, so only checked names get here. We do not purge a whole zone to save calls: every name in it
//! would be asked again at once.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use zonesmith_zone::name::Name;

use super::address::{Authoritative, Ways};
use super::api::Api;
use super::command::{Done, Transport, send};
use super::order::{Item, Order, Reach};
use super::purge_error::PurgeError;
use super::stream::{Said, broken, in_time, listener, local, remote, secret};
use super::ways::{Fared, Way, obey};
use crate::snapshot::forget::Extent;

/// Longest reply. It is a number, a sentence, or all settings with what they mean.
const LONGEST_REPLY: u64 = 256 << 10;

/// Makes the server forget what it knows of `names`, of every type, by the first way that works. Says how many entries that
/// were.
///
/// # Errors
/// The server does not answer as it should; some names may have been purged.
pub async fn purge(server: &Ways<Authoritative>, names: &[Name]) -> Result<u64, PurgeError> {
    let order = Order {
        extent: Extent::new(names.iter().cloned(), []),
        ..Order::default()
    };
    Ok(obey(server, &Fared::default(), &order).await?.entries)
}

/// What the server says to a command of its control socket or port: `VERSION`, `CURRENT-CONFIG`.
///
/// # Errors
/// It does not answer; its HTTP API knows no commands.
pub async fn ask(address: &Authoritative, words: &str) -> Result<Said, PurgeError> {
    let line = format!("{words}\n");
    let name = address.to_string();
    match address {
        Authoritative::Socket(path) => {
            let asked = async {
                let stream = local(path).await?;
                let process = listener(&stream);
                let text = exchange(stream, &line, &name).await?;
                Ok(Said { text, process })
            };
            in_time(&name, asked).await
        }
        Authoritative::Tcp { .. } => Ok(Said {
            text: command(address, &line).await?,
            process: None,
        }),
        Authoritative::Http(_) => Err(PurgeError::Reply {
            address: name,
            reply: "its HTTP API knows no commands".to_owned(),
        }),
    }
}

impl Way for Authoritative {
    async fn obey(&self, order: &Order) -> Result<Done, PurgeError> {
        if order.has_other_zones {
            rediscover(self).await?;
        }
        forget(self, &order.items()).await
    }

    fn lacks(&self, order: &Order) -> Order {
        let subtrees = match self {
            Self::Socket(_) | Self::Tcp { .. } => Vec::new(),
            Self::Http(_) => order.extent.subtrees.to_vec(),
        };
        Order {
            extent: Extent::new([], subtrees),
            ..Order::default()
        }
    }

    fn does(&self, order: &Order) -> bool {
        match self {
            Self::Socket(_) | Self::Tcp { .. } => !order.is_empty(),
            Self::Http(_) => !order.extent.names.is_empty(),
        }
    }

    async fn look(&self) -> Option<Result<(), PurgeError>> {
        match self {
            Self::Socket(_) | Self::Tcp { .. } => Some(pong(self).await),
            Self::Http(_) => None,
        }
    }
}

async fn pong(address: &Authoritative) -> Result<(), PurgeError> {
    let reply = command(address, "RPING\n").await?;
    if reply.starts_with("PONG") {
        return Ok(());
    }
    Err(PurgeError::Reply {
        address: address.to_string(),
        reply,
    })
}

async fn forget(address: &Authoritative, items: &[Item<'_>]) -> Result<Done, PurgeError> {
    match address {
        Authoritative::Socket(_) | Authoritative::Tcp { .. } => {
            send(&Control(address), items).await
        }
        Authoritative::Http(api) => {
            // Its API knows single names only.
            let exact = |item: &&Item<'_>| item.reach == Reach::Exact;
            let names: Vec<_> = items.iter().filter(exact).copied().collect();
            let mut done = send(&Api::exact(api), &names).await?;
            if names.len() < items.len() {
                done.problem = Some(format!(
                    "the server at {address} cannot forget whole zones over HTTP: what it had before goes when its caches end it"
                ));
            }
            Ok(done)
        }
    }
}

/// Has the server ask for the list of zones: it answers for none that is not in it. The API has no such call, but does the
/// same for each name.
async fn rediscover(address: &Authoritative) -> Result<(), PurgeError> {
    if let Authoritative::Http(_) = address {
        return Ok(());
    }
    let reply = command(address, "REDISCOVER\n").await?;
    if reply.starts_with("Ok") {
        return Ok(());
    }
    Err(PurgeError::Reply {
        address: address.to_string(),
        reply,
    })
}

/// The control socket, or port.
struct Control<'a>(&'a Authoritative);

impl Transport for Control<'_> {
    /// The server takes a megabyte, a name has at most a thousand octets when all of it is escaped.
    const MOST_ITEMS: usize = 500;

    async fn command(&self, items: &[Item<'_>]) -> Result<u64, PurgeError> {
        let mut line = String::from("PURGE");
        for item in items {
            line.push(' ');
            line.push_str(&item.word());
        }
        line.push('\n');
        let reply = command(self.0, &line).await?;
        reply.trim().parse().map_err(|_| PurgeError::Reply {
            address: self.0.to_string(),
            reply,
        })
    }
}

pub(super) async fn command(address: &Authoritative, line: &str) -> Result<String, PurgeError> {
    let name = address.to_string();
    let asked = async {
        match address {
            Authoritative::Socket(path) => exchange(local(path).await?, line, &name).await,
            Authoritative::Tcp { at, secret: file } => {
                let secret = secret(file, &name).await?;
                let line = format!("{secret}\n{line}");
                exchange(remote(at, &name).await?, &line, &name).await
            }
            Authoritative::Http(_) => Ok(String::new()),
        }
    };
    in_time(&name, asked).await
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    text: &str,
    address: &str,
) -> Result<String, PurgeError> {
    stream
        .write_all(text.as_bytes())
        .await
        .map_err(broken(address))?;
    let mut reply = String::new();
    stream
        .take(LONGEST_REPLY)
        .read_to_string(&mut reply)
        .await
        .map_err(broken(address))?;
    Ok(reply)
}

#[cfg(test)]
mod tests;
