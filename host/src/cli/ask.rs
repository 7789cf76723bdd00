//! Questions to `pdns.sock` in PowerDNS's words, so that a command sees what PowerDNS would.

use serde::Serialize;

use crate::remote::client::{self, Client};

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// Absolute, with its last dot.
    pub(super) qname: String,
    /// `A`
    pub(super) qtype: String,
    /// Seconds.
    pub(super) ttl: u32,
    /// As in a master file.
    pub(super) content: String,
}

/// What is known of a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It has records.
    Records(Vec<Row>),
    /// It has none, but a name below it has.
    EmptyNonTerminal,
    /// Neither.
    NoSuchName,
}

/// Somebody who answers a question.
pub(super) trait Answers {
    /// Every record of a name, `ENT` for one that has none but names below it.
    fn lookup(&mut self, qname: &str) -> anyhow::Result<Vec<Row>>;

    /// The apexes of all zones, with their last dot.
    fn zones(&mut self) -> anyhow::Result<Vec<String>>;

    /// Every record of a zone, its SOA first, then in the order of names.
    fn list(&mut self, zone: &str) -> anyhow::Result<Vec<Row>>;
}

impl Answers for Client {
    fn lookup(&mut self, qname: &str) -> anyhow::Result<Vec<Row>> {
        Ok(Self::lookup(self, qname, "ANY")?
            .into_iter()
            .map(Row::from)
            .collect())
    }

    fn zones(&mut self) -> anyhow::Result<Vec<String>> {
        Ok(Self::zones(self)?
            .into_iter()
            .map(|zone| with_last_dot(zone.zone))
            .collect())
    }

    fn list(&mut self, zone: &str) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        Self::list(self, zone, |row| {
            rows.push(Row::from(row));
            Ok(())
        })?;
        Ok(rows)
    }
}

impl From<client::Row> for Row {
    fn from(row: client::Row) -> Self {
        // The zone's id is between PowerDNS and the daemon.
        let client::Row {
            qname,
            qtype,
            content,
            ttl,
            domain_id: _,
        } = row;
        Self {
            qname: with_last_dot(qname),
            qtype,
            ttl,
            content,
        }
    }
}

/// Everything about a name. PowerDNS asks for `ANY`, too, and chooses itself: so it knows a name without the wanted type
/// from none.
pub(super) fn lookup(daemon: &mut impl Answers, qname: &str) -> anyhow::Result<Known> {
    let rows = daemon.lookup(qname)?;
    if rows.is_empty() {
        return Ok(Known::NoSuchName);
    }
    let rows: Vec<Row> = rows.into_iter().filter(|row| row.qtype != "ENT").collect();
    Ok(if rows.is_empty() {
        Known::EmptyNonTerminal
    } else {
        Known::Records(rows)
    })
}

/// The name as PowerDNS writes it.
pub(super) fn with_last_dot(name: String) -> String {
    if name.ends_with('.') {
        name
    } else {
        format!("{name}.")
    }
}

/// A daemon that knows what it was told, for the tests of what asks it.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Scripted {
    zones: Vec<String>,
    rows: Vec<Row>,
}

#[cfg(test)]
impl Scripted {
    /// With zones, and records as a master file has them.
    pub(super) fn new(zones: &[&str], records: &str) -> Self {
        let rows = records
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let mut parts = line.trim().splitn(4, ' ').map(str::to_owned);
                let mut next = || parts.next().unwrap_or_default();
                Row {
                    qname: next(),
                    ttl: next().parse().unwrap(),
                    qtype: next(),
                    content: next(),
                }
            });
        Self {
            zones: zones.iter().map(|&zone| zone.to_owned()).collect(),
            rows: rows.collect(),
        }
    }
}

#[cfg(test)]
impl Answers for Scripted {
    fn lookup(&mut self, qname: &str) -> anyhow::Result<Vec<Row>> {
        Ok(self
            .rows
            .iter()
            .filter(|row| row.qname == qname)
            .cloned()
            .collect())
    }

    fn zones(&mut self) -> anyhow::Result<Vec<String>> {
        Ok(self.zones.clone())
    }

    fn list(&mut self, zone: &str) -> anyhow::Result<Vec<Row>> {
        let below = format!(".{zone}");
        Ok(self
            .rows
            .iter()
            .filter(|row| row.qname == zone || row.qname.ends_with(&below))
            .cloned()
            .collect())
    }
}
