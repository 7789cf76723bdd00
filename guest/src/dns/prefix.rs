//! A network as address and length.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A network: the bits of `address` beyond `length` are zero. In settings it is a text, `"10.22.0.0/16"`.
///
/// ```
/// # use zonesmith_policy::dns::IpPrefix;
/// let prefix: IpPrefix = "10.22.0.0/16".parse().unwrap();
/// assert!(prefix.contains([10, 22, 7, 1].into()));
/// assert_eq!(prefix.to_string(), "10.22.0.0/16");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpPrefix {
    /// The first address of the network.
    pub address: IpAddr,
    /// 0 to 32, or 0 to 128.
    pub length: u8,
}

impl IpPrefix {
    /// Whether `address` lies in this network. Never so when they are of different families.
    ///
    /// ```
    /// # use zonesmith_policy::dns::IpPrefix;
    /// let prefix: IpPrefix = "fd00:60::/64".parse().unwrap();
    /// assert!(prefix.contains("fd00:60::ffff".parse().unwrap()));
    /// assert!(!prefix.contains([10, 22, 0, 5].into()));
    /// ```
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let unused = 32_u32.saturating_sub(self.length.into());
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(unused).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let unused = 128_u32.saturating_sub(self.length.into());
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(unused).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Of this address, all bits beyond `length` cleared.
    ///
    /// ```
    /// # use zonesmith_policy::dns::IpPrefix;
    /// assert_eq!(IpPrefix::of([10, 22, 7, 1].into(), 16).to_string(), "10.22.0.0/16");
    /// ```
    #[must_use]
    pub fn of(address: IpAddr, length: u8) -> Self {
        let address = match address {
            IpAddr::V4(address) => {
                let unused = 32_u32.saturating_sub(length.into());
                let mask = u32::MAX.checked_shl(unused).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let unused = 128_u32.saturating_sub(length.into());
                let mask = u128::MAX.checked_shl(unused).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        Self {
            address,
            length: length.min(width),
        }
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}

impl FromStr for IpPrefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let wrong = || NotAPrefix(text.to_owned());
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let digits = length.bytes().all(|octet| octet.is_ascii_digit());
        let length: u8 = length.parse().map_err(|_| wrong())?;
        let prefix = Self::of(address, length);
        let is_whole = digits && prefix == Self { address, length };
        is_whole.then_some(prefix).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for IpPrefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no network.
///
/// ```
/// # use zonesmith_policy::dns::IpPrefix;
/// for text in ["10.22.0.0", "10.22.0.1/16", "10.0.0.0/33", "web/8"] {
///     assert!(text.parse::<IpPrefix>().is_err(), "{text}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPrefix(String);

impl fmt::Display for NotAPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        write!(
            formatter,
            "\"{text}\" is no network: it must be its first address and a length, as \"10.22.0.0/16\""
        )
    }
}

impl std::error::Error for NotAPrefix {}

#[cfg(test)]
mod tests {
    use super::IpPrefix;

    #[test]
    fn a_prefix_contains_addresses_of_its_own_family() {
        for (network, address, contained) in [
            ("10.22.0.0/16", "10.22.255.255", true),
            ("10.22.0.0/16", "10.23.0.0", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("10.0.0.1/32", "10.0.0.1", true),
            ("10.0.0.1/32", "10.0.0.0", false),
            ("::/0", "10.0.0.1", false),
            ("::/0", "fd00::1", true),
            ("fd00:60::/64", "fd00:60::ffff", true),
            ("fd00:60::/64", "fd00:60:0:1::", false),
        ] {
            let prefix: IpPrefix = network.parse().unwrap();
            let case = format!("{address} in {network}");
            assert_eq!(
                prefix.contains(address.parse().unwrap()),
                contained,
                "{case}"
            );
        }
    }

    #[test]
    fn a_prefix_is_written_as_it_is_read() {
        for text in [
            "10.22.0.0/16",
            "0.0.0.0/0",
            "192.0.2.1/32",
            "fd00:60::/64",
            "::/0",
        ] {
            let prefix: IpPrefix = text.parse().unwrap();
            assert_eq!(prefix.to_string(), text);
            assert_eq!(
                IpPrefix::of(prefix.address, prefix.length),
                prefix,
                "{text}"
            );
        }
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/256",
            "10.0.0.0/33",
            "::1/127",
            "::/129",
        ] {
            assert!(text.parse::<IpPrefix>().is_err(), "{text}");
        }
    }
}
