//! Services, instances and resources: the same in every language but for a few words, so one reader for all.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::object::{Entries, Nulls, Object, entries, find, text};
use super::place::Place;
use super::{DocumentError, Format};
use crate::availability::Availability;
use crate::expose::PortExposure;
use crate::info::{Info, SharedInfos};
use crate::problem::Problem;
use crate::service::{Instance, Resource, Service};
use crate::service_path::ServicePath;
use crate::tree::Tree;

/// Reads services of one text. Knows its nodes, whose names all instances share.
pub(crate) struct ServiceReader {
    format: Format,
    scores: HashMap<Arc<str>, Option<u8>>,
    /// `ip#0`, `container#web`, …: few words that every service uses.
    resource_ids: HashSet<Arc<str>>,
    infos: SharedInfos,
}

impl ServiceReader {
    /// `scores` are those of the cluster's nodes; an instance elsewhere has none.
    pub(crate) fn new(
        scores: impl Iterator<Item = (Arc<str>, Option<u8>)>,
        format: Format,
    ) -> Self {
        Self {
            format,
            scores: scores.collect(),
            resource_ids: HashSet::new(),
            infos: SharedInfos::default(),
        }
    }

    /// A service of a cluster document.
    pub(crate) fn read_service(
        &mut self,
        path: &ServicePath,
        tree: &Tree<'_>,
        place: &Place<'_>,
    ) -> Result<Service, DocumentError> {
        let object = Object::of(tree, place, Nulls::AreWrong)?;
        let mut problems = Vec::new();
        let instances_place = place.key("instances");
        let listed = object.map("instances")?;
        let mut instances = Vec::with_capacity(listed.len());
        for (node, tree) in listed {
            instances.push(self.read_instance(
                node,
                tree,
                &instances_place.key(node),
                &mut problems,
            )?);
        }
        instances.sort_by(|one, two| one.node.cmp(&two.node));
        let labels_place = place.key("labels");
        let listed = object.map("labels")?;
        let mut labels = Vec::with_capacity(listed.len());
        for (key, value) in listed {
            labels.push((
                Box::from(&**key),
                Box::from(text(value, &labels_place.key(key))?),
            ));
        }
        labels.sort_unstable();
        problems.shrink_to_fit();
        Ok(Service {
            path: path.clone(),
            labels,
            instances,
            info: object.rest(&["labels", "instances"]),
            problems,
        })
    }

