//! Addresses and networks in a text: alone, with a length, with a port, within something longer.

use std::net::IpAddr;

use super::network::Network;

/// A text in which each address or network is what `renumber` says; what it does not know stays.
pub(super) fn replace(text: &str, renumber: &mut impl FnMut(Network) -> Option<Network>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, found) = rest.split_at(start);
        replaced.push_str(before);
        let end = found.find(|one| !is_part(one)).unwrap_or(found.len());
        let (word, after) = found.split_at(end);
        rest = after;
        // A letter before it, or behind it: it is the middle of a word.
        let is_within = replaced
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
            || rest.starts_with(char::is_alphanumeric);
        let (address, port) = match word.parse::<IpAddr>() {
            Ok(address) if !is_within => (address, ""),
            _ => match with_port(word).filter(|_| !is_within) {
                Some(found) => found,
                None => {
                    replaced.push_str(word);
                    continue;
                }
            },
        };
        let length = if port.is_empty() {
            length(rest, address)
        } else {
            None
        };
        replaced.push_str(&renumbered(address, length, renumber).to_string());
        replaced.push_str(port);
    }
    replaced.push_str(rest);
    replaced
}

/// What an address may be made of.
fn is_part(one: char) -> bool {
    one.is_ascii_hexdigit() || matches!(one, '.' | ':')
}

/// `10.0.0.1:80`, and `10.0.0.1.` at the end of a sentence.
fn with_port(word: &str) -> Option<(IpAddr, &str)> {
    let at = word
        .find(':')
        .or_else(|| word.ends_with('.').then_some(word.len() - 1))?;
    let (address, port) = word.split_at(at);
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    Some((address.into(), port))
}

/// The length of a network that stands behind its address: `/16`.
fn length(rest: &str, address: IpAddr) -> Option<u8> {
    let digits = rest.strip_prefix('/')?;
    let end = digits
        .find(|one: char| !one.is_ascii_digit())
        .unwrap_or(digits.len());
    let length = digits.get(..end)?.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    (length <= longest).then_some(length)
}

/// An address that may stand for its network, or in it.
fn renumbered(
    address: IpAddr,
    length: Option<u8>,
    renumber: &mut impl FnMut(Network) -> Option<Network>,
) -> IpAddr {
    let network = length.map(|length| Network::around(address, length));
    let of_network = network.and_then(&mut *renumber);
    match network {
        Some(network) if network.address() == address => {
            of_network.map_or(address, |network| network.address())
        }
        _ => renumber(Network::one(address)).map_or(address, |network| network.address()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_where_they_stand_and_nothing_else_is() {
        for (text, expected) in [
            ("10.22.0.5", &["10.22.0.5/32"][..]),
            ("fd00::5", &["fd00::5/128"]),
            ("10.22.0.0/16", &["10.22.0.0/16"]),
            ("10.22.0.5/16", &["10.22.0.0/16", "10.22.0.5/32"]),
            ("10.22.0.5:8080", &["10.22.0.5/32"]),
            (
                "[fd00::5]:80, http://10.0.0.1/x",
                &["fd00::5/128", "10.0.0.1/32"],
            ),
            ("it was 10.0.0.1.", &["10.0.0.1/32"]),
            ("::ffff:10.0.0.1", &["::ffff:10.0.0.1/128"]),
            ("12:30:45", &[]),
            ("00:11:22:33:44:55", &[]),
            ("v10.0.0.1x", &[]),
            ("10.0.0", &[]),
            ("80/tcp", &[]),
            ("abc.def", &[]),
            ("10.0.0.1/99", &["10.0.0.1/32"]),
        ] {
            let mut found = Vec::new();
            let same = replace(text, &mut |network: Network| {
                found.push(network.to_string());
                None
            });
            assert_eq!(
                (&*same, &*found),
                (
                    text,
                    expected
                        .iter()
                        .map(|&one| one.to_owned())
                        .collect::<Vec<_>>()
                        .as_slice()
                )
            );
        }
    }

    #[test]
    fn what_stands_around_an_address_stays() {
        let mut renumber = |network: Network| {
            Some(Network::around(
                "192.0.2.7".parse().unwrap(),
                network.length(),
            ))
        };
        for (text, expected) in [
            ("http://10.0.0.1:80/x", "http://192.0.2.7:80/x"),
            ("10.22.0.0/16", "192.0.0.0/16"),
            ("10.22.0.5/16", "192.0.2.7/16"),
            ("a 10.0.0.1. b", "a 192.0.2.7. b"),
        ] {
            assert_eq!(replace(text, &mut renumber), expected);
        }
    }
}
