//! Names of addresses (RFC 1035 §3.5, RFC 3596 §2.5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::name::{Name, NameRef};

const IPV4_LABELS: usize = 4;
const IPV6_LABELS: usize = 32;

/// The name whose PTR records name an address: `5.0.22.10.in-addr.arpa`.
#[must_use]
pub fn reverse_name(address: IpAddr) -> Name {
    // A key begins at the root: the labels stand in the order of the address.
    let mut key = Vec::with_capacity(80);
    match address {
        IpAddr::V4(address) => {
            key.extend_from_slice(b"arpa\0in-addr\0");
            for octet in address.octets() {
                crate::rdata::write_number(u32::from(octet), &mut key);
                key.push(0);
            }
        }
        IpAddr::V6(address) => {
            key.extend_from_slice(b"arpa\0ip6\0");
            for nibble in address
                .octets()
                .into_iter()
                .flat_map(|octet| [octet >> 4, octet & 15])
            {
                let digit = if nibble < 10 {
                    b'0' + nibble
                } else {
                    b'a' - 10 + nibble
                };
                key.extend_from_slice(&[digit, 0]);
            }
        }
    }
    Name::from_key(&key)
}

/// The address whose name this is. None for all other names, the shorter ones of networks among them.
#[must_use]
pub fn address_of(name: NameRef<'_>) -> Option<IpAddr> {
    let key = name.key();
    if let Some(labels) = key.strip_prefix(b"arpa\0in-addr\0") {
        let labels: Vec<&[u8]> = labels
            .strip_suffix(&[0])?
            .split(|&octet| octet == 0)
            .collect();
        if labels.len() != IPV4_LABELS {
            return None;
        }
        let mut octets = [0; IPV4_LABELS];
        for (octet, label) in octets.iter_mut().zip(labels) {
            let is_plain = label.iter().all(u8::is_ascii_digit)
                && (label.len() == 1 || !label.starts_with(b"0"));
            *octet = std::str::from_utf8(label)
                .ok()
                .filter(|_| is_plain)?
                .parse()
                .ok()?;
        }
        return Some(Ipv4Addr::from(octets).into());
    }
    let labels = key.strip_prefix(b"arpa\0ip6\0")?;
    if labels.len() != 2 * IPV6_LABELS {
        return None;
    }
    let mut address = 0_u128;
    for label in labels.chunks(2) {
        let &[digit, 0] = label else { return None };
        address = address << 4 | u128::from(char::from(digit).to_digit(16)?);
    }
    Some(Ipv6Addr::from(address).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_name_and_comes_back_from_it() {
        for (address, name) in [
            ("10.22.0.5", "5.0.22.10.in-addr.arpa."),
            ("255.255.255.255", "255.255.255.255.in-addr.arpa."),
            ("0.0.0.0", "0.0.0.0.in-addr.arpa."),
            (
                "2001:db8::567:89ab",
                "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
            ),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(reverse_name(address).to_string(), name);
            assert_eq!(Name::parse(name).unwrap(), reverse_name(address));
            assert_eq!(address_of(reverse_name(address).as_ref()), Some(address));
        }
    }

    #[test]
    fn other_names_are_no_addresses() {
        for name in [
            ".",
            "in-addr.arpa",
            "22.10.in-addr.arpa",
            "1.5.0.22.10.in-addr.arpa",
            "256.0.22.10.in-addr.arpa",
            "05.0.22.10.in-addr.arpa",
            "+5.0.22.10.in-addr.arpa",
            "a.0.22.10.in-addr.arpa",
            "5.0.22.10.in-addr.arpa.cluster1",
            "8.b.d.0.1.0.0.2.ip6.arpa",
            "g.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            "ba.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        ] {
            assert_eq!(
                address_of(Name::parse(name).unwrap().as_ref()),
                None,
                "{name}"
            );
        }
    }
}
