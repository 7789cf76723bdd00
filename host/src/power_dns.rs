//! PowerDNS beside us: which of its programs are installed, and what they have to be told.
//!
//! The renderers know nothing of where they run: a plain struct goes in, text comes out. Each setting has its reason above
//! it, since whoever finds the file has no other place to ask. What is right for the caches was measured (decision 0033).
//!
//! - [`authoritative`]: the file `pdns.conf`
//! - [`recursor`]: its configuration, in the language that the installed version reads
//! - [`site`]: what a site adds to it: who may ask, whom else it asks
//! - [`program`]: where the programs are, which versions they have, and how they are installed
//! - `lines`, `yaml`: settings with reasons, in both languages

pub mod authoritative;
mod lines;
pub mod program;
pub mod recursor;
pub mod site;
mod yaml;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::slice;

use camino::Utf8Path;
use zonesmith_cluster::IpPrefix;

/// Where the authoritative server listens when nobody says: a port that takes no rights, the one of the agent's DNS.
pub const AUTHORITATIVE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5300);

/// Where the recursor listens when nobody says. 53 takes rights, and 5353 belongs to multicast DNS.
pub const RECURSOR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5301);

/// Largest answer in one datagram, in octets, when nobody says: what the smallest packet of IPv6 carries (1,280 less its headers),
/// so that no network on the way has to divide it.
pub const UDP_SIZE: u16 = 1_232;

/// Programs on this machine that ask its loopback.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

/// Where a server answers, and how.
#[derive(Debug, Clone, Copy)]
pub struct Listen<'a> {
    /// All of them; each family has its own.
    pub addresses: &'a [SocketAddr],
    /// Whether it also listens at addresses that the machine does not have, or not yet: some move from node to node.
    pub non_local_bind: bool,
    /// Largest answer in one datagram, in octets; who asks for a larger one asks again by TCP.
    pub udp_size: u16,
}

impl<'a> Listen<'a> {
    /// At one address that the machine has.
    #[must_use]
    pub fn at(address: &'a SocketAddr) -> Self {
        Self {
            addresses: slice::from_ref(address),
            non_local_bind: false,
            udp_size: UDP_SIZE,
        }
    }
}

/// Where a server makes its control socket, and who may use it.
#[derive(Debug, Clone, Copy)]
pub struct Control<'a> {
    /// The directory.
    pub directory: &'a Utf8Path,
    /// A group that may use it, by name or number, beside the server's own user; its own group, or nobody can give it away.
    pub group: Option<&'a str>,
}

impl<'a> Control<'a> {
    /// For the server's own user alone.
    #[must_use]
    pub fn private(directory: &'a Utf8Path) -> Self {
        Self {
            directory,
            group: None,
        }
    }
}

/// A file for a program: its name, and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// In the directory that the program is given.
    pub name: &'static str,
    /// All of it.
    pub text: String,
}

/// Networks as text, those of this machine before them.
fn with_loopback(networks: &[IpPrefix]) -> Vec<String> {
    let networks = networks.iter().map(ToString::to_string);
    LOOPBACK
        .map(str::to_owned)
        .into_iter()
        .chain(networks)
        .collect()
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
