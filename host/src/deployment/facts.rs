//! What is known of the cluster, and of this machine: all that the servers' configurations depend on and nobody chooses.

use std::net::IpAddr;

use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

/// What the running daemon says, or the source where none runs. Of several clusters it is the union, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The name of the first cluster.
    pub cluster: String,
    /// `cluster.dns`.
    pub nameservers: Vec<IpAddr>,
    /// Apexes of all zones, reverse ones among them, in order.
    pub zones: Vec<Name>,
    /// The cluster's networks.
    pub networks: Vec<IpPrefix>,
    /// Whether a policy chooses which of the records a client is given.
    pub is_chosen: bool,
    /// The addresses that this machine has.
    pub own: Vec<IpAddr>,
}

impl Facts {
    /// Takes one more cluster: what is known already stays where it is.
    pub fn add(&mut self, name: &str, nameservers: &[IpAddr], networks: &[IpPrefix]) {
        if self.cluster.is_empty() {
            name.clone_into(&mut self.cluster);
        }
        add_new(&mut self.nameservers, nameservers);
        add_new(&mut self.networks, networks);
    }
}

/// The prefix of a network as it is told: `backend 10.22.0.0/16`.
#[must_use]
pub fn prefix_of(network: &str) -> Option<IpPrefix> {
    network.rsplit(' ').next()?.parse().ok()
}

fn add_new<T: Copy + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(*one);
        }
    }
}

/// The addresses of this machine, those of the loopback among them.
///
/// # Errors
/// The system does not say.
pub fn own_addresses() -> std::io::Result<Vec<IpAddr>> {
    let mut own = Vec::new();
    for interface in nix::ifaddrs::getifaddrs()? {
        let Some(address) = interface.address else {
            continue;
        };
        let address = match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
            (Some(v4), _) => IpAddr::V4(v4.ip()),
            (None, Some(v6)) => IpAddr::V6(v6.ip()),
            (None, None) => continue,
        };
        add_new(&mut own, &[address]);
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_an_address_of_its_own() {
        let own = own_addresses().unwrap();
        assert!(own.iter().any(IpAddr::is_loopback), "{own:?}");
    }

    #[test]
    fn several_clusters_are_their_union_and_the_first_gives_the_name() {
        let address = |text: &str| text.parse().unwrap();
        let mut facts = Facts::default();
        facts.add("one", &[address("10.0.0.1"), address("10.0.0.2")], &[]);
        facts.add("two", &[address("10.0.0.3"), address("10.0.0.1")], &[]);
        assert_eq!(facts.cluster, "one");
        let expected = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(address);
        assert_eq!(facts.nameservers, expected);
    }
}
