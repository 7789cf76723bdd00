//! What a policy is given: the cluster, its networks, and the services with their instances and resources.
//!
//! The words are those of `wit/since_v1.0/cluster.wit`; here stand a few questions one asks of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

pub use crate::bindings::zonesmith::policy::cluster::{
    Availability, Cluster, Info, Instance, InstanceResource, Network, NetworkScope, Node,
    PortExposure, Service,
};

/// The JSON text that `info` has for `key`, as the source wrote it: `true`, `"n1"`, `["80/tcp"]`.
#[must_use]
pub fn info<'a>(info: &'a str, key: &str) -> Option<&'a str> {
    // Most things have no info, or none of this key.
    if !info.contains(key) {
        return None;
    }
    let mut entries: BTreeMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(info).ok()?;
    entries.remove(key).map(RawValue::get)
}

/// The value `info` has for `key`, where that is a JSON string.
#[must_use]
pub fn info_text(text: &str, key: &str) -> Option<String> {
    serde_json::from_str(info(text, key)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{info, info_text};

    #[test]
    fn info_is_json_text_by_key() {
        let text = r#"{"scaler_slave":true,"type":"ip.cni"}"#;
        assert_eq!(info(text, "scaler_slave"), Some("true"));
        assert_eq!(info(text, "tags"), None);
        assert_eq!(info_text(text, "type").as_deref(), Some("ip.cni"));
        assert_eq!(info_text(text, "scaler_slave"), None);
    }
}
