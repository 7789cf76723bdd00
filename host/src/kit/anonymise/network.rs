//! Networks within networks, and the same with other numbers.
//!
//! An address is a network of one. Each network gets a place in that of the network it lies in: the large ones first, each
//! behind the one before. As many as were in it are in it again, so there always is room.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that begin with the same bits. All are kept as 128 bits; those of IPv4 are the last 32 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Network {
    family: Family,
    /// Of 128, also for IPv4.
    length: u8,
    bits: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Family {
    V4,
    V6,
}

/// The bits of IPv6 that IPv4 has not.
const BEFORE_V4: u8 = 96;

/// The networks that addresses in no known network are in, as people plan them.
const USUAL_V4: u8 = 24;
const USUAL_V6: u8 = 64;

impl Network {
    /// The network of this length around an address.
    pub(super) fn around(address: IpAddr, length: u8) -> Self {
        let (family, length, bits) = match address {
            IpAddr::V4(address) => (
                Family::V4,
                length.saturating_add(BEFORE_V4),
                u128::from(u32::from(address)),
            ),
            IpAddr::V6(address) => (Family::V6, length, u128::from(address)),
        };
        Self {
            family,
            length: length.min(128),
            bits,
        }
        .cut(length.min(128))
    }

    /// An address.
    pub(super) fn one(address: IpAddr) -> Self {
        Self::around(address, 128)
    }

    /// The first address of it.
    pub(super) fn address(self) -> IpAddr {
        match self.family {
            // The upper bits are never set.
            Family::V4 => Ipv4Addr::from(u32::try_from(self.bits).unwrap_or_default()).into(),
            Family::V6 => Ipv6Addr::from(self.bits).into(),
        }
    }

    /// As it is written.
    pub(super) fn length(self) -> u8 {
        match self.family {
            Family::V4 => self.length.saturating_sub(BEFORE_V4),
            Family::V6 => self.length,
        }
    }

    fn contains(self, other: Self) -> bool {
        self.family == other.family
            && self.length <= other.length
            && other.cut(self.length).bits == self.bits
    }

    /// The network of this length that it begins in.
    fn cut(self, length: u8) -> Self {
        let rest = 128_u32.saturating_sub(length.into());
        Self {
            length,
            bits: self
                .bits
                .checked_shr(rest)
                .and_then(|bits| bits.checked_shl(rest))
                .unwrap_or(0),
            ..self
        }
    }

    /// The number of its addresses, less one.
    fn last(self) -> u128 {
        let rest = 128_u32.saturating_sub(self.length.into());
        1_u128.checked_shl(rest).map_or(u128::MAX, |size| size - 1)
    }

    fn is_one(self) -> bool {
        self.length == 128
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address(), self.length())
    }
}

/// A kind of addresses, and where those of it go.
struct Kind {
    from: Network,
    /// None: they stay.
    to: Option<Network>,
}

/// The kinds, the narrower ones first.
fn kinds() -> Vec<Kind> {
    let v4 =
        |[a, b, c, d]: [u8; 4], length| Network::around(Ipv4Addr::new(a, b, c, d).into(), length);
    let v6 = |first: u16, second: u16, length| {
        Network::around(
            Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0).into(),
            length,
        )
    };
    let stays = |from| Kind { from, to: None };
    let within = |from| Kind {
        from,
        to: Some(from),
    };
    vec![
        stays(v4([0, 0, 0, 0], 8)),
        stays(v4([127, 0, 0, 0], 8)),
        stays(v4([169, 254, 0, 0], 16)),
        stays(v4([224, 0, 0, 0], 3)),
        within(v4([10, 0, 0, 0], 8)),
        within(v4([172, 16, 0, 0], 12)),
        within(v4([192, 168, 0, 0], 16)),
        within(v4([100, 64, 0, 0], 10)),
        // What is left is public; there is no larger network that nobody has.
        Kind {
            from: v4([0, 0, 0, 0], 0),
            to: Some(v4([240, 0, 0, 0], 4)),
        },
        // Unspecified, loopback, IPv4 in IPv6.
        stays(v6(0, 0, 64)),
        stays(v6(0xfe80, 0, 10)),
        stays(v6(0xff00, 0, 8)),
        within(v6(0xfd00, 0, 8)),
        within(v6(0xfc00, 0, 8)),
        // RFC 9637.
        Kind {
            from: v6(0, 0, 0),
            to: Some(v6(0x3fff, 0, 20)),
        },
    ]
}

/// What each network is afterwards.
#[derive(Debug, Default)]
pub(super) struct Renumbered(BTreeMap<Network, Network>);

impl Renumbered {
    /// Renumbers all networks that were found.
    pub(super) fn of(found: &BTreeSet<Network>) -> Self {
        let kinds = kinds();
        let mut by_kind: BTreeMap<usize, BTreeSet<Network>> = BTreeMap::new();
        for network in found {
            let mut kinds = kinds.iter().enumerate();
            // A network that is larger than its kind stays: it is no place of anybody's.
            let kind =
                kinds.find(|(_, kind)| kind.from.contains(*network) || network.contains(kind.from));
            if let Some((at, kind)) = kind
                && kind.from.contains(*network)
            {
                by_kind.entry(at).or_default().insert(*network);
            }
        }
        let mut renumbered = Self::default();
        for (at, networks) in by_kind {
            let Some(to) = kinds.get(at).and_then(|kind| kind.to) else {
                continue;
            };
            renumbered.place(&with_usual(&networks), to);
        }
        renumbered
    }

    pub(super) fn get(&self, network: Network) -> Option<Network> {
        self.0.get(&network).copied()
    }

    /// Gives networks, in order of their addresses, each behind those it lies in, their places in `to`; those in one of them
    /// a place in that one's.
    fn place(&mut self, networks: &[Network], to: Network) {
        let mut groups: Vec<(Network, &[Network])> = Vec::new();
        let mut rest = networks;
        while let Some((first, behind)) = rest.split_first() {
            let inside = behind.partition_point(|network| first.contains(*network));
            let (inside, others) = behind.split_at(inside);
            groups.push((*first, inside));
            rest = others;
        }
        groups.sort_by_key(|(network, _)| (network.length, network.bits));
        let mut next = to.bits;
        // The first address of a network of several is that network's own, if there is room for it.
        let are_alone = groups.first().is_some_and(|(network, _)| network.is_one());
        if are_alone && to.last() > 1 && (groups.len() as u128) <= to.last() {
            next = next.saturating_add(1);
        }
        for (network, inside) in groups {
            let place = Network {
                bits: next,
                ..network
            };
            // More than there is room for: that is only so of public networks of millions of addresses. They stay.
            if !to.contains(place) {
                continue;
            }
            self.0.insert(network, place);
            next = next.saturating_add(network.last()).saturating_add(1);
            self.place(inside, place);
        }
    }
}

/// The networks, in order of their addresses, each behind those it lies in; and each address in one.
fn with_usual(networks: &BTreeSet<Network>) -> Vec<Network> {
    let is_of_several = |network: &&Network| !network.is_one();
    let known: Vec<_> = networks.iter().filter(is_of_several).collect();
    let mut all = networks.clone();
    for one in networks.iter().filter(|network| network.is_one()) {
        if !known.iter().any(|network| network.contains(*one)) {
            all.insert(one.cut(match one.family {
                Family::V4 => USUAL_V4 + BEFORE_V4,
                Family::V6 => USUAL_V6,
            }));
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|network| (network.bits, network.length));
    all
}
