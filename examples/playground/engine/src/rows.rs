//! Records as a table: those of a view, filtered and sorted, of which a window is shown.
//!
//! What a view finds is kept until the zones or the view change, so that scrolling costs what is seen. It is found by
//! looking at every record, as PowerDNS's search does; a view of one service looks at the names of that one alone.

use std::collections::BTreeSet;
use std::rc::Rc;

use zonesmith_cluster::ServicePath;
use zonesmith_cluster::document::spans::Subject;
use zonesmith_zone::search::Pattern;
use zonesmith_zone::{Answer, Name, RecordRef, Zone};

use crate::bindings::exports::zonesmith::playground::workbench::{Column, Order, Row, Rows, View};
use crate::document::Document;
use crate::maker::Maker;
use crate::printed;
use crate::stack::Stack;

/// The place of an SOA, which stands before the records of an apex.
const SOA: usize = usize::MAX;

/// What a view found.
pub(crate) struct Found {
    view: View,
    generation: u32,
    records: Vec<FoundRecord>,
}

struct FoundRecord {
    /// Its place among the zones.
    zone: usize,
    owner: Rc<Name>,
    /// Its place among the records of its owner.
    at: usize,
}

impl Found {
    /// Whether this is what the view finds at this generation, whatever window of it.
    pub(crate) fn is_for(&self, view: &View, generation: u32) -> bool {
        let window = |view: &View| View {
            offset: 0,
            limit: 0,
            near: None,
            ..view.clone()
        };
        self.generation == generation && window(&self.view) == window(view)
    }

    /// Looks at all records.
    pub(crate) fn look(document: &Document, stack: &Stack, view: View, generation: u32) -> Self {
        let subject = view.path.as_ref().map(|path| document.subject(path));
        let filter = Filter::new(&view, subject.as_ref());
        let mut records = Vec::new();
        for (at, zone) in stack.zones_for_people() {
            if view
                .zone
                .as_deref()
                .is_some_and(|apex| *apex != *zone.apex().to_string())
            {
                continue;
            }
            filter.collect(stack, at, zone, &mut records);
        }
        let mut found = Self {
            view,
            generation,
            records,
        };
        if let Some(order) = found.view.sort {
            found.sort(document, stack, &order);
        }
        found
    }

    /// A window of it.
    pub(crate) fn rows(&self, document: &Document, stack: &Stack, view: &View) -> Rows {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let records = self.records.iter();
        let window = records.skip(size(view.offset)).take(size(view.limit));
        Rows {
            total: u32::try_from(self.records.len()).unwrap_or(u32::MAX),
            first_of: view
                .near
                .as_ref()
                .and_then(|path| self.first_of(document, stack, path)),
            rows: window
                .filter_map(|found| row(document, stack, found))
                .collect(),
        }
    }

    /// Where the records of a part of the document begin.
    fn first_of(&self, document: &Document, stack: &Stack, path: &str) -> Option<u32> {
        let subject = document.subject(path);
        if subject == Subject::Everything {
            return None;
        }
        // The names of one service are few: they are found first, then looked for.
        let names = names_of(stack, &subject);
        let at = self.records.iter().position(|found| {
            let may_be = names
                .as_ref()
                .is_none_or(|names| names.contains(&*found.owner));
            may_be && made_of(stack, found, &subject)
        })?;
        u32::try_from(at).ok()
    }

    fn sort(&mut self, document: &Document, stack: &Stack, order: &Order) {
        let Order { by, descending } = order;
        // Names have an order of their own, which is what they are found in zone by zone.
        if *by == Column::Owner {
            self.records
                .sort_by(|one, other| one.owner.cmp(&other.owner));
        } else {
            self.records.sort_by_cached_key(|found| {
                row(document, stack, found).map(|row| Key::of(*by, row))
            });
        }
        if *descending {
            self.records.reverse();
        }
    }
}

/// What is sorted by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u32),
    Text(Option<String>),
}

