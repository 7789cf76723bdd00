//! What the janitor is told: whose caches there are.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustix::fs::{Access, access};
use zonesmith_zone::name::Name;

use super::address::{Authoritative, Recursor, Ways};

/// Where packages of PowerDNS have its control socket: Debian and Fedora, then as it comes from its authors.
const AUTHORITATIVE_SOCKETS: [&str; 2] =
    ["/run/pdns/pdns.controlsocket", "/run/pdns.controlsocket"];

/// The same of the recursor.
const RECURSOR_SOCKETS: [&str; 2] = [
    "/run/pdns-recursor/pdns_recursor.controlsocket",
    "/run/pdns_recursor.controlsocket",
];

/// Whose caches are purged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// First these.
    pub authoritative: Vec<Ways<Authoritative>>,
    /// Then these.
    pub recursors: Vec<Ways<Recursor>>,
    /// Nothing is purged, and nothing is looked for.
    pub is_off: bool,
    /// What the recursors read their forward zones from.
    pub forward_zones: Option<ForwardZones>,
}

/// Writes the file that recursors read their forward zones from, when zones came or went; they are told to read it again
/// after that. An error is told in `status`, and the recursors keep the zones they have.
#[derive(Clone)]
pub struct ForwardZones(pub Arc<WriteZones>);

/// Writes a list of zones to where recursors read it.
pub type WriteZones = dyn Fn(&[Name]) -> io::Result<()> + Send + Sync;

impl fmt::Debug for ForwardZones {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ForwardZones")
    }
}

impl PartialEq for ForwardZones {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ForwardZones {}

impl Settings {
    /// These and more; each server once.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        for address in more.authoritative {
            if !self.authoritative.contains(&address) {
                self.authoritative.push(address);
            }
        }
        for address in more.recursors {
            if !self.recursors.contains(&address) {
                self.recursors.push(address);
            }
        }
        self.is_off |= more.is_off;
        self.forward_zones = more.forward_zones.or(self.forward_zones);
        self
    }

    /// Whether servers of this machine are to be looked for, since none is named.
    #[must_use]
    pub fn wants_well_known(&self) -> bool {
        !self.is_off && self.authoritative.is_empty() && self.recursors.is_empty()
    }

    /// The servers that packages run on this machine, where we may speak to them.
    #[must_use]
    pub fn well_known() -> Self {
        let is_ours = |path: &&str| access(*path, Access::WRITE_OK).is_ok();
        let authoritative = AUTHORITATIVE_SOCKETS.into_iter().find(is_ours);
        let recursors = RECURSOR_SOCKETS.into_iter().find(is_ours);
        Self {
            authoritative: authoritative
                .map(|path| Authoritative::Socket(path.into()).into())
                .into_iter()
                .collect(),
            recursors: recursors
                .map(|path| Recursor::Socket(path.into()).into())
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_of_the_same_are_not_listed_twice_and_off_is_off() {
        let one = || Settings {
            authoritative: vec![Authoritative::Socket("/a".into()).into()],
            ..Settings::default()
        };
        let hook = ForwardZones(Arc::new(|_| Ok(())));
        let more = Settings {
            recursors: vec![Recursor::Socket("/r".into()).into()],
            is_off: true,
            forward_zones: Some(hook.clone()),
            ..one()
        };
        let both = one().with(more);
        assert_eq!(both.authoritative.len(), 1);
        assert_eq!(both.recursors.len(), 1);
        assert!(both.is_off && !both.wants_well_known());
        assert_eq!(both.forward_zones, Some(hook));
        assert!(Settings::default().wants_well_known());
        assert!(!one().wants_well_known());
    }
}
