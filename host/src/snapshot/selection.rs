//! Which of the published records a client is given, where a policy says so: the trait of who chooses, and what is made of
//! a choice.
//!
//! An answer that depends on who asks must not be kept for others. PowerDNS keeps no answer with a record whose `scopeMask`
//! is not 0, and hands it on as the scope of RFC 7871, by which a recursor keeps it for the network that it is for. So each
//! row of a set that is chosen from carries one, also when all of it is given.
//!
//! Never chosen from: a set of one record; NS, and whatever stands beneath a cut, which resolvers keep for everyone (RFC
//! 7871 §7.4). That a name or a type does not exist is the same for everyone, too: a choice of nothing is none.
//!
//! **Invariant:** where nobody chooses, a lookup pays one comparison for it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use zonesmith_zone::name::NameRef;
use zonesmith_zone::rdata::rtype;
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zone_set::{RecordRef, Records, Standing};

/// Somebody who chooses.
pub trait Choose: Send + Sync {
    /// What `client` is given of these records, which are all of one type. Comes back in time, whatever happens inside.
    fn choose(&self, question: &Question<'_>, records: &[RecordRef<'_>]) -> Choice;

    /// What there is to tell of it.
    fn status(&self) -> SelectionStatus;
}

/// What there is to tell of who chooses, since it was configured last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SelectionStatus {
    /// The policy that chooses.
    pub policy: String,
    /// Record sets that it chose from.
    pub chosen: u64,
    /// Record sets that it left to everyone.
    pub everyone: u64,
    /// Times that it failed, and the client was given all records.
    pub failed: u64,
    /// Times that it was not asked, since it had failed or was busy, and the client was given all records.
    pub not_asked: u64,
    /// Failures in a row.
    pub failures: u32,
    /// Milliseconds until it is asked again, while it is not.
    pub rest: Option<u64>,
    /// What kind of thing the last failure was: `trap`, `deadline`, `error`, …
    pub kind: Option<String>,
    /// What happened then, a sentence.
    pub error: Option<String>,
}

/// What is asked, and for whom.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The zone that the name is in.
    pub zone: &'a Zone,
    /// The owner of the records.
    pub name: NameRef<'a>,
    /// Their type.
    pub rtype: u16,
    /// Who asks.
    pub client: Client,
}

/// What a client is given of a set of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All of it, as everyone is: whoever keeps it does no harm.
    Everyone,
    /// All of it, and nobody is to keep that for others.
    Everything,
    /// These.
    These {
        /// Places in the set, at least one, none beyond its end.
        records: Vec<u32>,
        /// Leading bits of the client's address that decided; 0, and more than are known, stand for all that are known.
        scope: u8,
    },
}

/// The network that who asks is in, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    address: IpAddr,
    length: u8,
    /// Bits before the address where it was written: 96 of an IPv4 address that is written as an IPv6 one.
    before: u8,
}

impl Client {
    /// Nobody in particular.
    pub const NOBODY: Self = Self {
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        length: 0,
        before: 0,
    };

    /// Reads `10.22.0.0/16`, as PowerDNS writes who asks; what is no prefix is nobody in particular.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::read(text).unwrap_or(Self::NOBODY)
    }

    /// Reads what a person writes: a network, or one address.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let Ok(address) = text.parse::<IpAddr>() else {
            return Self::read(text);
        };
        Self::read(&format!("{address}/{}", width(address)))
    }

    fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let length: u8 = length.parse().ok()?;
        if length > width(address) {
            return None;
        }
        let client = match (address.to_canonical(), length.checked_sub(96)) {
            (IpAddr::V4(v4), Some(length)) if address.is_ipv6() => Self {
                address: IpAddr::V4(v4),
                length,
                before: 96,
            },
            _ => Self {
                address,
                length,
                before: 0,
            },
        };
        Some(Self {
            address: masked(client.address, client.length),
            ..client
        })
    }

    /// The first address of the network.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.address
    }

    /// How many of its bits are known.
    #[must_use]
    pub fn length(self) -> u8 {
        self.length
    }

    /// What PowerDNS is told of an answer that so many leading bits decided: never 0, which is everyone.
    fn scope_mask(self, scope: u8) -> u8 {
        let scope = match (scope, self.length) {
            (_, 0) => width(self.address),
            (1.., length) if scope <= length => scope,
            (_, length) => length,
        };
        self.before.saturating_add(scope)
    }
}

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let beyond = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & !beyond).into())
        }
        IpAddr::V6(v6) => {
            let beyond = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & !beyond).into())
        }
    }
}

