//! Who may ask: under a name of loopback, and with the token.

use std::net::IpAddr;

use anyhow::Context as _;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::digest::Digest;

/// Octets of a token: nobody guesses 2^128.
const OCTETS: usize = 16;

/// What every path begins with, another one in each run.
pub struct Token {
    text: String,
    digest: Digest,
}

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The system gives no random octets.
    pub fn random() -> anyhow::Result<Self> {
        let mut octets = [0; OCTETS];
        let given = getrandom(&mut octets, GetRandomFlags::empty());
        // So few octets come at once (getrandom(2)).
        let given = given.context("ask the system for random octets")?;
        anyhow::ensure!(given == OCTETS, "the system gives too few random octets");
        Ok(Self::of(
            octets.iter().map(|octet| format!("{octet:02x}")).collect(),
        ))
    }

    pub(super) fn of(text: String) -> Self {
        let digest = Digest::of(text.as_bytes());
        Self { text, digest }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Digests are compared: how long that takes tells how much of them is alike, and nothing of the token.
    fn is(&self, said: &str) -> bool {
        Digest::of(said.as_bytes()) == self.digest
    }
}

/// Who may not ask, or not so.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is asked under a name that is not ours.
    Host,
    /// It does not know the token.
    Token,
    /// The path is the token alone: the page's own addresses are relative to its directory, which is here.
    NoDirectory(String),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (code, sentence) = match self {
            Self::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "this is answered under names of this machine's loopback alone\n",
            ),
            Self::Token => (
                StatusCode::NOT_FOUND,
                "open the address that `zonesmith playground` printed\n",
            ),
            Self::NoDirectory(directory) => {
                return Redirect::permanent(&directory).into_response();
            }
        };
        (code, sentence).into_response()
    }
}

/// The path behind the token.
///
/// # Errors
///
/// Why it is not answered.
pub(super) fn admit<'a>(token: &Token, request: &'a Parts) -> Result<&'a str, Refused> {
    if !is_asked_under_loopback(request) {
        return Err(Refused::Host);
    }
    let path = request.uri.path().trim_start_matches('/');
    let (said, inside) = match path.split_once('/') {
        Some((said, inside)) => (said, Some(inside)),
        None => (path, None),
    };
    if !token.is(said) {
        return Err(Refused::Token);
    }
    inside.ok_or_else(|| Refused::NoDirectory(format!("/{said}/")))
}

/// Any port: a forward of SSH has one of its own.
fn is_asked_under_loopback(request: &Parts) -> bool {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let named = host.to_str().ok().is_some_and(is_loopback);
    // `GET http://name/` names it once more.
    named
        && request
            .uri
            .authority()
            .is_none_or(|authority| is_loopback(authority.as_str()))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        // An address of IPv6 has colons of its own, within brackets.
        Some(_) | None => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let address: Result<IpAddr, _> = bare.unwrap_or(name).parse();
    match address {
        Ok(address) => address.is_loopback() && address.is_ipv6() == bare.is_some(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    }
}

/// Whether an answer may be compressed. Who says nothing takes anything.
pub(super) fn takes_gzip(asked: &HeaderMap) -> bool {
    let mut codings = asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .peekable();
    codings.peek().is_none()
        || codings.any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().strip_prefix("q=").map(str::parse::<f32>);
            let is_refused = matches!(weight, Some(Ok(weight)) if weight <= 0.0);
            matches!(name.trim(), "gzip" | "x-gzip" | "*") && !is_refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_ours() {
        for (host, is_ours) in [
            ("127.0.0.1:8080", true),
            ("127.0.0.1", true),
            ("LocalHost:80", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("::1", false),
            ("10.0.0.1:8080", false),
            ("evil.example:8080", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example:80", false),
            ("evil.example:80@127.0.0.1", false),
            ("[127.0.0.1]", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), is_ours, "{host}");
        }
    }

    #[test]
    fn who_refuses_gzip_is_not_given_it() {
        for (asked, is_taken) in [
            (None, true),
            (Some("gzip, deflate, br"), true),
            (Some("br;q=1.0, gzip;q=0.8"), true),
            (Some("*"), true),
            (Some("identity"), false),
            (Some("gzip;q=0, br"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(asked) = asked {
                headers.insert(header::ACCEPT_ENCODING, asked.parse().unwrap());
            }
            assert_eq!(takes_gzip(&headers), is_taken, "{asked:?}");
        }
    }

    #[test]
    fn no_two_tokens_are_alike() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.text().len(), 2 * OCTETS);
        assert!(one.is(one.text()) && !one.is(other.text()));
        assert!(!one.is("") && !one.is(one.text().get(1..).unwrap()));
    }
}
