//! Which of the published records a client is given: an optional part of a policy.
//!
//! A policy that implements [`Selection`] and is exported with `export_policy!(Policy, selection)` is asked while a client
//! waits, for each set of two records and more. It *chooses*, also among records that other policies made: a policy without
//! any records, stacked on any scheme, can choose. No order that it says would survive.
//!
//! The hard part is not the choice but for whom caches may keep it. [`Networks`] does both: it finds what a client's network
//! stands for, and says how much of the client's address that depends on.

use std::net::IpAddr;

use crate::Policy;
use crate::dns::{IpPrefix, Rdata};

/// What is asked, and for whom.
///
/// ```
/// # use zonesmith_policy::selection::Query;
/// let query = Query {
///     name: "web.demo.".to_owned(),
///     rrtype: "A".to_owned(),
///     client: "10.22.7.0/24".parse().unwrap(),
/// };
/// assert_eq!(query.client.length, 24);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Lower case, with the last dot.
    pub name: String,
    /// Of the records: `A`, `SRV`, `TYPE65280`, …
    pub rrtype: String,
    /// Who asks: the network of a client, as its resolver told it, else the address of who asked the name server. A length
    /// of 0 is nobody in particular.
    pub client: IpPrefix,
}

/// What a client is given.
///
/// ```
/// # use zonesmith_policy::selection::Choice;
/// let choice = Choice::of([2, 0], 24);
/// assert_eq!(choice.records, [2, 0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Indexes into the records, at least one, each once, in any order.
    pub records: Vec<u32>,
    /// How many leading bits of the client's address decided: everyone who shares them is given the same, by caches that
    /// never ask. 0, and more than the client's prefix has, stand for the length of that prefix.
    pub scope: u8,
}

impl Choice {
    /// These records, for everyone whose address begins with so many bits of the client's.
    ///
    /// ```
    /// # use zonesmith_policy::selection::Choice;
    /// let records = ["10.22.0.5", "10.22.1.5", "10.22.0.6"];
    /// let near = records.iter().enumerate().filter(|(_, record)| record.starts_with("10.22.0."));
    /// assert_eq!(Choice::of(near.map(|(place, _)| place), 16).records, [0, 2]);
    /// ```
    #[must_use]
    pub fn of(places: impl IntoIterator<Item = usize>, scope: u8) -> Self {
        let places = places.into_iter();
        Self {
            // Records of one name are far fewer than 2^32; what is not is out of range, and the host says so.
            records: places
                .map(|place| u32::try_from(place).unwrap_or(u32::MAX))
                .collect(),
            scope,
        }
    }

    /// All of so many records, for everyone whose address begins with so many bits of the client's.
    ///
    /// ```
    /// # use zonesmith_policy::selection::Choice;
    /// assert_eq!(Choice::all(3, 8).records, [0, 1, 2]);
    /// ```
    #[must_use]
    pub fn all(count: usize, scope: u8) -> Self {
        Self::of(0..count, scope)
    }
}

/// A policy that also says which of the published records a client is given.
///
/// ```
/// use zonesmith_policy::dns::Rdata;
/// use zonesmith_policy::selection::{Choice, Query, Selection};
/// # use zonesmith_policy::{Cluster, Configuration, Description, Policy, Service, Synthesis, export_policy};
/// # struct FirstForOdd;
/// # impl Policy for FirstForOdd {
/// #     fn describe() -> Description { Description::new("x", "1.0.0", "") }
/// #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
/// #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
/// # }
///
/// /// Clients of 10.0.0.0/9 are given the first address, those of 10.128.0.0/9 all of them.
/// impl Selection for FirstForOdd {
///     fn choose(&self, query: &Query, records: &[Rdata]) -> Option<Choice> {
///         if query.rrtype != "A" {
///             return None;
///         }
///         let low = "10.0.0.0/9".parse::<zonesmith_policy::dns::IpPrefix>().unwrap();
///         Some(if low.contains(query.client.address) {
///             Choice::of([0], 9)
///         } else {
///             Choice::all(records.len(), 9)
///         })
///     }
/// }
///
/// export_policy!(FirstForOdd, selection);
/// ```
pub trait Selection: Policy {
    /// Chooses among the records of a set, all that are published of this name and type. None says that this set is not
    /// chosen from, whoever asks: everyone is given all of it, out of caches that keep it. So that may depend on the name,
    /// the type and the records, never on the client; to give one client everything, choose every record.
    ///
    /// It has 10 ms. A choice of nothing, like a panic, gives the client all records.
    fn choose(&self, query: &Query, records: &[Rdata]) -> Option<Choice>;
}

/// Networks, each with what it stands for; of several around an address the smallest counts.
///
/// ```
/// # use zonesmith_policy::selection::Networks;
/// let networks: Networks<&str> = [("10.0.0.0/8", "far"), ("10.22.0.0/16", "near")]
///     .map(|(prefix, place)| (prefix.parse().unwrap(), place))
///     .into_iter()
///     .collect();
/// let found = networks.find("10.22.7.1/32".parse().unwrap());
/// assert_eq!((found.value, found.scope), (Some(&"near"), 16));
/// // All of 10.0.0.0/12 is far, but not all of 10.0.0.0/11.
/// let found = networks.find("10.0.0.1/32".parse().unwrap());
/// assert_eq!((found.value, found.scope), (Some(&"far"), 12));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks<T>(Vec<(IpPrefix, T)>);

