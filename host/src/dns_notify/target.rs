//! Whom a NOTIFY goes to, as people and metadata write it: an address, with a port where it is not 53.

use std::net::{IpAddr, SocketAddr};

/// Where a name server listens when nobody says.
pub const PORT: u16 = 53;

/// Reads `192.0.2.53`, `192.0.2.53:5300`, `2001:db8::53`, `[2001:db8::53]:5300`.
#[must_use]
pub fn parse(text: &str) -> Option<SocketAddr> {
    let address = text.parse::<IpAddr>();
    let target = address.map(|address| SocketAddr::new(address, PORT));
    target.or_else(|_| text.parse()).ok()
}

/// As it is read, the port left out where it can be.
#[must_use]
pub fn print(target: SocketAddr) -> String {
    if target.port() == PORT {
        target.ip().to_string()
    } else {
        target.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port_where_it_is_not_53() {
        for (text, target) in [
            ("192.0.2.53", Some("192.0.2.53:53")),
            ("192.0.2.53:5300", Some("192.0.2.53:5300")),
            ("2001:db8::53", Some("[2001:db8::53]:53")),
            ("[2001:db8::53]:5300", Some("[2001:db8::53]:5300")),
            ("ns.example", None),
            ("192.0.2.53:", None),
        ] {
            let read = parse(text);
            let full = read.map(|target| target.to_string());
            assert_eq!(full.as_deref(), target, "of {text}");
            assert_eq!(
                read.map(print).as_deref().and_then(parse),
                read,
                "{text} again"
            );
        }
    }
}
