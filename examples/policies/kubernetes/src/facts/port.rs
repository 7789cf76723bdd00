//! A port that has a name: what an SRV record is made of. A port without one has none.

use zonesmith_policy::name;

use super::spec::{Number, SpecPort};

/// A named port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    /// In lower case: the first label, without its underscore.
    pub(crate) name: String,
    /// In lower case: the second label, without its underscore.
    pub(crate) protocol: String,
    /// At the service's own address.
    pub(crate) number: u16,
    /// Where the endpoints listen. The same, unless the service says otherwise.
    pub(crate) target: u16,
}

impl Port {
    /// None when it has no name.
    pub(super) fn of_spec(port: &SpecPort) -> Result<Option<Self>, String> {
        let target = port.target_port.0.unwrap_or(port.port.0);
        Self::new(&port.name, &port.protocol, port.port.0, target)
    }

    /// Of `https=443/tcp`, or `https=443`.
    pub(super) fn of_label(text: &str) -> Result<Option<Self>, String> {
        let wrong = || format!("the port \"{text}\" is not written as https=443/tcp");
        let (name, port) = text.split_once('=').ok_or_else(wrong)?;
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let Number(number) = Number::try_from(number).map_err(|_| wrong())?;
        Self::new(name, protocol, number, number)
    }

    fn new(name: &str, protocol: &str, number: u16, target: u16) -> Result<Option<Self>, String> {
        if name.is_empty() {
            return Ok(None);
        }
        // With its underscore it is one label.
        let name = match name::label(name) {
            Ok(label) if label.len() < 63 => label,
            Ok(_) => {
                return Err(format!(
                    "the name of the port \"{name}\" is longer than 62 octets"
                ));
            }
            Err(error) => {
                return Err(format!("the port \"{name}\" gives no name in DNS: {error}"));
            }
        };
        let protocol = protocol.to_ascii_lowercase();
        if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
            return Err(format!(
                "the protocol \"{protocol}\" of the port \"{name}\" is none of tcp, udp, sctp"
            ));
        }
        Ok(Some(Self {
            name,
            protocol,
            number,
            target,
        }))
    }
}
