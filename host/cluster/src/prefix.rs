//! Prefixes of networks: `10.22.0.0/16`, `fd00:60::/64`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address and how many of its leading bits a network shares. The bits after these are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpPrefix {
    address: IpAddr,
    length: u8,
}

impl IpPrefix {
    /// The network of the first `length` bits of `address`.
    ///
    /// # Errors
    ///
    /// If `length` is more bits than the address has, or a bit after them is set.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, IpPrefixError> {
        if length > width(address) {
            return Err(IpPrefixError::TooLong {
                length,
                width: width(address),
            });
        }
        let network = mask(address, length);
        if network != address {
            return Err(IpPrefixError::HostBits {
                prefix: Self {
                    address: network,
                    length,
                },
            });
        }
        Ok(Self { address, length })
    }

    /// The network of this address alone.
    #[must_use]
    pub fn of_host(address: IpAddr) -> Self {
        Self {
            address,
            length: width(address),
        }
    }

    /// The network's first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// In bits: 0 to 32, or to 128.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether `address` is one of the network's. An IPv4 address is in no IPv6 network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && mask(address, self.length) == self.address
    }
}

/// Bits of an address of this family.
fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let bits = u32::MAX
                .checked_shl(u32::from(32u8.saturating_sub(length)))
                .unwrap_or(0);
            IpAddr::V4((v4.to_bits() & bits).into())
        }
        IpAddr::V6(v6) => {
            let bits = u128::MAX
                .checked_shl(u32::from(128u8.saturating_sub(length)))
                .unwrap_or(0);
            IpAddr::V6((v6.to_bits() & bits).into())
        }
    }
}

impl FromStr for IpPrefix {
    type Err = IpPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, length) = text.split_once('/').ok_or(IpPrefixError::Syntax)?;
        let address = address.parse().map_err(|_| IpPrefixError::Syntax)?;
        if length.is_empty() || !length.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(IpPrefixError::Syntax);
        }
        Self::new(address, length.parse().map_err(|_| IpPrefixError::Syntax)?)
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}

impl fmt::Debug for IpPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Why a text is no prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpPrefixError {
    /// Not `address/length`.
    #[error("expected a prefix such as 10.22.0.0/16 or fd00:60::/64")]
    Syntax,
    /// `/33`.
    #[error("a prefix of {length} bits is longer than the {width} of the address")]
    TooLong {
        /// As written.
        length: u8,
        /// Of the address.
        width: u8,
    },
    /// `10.22.0.5/16`.
    #[error("an address inside a network is no prefix; the network is {prefix}")]
    HostBits {
        /// What was probably meant.
        prefix: IpPrefix,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_the_addresses_that_begin_like_it() {
        for (prefix, address, inside) in [
            ("10.22.0.0/16", "10.22.255.255", true),
            ("10.22.0.0/16", "10.23.0.0", false),
            ("10.16.0.0/12", "10.31.0.1", true),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("192.0.2.1/32", "192.0.2.1", true),
            ("192.0.2.1/32", "192.0.2.2", false),
            ("fd00:60::/64", "fd00:60::21", true),
            ("fd00:60::/64", "fd00:61::21", false),
            ("::/0", "fd00::1", true),
            ("::/0", "10.0.0.1", false),
            ("fd00::1/128", "fd00::1", true),
        ] {
            let prefix: IpPrefix = prefix.parse().unwrap();
            assert_eq!(
                prefix.contains(address.parse().unwrap()),
                inside,
                "{address} in {prefix}"
            );
            assert_eq!(prefix.to_string().parse(), Ok(prefix));
        }
    }

    #[test]
    fn what_is_no_prefix_says_why() {
        for (text, sentence) in [
            (
                "10.22.0.0",
                "expected a prefix such as 10.22.0.0/16 or fd00:60::/64",
            ),
            (
                "10.22/16",
                "expected a prefix such as 10.22.0.0/16 or fd00:60::/64",
            ),
            (
                "10.22.0.0/+8",
                "expected a prefix such as 10.22.0.0/16 or fd00:60::/64",
            ),
            (
                "10.22.0.0/33",
                "a prefix of 33 bits is longer than the 32 of the address",
            ),
            (
                "10.22.0.5/16",
                "an address inside a network is no prefix; the network is 10.22.0.0/16",
            ),
        ] {
            assert_eq!(
                text.parse::<IpPrefix>().unwrap_err().to_string(),
                sentence,
                "{text}"
            );
        }
    }
}
