//! PowerDNS beside us: which of its programs are installed, and what they have to be told.
//!
//! The renderers know nothing of where they run: a plain struct goes in, text comes out. Each setting has its reason above
//! it, since whoever finds the file has no other place to ask. What is right for the caches was measured (decision 0033).
//!
//! - [`authoritative`]: the file `pdns.conf`
//! - [`recursor`]: its configuration, in the language that the installed version reads
//! - [`program`]: where the programs are, which versions they have, and how they are installed
//! - `lines`, `yaml`: settings with reasons, in both languages

pub mod authoritative;
mod lines;
pub mod program;
pub mod recursor;
mod yaml;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where the authoritative server listens when nobody says: a port that takes no rights, the one of the agent's DNS.
pub const AUTHORITATIVE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5300);

/// Where the recursor listens when nobody says. 53 takes rights, and 5353 belongs to multicast DNS.
pub const RECURSOR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5301);

/// A file for a program: its name, and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// In the directory that the program is given.
    pub name: &'static str,
    /// All of it.
    pub text: String,
}

/// Where one on the same machine reaches who listens there.
#[must_use]
pub fn reached(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address @ (IpAddr::V4(_) | IpAddr::V6(_)) => address,
    };
    SocketAddr::new(address, listen.port())
}