/// What a client is given of a name: of each type that was chosen from, which records, and for whom.
#[derive(Debug, Default)]
pub struct Given(Vec<OfType>);

#[derive(Debug)]
struct OfType {
    rtype: u16,
    /// None: all of them.
    records: Option<Vec<u32>>,
    scope_mask: u8,
}

impl Given {
    /// Asks about each set of a name that may be chosen from and is `wanted`.
    pub fn of(
        choose: &dyn Choose,
        (zone, name): (&Zone, NameRef<'_>),
        client: Client,
        standing: Standing,
        records: Records<'_>,
        wanted: impl Fn(u16) -> bool,
    ) -> Self {
        let mut given = Self::default();
        let mut set: Vec<RecordRef<'_>> = Vec::new();
        let mut rest = records.peekable();
        while let Some(record) = rest.next() {
            let is_last = rest.peek().is_none_or(|next| next.rtype != record.rtype);
            set.push(record);
            if !is_last {
                continue;
            }
            let rtype = record.rtype;
            if set.len() > 1 && may_be_chosen_from(rtype, standing) && wanted(rtype) {
                let question = Question {
                    zone,
                    name,
                    rtype,
                    client,
                };
                given.add(rtype, client, choose.choose(&question, &set));
            }
            set.clear();
        }
        given
    }

    fn add(&mut self, rtype: u16, client: Client, choice: Choice) {
        let (records, scope) = match choice {
            Choice::Everyone => return,
            Choice::Everything => (None, 0),
            Choice::These { records, scope } => (Some(records), scope),
        };
        self.0.push(OfType {
            rtype,
            records,
            scope_mask: client.scope_mask(scope),
        });
    }

    /// Whether everyone is given everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Of the record at this place in the set of its type: whether it is given, and what PowerDNS is told of it (0: it is
    /// for everyone).
    #[must_use]
    pub fn scope_mask(&self, rtype: u16, place: u32) -> Option<u8> {
        let Some(given) = self.0.iter().find(|given| given.rtype == rtype) else {
            return Some(0);
        };
        let is_given = given
            .records
            .as_ref()
            .is_none_or(|records| records.contains(&place));
        is_given.then_some(given.scope_mask)
    }
}

/// Whether anybody is asked about the set of a type at all.
#[must_use]
pub fn may_be_chosen_from(rtype: u16, standing: Standing) -> bool {
    !matches!(rtype, rtype::NS | rtype::SOA | rtype::DS) && standing.is_authoritative(rtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_a_network() {
        for (text, address, length) in [
            ("127.0.0.1/32", "127.0.0.1", 32),
            ("10.22.255.1/16", "10.22.0.0", 16),
            ("10.22.255.1/0", "0.0.0.0", 0),
            ("fd00:1:2:3::1/48", "fd00:1:2::", 48),
            ("fd00::1/128", "fd00::1", 128),
            ("::/0", "::", 0),
            ("::ffff:10.22.0.1/128", "10.22.0.1", 32),
            ("::ffff:10.22.9.9/112", "10.22.0.0", 16),
            ("10.22.0.0/33", "0.0.0.0", 0),
            ("10.22.0.0", "0.0.0.0", 0),
            ("", "0.0.0.0", 0),
        ] {
            let client = Client::parse(text);
            assert_eq!(
                (client.address().to_string().as_str(), client.length()),
                (address, length),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_chosen_is_never_for_everyone() {
        for (client, scope, told) in [
            ("10.0.0.0/24", 16, 16),
            ("10.0.0.0/24", 24, 24),
            ("10.0.0.0/24", 25, 24),
            ("10.0.0.0/24", 0, 24),
            ("0.0.0.0/0", 0, 32),
            ("0.0.0.0/0", 8, 32),
            ("::/0", 0, 128),
            ("fd00::/48", 200, 48),
            ("::ffff:10.0.0.1/128", 8, 104),
        ] {
            assert_eq!(
                Client::parse(client).scope_mask(scope),
                told,
                "{scope} of {client}"
            );
        }
    }
}
