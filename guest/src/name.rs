//! Names as the contract wants them: absolute, in presentation format (RFC 1035 section 5.1), here without the last dot.
//!
//! Nothing is checked here: the host checks every name, and quarantines a record alone when it is bad. [`label`] is for
//! a policy that would rather say so itself, with a diagnostic that names the resource.

use std::net::IpAddr;

/// The name of these labels, from the leaf to the root: `["web", "shop", "cluster1"]`. A label is taken as it is: a dot
/// in it is escaped, and so is every other octet that means something in presentation format.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::from_labels(["web", "shop", "cluster1"]), "web.shop.cluster1");
/// assert_eq!(name::from_labels(["a.b", "cluster1"]), r"a\046b.cluster1");
/// ```
#[must_use]
pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a str>) -> String {
    let mut name = String::new();
    for label in labels {
        if !name.is_empty() {
            name.push('.');
        }
        push_label(&mut name, label);
    }
    name
}

/// `<label>.<parent>`, the label escaped as in [`from_labels`], the parent a name already.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::below("web", "shop.cluster1"), "web.shop.cluster1");
/// ```
#[must_use]
pub fn below(label: &str, parent: &str) -> String {
    let mut name = String::with_capacity(label.len() + 1 + parent.len());
    push_label(&mut name, label);
    name.push('.');
    name.push_str(parent);
    name
}

/// The parts with dots between: each a name already, or a label that needs no escapes. What most owners are made with, and
/// much quicker than `format!`.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::join(["web", "shop.svc", "cluster1"]), "web.shop.svc.cluster1");
/// ```
#[must_use]
pub fn join<const N: usize>(parts: [&str; N]) -> String {
    let length = parts.iter().map(|part| part.len() + 1).sum();
    let mut name = String::with_capacity(length);
    for part in parts {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(part);
    }
    name
}

/// The owner of an SRV record (RFC 2782), in lower case: `_<port>._<protocol>.<parent>`. The port by its name in IANA's
/// registry, by a name of its own, or as a number.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::service("http", "TCP", "web.demo"), "_http._tcp.web.demo");
/// ```
#[must_use]
pub fn service(port: &str, protocol: &str, parent: &str) -> String {
    let length = "_._.".len() + port.len() + protocol.len() + parent.len();
    let mut name = String::with_capacity(length);
    for part in ["_", port, "._", protocol] {
        name.push_str(part);
    }
    name.make_ascii_lowercase();
    name.push('.');
    name.push_str(parent);
    name
}

/// A mailbox as the name that an SOA has for it (RFC 1035 section 8): `dns.team@example.com` is
/// `dns\\046team.example.com`. A name is one already.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::mailbox("hostmaster@example.com").as_deref(), Ok("hostmaster.example.com"));
/// assert_eq!(name::mailbox("hostmaster.example.com").as_deref(), Ok("hostmaster.example.com"));
/// assert!(name::mailbox("hostmaster").is_err());
/// ```
///
/// # Errors
///
/// When it is neither.
pub fn mailbox(text: &str) -> Result<String, NotAMailbox> {
    // A mailbox's dots before the `@` are part of its first label.
    let (first, domain) = match text.split_once('@') {
        Some((local, domain)) => (from_labels([local]), domain),
        None => match text.split_once('.') {
            Some((first, rest)) => (first.to_owned(), rest),
            None => (String::new(), ""),
        },
    };
    match labels(domain) {
        Ok(domain) if !first.is_empty() => Ok(join([&first, &domain])),
        Ok(_) | Err(_) => Err(NotAMailbox(text.to_owned())),
    }
}

/// A text that is neither a mailbox nor the name of one.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(
///     name::mailbox("nobody").unwrap_err().to_string(),
///     r#""nobody" is neither a mailbox ("dns@example.com") nor a name ("dns.example.com")"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAMailbox(String);

impl std::fmt::Display for NotAMailbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = &self.0;
        write!(
            formatter,
            "\"{text}\" is neither a mailbox (\"dns@example.com\") nor a name (\"dns.example.com\")"
        )
    }
}

impl std::error::Error for NotAMailbox {}

/// Writes one label at the end of `name`, escaped.
fn push_label(name: &mut String, label: &str) {
    if label.bytes().all(is_plain) {
        name.push_str(label);
        return;
    }
    for octet in label.bytes() {
        if is_plain(octet) {
            name.push(char::from(octet));
        } else {
            name.push('\\');
            for digit in [octet / 100, octet / 10 % 10, octet % 10] {
                name.push(char::from(b'0' + digit));
            }
        }
    }
}

/// Octets that stand for themselves wherever a name is written.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'*' | b'/')
}

