//! Small clusters for tests, as the text of a cluster document.

use zonesmith_policy::harness::{Published, publish};

use crate::DefaultPolicy;

/// What is published of these services (members of a JSON object) with these settings.
pub(crate) fn published(services: &str, settings: &str) -> Published {
    let cluster = r#""name": "cluster1", "dns": ["10.0.0.1"]"#;
    published_in(cluster, services, settings)
}

/// The same in a cluster of these members.
pub(crate) fn published_in(cluster: &str, services: &str, settings: &str) -> Published {
    let document = format!(r#"{{ "cluster": {{ {cluster} }}, "services": {{ {services} }} }}"#);
    publish::<DefaultPolicy>(&document, settings).unwrap()
}

/// One service of one instance on n1, up, with these resources (members of a JSON object).
pub(crate) fn on_n1(service: &str, resources: &str) -> String {
    format!(
        r#""{service}": {{ "instances": {{ "n1": {{ "availability": "up", "resources": {{ {resources} }} }} }} }}"#
    )
}
