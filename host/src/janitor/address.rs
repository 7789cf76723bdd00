//! Where caches are purged, as people write it: one language for all of them.
//!
//! | written | is |
//! |---|---|
//! | `/run/pdns/pdns.controlsocket` | a control socket of this machine |
//! | `tcp:10.0.0.1:53000?secret-file=/etc/zonesmith/secret` | an authoritative server's control port, with the secret of `tcp-control-secret` in a file |
//! | `notify:10.0.0.1` | a recursor that takes NOTIFY (`allow-notify-for`, `allow-notify-from`), with a port where it is not 53 |
//! | `http://10.0.0.1:8081?key-file=/etc/zonesmith/api-key` | a server's HTTP API, with the key of `api-key` in a file |
//!
//! What has a secret is written without it: it stands in a file, which is read again for each connection.
//!
//! A server that may be told in several ways has them all in one text, best first: `/run/pdns/pdns.controlsocket |
//! tcp:127.0.0.1:53000?secret-file=/etc/zonesmith/secret`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use camino::Utf8PathBuf;

/// Where a recursor listens when nobody says.
const PORT: u16 = 53;

/// An authoritative server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authoritative {
    /// Its control socket.
    Socket(Utf8PathBuf),
    /// Its control port.
    Tcp {
        /// Host and port.
        at: String,
        /// The file with the secret.
        secret: Utf8PathBuf,
    },
    /// Its HTTP API.
    Http(Api),
}

/// A recursor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recursor {
    /// Its control socket.
    Socket(Utf8PathBuf),
    /// Where it takes NOTIFY.
    Notify(SocketAddr),
    /// Its HTTP API.
    Http(Api),
}

/// The ways to one server, best first: there is one at least, and none twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ways<A> {
    best: A,
    others: Vec<A>,
}

/// A server's HTTP API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Api {
    /// Host and port.
    pub at: String,
    /// The file with the key.
    pub key: Utf8PathBuf,
}

/// Why something is no such address: the rest of a sentence that begins with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(String);

/// What is wanted of an authoritative server's address.
pub const AUTHORITATIVE: &str = "the path of a control socket, `tcp:HOST:PORT?secret-file=PATH` or `http://HOST:PORT?key-file=PATH`";

/// What is wanted of a recursor's address.
pub const RECURSOR: &str =
    "the path of a control socket, `notify:ADDRESS[:PORT]` or `http://HOST:PORT?key-file=PATH`";

impl FromStr for Authoritative {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(rest) = text.strip_prefix("tcp:") {
            let (at, secret) = with_file(rest, "secret-file")?;
            return Ok(Self::Tcp { at, secret });
        }
        match text.strip_prefix("http://") {
            Some(rest) => Api::read(rest).map(Self::Http),
            None => socket(text, AUTHORITATIVE).map(Self::Socket),
        }
    }
}

impl FromStr for Recursor {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(rest) = text.strip_prefix("notify:") {
            let address = rest.parse::<IpAddr>();
            let address = address.map(|address| SocketAddr::new(address, PORT));
            let address = address.or_else(|_| rest.parse());
            let wrong = |_| AddressError(format!("needs {RECURSOR}"));
            return address.map(Self::Notify).map_err(wrong);
        }
        match text.strip_prefix("http://") {
            Some(rest) => Api::read(rest).map(Self::Http),
            None => socket(text, RECURSOR).map(Self::Socket),
        }
    }
}

impl<A> Ways<A> {
    /// All of them, best first.
    pub fn iter(&self) -> impl Iterator<Item = &A> {
        std::iter::once(&self.best).chain(&self.others)
    }

    /// The one that is taken where it works.
    #[must_use]
    pub fn best(&self) -> &A {
        &self.best
    }

    /// The way, if there is no other.
    #[must_use]
    pub fn only(&self) -> Option<&A> {
        self.others.is_empty().then_some(&self.best)
    }
}

impl<A: PartialEq> Ways<A> {
    /// The same, and another one where none of these works.
    #[must_use]
    pub fn or(mut self, other: A) -> Self {
        if !self.has(&other) {
            self.others.push(other);
        }
        self
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn has(&self, way: &A) -> bool {
        self.iter().any(|one| one == way)
    }
}

impl<A> From<A> for Ways<A> {
    fn from(way: A) -> Self {
        Self {
            best: way,
            others: Vec::new(),
        }
    }
}

impl<A: FromStr<Err = AddressError> + PartialEq> FromStr for Ways<A> {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (best, others) = match text.split_once('|') {
            Some((best, others)) => (best, Some(others)),
            None => (text, None),
        };
        let mut ways = Self::from(best.trim().parse::<A>()?);
        for other in others.into_iter().flat_map(|others| others.split('|')) {
            let other = other.trim().parse()?;
            if ways.has(&other) {
                return Err(AddressError("names a way twice".to_owned()));
            }
            ways.others.push(other);
        }
        Ok(ways)
    }
}

