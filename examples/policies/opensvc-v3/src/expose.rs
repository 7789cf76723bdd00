//! `443/tcp:8443` as an agent of generation 3 reads it: the port of the service, a protocol, the port it is published at.
//!
//! The host reads more (`80-tcp`, references to other resources, other protocols) and less (port 0, published ports beyond
//! 65535): what it read is in `Resource::exposes`, what was written is in the resource's `info`, and that is read here.

use std::fmt;

use zonesmith_policy::cluster::{Place, Resource};
use zonesmith_policy::{Diagnostic, Severity};

/// One port of a service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expose<'a> {
    /// In the name: the published port, or the service's own. Any number, for the agent looks at none of them.
    pub(crate) label: i64,
    pub(crate) protocol: &'a str,
    /// Where the service listens.
    pub(crate) port: u16,
}

/// Why there is no record of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotExposed {
    /// The agent reads it otherwise, or not at all.
    Syntax,
    /// The agent answers with this port, and no SRV record can have it.
    Port,
}

impl fmt::Display for NotExposed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Syntax => {
                "agents of this generation read PORT/PROTOCOL or PORT/PROTOCOL:PUBLISHED, of tcp, tcp4, tcp6, udp, udp4, udp6"
            }
            Self::Port => "a port is at most 65535",
        })
    }
}

/// What the resource exposes, as it was written: a list of texts, or a text of several words where a document is written by
/// hand.
pub(crate) fn written(resource: &Resource) -> Vec<String> {
    if let Ok(Some(list)) = resource.info.read("expose") {
        return list;
    }
    let text = resource.info.text("expose").unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

/// A word to the owner of the resource.
pub(crate) fn unread(place: &Place<'_>, text: &str, why: &NotExposed) -> Diagnostic {
    let message = format!(
        "the expose \"{text}\" of {} gives no record: {why}",
        place.resource.id
    );
    Diagnostic::new(Severity::Warning, message).at(place.origin)
}

/// Reads one.
pub(crate) fn parse(text: &str) -> Result<Expose<'_>, NotExposed> {
    let (port, rest) = text.split_once('/').ok_or(NotExposed::Syntax)?;
    let (protocol, published) = match rest.split_once(':') {
        Some((protocol, published)) => (protocol, published.trim_matches(':')),
        None => (rest, ""),
    };
    if !matches!(protocol, "tcp" | "tcp4" | "tcp6" | "udp" | "udp4" | "udp6") {
        return Err(NotExposed::Syntax);
    }
    let number = |text: &str| text.parse::<i64>().map_err(|_| NotExposed::Syntax);
    let port = number(port)?;
    // Neither said nor 0: the port itself.
    let published = match published {
        "" => 0,
        published => number(published)?,
    };
    Ok(Expose {
        label: if published == 0 { port } else { published },
        protocol,
        port: u16::try_from(port).map_err(|_| NotExposed::Port)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Expose, NotExposed, parse};

    #[test]
    fn a_port_is_read_as_the_agent_reads_it() {
        for (text, label, protocol, port) in [
            ("80/tcp", 80, "tcp", 80),
            ("443/tcp:8443", 8443, "tcp", 443),
            ("53/udp6", 53, "udp6", 53),
            ("080/tcp4", 80, "tcp4", 80),
            ("0/tcp", 0, "tcp", 0),
            ("80/tcp:", 80, "tcp", 80),
            ("80/tcp:0", 80, "tcp", 80),
            ("80/tcp:99999", 99999, "tcp", 80),
            ("80/tcp::81", 81, "tcp", 80),
        ] {
            let expose = Expose {
                label,
                protocol,
                port,
            };
            assert_eq!(parse(text), Ok(expose), "{text}");
        }
    }

    #[test]
    fn what_the_agent_does_not_read_is_told_apart_from_what_no_record_can_have() {
        for text in [
            "",
            "80",
            "80-tcp",
            "expose#1",
            "http/tcp",
            "80/TCP",
            "80/sctp",
            "80/tcp/udp",
            "80/tcp:http",
            " 80/tcp",
        ] {
            assert_eq!(parse(text), Err(NotExposed::Syntax), "{text:?}");
        }
        for text in ["99999/tcp", "-1/udp", "65536/tcp:80"] {
            assert_eq!(parse(text), Err(NotExposed::Port), "{text:?}");
        }
    }
}
