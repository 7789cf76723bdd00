//! Zones as texts: the master files and notes that `policy test` compares, and JSON.

use serde::Serialize;
use zonesmith_cluster::{Problem, State};
use zonesmith_zone::notes::{Notes, Whose};
use zonesmith_zone::print::write_zone;
use zonesmith_zone::rdata::{write_content, write_type};
use zonesmith_zone::record::Origin;
use zonesmith_zone::{Name, Zone};

use crate::bindings::zonesmith::policy::naming::Severity;
use crate::maker::Maker;
use crate::stack::{Place, Stack};

/// The name of a type.
pub(crate) fn type_name(rtype: u16) -> String {
    let mut name = Vec::new();
    write_type(rtype, &mut name);
    text(&name)
}

/// Rdata as in a master file.
pub(crate) fn content(rtype: u16, octets: &[u8]) -> String {
    let mut content = Vec::new();
    write_content(rtype, octets, &mut content);
    text(&content)
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The daemon's word for it.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Information => "information",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The faults that the host found in a document, those of services too.
pub(crate) fn problems_of(state: &State) -> impl Iterator<Item = &Problem> {
    let of_services = state.services.values();
    let of_services = of_services.flat_map(|service| &service.problems);
    state.problems.iter().chain(of_services)
}

fn zone<'a>(stack: &'a Stack, apex: &str) -> Option<&'a Zone> {
    let apex = Name::parse(apex).ok()?;
    stack.zone_set.zones().find_apex(apex.as_ref())
}

/// A master file; empty where there is no such zone.
pub(crate) fn master_file(stack: &Stack, apex: &str) -> String {
    let mut out = Vec::new();
    if let Some(zone) = zone(stack, apex) {
        write_zone(&stack.zone_set, zone, &mut out);
    }
    text(&out)
}

/// A record as `zonesmith dump --format json` has it.
#[derive(Serialize)]
struct JsonRecord {
    qname: String,
    qtype: String,
    ttl: u32,
    content: String,
}

/// A zone as JSON: a list of its records, in the order of the master file.
pub(crate) fn json(stack: &Stack, apex: &str) -> String {
    let mut records = Vec::new();
    if let Some(zone) = zone(stack, apex) {
        let mut soa = Vec::new();
        zone.write_soa_content(&mut soa);
        records.push(JsonRecord {
            qname: zone.apex().to_string(),
            qtype: "SOA".to_owned(),
            ttl: zone.soa_ttl(),
            content: text(&soa),
        });
        for listed in stack.zone_set.list(zone) {
            let name = listed.name().to_string();
            records.extend(listed.records().map(|record| JsonRecord {
                qname: name.clone(),
                qtype: type_name(record.rtype),
                ttl: record.ttl,
                content: content(record.rtype, record.octets),
            }));
        }
    }
    serde_json::to_string_pretty(&records).unwrap_or_default()
}

/// What `zonesmith policy test` expects in `expected.zone`.
pub(crate) fn golden(state: &State, stack: &Stack) -> String {
    let mut out = Vec::new();
    for zone in stack.zone_set.zones().iter() {
        write_zone(&stack.zone_set, zone, &mut out);
    }
    text(&out) + &notes(state, stack).to_string()
}

/// What there is to tell beside the zones, in the order in which the command tells it.
fn notes(state: &State, stack: &Stack) -> Notes {
    let mut notes = Notes::default();
    for problem in problems_of(state) {
        notes.problem(problem);
    }
    for (policy, apex, reason) in &stack.refused_zones {
        let policy = stack.entries.get(*policy);
        notes.refused_zone(policy.map_or("?", |entry| entry.name()), apex, reason);
    }
    for (place, _, answer) in stack.said() {
        let whose = |rule, origin| Maker::at(stack, &place, rule, origin);
        match (&answer.failure, &answer.good) {
            (Some(failure), _) => {
                let message = format!("the policy failed: {failure}");
                let maker = whose(None, None);
                let whose = Whose {
                    service: place.service.as_ref().map(|path| path.as_str()),
                    ..in_notes(&maker)
                };
                notes.diagnostic("error", &whose, &message);
            }
            (None, Some(said)) => {
                for diagnostic in &said.diagnostics {
                    let maker = whose(diagnostic.rule, diagnostic.origin);
                    let severity = severity(diagnostic.severity);
                    notes.diagnostic(severity, &in_notes(&maker), &diagnostic.message);
                }
            }
            (None, None) => {}
        }
        let checked = stack.checked(&place);
        for record in checked
            .iter()
            .flat_map(|checked| checked.quarantined.iter())
        {
            notes.quarantined(&in_notes(&whose(record.rule, record.origin)), record);
        }
    }
    let policies = stack.entries.iter().map(|entry| entry.name().to_owned());
    notes.conflicts(&stack.contents, &policies.collect::<Vec<_>>());
    notes
}

fn in_notes<'a>(maker: &Maker<'a>) -> Whose<'a> {
    Whose {
        policy: maker.policy.unwrap_or("?"),
        service: maker.service_path().map(|path| path.as_str()),
        node: maker.node(),
        resource: maker.resource(),
        rule: maker.rule.map(|rule| &*rule.name),
    }
}

/// `of default, shop/svc/web on n1, ip#0, rule srv`
pub(crate) fn whose(
    stack: &Stack,
    place: &Place,
    rule: Option<u16>,
    origin: Option<Origin>,
) -> String {
    in_notes(&Maker::at(stack, place, rule, origin)).to_string()
}
