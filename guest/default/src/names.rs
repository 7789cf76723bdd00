//! The names everything else is below: of the cluster, of a service, of a service seen from one node.
//!
//! Names of clusters, services and nodes may contain dots and then are several labels, as both agents have it; a namespace
//! and a kind are one label each. All is lower case here, whatever the source wrote.

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::name;

/// The name of the cluster: the apex of its forward zone.
pub(crate) struct ClusterName(String);

impl ClusterName {
    /// Reads the cluster's name; the error is a sentence.
    pub(crate) fn of(cluster: &Cluster) -> Result<Self, String> {
        cluster.apex().map(Self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `<label>.<cluster>`.
    pub(crate) fn below(&self, label: &str) -> String {
        name::join([label, &self.0])
    }
}

/// The names of one service.
pub(crate) struct ServiceNames {
    /// `web.shop.svc`
    path: String,
    /// `web.shop.svc.cluster1`
    service: String,
    /// `cluster1`
    cluster: String,
}

impl ServiceNames {
    /// Reads namespace, kind and name; the error is a sentence.
    pub(crate) fn of(service: &Service, cluster: &ClusterName) -> Result<Self, String> {
        let name = service.scaler().unwrap_or(&service.name);
        let part = |what: &str, text: &str, read: fn(&str) -> Result<String, name::NotALabel>| {
            read(text).map_err(|error| {
                format!("nothing is published: the {what} \"{text}\" gives no name in DNS: {error}")
            })
        };
        let name = part("service name", name, name::labels)?;
        let namespace = part("namespace", &service.namespace, name::label)?;
        let kind = part("kind", &service.kind, name::label)?;
        let path = name::join([&name, &namespace, &kind]);
        let service = name::join([&path, &cluster.0]);
        Ok(Self {
            path,
            service,
            cluster: cluster.0.clone(),
        })
    }

    /// `<service>.<namespace>.<kind>.<cluster>`
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// `<label>.<service>.<namespace>.<kind>.<cluster>`
    pub(crate) fn below(&self, label: &str) -> String {
        name::join([label, &self.service])
    }

    /// `<service>.<namespace>.<kind>.<node>.node.<cluster>`; `node` is a name already.
    pub(crate) fn on_node(&self, node: &str) -> String {
        name::join([&self.path, node, "node", &self.cluster])
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::test_cluster::{on_n1, published, published_in};

    const RESOURCE: &str = r#""ip#0": { "info": { "ipaddr": "10.22.0.5" } }"#;

    #[test]
    fn names_are_lower_case_and_may_have_dots() {
        let services = on_n1("Shop/svc/Web.V2", RESOURCE);
        let cluster = r#""name": "Prod.Example.", "dns": ["10.0.0.1"]"#;
        let published = published_in(cluster, &services, "{}");
        assert_snapshot!(published.made_by("round-robin"), @"web.v2.shop.svc.prod.example. 60 IN A 10.22.0.5");
        assert_snapshot!(published.made_by("node"), @r"
        web.v2.shop.svc.n1.node.prod.example. 60 IN A 10.22.0.5
        0.web.v2.shop.svc.n1.node.prod.example. 60 IN A 10.22.0.5
        ");
    }

    #[test]
    fn slices_share_the_names_of_their_scaler() {
        let slice = |name: &str, address: &str, flag: &str| {
            format!(
                r#""shop/svc/{name}": {{ {flag} "instances": {{ "n1": {{ "scaler_slave": {}, "resources": {{
                    "ip#0": {{ "info": {{ "ipaddr": "{address}", "hostname": "web", "expose": ["80/tcp"] }} }} }} }} }} }}"#,
                flag.is_empty()
            )
        };
        let services = [
            slice("1.web", "10.22.0.5", ""),
            slice("2.web", "10.22.0.6", r#""scaler_slave": true,"#),
            // Named like a slice and none, and the other way round.
            slice("3.web", "10.22.0.7", r#""scaler_slave": false,"#),
            slice("x.web", "10.22.0.8", ""),
        ];
        let published = published(&services.join(", "), "{}");
        assert_snapshot!(published.made_by("round-robin"), @r"
        web.shop.svc.cluster1. 60 IN A 10.22.0.5
        web.shop.svc.cluster1. 60 IN A 10.22.0.6
        3.web.shop.svc.cluster1. 60 IN A 10.22.0.7
        x.web.shop.svc.cluster1. 60 IN A 10.22.0.8
        ");
        assert_snapshot!(published.made_by("hostname"), @r"
        web.3.web.shop.svc.cluster1. 60 IN A 10.22.0.7
        web.web.shop.svc.cluster1. 60 IN A 10.22.0.5
        web.web.shop.svc.cluster1. 60 IN A 10.22.0.6
        web.x.web.shop.svc.cluster1. 60 IN A 10.22.0.8
        ");
        assert_snapshot!(published.made_by("srv"), @r"
        _80._tcp.3.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-7.3.web.shop.svc.cluster1.
        _http._tcp.3.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-7.3.web.shop.svc.cluster1.
        _80._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.shop.svc.cluster1.
        _80._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-6.web.shop.svc.cluster1.
        _http._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-5.web.shop.svc.cluster1.
        _http._tcp.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-6.web.shop.svc.cluster1.
        _80._tcp.x.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-8.x.web.shop.svc.cluster1.
        _http._tcp.x.web.shop.svc.cluster1. 60 IN SRV 0 10 80 10-22-0-8.x.web.shop.svc.cluster1.
        ");
        assert_snapshot!(published.made_by("ptr"), @r"
        5.0.22.10.in-addr.arpa. 60 IN PTR web.web.shop.svc.cluster1.
        6.0.22.10.in-addr.arpa. 60 IN PTR web.web.shop.svc.cluster1.
        7.0.22.10.in-addr.arpa. 60 IN PTR web.3.web.shop.svc.cluster1.
        8.0.22.10.in-addr.arpa. 60 IN PTR web.x.web.shop.svc.cluster1.
        ");
        assert_eq!(published.notes(), "");
    }

    #[test]
    fn a_service_that_gives_no_name_is_told() {
        let services = [
            on_n1("-web", RESOURCE),
            on_n1("my_shop/svc/web!", RESOURCE),
            on_n1("a.b/svc/web", RESOURCE),
            on_n1("good", RESOURCE),
        ];
        let published = published(&services.join(", "), "{}");
        assert_snapshot!(published.notes(), @r#"
        ; error of default, a.b/svc/web: nothing is published: the namespace "a.b" gives no name in DNS: "." has no place in a host's name
        ; error of default, my_shop/svc/web!: nothing is published: the service name "web!" gives no name in DNS: "!" has no place in a host's name
        ; error of default, root/svc/-web: nothing is published: the service name "-web" gives no name in DNS: it has a label that begins or ends with a hyphen
        "#);
        assert_snapshot!(published.made_by("round-robin"), @"good.root.svc.cluster1. 60 IN A 10.22.0.5");
    }

    #[test]
    fn the_kind_is_the_third_label_and_only_chosen_kinds_have_names() {
        let services = format!(
            "{}, {}",
            on_n1("shop/vol/data", RESOURCE),
            on_n1("shop/svc/web", RESOURCE)
        );
        for (settings, names) in [
            ("{}", "web.shop.svc.cluster1. 60 IN A 10.22.0.5\n"),
            (
                r#"{"kinds": ["vol"]}"#,
                "data.shop.vol.cluster1. 60 IN A 10.22.0.5\n",
            ),
            (r#"{"kinds": []}"#, ""),
        ] {
            let published = published(&services, settings);
            assert_eq!(published.made_by("round-robin"), names, "{settings}");
        }
    }
}