impl Key {
    fn of(column: Column, row: Row) -> Self {
        match column {
            Column::Ttl => Self::Number(row.ttl),
            Column::Owner => Self::Text(Some(row.owner)),
            Column::Type => Self::Text(Some(row.type_)),
            Column::Rdata => Self::Text(Some(row.rdata)),
            Column::Policy => Self::Text(row.policy),
            Column::Rule => Self::Text(row.rule.map(|rule| rule.name)),
            Column::Service => Self::Text(row.service),
            Column::Instance => Self::Text(row.instance),
            Column::Resource => Self::Text(row.resource),
        }
    }
}

struct Filter<'a> {
    view: &'a View,
    pattern: Option<Pattern>,
    /// Where in the document records are to come from.
    subject: Option<&'a Subject>,
}

impl<'a> Filter<'a> {
    fn new(view: &'a View, subject: Option<&'a Subject>) -> Self {
        let text = view.text.as_deref().filter(|text| !text.is_empty());
        let pattern = text.map(|text| {
            if text.contains(['*', '?']) {
                Pattern::new(text)
            } else {
                Pattern::new(&format!("*{text}*"))
            }
        });
        Self {
            view,
            pattern,
            subject,
        }
    }

    fn collect(&self, stack: &Stack, at: usize, zone: &Zone, found: &mut Vec<FoundRecord>) {
        let apex = Rc::new(zone.apex().clone());
        if self.takes_soa(zone) {
            found.push(FoundRecord {
                zone: at,
                owner: apex,
                at: SOA,
            });
        }
        if let Some(names) = self.names(stack) {
            for name in names {
                let is_its = stack.zone_set.zones().enclosing(name.as_ref());
                if is_its.is_some_and(|of| of.apex() == zone.apex())
                    && let Answer::Records { records, .. } = stack.zone_set.find(name.as_ref())
                {
                    self.take(stack, at, name, records, found);
                }
            }
            return;
        }
        for listed in stack.zone_set.list(zone) {
            self.take(stack, at, listed.name(), listed.records(), found);
        }
    }

    /// The names of one service, where no others are wanted.
    fn names(&self, stack: &Stack) -> Option<BTreeSet<Name>> {
        match (self.subject, &self.view.service) {
            (Some(subject), _) if matches!(*subject, Subject::Service { .. }) => {
                names_of(stack, subject)
            }
            (_, Some(service)) => Some(names_of_service(stack, &service.parse().ok()?)),
            (_, None) => None,
        }
    }

    fn take<'r>(
        &self,
        stack: &Stack,
        zone: usize,
        name: Name,
        records: impl Iterator<Item = RecordRef<'r>>,
        found: &mut Vec<FoundRecord>,
    ) {
        let owner = Rc::new(name);
        let is_named = self.matches(owner.to_string().as_bytes());
        for (at, record) in records.enumerate() {
            let is_wanted = (is_named
                || self.matches(printed::content(record.rtype, record.octets).as_bytes()))
                && self.is_type(&printed::type_name(record.rtype))
                && self.is_made(stack, &owner, &record);
            if is_wanted {
                found.push(FoundRecord {
                    zone,
                    owner: Rc::clone(&owner),
                    at,
                });
            }
        }
    }

    fn takes_soa(&self, zone: &Zone) -> bool {
        let View {
            policy,
            rule,
            service,
            ..
        } = self.view;
        let mut content = Vec::new();
        zone.write_soa_content(&mut content);
        policy.is_none()
            && rule.is_none()
            && service.is_none()
            && self
                .subject
                .is_none_or(|subject| *subject == Subject::Cluster)
            && self.is_type("SOA")
            && (self.matches(zone.apex().to_string().as_bytes()) || self.matches(&content))
    }

    fn matches(&self, text: &[u8]) -> bool {
        let pattern = self.pattern.as_ref();
        pattern.is_none_or(|pattern| pattern.matches(text))
    }

    fn is_type(&self, rtype: &str) -> bool {
        let wanted = self.view.type_.as_deref();
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(rtype))
    }

    fn is_made(&self, stack: &Stack, name: &Name, record: &RecordRef<'_>) -> bool {
        let View {
            policy,
            rule,
            service,
            ..
        } = self.view;
        if policy.is_none() && rule.is_none() && service.is_none() && self.subject.is_none() {
            return true;
        }
        let maker = Maker::of(stack, name.as_ref(), record);
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == found
        };
        is(policy, maker.policy)
            && is(rule, maker.rule.map(|rule| &*rule.name))
            && is(service, maker.service_path().map(|path| path.as_str()))
            && self.subject.is_none_or(|subject| is_of(subject, &maker))
    }
}

