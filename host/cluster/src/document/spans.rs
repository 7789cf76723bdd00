//! Between the text of a document and what it says: where a path stands in the text, which path an offset lies in, and what
//! of the cluster a path is about. For editors; the daemon never asks.
//!
//! Nothing is kept: of a document only those objects are taken apart that lie on the way. A path is found by walking the
//! text, so a key may have dots in it.

use std::ops::Range;

use serde_json::value::RawValue;

use super::Format;
use super::object::{RawEntries, RawObject};
use crate::service::Service;
use crate::service_path::ServicePath;

/// What of a cluster a path of its document is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All of it.
    Everything,
    /// The cluster as a whole: its name, its networks, its settings.
    Cluster,
    /// A node of the cluster.
    Node(String),
    /// A service, an instance of it, or a resource of that.
    Service {
        /// Which service.
        path: ServicePath,
        /// Where the instance runs.
        node: Option<String>,
        /// The id of the resource.
        resource: Option<String>,
    },
}

/// A step down from the document's root, and where it leads.
struct Step<'a> {
    name: String,
    value: &'a RawValue,
}

/// The octets of a document's text that a path names, from the key to the end of its value. What is not there is looked for
/// in what it would be in.
#[must_use]
pub fn find(text: &str, path: &str) -> Option<Range<usize>> {
    let steps = walk(text, path);
    steps.last().map(|step| span(text, step))
}

/// The path of the innermost thing at an octet of the text; none between things, and in what is no JSON.
#[must_use]
pub fn path_at(text: &str, offset: usize) -> Option<String> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    let mut path = String::new();
    while let Some(step) = children(value)
        .into_iter()
        .find(|step| span(text, step).contains(&offset))
    {
        if !path.is_empty() && !step.name.starts_with('[') {
            path.push('.');
        }
        path.push_str(&step.name);
        value = step.value;
    }
    (!path.is_empty()).then_some(path)
}

/// What of the cluster a path is about; what lies within a resource is about that resource.
#[must_use]
pub fn subject(text: &str, format: Format, path: &str) -> Subject {
    let steps = walk(text, path);
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    let service = |key: &str, node: Option<&&str>, resource: Option<&&str>| match key.parse() {
        Ok(path) => Subject::Service {
            path,
            node: node.map(ToString::to_string),
            resource: resource.map(ToString::to_string),
        },
        Err(_) => Subject::Everything,
    };
    match (format, names.as_slice()) {
        (_, []) => Subject::Everything,
        (Format::ClusterDocument, ["services"]) => Subject::Everything,
        (Format::ClusterDocument, ["services", key, rest @ ..]) => {
            let resource = (rest.get(2) == Some(&"resources"))
                .then(|| rest.get(3))
                .flatten();
            service(key, rest.get(1).filter(|_| is_list(rest)), resource)
        }
        (Format::AgentV3, ["cluster", "node", node, "instance", key, rest @ ..]) => {
            let is_resource = rest.get(1) == Some(&"resources");
            service(key, Some(node), rest.get(2).filter(|_| is_resource))
        }
        (
            Format::AgentV2,
            [
                "monitor",
                "nodes",
                node,
                "services",
                "status",
                key,
                rest @ ..,
            ],
        ) => {
            let is_resource = rest.first() == Some(&"resources");
            service(key, Some(node), rest.get(1).filter(|_| is_resource))
        }
        (Format::AgentV3, ["cluster", "node", node, ..])
        | (Format::AgentV2, ["monitor", "nodes", node, ..])
        | (Format::ClusterDocument, ["cluster", "nodes", node, ..]) => {
            Subject::Node((*node).to_owned())
        }
        (Format::AgentV3, ["cluster"] | ["cluster", "node"])
        | (Format::AgentV2, ["monitor"] | ["monitor", "nodes"]) => Subject::Everything,
        (_, ["cluster", ..]) => Subject::Cluster,
        (_, _) => Subject::Everything,
    }
}

fn is_list(rest: &[&str]) -> bool {
    rest.first() == Some(&"instances")
}

