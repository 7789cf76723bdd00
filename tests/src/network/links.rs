//! Networks with links in between: what crosses one is what would cross a wire, and a wire can be pulled.

use std::net::Ipv4Addr;

use super::Network;

/// The other end of a link, as those there call it.
const INTERFACE: &str = "uplink";

/// A link from one network to another; its far end can be cut off.
pub struct Link<'networks> {
    far: &'networks Network,
}

impl Network {
    /// Another one, beside this one, made by the same right.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn beside(&self) -> Self {
        // Of those words that enter this one, the user namespace alone has to be kept.
        let is_of_user = self.entrance.iter().any(|word| word == "--user");
        let before = if is_of_user {
            self.entrance.as_slice()
        } else {
            &[]
        };
        let network = Self::keep(before, &["--net"]).expect("a second network namespace");
        network.ip(&["link", "set", "lo", "up"]);
        network
    }

    /// Links it with another: `here` and `there` reach each other.
    #[must_use]
    pub fn link<'networks>(
        &self,
        name: &str,
        here: Ipv4Addr,
        far: &'networks Self,
        there: Ipv4Addr,
    ) -> Link<'networks> {
        let keeper = far.keeper.id().to_string();
        let pair = format!("link add {name} type veth peer name {INTERFACE} netns {keeper}");
        self.ip(&pair.split(' ').collect::<Vec<_>>());
        for (network, device, address, peer) in
            [(self, name, here, there), (far, INTERFACE, there, here)]
        {
            let words = format!("address add {address} peer {peer} dev {device}");
            network.ip(&words.split(' ').collect::<Vec<_>>());
            network.ip(&["link", "set", device, "up"]);
        }
        Link { far }
    }
}

impl Link<'_> {
    /// Pulls the wire.
    pub fn cut(&self) {
        self.far.ip(&["link", "set", INTERFACE, "down"]);
    }

    /// Puts it back.
    pub fn mend(&self) {
        self.far.ip(&["link", "set", INTERFACE, "up"]);
    }
}
