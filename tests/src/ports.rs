//! Ports for the servers of a test.
//!
//! Not those that the kernel names for port 0: the same numbers go to every connection that is made meanwhile, and a
//! server that finds one of them taken does not start.

use std::net::{TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Above what servers have by custom.
const FIRST: u16 = 10_000;

/// Where Linux begins with the ports of connections (`net.ipv4.ip_local_port_range`).
const END: u16 = 32_768;

/// How far apart two processes begin whose numbers follow each other: more ports than one of them needs.
const APART: u32 = 211;

static HANDED_OUT: AtomicU32 = AtomicU32::new(0);

/// A port of the loopback that is free on both protocols, and that this process has not been given before.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free_port() -> u16 {
    let range = u32::from(END - FIRST);
    let begin = process::id().wrapping_mul(APART) % range;
    for _ in 0..range {
        let place = (begin + HANDED_OUT.fetch_add(1, Ordering::Relaxed)) % range;
        let port = FIRST + u16::try_from(place).expect("within the range");
        let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok()
            && UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if is_free {
            return port;
        }
    }
    panic!("all ports from {FIRST} to {END} are taken")
}
