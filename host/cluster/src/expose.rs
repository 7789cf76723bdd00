//! Exposed ports, in the ways they are written: `80/tcp`, `443/tcp:8443`, the older `80-tcp`.
//!
//! A reference (`expose#1`) is not read here: whoever reads the resource knows the others of its instance.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use crate::port_names;

/// `443/tcp:8443`: a port a service listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortExposure {
    /// What the service listens on.
    pub port: NonZeroU16,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// Where the node publishes it.
    pub published: Option<NonZeroU16>,
}

impl PortExposure {
    /// What IANA registered for the port, the first registered first: `http`, `www`, `www-http`. Empty for a port of no
    /// name.
    #[must_use]
    pub fn service_names(&self) -> &'static [&'static str] {
        port_names::of(self.port, self.protocol)
    }
}

impl FromStr for PortExposure {
    type Err = ExposeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (listen, published) = match text.split_once(':') {
            Some((listen, published)) => (listen, Some(parse_port(published)?)),
            None => (text, None),
        };
        let (port, protocol) = listen.split_once(['/', '-']).ok_or(ExposeError::Syntax)?;
        Ok(Self {
            port: parse_port(port)?,
            protocol: protocol.parse()?,
            published,
        })
    }
}

impl fmt::Display for PortExposure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.port, self.protocol)?;
        self.published
            .map_or(Ok(()), |published| write!(formatter, ":{published}"))
    }
}

fn parse_port(text: &str) -> Result<NonZeroU16, ExposeError> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ExposeError::Syntax);
    }
    text.parse().map_err(|_| ExposeError::Port)
}

/// The protocols an agent takes, and two more that IANA names ports for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `tcp`
    Tcp,
    /// `tcp4`: TCP over IPv4 alone.
    Tcp4,
    /// `tcp6`: TCP over IPv6 alone.
    Tcp6,
    /// `udp`
    Udp,
    /// `udp4`: UDP over IPv4 alone.
    Udp4,
    /// `udp6`: UDP over IPv6 alone.
    Udp6,
    /// `sctp`
    Sctp,
    /// `dccp`
    Dccp,
}

impl Protocol {
    const ALL: [Self; 8] = [
        Self::Tcp,
        Self::Tcp4,
        Self::Tcp6,
        Self::Udp,
        Self::Udp4,
        Self::Udp6,
        Self::Sctp,
        Self::Dccp,
    ];

    /// As it is written, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tcp4 => "tcp4",
            Self::Tcp6 => "tcp6",
            Self::Udp => "udp",
            Self::Udp4 => "udp4",
            Self::Udp6 => "udp6",
            Self::Sctp => "sctp",
            Self::Dccp => "dccp",
        }
    }

    /// The same without the family: `tcp` for `tcp6`.
    #[must_use]
    pub fn transport(self) -> Self {
        match self {
            Self::Tcp | Self::Tcp4 | Self::Tcp6 => Self::Tcp,
            Self::Udp | Self::Udp4 | Self::Udp6 => Self::Udp,
            Self::Sctp => Self::Sctp,
            Self::Dccp => Self::Dccp,
        }
    }
}

impl FromStr for Protocol {
    type Err = ExposeError;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|protocol| text.eq_ignore_ascii_case(protocol.as_str()))
            .ok_or(ExposeError::Protocol)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Why a text exposes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExposeError {
    /// Not `port/protocol`.
    #[error("expected an expose such as 80/tcp, 443/tcp:8443 or expose#1")]
    Syntax,
    /// 0, or more than 16 bits.
    #[error("a port is 1 to 65535")]
    Port,
    /// Not one of ours.
    #[error("the protocol is none of tcp, tcp4, tcp6, udp, udp4, udp6, sctp, dccp")]
    Protocol,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expose_is_read_in_each_way_it_is_written() {
        for (text, printed) in [
            ("80/tcp", "80/tcp"),
            ("443/tcp:8443", "443/tcp:8443"),
            ("80-tcp", "80/tcp"),
            ("53-udp:5353", "53/udp:5353"),
            ("53/UDP6", "53/udp6"),
            ("65535/sctp", "65535/sctp"),
        ] {
            let expose: PortExposure = text.parse().unwrap();
            assert_eq!(expose.to_string(), printed);
            assert_eq!(printed.parse(), Ok(expose));
        }
    }

    #[test]
    fn what_exposes_nothing_says_why() {
        for (text, error) in [
            ("", ExposeError::Syntax),
            ("80", ExposeError::Syntax),
            ("http/tcp", ExposeError::Syntax),
            ("+80/tcp", ExposeError::Syntax),
            ("-80/tcp", ExposeError::Syntax),
            ("80/tcp:", ExposeError::Syntax),
            ("80/tcp:http", ExposeError::Syntax),
            ("0/tcp", ExposeError::Port),
            ("80/tcp:0", ExposeError::Port),
            ("65536/tcp", ExposeError::Port),
            ("99999999999999999999/tcp", ExposeError::Port),
            ("80/", ExposeError::Protocol),
            ("80/icmp", ExposeError::Protocol),
            ("80/tcp/udp", ExposeError::Protocol),
            ("8000-8010/tcp", ExposeError::Protocol),
        ] {
            assert_eq!(text.parse::<PortExposure>(), Err(error), "{text:?}");
        }
    }
}
