//! Values that settings of many policies have.

use serde::Deserialize;

use crate::name;

/// A time of DNS: at most 2^31 - 1 seconds (RFC 2181 section 8).
///
/// ```
/// # use zonesmith_policy::settings::{self, Seconds};
/// assert_eq!(settings::read::<Seconds>("60"), Ok(Seconds::new(60)));
/// let error = settings::read::<Seconds>("2147483648").unwrap_err();
/// assert_eq!(error.to_string(), "settings: a time in DNS is at most 2147483647 seconds");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Seconds(u32);

/// The most that a TTL can be.
const MOST_SECONDS: u32 = i32::MAX.unsigned_abs();

impl Seconds {
    /// For defaults: what is more than DNS can say becomes the most it can.
    ///
    /// ```
    /// # use zonesmith_policy::settings::Seconds;
    /// assert_eq!(Seconds::new(u32::MAX).get(), 2_147_483_647);
    /// ```
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        if seconds > MOST_SECONDS {
            return Self(MOST_SECONDS);
        }
        Self(seconds)
    }

    /// As records have it.
    ///
    /// ```
    /// # use zonesmith_policy::settings::Seconds;
    /// assert_eq!(Seconds::new(60).get(), 60);
    /// ```
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: u64) -> Result<Self, &'static str> {
        match u32::try_from(seconds) {
            Ok(seconds) if seconds <= MOST_SECONDS => Ok(Self(seconds)),
            _ => Err("a time in DNS is at most 2147483647 seconds"),
        }
    }
}

/// Who answers for a zone: a mailbox, kept as the name that an SOA has for it (RFC 1035 section 8).
///
/// ```
/// # use zonesmith_policy::settings::{self, Contact};
/// let contact: Contact = settings::read(r#""dns.team@example.com""#).unwrap();
/// assert_eq!(contact.as_name(), r"dns\046team.example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Contact(String);

impl Contact {
    /// For [`Soa::rname`](crate::naming::Soa::rname).
    ///
    /// ```
    /// # use zonesmith_policy::settings::{self, Contact};
    /// let contact: Contact = settings::read(r#""hostmaster.example.com.""#).unwrap();
    /// assert_eq!(contact.as_name(), "hostmaster.example.com");
    /// ```
    #[must_use]
    pub fn as_name(&self) -> &str {
        &self.0
    }
}

impl Contact {
    /// Who answers for the zone `apex`: who was chosen, else `hostmaster.<apex>`.
    ///
    /// ```
    /// # use zonesmith_policy::settings::{self, Contact};
    /// let contact: Contact = settings::read(r#""dns@example.com""#).unwrap();
    /// assert_eq!(Contact::of_zone(Some(&contact), "demo"), "dns.example.com");
    /// assert_eq!(Contact::of_zone(None, "demo"), "hostmaster.demo");
    /// ```
    #[must_use]
    pub fn of_zone(chosen: Option<&Self>, apex: &str) -> String {
        match chosen {
            Some(contact) => contact.0.clone(),
            None => name::below("hostmaster", apex),
        }
    }
}

/// A zone that a site names, in lower case and without the last dot.
///
/// ```
/// # use zonesmith_policy::settings::{self, Apex};
/// let apex: Apex = settings::read(r#""Cluster.Local.""#).unwrap();
/// assert_eq!(apex.as_str(), "cluster.local");
/// let error = settings::read::<Apex>(r#""a..b""#).unwrap_err();
/// assert_eq!(error.to_string(), r#"settings: "a..b" is no name of a zone: it has an empty label"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Apex(String);

impl Apex {
    /// For defaults: a name in lower case, without the last dot.
    ///
    /// ```
    /// # use zonesmith_policy::settings::Apex;
    /// assert_eq!(Apex::new("cluster.local"), Apex::try_from("cluster.local".to_owned()).unwrap());
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// As zones have it.
    ///
    /// ```
    /// # use zonesmith_policy::settings::Apex;
    /// assert_eq!(Apex::try_from("Consul".to_owned()).unwrap().as_str(), "consul");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Apex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        name::labels(&text)
            .map(Self)
            .map_err(|error| format!("\"{text}\" is no name of a zone: {error}"))
    }
}

/// The kinds of services that have names: `svc` alone by default.
///
/// ```
/// # use zonesmith_policy::settings::{self, Kinds};
/// let kinds: Kinds = settings::read(r#"["svc", "vol"]"#).unwrap();
/// assert!(kinds.have("VOL") && !kinds.have("sec"));
/// assert!(Kinds::default().have("svc") && !Kinds::default().have("vol"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// Whether this one is among them, in any case.
    ///
    /// ```
    /// # use zonesmith_policy::settings::Kinds;
    /// assert!(Kinds::default().have("Svc"));
    /// ```
    #[must_use]
    pub fn have(&self, kind: &str) -> bool {
        self.0.iter().any(|one| one.eq_ignore_ascii_case(kind))
    }
}

impl Default for Kinds {
    fn default() -> Self {
        Self(vec!["svc".to_owned()])
    }
}

impl TryFrom<String> for Contact {
    type Error = name::NotAMailbox;

    fn try_from(contact: String) -> Result<Self, name::NotAMailbox> {
        name::mailbox(&contact).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Contact;

    #[test]
    fn a_contact_is_a_mailbox_or_a_name() {
        for (text, name) in [
            ("dns@example.com", "dns.example.com"),
            ("dns.team@Example.com", r"dns\046team.example.com"),
            ("hostmaster.example.com.", "hostmaster.example.com"),
        ] {
            let contact = Contact::try_from(text.to_owned()).unwrap();
            assert_eq!(contact.as_name(), name, "{text}");
        }
        for text in [
            "",
            "@",
            "@example.com",
            "dns@",
            "a@b@c",
            ".example.com",
            "dns@-x.example",
        ] {
            assert!(Contact::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
