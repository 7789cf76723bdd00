//! An explanation as people read it: each record, below it the rule that made it, and so on to the source.

use std::collections::BTreeSet;
use std::fmt;

use super::{ExplainedRecord, Explanation, Maker, MakingPolicy, MakingResource, Status};

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(wildcard) = &self.wildcard {
            writeln!(
                out,
                "there is no name {}; the wildcard {wildcard} answers for it",
                self.name
            )?;
        }
        let mut told = BTreeSet::new();
        for record in &self.records {
            write_record(out, record, &mut told)?;
        }
        if self.status != Status::Found {
            writeln!(out, "{}", self.headline())?;
        }
        for set in &self.chosen {
            writeln!(out, "- {set}")?;
        }
        for reason in &self.reasons {
            writeln!(out, "- {reason}")?;
        }
        if !self.near.is_empty() {
            writeln!(out, "Names like it: {}", self.near.join(" "))?;
        }
        Ok(())
    }
}

impl Explanation {
    /// What a resolver is told, in the words of `lookup`.
    fn headline(&self) -> String {
        let Self { name, rtype, .. } = self;
        match self.status {
            Status::Found => String::new(),
            Status::NoData if rtype == "ANY" => {
                format!("NODATA: {name} is there, but has no records")
            }
            Status::NoData => {
                format!("NODATA: {name} is there, but has no record of type {rtype}")
            }
            Status::NoSuchName => format!("NXDOMAIN: there is no name {name}"),
            Status::Referral => format!("REFERRAL: whoever asks for {name} is sent elsewhere"),
            Status::OutOfZone => format!("REFUSED: no zone of {name} is served here"),
            Status::NotServed => "SERVFAIL: nothing is served".to_owned(),
        }
    }
}

fn write_record<'a>(
    out: &mut fmt::Formatter<'_>,
    record: &'a ExplainedRecord,
    told: &mut BTreeSet<(&'a str, &'a str)>,
) -> fmt::Result {
    let ExplainedRecord {
        name,
        rtype,
        ttl,
        content,
        since,
        makers,
    } = record;
    write!(out, "{name} {ttl} {rtype} {content}")?;
    match since {
        Some(since) => writeln!(out, "  (since generation {since})")?,
        None => writeln!(out)?,
    }
    let last = makers.len().saturating_sub(1);
    for (at, maker) in makers.iter().enumerate() {
        let (branch, rest) = if at == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        for (depth, line) in steps(maker, told).into_iter().enumerate() {
            match depth.checked_sub(1) {
                None => writeln!(out, "{branch}{line}")?,
                Some(inner) => writeln!(out, "{rest}{:width$}└─ {line}", "", width = 3 * inner)?,
            }
        }
    }
    Ok(())
}

/// From what made the record to where that comes from, a line each. What a rule does is told once.
fn steps<'a>(maker: &'a Maker, told: &mut BTreeSet<(&'a str, &'a str)>) -> Vec<String> {
    let Maker {
        policy,
        rule,
        resource,
        service,
        source,
        place,
        is_last_good,
    } = maker;
    let mut steps = Vec::new();
    if let Some(place) = place {
        steps.push(format!("master file {place}"));
    }
    match (rule, policy) {
        (Some(rule), Some(policy)) => {
            let is_new = told.insert((&policy.digest, &rule.name));
            let documentation = rule.documentation.trim();
            steps.push(if is_new && !documentation.is_empty() {
                format!("rule {} of {policy}: {documentation}", rule.name)
            } else {
                format!("rule {} of {policy}", rule.name)
            });
        }
        (None, Some(policy)) => steps.push(format!("policy {policy}")),
        (_, None) => {}
    }
    steps.extend(resource.as_ref().map(ToString::to_string));
    match service {
        Some(service) if *is_last_good => steps.push(format!(
            "service {service}, for which the policy fails: this is what it said last"
        )),
        Some(service) => steps.push(format!("service {service}")),
        None if place.is_none() => {
            steps.push("the policy's configuration, for no service".to_owned());
        }
        None => {}
    }
    steps.extend(source.as_ref().map(|source| format!("source {source}")));
    steps
}

impl fmt::Display for Maker {
    /// In short, for a sentence.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = self.policy.as_ref().map_or("", |policy| &policy.name);
        match (&self.place, &self.service) {
            (Some(place), _) => out.write_str(place),
            (None, Some(service)) => write!(out, "{service} under {policy}"),
            (None, None) if policy.is_empty() => out.write_str("somebody"),
            (None, None) => write!(out, "the configuration of {policy}"),
        }
    }
}

impl fmt::Display for MakingPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            version,
            digest,
            file,
        } = self;
        let digest = digest.get(..SHORT_DIGEST).unwrap_or(digest);
        write!(out, "{name} {version} ({file}, {digest})")
    }
}

