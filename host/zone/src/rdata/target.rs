//! The name that rdata refers to.

use super::types::{Field, Standing, standing};
use super::wire::Wire;
use crate::name::Name;

/// The first name in checked rdata of this type: the target of CNAME, NS, PTR, DNAME, SRV, SVCB and HTTPS, the exchange of
/// MX. None where the type has no name.
#[must_use]
pub fn target(rtype: u16, octets: &[u8]) -> Option<Name> {
    let Standing::Printed { fields, .. } = standing(rtype) else {
        return None;
    };
    let mut wire = Wire::new(octets);
    for field in fields {
        match field {
            Field::Name => return Name::from_wire(wire.name()?).ok().map(|(name, _)| name),
            Field::U8 => wire.take(1).map(drop)?,
            Field::U16 => wire.take(2).map(drop)?,
            Field::U32 | Field::Ipv4 => wire.take(4).map(drop)?,
            Field::Ipv6 => wire.take(16).map(drop)?,
            Field::Text | Field::Word => wire.string().map(drop)?,
            // What is left of the rdata: no name comes after.
            Field::Texts | Field::QuotedRest | Field::Hex | Field::Base64 | Field::Parameters => {
                return None;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn the_name_is_found_behind_numbers_and_texts() {
        for (rrtype, text, expected) in [
            ("CNAME", "web.demo.", Some("web.demo.")),
            ("PTR", "web.demo.", Some("web.demo.")),
            ("SRV", "0 10 80 Web.demo.", Some("web.demo.")),
            ("SRV", "0 0 0 .", Some(".")),
            ("MX", "10 mail.demo.", Some("mail.demo.")),
            ("SVCB", "1 web.demo. alpn=h2", Some("web.demo.")),
            (
                "NAPTR",
                r#"100 50 "s" "http" "" _http._tcp.demo."#,
                Some("_http._tcp.demo."),
            ),
            ("A", "10.0.0.1", None),
            ("TXT", r#""web.demo.""#, None),
            ("TYPE65280", r"\# 1 00", None),
        ] {
            let (rtype, octets) = read(rrtype, text).unwrap();
            assert_eq!(
                target(rtype, &octets)
                    .map(|name| name.to_string())
                    .as_deref(),
                expected,
                "{rrtype} {text}"
            );
        }
    }
}