/// The path of a service in its document, of its instance on a node, or of a resource of that. An agent lists instances by
/// their nodes: a service without one is where its first instance is.
#[must_use]
pub fn path_of(
    format: Format,
    service: &Service,
    node: Option<&str>,
    resource: Option<&str>,
) -> String {
    let path = &service.path;
    let first = service.instances.first().map(|instance| &*instance.node);
    let mut text = match (format, node) {
        (Format::ClusterDocument, None) => format!("services.{path}"),
        (Format::ClusterDocument, Some(node)) => format!("services.{path}.instances.{node}"),
        (Format::AgentV3, node) => {
            let node = node.or(first).unwrap_or_default();
            format!("cluster.node.{node}.instance.{path}")
        }
        (Format::AgentV2, node) => {
            let node = node.or(first).unwrap_or_default();
            format!("monitor.nodes.{node}.services.status.{path}")
        }
    };
    if let (Some(_), Some(resource)) = (node, resource) {
        let list = match format {
            Format::ClusterDocument | Format::AgentV2 => "resources",
            Format::AgentV3 => "status.resources",
        };
        text.push('.');
        text.push_str(list);
        text.push('.');
        text.push_str(resource);
    }
    text
}

/// As far down a path as there is a way.
fn walk<'a>(text: &'a str, path: &str) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    let Ok(mut value) = serde_json::from_str::<&RawValue>(text) else {
        return steps;
    };
    let mut left = path;
    while !left.is_empty() {
        // Of keys that begin alike the longest is meant.
        let best = children(value)
            .into_iter()
            .filter_map(|step| Some((rest_behind(left, &step.name)?, step)))
            .min_by_key(|(rest, _)| rest.len());
        let Some((rest, step)) = best else {
            break;
        };
        left = rest;
        value = step.value;
        steps.push(step);
    }
    steps
}

/// What of a path is left behind this step, if it begins with it. A service may be written in short.
fn rest_behind<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let behind = |name: &str| {
        let rest = path.strip_prefix(name)?;
        match rest.strip_prefix('.') {
            Some(rest) => Some(rest),
            None => (rest.is_empty() || rest.starts_with('[')).then_some(rest),
        }
    };
    behind(name).or_else(|| {
        let service = name.parse::<ServicePath>().ok()?;
        behind(service.as_str())
    })
}