/// What a client's network stands for, and how much of its address that depends on.
///
/// ```
/// # use zonesmith_policy::selection::Networks;
/// let networks: Networks<u8> = Networks::default();
/// let found = networks.find("10.0.0.1/32".parse().unwrap());
/// assert_eq!((found.value, found.scope), (None, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a, T> {
    /// None: the client is in none of them.
    pub value: Option<&'a T>,
    /// Everyone whose address begins with so many bits of the client's stands for the same: the scope of a
    /// [`Choice`] that depends on this alone. At least 1.
    pub scope: u8,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<(IpPrefix, T)> for Networks<T> {
    /// Of two that are the same network the first counts.
    fn from_iter<I: IntoIterator<Item = (IpPrefix, T)>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl<T> Networks<T> {
    /// What the network of this client stands for. Of a network that is larger than those in here nothing is known.
    ///
    /// ```
    /// # use zonesmith_policy::selection::Networks;
    /// let networks: Networks<u8> = [("10.22.0.0/16".parse().unwrap(), 1)].into_iter().collect();
    /// assert_eq!(networks.find("10.0.0.0/8".parse().unwrap()).value, None);
    /// ```
    #[must_use]
    pub fn find(&self, client: IpPrefix) -> Found<'_, T> {
        let mut smallest: Option<&(IpPrefix, T)> = None;
        let mut scope = 1;
        for network in &self.0 {
            let (prefix, _) = network;
            let Some(shared) = shared_bits(prefix.address, client.address) else {
                continue;
            };
            if shared >= prefix.length && prefix.length <= client.length {
                scope = scope.max(prefix.length);
                if smallest.is_none_or(|(found, _)| found.length < prefix.length) {
                    smallest = Some(network);
                }
            } else {
                // The first bit in which they differ keeps the client out of it.
                scope = scope.max(prefix.length.min(shared.saturating_add(1)));
            }
        }
        Found {
            value: smallest.map(|(_, value)| value),
            scope: scope.min(client.length.max(1)),
        }
    }

    /// What the smallest network around this address stands for.
    ///
    /// ```
    /// # use zonesmith_policy::selection::Networks;
    /// let networks: Networks<u8> = [("10.22.0.0/16".parse().unwrap(), 1)].into_iter().collect();
    /// assert_eq!(networks.around([10, 22, 0, 5].into()), Some(&1));
    /// ```
    #[must_use]
    pub fn around(&self, address: IpAddr) -> Option<&T> {
        self.find(IpPrefix::of(address, u8::MAX)).value
    }
}

/// How many leading bits two addresses share; none when they are of different families.
fn shared_bits(one: IpAddr, other: IpAddr) -> Option<u8> {
    let zeros = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
    };
    u8::try_from(zeros).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> IpPrefix {
        text.parse().unwrap()
    }

    #[test]
    fn everyone_within_the_scope_stands_for_the_same() {
        let texts = [
            "10.0.0.0/8",
            "10.22.0.0/16",
            "10.22.7.0/24",
            "192.0.2.0/31",
            "0.0.0.0/0",
        ];
        for count in 0..=texts.len() {
            let networks: Networks<&str> = texts[..count]
                .iter()
                .map(|text| (prefix(text), *text))
                .collect();
            for client in [
                "10.22.7.9/32",
                "10.22.6.0/32",
                "10.23.0.0/24",
                "10.22.0.0/16",
                "9.9.9.9/32",
                "192.0.2.2/32",
                "192.0.2.0/32",
            ] {
                let client = prefix(client);
                let found = networks.find(client);
                assert!(
                    (1..=client.length).contains(&found.scope),
                    "{client}: {found:?}"
                );
                // Its neighbours on both sides, bit by bit, as far as the scope reaches.
                let IpAddr::V4(address) = client.address else {
                    unreachable!()
                };
                for bit in found.scope..32 {
                    let flipped = address.to_bits() ^ (1 << (31 - bit));
                    for low in [0, u32::MAX >> (bit + 1).min(31)] {
                        let other = IpPrefix::of(IpAddr::V4((flipped ^ low).into()), 32);
                        if client.length < 32 && bit >= client.length {
                            continue;
                        }
                        assert_eq!(
                            networks.find(other).value,
                            found.value,
                            "{other} beside {client} with {count} networks"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_client_in_a_network_of_its_own_is_kept_for_no_other() {
        let networks: Networks<u8> = [("192.0.2.1/32", 1), ("fd00::/8", 2)]
            .map(|(text, value)| (prefix(text), value))
            .into_iter()
            .collect();
        for (client, value, scope) in [
            ("192.0.2.1/32", Some(&1), 32),
            ("192.0.2.0/32", None, 32),
            ("192.0.2.0/24", None, 24),
            ("127.0.0.1/32", None, 1),
            ("fd00::1/128", Some(&2), 8),
            ("fe00::1/128", None, 7),
            ("0.0.0.0/0", None, 1),
        ] {
            let found = networks.find(prefix(client));
            assert_eq!((found.value, found.scope), (value, scope), "{client}");
        }
        assert_eq!(networks.around([192, 0, 2, 1].into()), Some(&1));
    }
}
