//! One message to one server over TCP (RFC 7766), for answers that fit into no datagram.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::datagram::{silence, unreachable};

/// The octets of the one message that comes back.
pub(super) async fn exchange(
    message: &[u8],
    server: SocketAddr,
    limit: Duration,
) -> Result<Vec<u8>, String> {
    let over_tcp = |reason: String| format!("over TCP: {reason}");
    match timeout(limit, send(message, server)).await {
        Ok(answered) => answered.map_err(|error| over_tcp(unreachable(&error))),
        Err(_) => Err(over_tcp(silence(limit))),
    }
}

async fn send(message: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    // Length and message in one write: servers may read them at once.
    let framed = [&length.to_be_bytes(), message].concat();
    stream.write_all(&framed).await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}
