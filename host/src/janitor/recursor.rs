//! Has a recursor forget, at its control socket, by NOTIFY or over its HTTP API.
//!
//! Its control socket speaks in frames: a status, a length, a text; one command a connection. It forgets a name with every
//! type, every chain that was asked by it, and the answers it sent; a text that says so is the sign that it did, since its
//! status is good also when it did nothing.

use std::collections::BTreeSet;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::address::Recursor;
use super::api::Api;
use super::command::{Done, Transport, send};
use super::notify;
use super::order::{Item, Order};
use super::purge_error::PurgeError;
use super::stream::{Said, broken, in_time, listener, local};
use super::ways::Way;

/// Octets before a text: a status of four, a length as wide as the machine's words.
const HEAD: usize = 4 + size_of::<usize>();

/// Longest reply: a sentence, or one for each forward zone.
const LONGEST_REPLY: usize = 1 << 20;

/// What the recursor says to a command of its control socket: `version`, `get-parameter dnssec`.
///
/// # Errors
/// It does not answer, or has no control socket here.
pub async fn ask(address: &Recursor, words: &str) -> Result<Said, PurgeError> {
    let name = address.to_string();
    let Recursor::Socket(path) = address else {
        return Err(PurgeError::Reply {
            address: name,
            reply: "only its control socket knows commands".to_owned(),
        });
    };
    let asked = async {
        let stream = local(path).await?;
        let process = listener(&stream);
        let (_, text) = exchange(stream, words, &name).await?;
        Ok(Said { text, process })
    };
    in_time(&name, asked).await
}

impl Way for Recursor {
    async fn obey(&self, order: &Order) -> Result<Done, PurgeError> {
        match self {
            Self::Socket(_) => {
                if order.has_other_zones {
                    reload(self).await?;
                }
                send(&Control(self), &order.items()).await
            }
            // NOTIFY for an apex is the whole zone.
            Self::Notify(target) => notify::wipe(*target, &order.changed()).await,
            Self::Http(api) => send(&Api::with_subtrees(api), &order.items()).await,
        }
    }

    fn lacks(&self, order: &Order) -> Order {
        let moved = match self {
            Self::Socket(_) => return Order::default(),
            Self::Notify(_) => order.moved.clone(),
            Self::Http(_) => BTreeSet::new(),
        };
        Order {
            moved,
            has_other_zones: order.has_other_zones,
            ..Order::default()
        }
    }

    fn does(&self, order: &Order) -> bool {
        match self {
            Self::Socket(_) => !order.is_empty(),
            Self::Notify(_) => !order.extent.is_empty(),
            Self::Http(_) => !(order.extent.is_empty() && order.moved.is_empty()),
        }
    }

    async fn look(&self) -> Option<Result<(), PurgeError>> {
        match self {
            Self::Socket(_) => Some(pong(self).await),
            Self::Notify(_) | Self::Http(_) => None,
        }
    }
}

async fn pong(address: &Recursor) -> Result<(), PurgeError> {
    match command(address, "ping").await? {
        (0, reply) if reply.starts_with("pong") => Ok(()),
        (_, reply) => Err(PurgeError::Reply {
            address: address.to_string(),
            reply,
        }),
    }
}

/// Has it read its forward zones again.
async fn reload(address: &Recursor) -> Result<(), PurgeError> {
    match command(address, "reload-zones").await? {
        (0, reply) if reply.trim() == "ok" => Ok(()),
        (_, reply) => Err(PurgeError::Reply {
            address: address.to_string(),
            reply,
        }),
    }
}

/// The control socket.
struct Control<'a>(&'a Recursor);

impl Transport for Control<'_> {
    /// Each name is said to every thread in turn, 0.1 ms: a command keeps nobody waiting for longer than a lookup takes.
    const MOST_ITEMS: usize = 200;

    async fn command(&self, items: &[Item<'_>]) -> Result<u64, PurgeError> {
        let mut text = String::from("wipe-cache");
        for item in items {
            text.push(' ');
            text.push_str(&item.word());
        }
        let (status, reply) = command(self.0, &text).await?;
        let address = || self.0.to_string();
        match (status, wiped(&reply)) {
            (0, Some(entries)) => Ok(entries),
            (0, None) if reply.contains("nothing wiped") => Err(PurgeError::Refused {
                address: address(),
                reply,
            }),
            _ => Err(PurgeError::Reply {
                address: address(),
                reply,
            }),
        }
    }
}