/// Characters of a digest that tell policies of one site apart.
const SHORT_DIGEST: usize = 12;

impl fmt::Display for MakingResource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            availability,
            id,
            status,
        } = self;
        if let (Some(id), Some(status)) = (id, status) {
            write!(out, "{id} ({status}) of ")?;
        }
        write!(out, "the instance on {node} ({availability})")
    }
}

/// What is not up, for a sentence.
pub(super) fn down(resource: &MakingResource) -> String {
    let MakingResource {
        node,
        availability,
        id,
        status,
    } = resource;
    match (id, status) {
        (Some(id), Some(status)) if status != "up" => format!("{id} on {node} is {status}"),
        _ => format!("the instance on {node} is {availability}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::reason::Reason;
    use crate::explain::{MakingRule, Status};

    fn maker(node: &str) -> Maker {
        Maker {
            policy: Some(MakingPolicy {
                name: "default".into(),
                version: "0.1.0".into(),
                digest: "0123456789abcdef".into(),
                file: "the default policy".into(),
            }),
            rule: Some(MakingRule {
                name: "round-robin".into(),
                documentation: "One for each address.".into(),
            }),
            resource: Some(MakingResource {
                node: node.into(),
                availability: "up".into(),
                id: Some("ip#0".into()),
                status: Some("down".into()),
            }),
            service: Some("shop/svc/web".into()),
            source: Some("file:cluster.json".into()),
            place: None,
            is_last_good: false,
        }
    }

    #[test]
    fn a_record_is_a_tree_down_to_its_source() {
        let record = ExplainedRecord {
            name: "web.demo.".into(),
            rtype: "A".into(),
            ttl: 60,
            content: "10.0.0.1".into(),
            since: Some(7),
            makers: vec![maker("n1"), maker("n2")],
        };
        let file = ExplainedRecord {
            since: Some(1),
            makers: vec![Maker {
                place: Some("zones/demo:3".into()),
                ..Maker::default()
            }],
            ..record.clone()
        };
        let explanation = Explanation {
            status: Status::Found,
            records: vec![record, file],
            ..Explanation::default()
        };
        insta::assert_snapshot!(explanation.to_string(), @r"
        web.demo. 60 A 10.0.0.1  (since generation 7)
        ├─ rule round-robin of default 0.1.0 (the default policy, 0123456789ab): One for each address.
        │  └─ ip#0 (down) of the instance on n1 (up)
        │     └─ service shop/svc/web
        │        └─ source file:cluster.json
        └─ rule round-robin of default 0.1.0 (the default policy, 0123456789ab)
           └─ ip#0 (down) of the instance on n2 (up)
              └─ service shop/svc/web
                 └─ source file:cluster.json
        web.demo. 60 A 10.0.0.1  (since generation 1)
        └─ master file zones/demo:3
        ");
    }

    #[test]
    fn a_miss_says_what_a_resolver_is_told_and_why() {
        let explanation = Explanation {
            name: "wep.demo.".into(),
            rtype: "ANY".into(),
            status: Status::NoSuchName,
            reasons: vec![
                Reason::NotUp {
                    service: "shop/svc/wep".into(),
                    policy: "default".into(),
                    rule: Some("round-robin".into()),
                    state: vec![down(&maker("n1").resource.unwrap_or_default())],
                },
                Reason::Quarantined {
                    service: "shop/svc/wep".into(),
                    policy: "default".into(),
                    rule: None,
                    resource: Some("n1/ip#0".into()),
                    rtype: "A".into(),
                    cause: "a label of the name is longer than 63 octets".into(),
                },
                Reason::Lost {
                    rtype: "CNAME".into(),
                    content: "a.".into(),
                    kind: "several-cnames".into(),
                    maker: Box::new(maker("n1")),
                    winners: vec!["shop/svc/api under default".into()],
                },
                Reason::NoSuchService {
                    near: vec!["shop/svc/web".into()],
                },
            ],
            near: vec!["web.demo.".into()],
            ..Explanation::default()
        };
        insta::assert_snapshot!(explanation.to_string(), @r"
        NXDOMAIN: there is no name wep.demo.
        - default makes the name of shop/svc/wep, by rule round-robin, when it is up: ip#0 on n1 is down
        - a record of type A of default, for shop/svc/wep n1/ip#0, is quarantined: a label of the name is longer than 63 octets
        - CNAME a., which shop/svc/web under default says, is not answered: a name has one CNAME or DNAME, here that of shop/svc/api under default
        - no service is called like a part of this name; nearly so is shop/svc/web
        Names like it: web.demo.
        ");
    }
}