    /// An instance in any language. Faults that need not refuse the whole text are added to `problems`.
    pub(crate) fn read_instance(
        &mut self,
        node: &str,
        tree: &Tree<'_>,
        place: &Place<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<Instance, DocumentError> {
        let object = Object::of(tree, place, self.nulls())?;
        let siblings = object.map("resources")?;
        let mut resources = Vec::with_capacity(siblings.len());
        let resources_place = place.key("resources");
        for (id, resource) in siblings {
            resources.push(self.read_resource(
                id,
                resource,
                siblings,
                &resources_place.key(id),
                problems,
            )?);
        }
        resources.sort_by(|one, two| one.id.cmp(&two.id));
        let (availability_key, known) = match self.format {
            Format::ClusterDocument => ("availability", &["availability", "resources"][..]),
            Format::AgentV3 => ("avail", &crate::opensvc::v3::FIELDS_OF_INSTANCE[..]),
            Format::AgentV2 => ("avail", &crate::opensvc::v2::FIELDS_OF_INSTANCE[..]),
        };
        let availability = self.availability(&object, availability_key, problems)?;
        let (node, score) = self.node(node);
        Ok(Instance {
            node,
            score,
            availability,
            resources: resources.into(),
            info: self.infos.share(object.rest(known)),
        })
    }

    /// As [`SharedInfos::share`].
    pub(crate) fn share(&mut self, info: Info) -> Info {
        self.infos.share(info)
    }

    /// Instances that are read from now on have this score.
    pub(crate) fn set_score(&mut self, node: &str, score: Option<u8>) {
        let (name, _) = self.node(node);
        self.scores.insert(name, score);
    }

    /// The shared name of a node, and its score.
    pub(crate) fn node(&mut self, name: &str) -> (Arc<str>, Option<u8>) {
        if let Some((name, score)) = self.scores.get_key_value(name) {
            return (Arc::clone(name), *score);
        }
        let name: Arc<str> = name.into();
        self.scores.insert(Arc::clone(&name), None);
        (name, None)
    }

    fn read_resource(
        &mut self,
        id: &str,
        tree: &Tree<'_>,
        siblings: &Entries<'_>,
        place: &Place<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<Resource, DocumentError> {
        let object = Object::of(tree, place, self.nulls())?;
        let info_place = place.key("info");
        let info = object.map("info")?;
        let mut fields = Fields {
            format: self.format,
            info,
            place: &info_place,
            problems,
        };
        let addresses = fields.addresses()?;
        let hostname = fields.hostname()?;
        let exposes = fields.exposes(siblings)?;
        let status = self.availability(&object, "status", problems)?;
        let known: &[&str] = match self.format {
            Format::ClusterDocument => &["status", "info"],
            Format::AgentV3 | Format::AgentV2 => &crate::opensvc::FIELDS_OF_RESOURCE,
        };
        let rest = object
            .entries
            .iter()
            .filter(|(key, _)| !known.contains(&&**key));
        let whole = info
            .iter()
            .chain(rest)
            .map(|(key, value)| (&**key, value))
            .collect();
        Ok(Resource {
            id: self.resource_id(id),
            status,
            addresses: addresses.into(),
            hostname,
            exposes: exposes.into(),
            info: Info::from_entries(whole),
        })
    }

    /// The shared id of a resource.
    fn resource_id(&mut self, id: &str) -> Arc<str> {
        if let Some(id) = self.resource_ids.get(id) {
            return Arc::clone(id);
        }
        let id: Arc<str> = id.into();
        self.resource_ids.insert(Arc::clone(&id));
        id
    }

    /// Nothing said is `undef`.
    fn availability(
        &self,
        object: &Object<'_, '_>,
        key: &str,
        problems: &mut Vec<Problem>,
    ) -> Result<Availability, DocumentError> {
        let Some(word) = object.text(key)? else {
            return Ok(Availability::default());
        };
        if let Some(availability) = Availability::parse(word) {
            return Ok(availability);
        }
        let fault = object.place.key(key).invalid(format_args!(
            "`{word}` is none of up, down, warn, n/a, undef, stdby up, stdby down"
        ));
        tolerate(self.format, fault, problems)?;
        Ok(Availability::Undefined)
    }

    fn nulls(&self) -> Nulls {
        match self.format {
            Format::ClusterDocument => Nulls::AreWrong,
            Format::AgentV3 | Format::AgentV2 => Nulls::AreAbsent,
        }
    }
}

/// A document can be mended by whoever wrote it. An agent's word cannot: there the fault takes away only itself.
fn tolerate(
    format: Format,
    fault: DocumentError,
    problems: &mut Vec<Problem>,
) -> Result<(), DocumentError> {
    match (format, fault) {
        (
            Format::AgentV3 | Format::AgentV2,
            DocumentError::WrongType {
                path,
                expected,
                found,
            },
        ) => {
            problems.push(Problem::new(
                path,
                format_args!("expected {expected}, found {found}"),
            ));
            Ok(())
        }
        (Format::AgentV3 | Format::AgentV2, DocumentError::Invalid { path, message }) => {
            problems.push(Problem { path, message });
            Ok(())
        }
        (_, fault) => Err(fault),
    }
}

/// What has a field here of a resource's `info`. It is the agent's own in every language, so null is absent in all.
struct Fields<'f, 'a> {
    format: Format,
    info: &'f Entries<'a>,
    place: &'f Place<'f>,
    problems: &'f mut Vec<Problem>,
}

impl<'f, 'a> Fields<'f, 'a> {
    /// `ipaddr`: a text or a list of them. The agent's `""` is a name that does not resolve (yet).
    fn addresses(&mut self) -> Result<Vec<IpAddr>, DocumentError> {
        let texts = self.texts("ipaddr", |text| vec![text])?;
        let mut addresses = Vec::with_capacity(texts.len());
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            match text.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => self.complain("ipaddr", format_args!("`{text}` is no IP address")),
            }
        }
        Ok(addresses)
    }

