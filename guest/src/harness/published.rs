//! What came of it: the zones as the daemon would serve them, and everything it would tell of them.

use std::fmt;

use zonesmith_cluster::Problem;
use zonesmith_zone::print::write_zone;
use zonesmith_zone::rdata::{write_content, write_type};
use zonesmith_zone::{
    ConflictKind, Contents, ContributorId, Name, Quarantined, Reason, ZoneSet, record,
};

use super::translate;
use crate::cluster::Service;
use crate::naming::{Diagnostic, Rule, Severity};

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
        self.notes.0.concat()
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

/// Lines for people, each with `; ` before it and a line break behind.
#[derive(Default)]
pub(super) struct Notes(Vec<String>);

impl Notes {
    fn say(&mut self, note: fmt::Arguments<'_>) {
        // A message of several lines must not end as a record.
        let note = note.to_string().replace('\n', "\n;   ");
        self.0.push(format!("; {note}\n"));
    }

    pub(super) fn problem(&mut self, problem: &Problem) {
        self.say(format_args!("problem in the document: {problem}"));
    }

    pub(super) fn refused_zone(&mut self, policy: &str, apex: &str, reason: &Reason) {
        self.say(format_args!(
            "refused zone \"{apex}\" of {policy}: {reason}"
        ));
    }

    pub(super) fn diagnostics(&mut self, speaker: &Speaker<'_>, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let severity = match diagnostic.severity {
                Severity::Information => "information",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let from = speaker.from(diagnostic.rule, diagnostic.origin.map(translate::origin));
            self.say(format_args!("{severity} {from}: {}", diagnostic.message));
        }
    }

    pub(super) fn quarantined(&mut self, speaker: &Speaker<'_>, quarantined: &[Quarantined]) {
        for record in quarantined {
            let from = speaker.from(record.rule, record.origin);
            let (owner, rtype, reason) = (&record.owner, &record.rtype, &record.reason);
            self.say(format_args!(
                "quarantined {from}: {owner} {rtype}: {reason}"
            ));
        }
    }

    pub(super) fn conflicts(&mut self, contents: &Contents, policies: &[String]) {
        for (name, conflicts) in contents.conflicts() {
            for conflict in conflicts {
                let Some(loser) = contents.contributor(conflict.loser) else {
                    continue;
                };
                let place = usize::try_from(loser.rank).ok();
                let policy = place.and_then(|rank| policies.get(rank));
                let policy = policy.map_or("?", String::as_str);
                let service = match &*loser.label {
                    "" => "cluster",
                    path => path,
                };
                let mut rtype = Vec::new();
                write_type(conflict.rtype, &mut rtype);
                let rtype = String::from_utf8_lossy(&rtype);
                let why = match conflict.kind {
                    ConflictKind::CnameBesideOther => "a CNAME yields to other records",
                    ConflictKind::SeveralCnames => "another CNAME stands",
                    ConflictKind::NotExclusive => "it is exclusive, and another service has it too",
                    ConflictKind::Shadowed => "a policy before this one has it",
                    ConflictKind::RrsetTooLarge => "there are too many records of this type",
                };
                self.say(format_args!(
                    "conflict of {policy}, {service}: {name} {rtype}: {why}"
                ));
            }
        }
    }
}

/// Whose words these are, for [`Notes`].
pub(super) struct Speaker<'a> {
    pub(super) policy: &'a str,
    pub(super) rules: &'a [Rule],
    /// Path and content; none for the configuration.
    pub(super) service: Option<(&'a str, &'a Service)>,
}

impl Speaker<'_> {
    /// `of default, shop/svc/web on n1, ip#0, rule srv`
    fn from(&self, rule: Option<u16>, origin: Option<record::Origin>) -> String {
        let mut from = format!("of {}", self.policy);
        if let Some((path, service)) = self.service {
            from.push_str(&format!(", {path}"));
            let at = |index: u32| usize::try_from(index).ok();
            let instance = origin.and_then(|origin| service.instances.get(at(origin.instance)?));
            if let Some(instance) = instance {
                from.push_str(&format!(" on {}", instance.node));
                let resource =
                    origin.and_then(|origin| instance.resources.get(at(origin.resource?)?));
                if let Some(resource) = resource {
                    from.push_str(&format!(", {}", resource.id));
                }
            }
        }
        if let Some(rule) = rule.and_then(|rule| self.rules.get(usize::from(rule))) {
            from.push_str(&format!(", rule {}", rule.name));
        }
        from
    }
}