impl Api {
    fn read(rest: &str) -> Result<Self, AddressError> {
        let (at, key) = with_file(rest, "key-file")?;
        let at = at.trim_end_matches('/').to_owned();
        Ok(Self { at, key })
    }
}

/// `HOST:PORT?WORD=PATH`
fn with_file(text: &str, word: &str) -> Result<(String, Utf8PathBuf), AddressError> {
    let (at, options) = text.split_once('?').unwrap_or((text, ""));
    let port = at.trim_end_matches('/').rsplit_once(':');
    let has_port = port.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !has_port {
        return Err(AddressError("needs a host and a port".to_owned()));
    }
    let path = options
        .strip_prefix(word)
        .and_then(|rest| rest.strip_prefix('='))
        .filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| AddressError(format!("needs `?{word}=PATH` at its end")))?;
    Ok((at.to_owned(), path.into()))
}

fn socket(text: &str, wanted: &str) -> Result<Utf8PathBuf, AddressError> {
    if text.starts_with('/') {
        Ok(text.into())
    } else {
        Err(AddressError(format!("needs {wanted}")))
    }
}

impl<A: fmt::Display> fmt::Display for Ways<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.best.fmt(formatter)?;
        for other in &self.others {
            write!(formatter, "|{other}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Authoritative {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(formatter, "{path}"),
            Self::Tcp { at, secret } => write!(formatter, "tcp:{at}?secret-file={secret}"),
            Self::Http(api) => write!(formatter, "{api}"),
        }
    }
}

impl fmt::Display for Recursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(formatter, "{path}"),
            Self::Notify(address) if address.port() == PORT => {
                write!(formatter, "notify:{}", address.ip())
            }
            Self::Notify(address) => write!(formatter, "notify:{address}"),
            Self::Http(api) => write!(formatter, "{api}"),
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}?key-file={}", self.at, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_the_same() {
        for text in [
            "/run/pdns/pdns.controlsocket",
            "tcp:10.0.0.1:53000?secret-file=/etc/secret",
            "http://ns1.example:8081?key-file=/etc/key",
        ] {
            assert_eq!(text.parse::<Authoritative>().unwrap().to_string(), text);
        }
        for text in [
            "/run/pdns_recursor.controlsocket",
            "notify:10.0.0.1",
            "notify:10.0.0.1:5353",
            "notify:2001:db8::1",
            "notify:[2001:db8::1]:5353",
            "http://[::1]:8082?key-file=/etc/key",
        ] {
            assert_eq!(text.parse::<Recursor>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn several_ways_are_one_text_and_blanks_between_them_mean_nothing() {
        let text = "/run/r | notify:10.0.0.1|  http://[::1]:8082?key-file=/k";
        let ways: Ways<Recursor> = text.parse().unwrap();
        assert_eq!(ways.to_string(), text.replace(' ', ""));
        assert_eq!(ways.iter().count(), 3);
        assert_eq!(ways.only(), None);
        let one: Ways<Recursor> = "notify:10.0.0.1".parse().unwrap();
        assert_eq!(one.only().unwrap().to_string(), "notify:10.0.0.1");
        for (text, sentence) in [
            ("/run/r|/run/r", "twice"),
            ("/run/r|", "needs the path"),
            ("|/run/r", "needs the path"),
            ("/run/r|tcp:10.0.0.1:1?secret-file=/s", "needs the path"),
        ] {
            let error = text.parse::<Ways<Recursor>>().unwrap_err().to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_none_is_a_sentence() {
        for (text, sentence) in [
            ("pdns.controlsocket", "needs the path"),
            ("notify:10.0.0.1", "needs the path"),
            ("tcp:10.0.0.1?secret-file=/s", "a host and a port"),
            ("tcp:10.0.0.1:53000", "secret-file=PATH"),
            ("http://10.0.0.1:8081?key=x", "key-file=PATH"),
        ] {
            let error = text.parse::<Authoritative>().unwrap_err().to_string();
            assert!(error.contains(sentence), "{text}: {error}");
        }
        for text in ["tcp:10.0.0.1:1?secret-file=/s", "notify:ns1", "recursor"] {
            assert!(text.parse::<Recursor>().is_err(), "{text}");
        }
    }
}