/// `wiped 3 records, 1 negative records, 2 packets`
fn wiped(reply: &str) -> Option<u64> {
    let counts = reply.trim().strip_prefix("wiped ")?.split(", ");
    counts
        .map(|count| count.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

pub(super) async fn command(address: &Recursor, text: &str) -> Result<(i32, String), PurgeError> {
    let name = address.to_string();
    let Recursor::Socket(path) = address else {
        return Ok((0, String::new()));
    };
    in_time(&name, async {
        exchange(local(path).await?, text, &name).await
    })
    .await
}

async fn exchange(
    mut stream: UnixStream,
    text: &str,
    name: &str,
) -> Result<(i32, String), PurgeError> {
    let mut frame = 0_i32.to_ne_bytes().to_vec();
    frame.extend_from_slice(&text.len().to_ne_bytes());
    frame.extend_from_slice(text.as_bytes());
    // It reads the head by itself and does not wait for the rest of it: all in one write.
    stream.write_all(&frame).await.map_err(broken(name))?;
    let mut head = [0; HEAD];
    stream.read_exact(&mut head).await.map_err(broken(name))?;
    let (status, length) = head.split_first_chunk().unwrap_or((&[0; 4], &[]));
    let length = length.try_into().map(usize::from_ne_bytes).unwrap_or(0);
    let mut reply = vec![0; length.min(LONGEST_REPLY)];
    stream.read_exact(&mut reply).await.map_err(broken(name))?;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    Ok((i32::from_ne_bytes(*status), reply))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use camino::Utf8PathBuf;
    use zonesmith_zone::name::Name;

    use super::*;
    use crate::snapshot::forget::Extent;

    fn served(
        replies: &'static [(i32, &'static str)],
    ) -> (tempfile::TempDir, Recursor, thread::JoinHandle<Vec<String>>) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("control")).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let served = thread::spawn(move || {
            let mut said = Vec::new();
            for (status, reply) in replies {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; HEAD];
                stream.read_exact(&mut head).unwrap();
                let length = usize::from_ne_bytes(head[4..].try_into().unwrap());
                let mut text = vec![0; length];
                stream.read_exact(&mut text).unwrap();
                said.push(String::from_utf8(text).unwrap());
                let mut frame = status.to_ne_bytes().to_vec();
                frame.extend_from_slice(&reply.len().to_ne_bytes());
                frame.extend_from_slice(reply.as_bytes());
                stream.write_all(&frame).unwrap();
            }
            said
        });
        (directory, Recursor::Socket(path), served)
    }

    fn order(names: &[&str]) -> Order {
        let names = names.iter().map(|name| Name::parse(name).unwrap());
        Order {
            extent: Extent::new(names, [Name::parse("old").unwrap()]),
            ..Order::default()
        }
    }

    #[tokio::test]
    async fn names_and_subtrees_are_wiped_and_what_was_there_is_counted() {
        let (_directory, address, served) =
            served(&[(0, "wiped 3 records, 1 negative records, 2 packets\n")]);
        let done = address.obey(&order(&["web.demo"])).await.unwrap();
        assert_eq!((done.entries, done.problem), (6, None));
        assert_eq!(served.join().unwrap(), ["wipe-cache old.$ web.demo."]);
    }

    #[tokio::test]
    async fn forward_zones_are_read_again_first() {
        let (_directory, address, served) = served(&[
            (0, "ok\n"),
            (0, "wiped 0 records, 0 negative records, 0 packets\n"),
        ]);
        let order = Order {
            has_other_zones: true,
            ..order(&[])
        };
        address.obey(&order).await.unwrap();
        assert_eq!(served.join().unwrap(), ["reload-zones", "wipe-cache old.$"]);
    }

    #[tokio::test]
    async fn a_good_status_with_nothing_wiped_is_a_refusal_of_one_name() {
        let (_directory, address, served) = served(&[
            (0, "Error: Found . in wrong position, nothing wiped\n"),
            (0, "wiped 1 records, 0 negative records, 0 packets\n"),
            (0, "Error: Found . in wrong position, nothing wiped\n"),
            (0, "wiped 9 records, 0 negative records, 0 packets\n"),
        ]);
        let done = address.obey(&order(&["bad.demo"])).await.unwrap();
        assert_eq!((done.entries, done.problem), (10, None));
        let commands = [
            "wipe-cache old.$ bad.demo.",
            "wipe-cache old.$",
            "wipe-cache bad.demo.",
            "wipe-cache demo.$",
        ];
        assert_eq!(served.join().unwrap(), commands);
    }

    #[tokio::test]
    async fn what_is_not_understood_is_told() {
        let (_directory, address, served) = served(&[(1, "Unknown command 'wipe-cache'")]);
        let error = address.obey(&order(&["web.demo"])).await.unwrap_err();
        assert!(error.to_string().contains("Unknown command"), "{error}");
        served.join().unwrap();
    }
}
