//! Why there is no answer, or not more of one: plain values for programs, and for each the sentence that people read. These
//! are all the words there are for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Maker;

/// Why there is no answer, or not more of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "reason",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Reason {
    /// Nothing is served yet.
    Starting {
        /// A sentence.
        cause: String,
    },
    /// Nothing is served, on purpose.
    Off {
        /// A sentence.
        cause: String,
    },
    /// The name is in no zone.
    OutsideEveryZone {
        /// The apexes that there are, those of names before those of addresses.
        zones: Vec<String>,
    },
    /// The name has no records, names below it have.
    EmptyNonTerminal {
        /// The first of these.
        below: Vec<String>,
    },
    /// The name has records of other types.
    NoRecordOfType {
        /// Which.
        types: Vec<String>,
    },
    /// The zone ends at or above the name.
    Delegated {
        /// Where.
        cut: String,
        /// Who is asked there.
        nameservers: Vec<String>,
    },
    /// A DNAME above the name sends whoever asks to another name.
    Redirected {
        /// Its owner.
        dname: String,
        /// Where to.
        target: String,
    },
    /// A record of the name lost against another one.
    Lost {
        /// `A`
        #[serde(rename = "type")]
        rtype: String,
        /// As in a master file.
        content: String,
        /// `shadowed`, `cname-beside-other`, …
        kind: String,
        /// Who says it.
        maker: Box<Maker>,
        /// Who stands instead.
        winners: Vec<String>,
    },
    /// A record of the name failed a check.
    Quarantined {
        /// The service; empty for a policy's configuration, and for a master file.
        service: String,
        /// The policy, or file and line.
        policy: String,
        /// The rule.
        rule: Option<String>,
        /// `n1/ip#0`
        resource: Option<String>,
        /// `A`
        #[serde(rename = "type")]
        rtype: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The name would be there if everything of the service were up.
    NotUp {
        /// The service.
        service: String,
        /// The policy that would make it.
        policy: String,
        /// By this rule.
        rule: Option<String>,
        /// What is not up: `ip#0 on n1 is down`.
        state: Vec<String>,
    },
    /// A policy fails for a service that has the name, or may have it.
    Failing {
        /// The service.
        service: String,
        /// The policy.
        policy: String,
        /// What it says.
        cause: String,
    },
    /// A policy has something to say of a service that may have the name.
    Remark {
        /// The service.
        service: String,
        /// The policy.
        policy: String,
        /// What it says.
        message: String,
    },
    /// The service is there, and no policy makes this name of it.
    OtherNames {
        /// The service.
        service: String,
        /// How many instances it has.
        instances: usize,
        /// Names that are made of it, those most like this one first.
        names: Vec<String>,
    },
    /// No service is called as some part of the name says.
    NoSuchService {
        /// Services that are called nearly so.
        near: Vec<String>,
    },
    /// No service has this address.
    NoSuchAddress {
        /// The address.
        address: String,
    },
    /// A source cannot say anything just now: what it would say is not known.
    SourceFailing {
        /// Its address.
        source: String,
        /// Why.
        cause: String,
    },
    /// A source has not spoken since the daemon started: what it said before is served.
    SourceRemembered {
        /// Its address.
        source: String,
        /// How long ago it said so, in seconds.
        age: u64,
    },
    /// Several sources name the service: the first one's word is served.
    NamedByTwoSources {
        /// The service.
        service: String,
        /// Those whose word is not.
        others: Vec<String>,
    },
    /// There was not enough time to look at all services.
    NotAllLookedAt {
        /// How many were.
        services: usize,
        /// Of so many.
        all: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting { cause } => write!(out, "nothing is served yet: {cause}"),
            Self::Off { cause } => write!(out, "the DNS is off: {cause}"),
            Self::OutsideEveryZone { zones } => {
                write!(
                    out,
                    "the name is in none of the zones, which are {}",
                    list(zones)
                )
            }
            Self::EmptyNonTerminal { below } => write!(
                out,
                "the name itself has no records; it is there because names below it have, as {}",
                list(below)
            ),
            Self::NoRecordOfType { types } => {
                write!(out, "the name has records of other types: {}", list(types))
            }
            Self::Delegated { cut, nameservers } if nameservers.is_empty() => {
                write!(out, "the zone ends at {cut}, which is a zone of its own")
            }
            Self::Delegated { cut, nameservers } => write!(
                out,
                "{cut} is delegated: whoever asks is sent to {}",
                list(nameservers)
            ),
            Self::Redirected { dname, target } => write!(
                out,
                "the DNAME at {dname} sends whoever asks for a name below it to {target}"
            ),
            Self::Lost {
                rtype,
                content,
                kind,
                maker,
                winners,
            } => write_lost(out, (rtype, content), kind, maker, winners),
            Self::Quarantined { .. }
            | Self::NotUp { .. }
            | Self::Failing { .. }
            | Self::Remark { .. }
            | Self::OtherNames { .. } => self.write_of_service(out),
            Self::NoSuchService { near } if near.is_empty() => {
                out.write_str("no service is called like a part of this name")
            }
            Self::NoSuchService { near } => write!(
                out,
                "no service is called like a part of this name; nearly so is {}",
                list(near)
            ),
            Self::NoSuchAddress { address } => write!(out, "no service has the address {address}"),
            Self::SourceFailing { source, cause } => write!(
                out,
                "the source {source} says nothing new at present: {cause}"
            ),
            Self::SourceRemembered { source, age } => write!(
                out,
                "the source {source} has not spoken since the daemon started; what it said {age} s ago is served"
            ),
            Self::NamedByTwoSources { service, others } => write!(
                out,
                "{service} is named by {} too, which is not served: a source before names it",
                list(others)
            ),
            Self::NotAllLookedAt { services, all } => write!(
                out,
                "only {services} of {all} services were looked at in the time there is"
            ),
        }
    }
}

