//! Whether somebody may listen at an address, found out before a server tries: it would say so in its log, again and again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::net::TcpSocket;

/// How long it may be taken: servers of a daemon that was killed end within milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// Says why nobody may listen there. `option` is how another address is named.
pub(super) fn check(listen: SocketAddr, option: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match bind(listen) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline {
            sleep(AGAIN);
            continue;
        }
        let cure = format!("name another one, `{option} ADDRESS:PORT`");
        let reason = if error.kind() == io::ErrorKind::AddrInUse {
            format!("{listen} is taken, another program listens there")
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            format!(
                "nobody but root may listen at {listen}, a port below 1024 (or who has CAP_NET_BIND_SERVICE)"
            )
        } else if error.kind() == io::ErrorKind::AddrNotAvailable {
            format!("{listen} is no address of this machine")
        } else {
            format!("nobody can listen at {listen} ({error})")
        };
        bail!("{reason}: {cure}");
    }
}

/// A port of the loopback that nobody else is given while this is held, and at which somebody may listen all the same.
pub(super) struct Reserved {
    pub(super) address: SocketAddr,
    _socket: TcpSocket,
}

/// Reserves one.
pub(super) fn reserve() -> io::Result<Reserved> {
    let socket = TcpSocket::new_v4()?;
    // Both have to say so; and who listens is one, since this does not.
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(Reserved {
        address: socket.local_addr()?,
        _socket: socket,
    })
}

fn bind(listen: SocketAddr) -> io::Result<()> {
    let datagrams = UdpSocket::bind(listen)?;
    let streams = TcpListener::bind(listen)?;
    drop((datagrams, streams));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_taken_is_named_with_the_option_that_names_another() {
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap();
        let error = check(listen, "--with-powerdns").unwrap_err().to_string();
        assert!(
            error.contains("is taken") && error.contains("--with-powerdns"),
            "{error}"
        );
        drop(taken);
        check(listen, "--with-powerdns").unwrap();
    }

    #[test]
    fn a_reserved_port_is_for_who_listens_there() {
        let reserved = reserve().unwrap();
        // As PowerDNS does: the standard library says that addresses may be used again.
        let listener = TcpListener::bind(reserved.address).unwrap();
        drop(listener);
        TcpListener::bind(reserved.address).unwrap();
    }

    #[test]
    fn an_address_of_another_machine_is_none_of_ours() {
        let error = check("192.0.2.1:5300".parse().unwrap(), "--with-recursor").unwrap_err();
        assert!(
            error.to_string().contains("no address of this machine"),
            "{error}"
        );
    }
}
