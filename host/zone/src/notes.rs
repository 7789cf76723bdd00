//! What there is to tell of zones beside their records, a line each: comments below a master file, so that both compare as
//! one text.
//!
//! The harness in which a policy runs natively and the command that runs its component print the same, so that one file is
//! what both are held against.

use std::fmt;

use crate::contents::Contents;
use crate::rdata::write_type;
use crate::validate::{Quarantined, Reason};

/// Lines for people, each with `; ` before it and a line break behind.
#[derive(Debug, Clone, Default)]
pub struct Notes(Vec<String>);

/// Whose words something is: `of default, shop/svc/web on n1, ip#0, rule srv`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whose<'a> {
    /// The name of the policy.
    pub policy: &'a str,
    /// The path of the service; none for the configuration.
    pub service: Option<&'a str>,
    /// Where an instance of the service runs.
    pub node: Option<&'a str>,
    /// A resource of that instance.
    pub resource: Option<&'a str>,
    /// The name of a rule of the policy.
    pub rule: Option<&'a str>,
}

impl Notes {
    /// A fault of the cluster document.
    pub fn problem(&mut self, problem: impl fmt::Display) {
        self.say(format_args!("problem in the document: {problem}"));
    }

    /// A zone that cannot be served.
    pub fn refused_zone(&mut self, policy: &str, apex: &str, reason: &Reason) {
        self.say(format_args!(
            "refused zone \"{apex}\" of {policy}: {reason}"
        ));
    }

    /// Something a policy says.
    pub fn diagnostic(&mut self, severity: &str, whose: &Whose<'_>, message: &str) {
        self.say(format_args!("{severity} {whose}: {message}"));
    }

    /// A record that was refused.
    pub fn quarantined(&mut self, whose: &Whose<'_>, record: &Quarantined) {
        let (owner, rtype, reason) = (&record.owner, &record.rtype, &record.reason);
        self.say(format_args!(
            "quarantined {whose}: {owner} {rtype}: {reason}"
        ));
    }

    /// Records that lost; the policies are those of the ranks.
    pub fn conflicts(&mut self, contents: &Contents, policies: &[String]) {
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
                let why = conflict.kind.sentence();
                self.say(format_args!(
                    "conflict of {policy}, {service}: {name} {rtype}: {why}"
                ));
            }
        }
    }

    fn say(&mut self, note: fmt::Arguments<'_>) {
        // A message of several lines must not end as a record.
        let note = note.to_string().replace('\n', "\n;   ");
        self.0.push(format!("; {note}\n"));
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|note| formatter.write_str(note))
    }
}

impl fmt::Display for Whose<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            policy,
            service,
            node,
            resource,
            rule,
        } = self;
        write!(formatter, "of {policy}")?;
        if let Some(service) = service {
            write!(formatter, ", {service}")?;
        }
        if let Some(node) = node {
            write!(formatter, " on {node}")?;
        }
        if let Some(resource) = resource {
            write!(formatter, ", {resource}")?;
        }
        if let Some(rule) = rule {
            write!(formatter, ", rule {rule}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_never_becomes_a_record() {
        let mut notes = Notes::default();
        let whose = Whose {
            policy: "default",
            service: Some("shop/svc/web"),
            node: Some("n1"),
            resource: Some("ip#0"),
            rule: Some("srv"),
        };
        notes.diagnostic("warning", &whose, "two\nlines");
        notes.diagnostic(
            "error",
            &Whose {
                policy: "x",
                ..Whose::default()
            },
            "one",
        );
        assert_eq!(
            notes.to_string(),
            "; warning of default, shop/svc/web on n1, ip#0, rule srv: two\n;   lines\n; error of x: one\n"
        );
    }
}
