//! What a policy is given: the cluster, its networks, and the services with their instances and resources.
//!
//! The words are those of `wit/since_v0.1/cluster.wit`; here stand a few questions one asks of them.

pub use crate::bindings::zonesmith::policy::cluster::{
    Availability, Cluster, Info, Instance, InstanceResource, Network, NetworkScope, Node,
    PortExposure, Service,
};

/// The JSON text that `info` has for `key`, as the source wrote it: `true`, `"n1"`, `["80/tcp"]`.
#[must_use]
pub fn info<'a>(info: &'a [(String, String)], key: &str) -> Option<&'a str> {
    info.iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
}

/// The value `info` has for `key`, where that is a JSON string.
#[must_use]
pub fn info_text(pairs: &[(String, String)], key: &str) -> Option<String> {
    serde_json::from_str(info(pairs, key)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{info, info_text};

    #[test]
    fn info_is_json_text_by_key() {
        let pairs = vec![
            ("scaler_slave".to_owned(), "true".to_owned()),
            ("type".to_owned(), r#""ip.cni""#.to_owned()),
        ];
        assert_eq!(info(&pairs, "scaler_slave"), Some("true"));
        assert_eq!(info(&pairs, "tags"), None);
        assert_eq!(info_text(&pairs, "type").as_deref(), Some("ip.cni"));
        assert_eq!(info_text(&pairs, "scaler_slave"), None);
    }
}