/// What an object or a list holds.
fn children(value: &RawValue) -> Vec<Step<'_>> {
    match value.get().as_bytes().first() {
        Some(b'{') => {
            let entries = serde_json::from_str(value.get())
                .map_or_else(|_| RawEntries::new(), |RawObject(entries)| entries);
            entries
                .into_iter()
                .map(|(key, value)| Step {
                    name: key.into_owned(),
                    value,
                })
                .collect()
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
            let items = items.into_iter().enumerate();
            items
                .map(|(at, value)| Step {
                    name: format!("[{at}]"),
                    value,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// From the key of a value, or from the value where it has none, to its end.
fn span(text: &str, step: &Step<'_>) -> Range<usize> {
    let inside = step.value.get();
    // Invariant: the value is a part of the text.
    let start = inside.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let end = start + inside.len();
    let before = text.get(..start).unwrap_or_default().trim_end();
    let key = before.strip_suffix(':').map(str::trim_end);
    let key = key.and_then(|before| before.strip_suffix('"'));
    let start = key.and_then(start_of_key).unwrap_or(start);
    start..end
}

/// Where the text begins whose last quotation mark was taken away.
fn start_of_key(before: &str) -> Option<usize> {
    let mut from = before.len();
    loop {
        let at = before.get(..from)?.rfind('"')?;
        let escapes = before.get(..at)?.bytes().rev();
        let escapes = escapes.take_while(|octet| *octet == b'\\').count();
        if escapes % 2 == 0 {
            return Some(at);
        }
        from = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read;

    const DOCUMENT: &str = r#"{
  "cluster": { "name": "demo", "dns": ["10.0.0.1", "10.0.0.2"], "nodes": { "n1": {} } },
  "services": {
    "web": { "instances": { "n1": { "resources": { "ip#0": { "info": { "ipaddr": "10.0.0.5" } } } } } },
    "web.v2": { "instances": { "n1.example": {} } },
    "a\"b": {}
  }
}"#;

    #[test]
    fn a_path_is_found_from_its_key_to_its_end() {
        for (path, found) in [
            ("cluster.name", Some(r#""name": "demo""#)),
            ("cluster.dns[1]", Some(r#""10.0.0.2""#)),
            (
                "services.web.instances.n1.resources.ip#0.info.ipaddr",
                Some(r#""ipaddr": "10.0.0.5""#),
            ),
            (
                "services.root/svc/web.instances.n1.resources.ip#0.info.ipaddr",
                Some(r#""ipaddr": "10.0.0.5""#),
            ),
            (
                "services.web.v2.instances.n1.example",
                Some(r#""n1.example": {}"#),
            ),
            ("services.a\"b", Some(r#""a\"b": {}"#)),
            ("cluster.nodes.n1.score", Some(r#""n1": {}"#)),
            ("nothing", None),
        ] {
            let span = find(DOCUMENT, path).map(|span| &DOCUMENT[span]);
            assert_eq!(span, found, "{path}");
        }
    }

    #[test]
    fn an_offset_is_in_the_innermost_thing() {
        let at = |part: &str| path_at(DOCUMENT, DOCUMENT.find(part).unwrap());
        for (part, path) in [
            (
                "10.0.0.5",
                "services.web.instances.n1.resources.ip#0.info.ipaddr",
            ),
            ("info", "services.web.instances.n1.resources.ip#0.info"),
            ("10.0.0.2", "cluster.dns[1]"),
            ("n1.example", "services.web.v2.instances.n1.example"),
        ] {
            assert_eq!(at(part).as_deref(), Some(path), "{part}");
        }
        assert_eq!(path_at(DOCUMENT, 0), None);
        assert_eq!(path_at("{", 0), None);
    }

    #[test]
    fn a_path_is_about_a_part_of_the_cluster() {
        let service = |path: &str, node: Option<&str>, resource: Option<&str>| Subject::Service {
            path: path.parse().unwrap(),
            node: node.map(ToOwned::to_owned),
            resource: resource.map(ToOwned::to_owned),
        };
        let of_document = |path| subject(DOCUMENT, Format::ClusterDocument, path);
        for (path, expected) in [
            ("", Subject::Everything),
            ("services", Subject::Everything),
            ("cluster.dns[0]", Subject::Cluster),
            ("cluster.nodes.n1", Subject::Node("n1".to_owned())),
            ("services.web", service("web", None, None)),
            ("services.web.instances", service("web", None, None)),
            (
                "services.web.instances.n1",
                service("web", Some("n1"), None),
            ),
            (
                "services.web.instances.n1.resources.ip#0.info.ipaddr",
                service("web", Some("n1"), Some("ip#0")),
            ),
            ("services.web.v2", service("web.v2", None, None)),
        ] {
            assert_eq!(of_document(path), expected, "{path}");
        }
    }

    #[test]
    fn the_path_of_a_resource_is_about_that_resource_in_every_language() {
        for text in [
            DOCUMENT,
            include_str!("../../../../tests/fixtures/om3/64-flex-start.json"),
            include_str!("../../../../tests/fixtures/opensvc-v2/daemon-status.json"),
        ] {
            let (format, state) = read(text.as_bytes()).unwrap();
            let mut resources = 0;
            for service in state.services.values() {
                for instance in &service.instances {
                    for resource in &instance.resources {
                        let path =
                            path_of(format, service, Some(&instance.node), Some(&resource.id));
                        let about = Subject::Service {
                            path: service.path.clone(),
                            node: Some(instance.node.to_string()),
                            resource: Some(resource.id.to_string()),
                        };
                        assert_eq!(subject(text, format, &path), about, "{path}");
                        assert!(find(text, &path).is_some(), "{path}");
                        resources += 1;
                    }
                }
            }
            assert!(resources > 0, "{format}");
        }
    }
}
