//! What this machine has: addresses, units of a service manager.

use std::net::{IpAddr, UdpSocket};

use camino::{Utf8Path, Utf8PathBuf};
use nix::ifaddrs::getifaddrs;

/// Where units are, those of the administrator first.
const UNITS: [&str; 3] = [
    "etc/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

/// Whether this machine has the address: then a socket may be bound to it.
pub(super) fn has_address(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Addresses of this machine that others reach.
pub(super) fn addresses() -> Vec<IpAddr> {
    let all = getifaddrs().into_iter().flatten();
    let addresses = all.filter_map(|interface| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|at| IpAddr::from(at.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|at| IpAddr::from(at.ip())))
    });
    let is_reached = |address: &IpAddr| match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    };
    let mut addresses: Vec<_> = addresses.filter(is_reached).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// The first of these units that is installed, where a service manager runs.
pub(super) fn unit<'a>(root: &Utf8Path, names: &[&'a str]) -> Option<&'a str> {
    if !root.join("run/systemd/system").exists() {
        return None;
    }
    let is_there = |name: &str| {
        let mut paths = UNITS
            .iter()
            .map(|directory| root.join(directory).join(name));
        paths.any(|path: Utf8PathBuf| path.exists())
    };
    names.iter().copied().find(|name| is_there(name))
}
