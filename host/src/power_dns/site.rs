//! What a site wants of its recursors, beside the zones of the cluster.

use std::net::SocketAddr;

use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

/// By default: nothing but what the recursor does by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Site<'a> {
    /// Who may ask; private addresses and those of this machine, when none is listed.
    pub allow_from: &'a [IpPrefix],
    /// Who may have names forgotten by NOTIFY, beside programs on this machine.
    pub may_notify: &'a [IpPrefix],
    /// Zones that others answer for, who look up what they do not know.
    pub forwards: &'a [Forward],
    /// Whether it tells those who answer for the zones which network a client is in.
    pub tells_of_clients: bool,
    /// Who is asked for everything else; when there is none, those who are responsible, from the root on.
    pub upstream: &'a [SocketAddr],
}

/// A zone that others answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// Its apex.
    pub zone: Name,
    /// Who is asked.
    pub servers: Vec<SocketAddr>,
}

/// Networks whose addresses are no one's on the Internet, and those of links and of this machine: RFC 1918, RFC 4193, RFC 3927,
/// RFC 4291. Whoever has one of them is near.
///
/// 100.64.0.0/10 is not among them (the recursor's own list has it): those are the addresses of a provider's customers.
#[must_use]
pub fn private_networks() -> Vec<IpPrefix> {
    [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    ]
    .iter()
    .filter_map(|prefix| prefix.parse().ok())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_private_network_is_a_prefix() {
        assert_eq!(private_networks().len(), 8);
    }
}