    fn hostname(&mut self) -> Result<Option<Box<str>>, DocumentError> {
        match self.get("hostname") {
            None => Ok(None),
            Some(Tree::Text(text)) => Ok((!text.is_empty()).then(|| Box::from(&**text))),
            Some(other) => self
                .tolerate(self.place.key("hostname").wrong_type("a text", other))
                .map(|()| None),
        }
    }

    /// `expose`: a list of texts, or one with spaces between.
    fn exposes(&mut self, siblings: &Entries<'_>) -> Result<Vec<PortExposure>, DocumentError> {
        let texts = self.texts("expose", |text| text.split_whitespace().collect())?;
        let mut exposes = Vec::with_capacity(texts.len());
        for text in texts {
            let expose = if text.contains('#') {
                follow(text, siblings)
            } else {
                text.parse().map_err(Fault::from)
            };
            match expose {
                Ok(expose) => exposes.push(expose),
                Err(fault) => self.complain("expose", format_args!("`{text}`: {fault}")),
            }
        }
        Ok(exposes)
    }

    /// A list of texts; `split` makes one of a single text.
    fn texts(
        &mut self,
        key: &str,
        split: fn(&'f str) -> Vec<&'f str>,
    ) -> Result<Vec<&'f str>, DocumentError> {
        let place = self.place.key(key);
        let items = match self.get(key) {
            None => return Ok(Vec::new()),
            Some(Tree::Text(text)) => return Ok(split(text)),
            Some(Tree::List(items)) => items,
            Some(other) => {
                return self
                    .tolerate(place.wrong_type("a list of texts", other))
                    .map(|()| Vec::new());
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match text(item, &place.item(index)) {
                Ok(text) => texts.push(text),
                Err(fault) => self.tolerate(fault)?,
            }
        }
        Ok(texts)
    }

    fn get(&self, key: &str) -> Option<&'f Tree<'a>> {
        find(self.info, key).filter(|value| **value != Tree::Null)
    }

    fn tolerate(&mut self, fault: DocumentError) -> Result<(), DocumentError> {
        tolerate(self.format, fault, self.problems)
    }

    fn complain(&mut self, key: &str, message: impl fmt::Display) {
        self.problems
            .push(Problem::new(self.place.key(key), message));
    }
}

/// A sentence about one expose.
type Fault = Box<dyn std::error::Error>;

/// `expose#1`: the resource of that id in the same instance has `port` and `protocol` (`tcp` unless it says) in its info.
fn follow(id: &str, siblings: &Entries<'_>) -> Result<PortExposure, Fault> {
    let resource = find(siblings, id).ok_or("the instance has no such resource")?;
    let place = Place::root(id);
    let info_place = place.key("info");
    let resource = entries(resource, &place)?;
    let info = find(resource, "info").map_or(Ok(&[][..]), |info| entries(info, &info_place))?;
    let port = match find(info, "port") {
        Some(Tree::Number(number)) => number.to_string(),
        Some(Tree::Text(text)) => text.to_string(),
        _ => return Err("that resource has no `port` in its info".into()),
    };
    let protocol = match find(info, "protocol") {
        Some(Tree::Text(text)) => &**text,
        None | Some(Tree::Null) => "tcp",
        Some(other) => {
            return Err(info_place
                .key("protocol")
                .wrong_type("a text", other)
                .into());
        }
    };
    let referred = format!("{port}/{protocol}");
    referred
        .parse()
        .map_err(|fault| format!("refers to `{referred}`: {fault}").into())
}