/// The name under which PTR records of `address` stand: `5.0.22.10.in-addr.arpa`, `….ip6.arpa`.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::reverse([10, 22, 0, 5].into()), "5.0.22.10.in-addr.arpa");
/// ```
#[must_use]
pub fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let mut name = String::with_capacity("255.255.255.255.in-addr.arpa".len());
            for octet in [d, c, b, a] {
                push_decimal(&mut name, octet);
                name.push('.');
            }
            name.push_str("in-addr.arpa");
            name
        }
        IpAddr::V6(address) => {
            let mut name = String::with_capacity(32 * 2 + "ip6.arpa".len());
            for octet in address.octets().into_iter().rev() {
                for nibble in [octet & 0xf, octet >> 4] {
                    push_hexadecimal(&mut name, nibble);
                    name.push('.');
                }
            }
            name.push_str("ip6.arpa");
            name
        }
    }
}

/// One label that is `address`: `10-22-0-5`, or all eight groups, `fd00-60-0-0-0-0-0-21`. The short form of IPv6 would
/// give labels that begin or end with a hyphen.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::address_label([10, 22, 0, 5].into()), "10-22-0-5");
/// assert_eq!(name::address_label("fd00:60::21".parse().unwrap()), "fd00-60-0-0-0-0-0-21");
/// ```
#[must_use]
pub fn address_label(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let mut label = String::with_capacity("255-255-255-255".len());
            for octet in address.octets() {
                if !label.is_empty() {
                    label.push('-');
                }
                push_decimal(&mut label, octet);
            }
            label
        }
        IpAddr::V6(address) => {
            let mut label = String::with_capacity(8 * 5);
            for group in address.segments() {
                if !label.is_empty() {
                    label.push('-');
                }
                let [high, low] = group.to_be_bytes();
                let nibbles = [high >> 4, high & 0xf, low >> 4, low & 0xf];
                let zeros = nibbles.iter().take(3).take_while(|&&nibble| nibble == 0);
                for &nibble in nibbles.iter().skip(zeros.count()) {
                    push_hexadecimal(&mut label, nibble);
                }
            }
            label
        }
    }
}

// Digits by hand: `write!` costs a guest ten times as much, and every service has addresses.
fn push_decimal(text: &mut String, octet: u8) {
    if octet >= 100 {
        text.push(char::from(b'0' + octet / 100));
    }
    if octet >= 10 {
        text.push(char::from(b'0' + octet / 10 % 10));
    }
    text.push(char::from(b'0' + octet % 10));
}

fn push_hexadecimal(text: &mut String, nibble: u8) {
    text.push(char::from(match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' - 10 + nibble,
    }));
}

/// Why a text is no label of a host.
///
/// ```
/// # use zonesmith_policy::name::{self, NotALabel};
/// assert_eq!(name::label("-web"), Err(NotALabel::Hyphen));
/// assert_eq!(NotALabel::Hyphen.to_string(), "it has a label that begins or ends with a hyphen");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotALabel {
    /// Nothing at all.
    Empty,
    /// More than 63 octets.
    TooLong,
    /// It begins or ends with a hyphen.
    Hyphen,
    /// It begins with an underscore: such labels are for SRV and its like.
    Underscore,
    /// A character that is neither an ASCII letter, a digit, a hyphen nor an underscore.
    Character(char),
}

impl std::fmt::Display for NotALabel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => formatter.write_str("it has an empty label"),
            Self::TooLong => formatter.write_str("it has a label of more than 63 octets"),
            Self::Hyphen => formatter.write_str("it has a label that begins or ends with a hyphen"),
            Self::Underscore => {
                formatter.write_str("it has a label that begins with an underscore")
            }
            Self::Character(character) => {
                write!(formatter, "\"{character}\" has no place in a host's name")
            }
        }
    }
}

impl std::error::Error for NotALabel {}

/// `text` as one label of a host's name, in lower case: letters, digits, hyphens within (RFC 1123 section 2.1), and
/// underscores after the first octet, which containers have in their names.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::label("Web1").as_deref(), Ok("web1"));
/// assert!(name::label("web.shop").is_err());
/// ```
///
/// # Errors
///
/// Says what is wrong with it, as the end of a sentence: "`-web` is no host name: *it has a label that begins or ends
/// with a hyphen*".
pub fn label(text: &str) -> Result<String, NotALabel> {
    if text.is_empty() {
        return Err(NotALabel::Empty);
    }
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if let Some(character) = text.chars().find(|&character| !allowed(character)) {
        return Err(NotALabel::Character(character));
    }
    if text.len() > 63 {
        return Err(NotALabel::TooLong);
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err(NotALabel::Hyphen);
    }
    if text.starts_with('_') {
        return Err(NotALabel::Underscore);
    }
    Ok(text.to_ascii_lowercase())
}

/// `text` as several labels of a host's name with dots between, in lower case. One dot at the end is cut off.
///
/// ```
/// # use zonesmith_policy::name;
/// assert_eq!(name::labels("N1.Example.").as_deref(), Ok("n1.example"));
/// assert!(name::labels("n1..example").is_err());
/// ```
///
/// # Errors
///
/// Of its first label that is none, as [`label`].
pub fn labels(text: &str) -> Result<String, NotALabel> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut name = String::with_capacity(text.len());
    for part in text.split('.') {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&label(part)?);
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
