//! What came of it: the zones as the daemon would serve them, and everything it would tell of them.

use std::fmt;

use zonesmith_zone::notes::Notes;
use zonesmith_zone::print::write_zone;
use zonesmith_zone::rdata::{write_content, write_type};
use zonesmith_zone::{Contents, ContributorId, Name, ZoneSet};

use crate::naming::Rule;

/// The zones, and what there is to say of them. Printed: every zone as a master file (with serial 0, the daemon has its
/// own), then a comment line (`;`) for each thing the daemon would tell. All of it in a fixed order.
///
/// ```
#[doc = include_str!("example.md")]
/// let published = publish::<Mine>(document, "{}").unwrap();
/// assert!(published.to_string().starts_with("demo. 60 IN SOA ns1.demo. hostmaster.demo. 0 "));
/// ```
pub struct Published {
    contents: Contents,
    ids: Vec<ContributorId>,
    zone_set: ZoneSet,
    /// Of each policy of the stack.
    rules: Vec<Vec<Rule>>,
    notes: Notes,
}

impl Published {
    pub(super) fn new(
        contents: Contents,
        ids: Vec<ContributorId>,
        rules: Vec<Vec<Rule>>,
        notes: Notes,
    ) -> Self {
        let zone_set = contents.zone_set();
        Self {
            contents,
            ids,
            zone_set,
            rules,
            notes,
        }
    }

    /// The zones as the daemon holds them.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let published = publish::<Mine>(document, "{}").unwrap();
    /// assert_eq!(published.zone_set().zones().iter().count(), 1);
    /// ```
    #[must_use]
    pub fn zone_set(&self) -> &ZoneSet {
        &self.zone_set
    }

    /// The apexes of all zones in canonical order, with the last dot.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let published = publish::<Mine>(document, "{}").unwrap();
    /// assert_eq!(published.apexes(), ["demo."]);
    /// ```
    #[must_use]
    pub fn apexes(&self) -> Vec<String> {
        let zones = self.zone_set.zones().iter();
        zones.map(|zone| zone.apex().to_string()).collect()
    }

    /// The master file of one zone; none if there is no such zone.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let published = publish::<Mine>(document, "{}").unwrap();
    /// assert!(published.zone("demo").unwrap().ends_with("\nweb.demo. 60 IN A 10.22.0.5\n"));
    /// assert_eq!(published.zone("example"), None);
    /// ```
    #[must_use]
    pub fn zone(&self, apex: &str) -> Option<String> {
        let apex = Name::parse(apex).ok()?;
        let zone = self.zone_set.zones().find_apex(apex.as_ref())?;
        let mut text = Vec::new();
        write_zone(&self.zone_set, zone, &mut text);
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Of all zones the records that the rule of this name made (of any policy), as lines of a master file.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let published = publish::<Mine>(document, "{}").unwrap();
    /// assert_eq!(published.made_by("service"), "web.demo. 60 IN A 10.22.0.5\n");
    /// ```
    #[must_use]
    pub fn made_by(&self, rule: &str) -> String {
        let mut lines = Vec::new();
        for &id in &self.ids {
            let (Some(contributor), Some(contribution)) = (
                self.contents.contributor(id),
                self.contents.contribution(id),
            ) else {
                continue;
            };
            let place = usize::try_from(contributor.rank).ok();
            let rules = place.and_then(|rank| self.rules.get(rank));
            let is_its = |index: u16| {
                let made = rules.and_then(|rules| rules.get(usize::from(index)));
                made.is_some_and(|made| made.name == rule)
            };
            for (name, record) in contribution.iter() {
                if record.rule.is_some_and(is_its) && self.has(&name, record.rtype, record.octets) {
                    let line = line(&name, record.ttl, record.rtype, record.octets);
                    lines.push((name, record.rtype, line));
                }
            }
        }
        lines.sort();
        lines.dedup();
        lines.into_iter().map(|(_, _, line)| line).collect()
    }

    fn has(&self, name: &Name, rtype: u16, octets: &[u8]) -> bool {
        match self.zone_set.find(name.as_ref()) {
            zonesmith_zone::Answer::Records { mut records, .. } => {
                records.any(|record| record.rtype == rtype && record.octets == octets)
            }
            zonesmith_zone::Answer::EmptyNonTerminal { .. }
            | zonesmith_zone::Answer::NoSuchName => false,
        }
    }

    /// What the daemon would tell, one line each with `; ` before it: faults of the document, refused zones, diagnostics,
    /// quarantined records, conflicts.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let published = publish::<Mine>(&document.replace("/web", "/-web"), "{}").unwrap();
    /// assert_eq!(published.notes(), "");
    /// let published = publish::<Mine>(&document.replace("/web", "/a..b"), "{}").unwrap();
    /// assert_eq!(
    ///     published.notes(),
    ///     "; quarantined of mine, shop/svc/a..b, rule service: a..b.demo A: the name has an empty label\n",
    /// );
    /// ```
    #[must_use]
    pub fn notes(&self) -> String {
        self.notes.to_string()
    }
}

impl fmt::Display for Published {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        for zone in self.zone_set.zones().iter() {
            write_zone(&self.zone_set, zone, &mut text);
        }
        formatter.write_str(&String::from_utf8_lossy(&text))?;
        formatter.write_str(&self.notes())
    }
}

fn line(name: &Name, ttl: u32, rtype: u16, octets: &[u8]) -> String {
    let mut line = format!("{name} {ttl} IN ").into_bytes();
    write_type(rtype, &mut line);
    line.push(b' ');
    write_content(rtype, octets, &mut line);
    line.push(b'\n');
    String::from_utf8_lossy(&line).into_owned()
}
