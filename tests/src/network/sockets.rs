//! Sockets of a network for the threads of the test itself: a process in there makes them and hands them over. A socket
//! stays in the network it was made in, whoever uses it; a thread could enter one only as root.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::Network;

/// Tells the process in there where its sockets shall send to.
const PEER: &str = "ZONESMITH_TEST_SOCKETS_TO";

/// Sockets handed over at once.
pub const SOCKETS: usize = 8;

impl Network {
    /// UDP sockets of this network that talk to `peer`. `test` names the test of this binary that calls [`hand_over`].
    ///
    /// # Panics
    /// When they cannot be made.
    #[must_use]
    pub fn udp_sockets(&self, test: &str, peer: SocketAddr) -> Vec<UdpSocket> {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        let binary = std::env::current_exe().expect("the binary of this test");
        let status = self
            .command(binary)
            .args(["--exact", test, "--include-ignored"])
            .env(PEER, peer.to_string())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .status()
            .expect("run this binary in a network");
        assert!(status.success(), "no sockets by the test {test}: {status}");
        let mut octet = [0];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(SOCKETS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut pieces = [IoSliceMut::new(&mut octet)];
        recvmsg(&ours, &mut pieces, &mut control, RecvFlags::CMSG_CLOEXEC).expect("take sockets");
        let mut sockets = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(passed) = message {
                sockets.extend(passed.map(UdpSocket::from));
            }
        }
        assert_eq!(sockets.len(), SOCKETS, "is there a test called {test}?");
        sockets
    }
}

/// The other side of [`Network::udp_sockets`]; nothing at all in a test that was run for itself.
///
/// # Panics
/// When the sockets cannot be made.
pub fn hand_over() {
    let Ok(peer) = std::env::var(PEER) else {
        return;
    };
    let peer: SocketAddr = peer.parse().expect("an address");
    let sockets: Vec<UdpSocket> = (0..SOCKETS)
        .map(|_| {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("bind a port");
            socket.connect(peer).expect("choose who is asked");
            socket
        })
        .collect();
    let descriptors: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(SOCKETS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(
        control.push(SendAncillaryMessage::ScmRights(&descriptors)),
        "room for all sockets"
    );
    let input = std::io::stdin();
    sendmsg(
        input.as_fd(),
        &[IoSlice::new(&[0])],
        &mut control,
        SendFlags::empty(),
    )
    .expect("hand over sockets");
}
