//! Networks of Debian's plugins, with ours after them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use zonesmith_tests::cni::{Attachment, Inhabitant, PLUGINS, bridge_and};
use zonesmith_tests::network::Network;
use zonesmith_tests::until;

use super::{Node, SERVERS, document, expect_names, network};
use crate::BINARY;

/// The network of a test with a container's beside it, and our plugin among others.
struct Place<'network> {
    node: Node<'network>,
    directory: TempDir,
}

impl<'network> Place<'network> {
    fn start(network: &'network Network) -> Self {
        let place = Self {
            node: Node::start(network),
            directory: tempfile::tempdir().unwrap(),
        };
        symlink(BINARY, place.directory.path().join("zonesmith-cni")).unwrap();
        place
    }

    fn resolv_conf(&self) -> PathBuf {
        self.directory.path().join("c1/resolv.conf")
    }

    fn attachment<'a>(
        &self,
        version: &str,
        host: &'a Network,
        container: &'a Network,
    ) -> Attachment<'a> {
        let plugin = json!({
            "type": "zonesmith-cni", "admin": self.node.node.daemon().admin_path(), "registry": self.node.path("registry"),
            "resolvConf": self.directory.path().join("{container}/resolv.conf"),
        });
        Attachment {
            host,
            container,
            list: bridge_and(version, &plugin, &self.directory.path().join("leases")),
            path: vec![self.directory.path().to_owned(), PLUGINS.into()],
            id: "c1".into(),
            arguments: "IgnoreUnknown=1;ZONESMITH_SERVICE=shop/svc/web".into(),
        }
    }
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and containernetworking-plugins"]
fn a_network_of_plugins_finds_short_names_and_follows_the_name_servers() {
    let network = network();
    let place = Place::start(&network);
    for version in ["0.4.0", "1.0.0"] {
        place
            .node
            .node
            .daemon()
            .set_cluster(&document(&SERVERS[..1]));
        let apex = "ns1.demo. 60 A 10.60.0.1";
        place.node.node.daemon().until_records("ns1.demo.", &[apex]);
        let container = network.beside();
        let attachment = place.attachment(version, &network, &container);
        let result = attachment.add().unwrap();
        assert_eq!(
            result["dns"]["nameservers"],
            json!(["10.60.0.1"]),
            "{result}"
        );
        assert_eq!(result["dns"]["search"][0], "web.shop.svc.demo", "{result}");
        assert_eq!(result["cniVersion"], version);
        assert!(
            result["ips"][0]["address"]
                .as_str()
                .unwrap()
                .starts_with("10.61.0."),
            "{result}"
        );
        attachment.check(&result).unwrap();
        let inhabitant = Inhabitant::of(&container, &place.resolv_conf());
        let say = |words: &[&str]| inhabitant.say(&[&["busybox"], words].concat());
        expect_names(say, SERVERS[0]);

        place
            .node
            .node
            .daemon()
            .set_cluster(&document(&SERVERS[1..]));
        until(
            "the container's file has the other name server",
            || {
                inhabitant
                    .say(&["cat", "/etc/resolv.conf"])
                    .output
                    .contains("10.60.0.2")
                    .then_some(())
            },
            || place.node.followed(),
        );
        expect_names(say, SERVERS[1]);
        attachment.check(&result).unwrap();

        fs::write(place.resolv_conf(), "nameserver 192.0.2.1\n").unwrap();
        let failed = attachment.check(&result).unwrap_err();
        assert_eq!(
            (failed.plugin.as_str(), &failed.error["code"]),
            ("zonesmith-cni", &json!(100)),
            "{failed:?}"
        );
        fs::remove_file(place.resolv_conf()).unwrap();
        for again in ["first", "again"] {
            attachment
                .del(&result)
                .unwrap_or_else(|failed| panic!("{again}: {failed:?}"));
        }
        assert_eq!(place.node.kept(), 0, "what was deleted is not kept");
    }
}

#[test]
#[ignore = "needs pdns_server, pdns_recursor and containernetworking-plugins"]
fn the_plugin_answers_as_the_spec_has_it_when_it_cannot_do_it() {
    let network = network();
    let place = Place::start(&network);
    let container = network.beside();
    let attachment = place.attachment("1.1.0", &network, &container);
    let plugin = &attachment.list["plugins"][1];
    let version = attachment.run("VERSION", plugin, &Value::Null).unwrap();
    assert_eq!(version["cniVersion"], "1.1.0");
    assert!(
        version["supportedVersions"]
            .as_array()
            .unwrap()
            .contains(&json!("1.0.0")),
        "{version}"
    );
    attachment.run("STATUS", plugin, &Value::Null).unwrap();
    let code = |plugin: &Value, previous: &Value| {
        let failed = attachment.run("ADD", plugin, previous).unwrap_err();
        assert_eq!(failed.error["cniVersion"], "1.1.0", "{failed:?}");
        assert!(
            !failed.error["msg"].as_str().unwrap().is_empty(),
            "{failed:?}"
        );
        failed.error["code"].as_u64().unwrap()
    };
    assert_eq!(code(plugin, &Value::Null), 7, "it is the first of its list");
    let previous = json!({ "cniVersion": "1.1.0", "ips": [] });
    let mut alone = plugin.clone();
    alone["admin"] = json!("/nonexistent/admin.sock");
    alone["registry"] = json!(place.node.path("other"));
    assert_eq!(code(&alone, &previous), 11, "nobody knows the cluster");
    let failed = attachment.run("STATUS", &alone, &Value::Null).unwrap_err();
    assert_eq!(failed.error["code"], 50, "{failed:?}");

    // What is of no container any more is collected; another network's is not.
    attachment.run("ADD", plugin, &previous).unwrap();
    assert_eq!(place.node.kept(), 1);
    assert!(place.resolv_conf().exists());
    let mut collecting = plugin.clone();
    collecting["cni.dev/valid-attachments"] = json!([{ "containerID": "c1", "ifname": "eth0" }]);
    attachment.run("GC", &collecting, &Value::Null).unwrap();
    assert_eq!(place.node.kept(), 1, "it is still needed");
    collecting["cni.dev/valid-attachments"] = json!([]);
    attachment.run("GC", &collecting, &Value::Null).unwrap();
    assert_eq!(place.node.kept(), 0);
    assert!(!place.resolv_conf().exists());
}