/// Whether somebody made it because of this part of the document.
fn is_of(subject: &Subject, maker: &Maker<'_>) -> bool {
    match subject {
        Subject::Everything => true,
        Subject::Cluster => maker.service.is_none(),
        Subject::Node(node) => maker.node() == Some(node),
        Subject::Service {
            path,
            node,
            resource,
        } => {
            let is = |wanted: &Option<String>, found: Option<&str>| {
                wanted.is_none() || wanted.as_deref() == found
            };
            maker.service_path() == Some(path)
                && is(node, maker.node())
                && is(resource, maker.resource())
        }
    }
}

/// The names of a part of the document that is a service, or of one.
fn names_of(stack: &Stack, subject: &Subject) -> Option<BTreeSet<Name>> {
    match subject {
        Subject::Service { path, .. } => Some(names_of_service(stack, path)),
        Subject::Everything | Subject::Cluster | Subject::Node(_) => None,
    }
}

fn names_of_service(stack: &Stack, path: &ServicePath) -> BTreeSet<Name> {
    let contributions = stack.contributions_of(Some(path));
    let names = contributions.flat_map(|contribution| contribution.iter().map(|(name, _)| name));
    names.collect()
}

/// Whether a record that was found comes from a part of the document.
fn made_of(stack: &Stack, found: &FoundRecord, subject: &Subject) -> bool {
    let owner = found.owner.as_ref().as_ref();
    let Answer::Records { records, .. } = stack.zone_set.find(owner) else {
        return false;
    };
    let record = records.into_iter().nth(found.at);
    record.is_some_and(|record| is_of(subject, &Maker::of(stack, owner, &record)))
}

fn row(document: &Document, stack: &Stack, found: &FoundRecord) -> Option<Row> {
    let zones = stack.zone_set.zones();
    let zone = zones.iter().nth(found.zone)?;
    let owner = &*found.owner;
    if found.at == SOA {
        return Some(soa(zone));
    }
    let Answer::Records { records, .. } = stack.zone_set.find_in(zone, owner.as_ref()) else {
        return None;
    };
    let record = records.into_iter().nth(found.at)?;
    Some(made(document, stack, zone, owner, &record))
}

/// A record with all there is to tell of it.
pub(crate) fn made(
    document: &Document,
    stack: &Stack,
    zone: &Zone,
    owner: &Name,
    record: &RecordRef<'_>,
) -> Row {
    let maker = Maker::of(stack, owner.as_ref(), record);
    let path = document.path_of(&maker);
    maker.row(&zone.apex().to_string(), owner, record, path)
}

/// The start of a zone, which the host writes.
pub(crate) fn soa(zone: &Zone) -> Row {
    let mut content = Vec::new();
    zone.write_soa_content(&mut content);
    let apex = zone.apex().to_string();
    Row {
        zone: apex.clone(),
        owner: apex,
        ttl: zone.soa_ttl(),
        type_: "SOA".to_owned(),
        rdata: String::from_utf8_lossy(&content).into_owned(),
        policy: None,
        rule: None,
        service: None,
        instance: None,
        resource: None,
        path: None,
        exclusive: false,
    }
}