impl Reason {
    /// The reasons that lie in a service.
    fn write_of_service(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quarantined {
                service,
                policy,
                rule,
                resource,
                rtype,
                cause,
            } => {
                write!(out, "a record of type {rtype} of {policy}")?;
                write_part(out, ", rule ", rule.as_deref())?;
                write_part(out, ", for ", Some(service.as_str()))?;
                write_part(out, " ", resource.as_deref())?;
                write!(out, ", is quarantined: {cause}")
            }
            Self::NotUp {
                service,
                policy,
                rule,
                state,
            } => {
                write!(out, "{policy} makes the name of {service}")?;
                write_part(out, ", by rule ", rule.as_deref())?;
                write!(out, ", when it is up: {}", list(state))
            }
            Self::Failing {
                service,
                policy,
                cause,
            } => write!(
                out,
                "{policy} fails for {service}, which keeps the names it had: {cause}"
            ),
            Self::Remark {
                service,
                policy,
                message,
            } => write!(out, "{policy} says of {service}: {message}"),
            Self::OtherNames {
                service,
                instances: 0,
                ..
            } => write!(out, "the service {service} is there, and has no instance"),
            Self::OtherNames { service, names, .. } if names.is_empty() => {
                write!(
                    out,
                    "the service {service} is there, and no policy makes a name of it"
                )
            }
            Self::OtherNames { service, names, .. } => write!(
                out,
                "the service {service} is there, and no policy makes this name of it; it has {}",
                list(names)
            ),
            Self::Starting { .. }
            | Self::Off { .. }
            | Self::OutsideEveryZone { .. }
            | Self::EmptyNonTerminal { .. }
            | Self::NoRecordOfType { .. }
            | Self::Delegated { .. }
            | Self::Redirected { .. }
            | Self::Lost { .. }
            | Self::NoSuchService { .. }
            | Self::NoSuchAddress { .. }
            | Self::SourceFailing { .. }
            | Self::SourceRemembered { .. }
            | Self::NamedByTwoSources { .. }
            | Self::NotAllLookedAt { .. } => Ok(()),
        }
    }
}

fn write_lost(
    out: &mut fmt::Formatter<'_>,
    (rtype, content): (&str, &str),
    kind: &str,
    maker: &Maker,
    winners: &[String],
) -> fmt::Result {
    write!(
        out,
        "{rtype} {content}, which {maker} says, is not answered: "
    )?;
    let others = if winners.is_empty() {
        "another one".to_owned()
    } else {
        list(winners)
    };
    match kind {
        "shadowed" => write!(out, "it is shadowed by {others}, which stands before"),
        "cname-beside-other" => write!(
            out,
            "a CNAME yields to other records of the name, here of {others}"
        ),
        "several-cnames" => write!(out, "a name has one CNAME or DNAME, here that of {others}"),
        "not-exclusive" => write!(
            out,
            "it stands only where it is alone, and {others} has this name and type"
        ),
        "rrset-too-large" => out.write_str("there are more records than an answer holds"),
        other => write!(out, "{other}, {others}"),
    }
}

/// A part of a sentence, where there is something to say.
fn write_part(out: &mut fmt::Formatter<'_>, before: &str, part: Option<&str>) -> fmt::Result {
    match part {
        Some(part) if !part.is_empty() => write!(out, "{before}{part}"),
        Some(_) | None => Ok(()),
    }
}

/// `a`, `a and b`, `a, b and c`
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_one_says_it() {
        for (items, text) in [
            (&[][..], "none"),
            (&["a"], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b and c"),
        ] {
            let items: Vec<_> = items.iter().map(|item| (*item).to_owned()).collect();
            assert_eq!(list(&items), text);
        }
    }
}
