use insta::assert_snapshot;

use crate::document::{Format, read};
use crate::outline::{file, outline};
use crate::state::State;

fn status(format: Format, path: &str) -> State {
    let (found, state) =
        read(file(path).as_bytes()).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    assert_eq!(found, format, "{path}");
    state
}

fn v3(name: &str) -> State {
    status(Format::AgentV3, &format!("tests/fixtures/om3/{name}.json"))
}

fn v2(name: &str) -> State {
    status(
        Format::AgentV2,
        &format!("tests/fixtures/opensvc-v2/{name}.json"),
    )
}

#[test]
fn every_recorded_status_is_read_without_a_problem() {
    for (name, cluster, nameservers, services) in [
        ("00-fresh", "giving-dingo", 0, 0),
        ("01-dns-set", "cluster1", 2, 0),
        ("02-created-down", "cluster1", 2, 2),
        ("04-start-web", "cluster1", 2, 2),
        ("06a-address-configured", "cluster1", 2, 2),
        ("14-delete-front", "cluster1", 2, 1),
        ("21a-cni-down", "cluster1", 2, 4),
        ("22b-cni-started", "cluster1", 2, 4),
        ("51-dns-change", "cluster1", 2, 4),
        ("53-cluster-rename", "Cluster2", 2, 4),
        ("64-flex-start", "cluster1", 2, 6),
        ("68a-peer-agent-stopped", "cluster1", 2, 6),
        ("68b-peer-forgotten", "cluster1", 2, 6),
    ] {
        let state = v3(name);
        let found = (
            &*state.cluster.name,
            state.cluster.nameservers.len(),
            state.services.len(),
        );
        assert_eq!(found, (cluster, nameservers, services), "{name}");
        assert!(state.problems.is_empty(), "{name}");
        assert!(
            state
                .services
                .values()
                .all(|service| service.problems.is_empty()),
            "{name}"
        );
    }
}

#[test]
fn an_address_is_told_while_it_is_down_or_not_at_all() {
    assert_snapshot!(outline(&v3("21a-cni-down")), @r#"
    cluster "cluster1" dns [192.168.100.11, 192.168.100.14] {"id":"023e640f-6091-4295-a842-df2fc194d909"}
      node node1 Some(63) [] {"env":"TST","labels":{}}
    ns1/svc/cache [] {"app":"default","flex":{"max":1,"min":1,"target":1},"orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"flex"}
      node1 Some(63) down {"frozen_at":"0001-01-01T00:00:00Z","overall":"down","provisioned":"n/a"}
        ip#0 down [10.60.0.31] None [11211/tcp] {"dev":"svc0","expose":["11211/tcp"],"ipaddr":"10.60.0.31","label":"host 10.60.0.31/24 svc0","netmask":24,"type":"ip.host"}
        ip#backup down [10.60.0.32] None [11211/tcp:11212] {"dev":"svc0","expose":["11211/tcp:11212"],"ipaddr":"10.60.0.32","label":"host 10.60.0.32/24 svc0","netmask":24,"type":"ip.host"}
    ns1/svc/db [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(63) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        container#0 up [] None [] {"id":"00000000000000000000000000000000000000000000000059c14c54688287f9","image_id":"sha256:0000000000000000000000000000000000000000000000000000000000000001","label":"podman pause","name":"ns1..db.container.0","pid":607,"type":"container.podman"}
        ip#0 up [10.61.0.5] Some("db0") [5432/tcp] {"dev":"br0","expose":["5432/tcp"],"hostname":"db0","ipaddr":"10.61.0.5","label":"netns 10.61.0.5/24 in container#0","netmask":24,"type":"ip.netns"}
    ns1/svc/pod [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(63) down {"frozen_at":"0001-01-01T00:00:00Z","overall":"down","provisioned":"n/a"}
        container#0 down [] None [] {"label":"podman pause","name":"ns1..pod.container.0","type":"container.podman"}
        ip#1 down [] Some("pause") [80/tcp 443/tcp:8443] {"expose":["80/tcp","443/tcp:8443"],"hostname":"pause","label":"cni default in container#0","type":"ip.cni"}
    ns1/svc/web [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(63) down {"frozen_at":"2026-11-23T17:35:04.64579348Z","overall":"down","provisioned":"n/a"}
        ip#1 down [10.60.0.22] None [80/tcp 443/tcp:8443 53/udp] {"dev":"svc0","expose":["80/tcp","443/tcp:8443","53/udp"],"ipaddr":"10.60.0.22","label":"host 10.60.0.22/24 svc0","netmask":24,"type":"ip.host"}
        ip#2 down [fd00:60::21] None [80/tcp] {"dev":"svc0","expose":["80/tcp"],"ipaddr":"fd00:60::21","label":"host fd00:60::21/64 svc0","netmask":64,"type":"ip.host"}
    "#);
}

#[test]
fn two_nodes_give_one_service_two_instances() {
    assert_snapshot!(outline(&v3("64-flex-start")), @r#"
    cluster "cluster1" dns [192.168.100.11, 192.168.100.14] {"id":"023e640f-6091-4295-a842-df2fc194d909"}
      node node1 Some(60) [] {"env":"TST","labels":{}}
      node node2 Some(60) [] {"env":"TST","labels":{}}
    ns1/svc/cache [] {"app":"default","flex":{"max":1,"min":1,"target":1},"orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"flex"}
      node1 Some(60) down {"frozen_at":"0001-01-01T00:00:00Z","overall":"down","provisioned":"n/a"}
        ip#0 down [10.60.0.43] None [11211/tcp] {"dev":"svc0","expose":["11211/tcp"],"ipaddr":"10.60.0.43","label":"host 10.60.0.43/24 svc0","netmask":24,"type":"ip.host"}
        ip#backup down [10.60.0.32] None [11211/tcp:11212] {"dev":"svc0","expose":["11211/tcp:11212"],"ipaddr":"10.60.0.32","label":"host 10.60.0.32/24 svc0","netmask":24,"type":"ip.host"}
    ns1/svc/db [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(60) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        container#0 up [] None [] {"id":"00000000000000000000000000000000000000000000000059c14c54688287f9","image_id":"sha256:0000000000000000000000000000000000000000000000000000000000000001","label":"podman pause","name":"ns1..db.container.0","pid":607,"type":"container.podman"}
        ip#0 up [10.61.0.5] Some("db0") [5432/tcp] {"dev":"br0","expose":["5432/tcp"],"hostname":"db0","ipaddr":"10.61.0.5","label":"netns 10.61.0.5/24 in container#0","netmask":24,"type":"ip.netns"}
    ns1/svc/pod [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(60) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        container#0 up [] None [] {"id":"000000000000000000000000000000000000000000000000244593cd08bc753f","image_id":"sha256:0000000000000000000000000000000000000000000000000000000000000001","label":"podman pause","name":"ns1..pod.container.0","pid":910,"type":"container.podman"}
        ip#1 up [10.22.0.4] Some("pause") [80/tcp 443/tcp:8443] {"expose":["80/tcp","443/tcp:8443"],"hostname":"pause","ipaddr":"10.22.0.4","label":"cni default 10.22.0.4/16 in container#0","type":"ip.cni"}
    ns1/svc/web [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(60) down {"frozen_at":"2026-11-23T17:35:04.64579348Z","overall":"down","provisioned":"n/a"}
        ip#1 down [10.60.0.22] None [80/tcp 443/tcp:8443 53/udp] {"dev":"svc0","expose":["80/tcp","443/tcp:8443","53/udp"],"ipaddr":"10.60.0.22","label":"host 10.60.0.22/24 svc0","netmask":24,"type":"ip.host"}
        ip#2 down [fd00:60::21] None [80/tcp] {"dev":"svc0","expose":["80/tcp"],"ipaddr":"fd00:60::21","label":"host fd00:60::21/64 svc0","netmask":64,"type":"ip.host"}
    ns2/svc/api [] {"app":"default","orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"failover"}
      node1 Some(60) down {"frozen_at":"0001-01-01T00:00:00Z","overall":"down","provisioned":"n/a"}
        ip#0 down [10.80.0.10] None [8080/tcp] {"dev":"svc0","expose":["8080/tcp"],"ipaddr":"10.80.0.10","label":"host 10.80.0.10/24 svc0","netmask":24,"type":"ip.host"}
      node2 Some(60) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        ip#0 up [10.80.0.10] None [8080/tcp] {"dev":"svc0","expose":["8080/tcp"],"ipaddr":"10.80.0.10","label":"host 10.80.0.10/24 svc0","netmask":24,"type":"ip.host"}
    ns2/svc/wide [] {"app":"default","flex":{"max":2,"min":1,"target":2},"orchestrate":"no","placement_policy":"nodes order","priority":50,"topology":"flex"}
      node1 Some(60) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        ip#0 up [10.80.0.21] None [80/tcp 443/tcp:8443] {"dev":"svc0","expose":["80/tcp","443/tcp:8443"],"ipaddr":"10.80.0.21","label":"host 10.80.0.21/24 svc0","netmask":24,"type":"ip.host"}
      node2 Some(60) up {"frozen_at":"0001-01-01T00:00:00Z","overall":"up","provisioned":"n/a"}
        ip#0 up [10.80.0.22] None [80/tcp 443/tcp:8443] {"dev":"svc0","expose":["80/tcp","443/tcp:8443"],"ipaddr":"10.80.0.22","label":"host 10.80.0.22/24 svc0","netmask":24,"type":"ip.host"}
    "#);
}

#[test]
fn a_refreshed_status_changes_nothing() {
    // Between the two a minute of refreshes, and a node that was frozen.
    let (before, after) = (v3("12-node-freeze"), v3("13-node-unfreeze"));
    let reconciled = before.reconcile(after);
    assert_eq!(
        (
            reconciled.changed,
            reconciled.removed,
            reconciled.cluster_changed
        ),
        (vec![], vec![], false)
    );
}

#[test]
fn an_agent_that_has_just_started_is_asked_again() {
    let fault = read(file("tests/fixtures/om3/30-just-after-restart.json").as_bytes()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "cluster.config.name: the agent does not know its cluster yet; ask it again in a moment"
    );
}

#[test]
fn a_tombstone_is_no_service_and_an_unknown_status_is_an_instance() {
    let json = r#"{"cluster": {"config": {"name": "c1", "nodes": ["n1"], "dns": null}, "node": {"n1": {"instance": {
        "gone": {"config": null, "monitor": null, "status": null},
        "cfg/data": {"config": {}, "status": {"avail": "n/a"}},
        "vol/disk": {"config": {}, "status": {"avail": "up"}},
        "new": {"config": {"topology": "flex"}, "monitor": {}, "status": null}}}}}}"#;
    let (_, state) = read(json.as_bytes()).unwrap();
    assert_snapshot!(outline(&state), @r#"
    cluster "c1" dns [] {}
      node n1 None [] {}
    root/svc/new [] {"topology":"flex"}
      n1 None undef {}
    root/vol/disk [] {}
      n1 None up {}
    "#);
}

#[test]
fn nonsense_inside_an_agents_status_takes_away_only_itself() {
    let json = r#"{"cluster": {"config": {"name": "c1"}, "node": {"n1": {"stats": {"score": "high"}, "instance": {
        "a//b": {"config": {}, "status": {}},
        "web": {"config": {}, "status": {"avail": "gone", "encap": {"container#1": {}}, "resources": {
            "ip#0": {"status": "lost", "info": {"ipaddr": 7, "hostname": [], "expose": ["80/tcp", 443, "x"]}}}}}}}}}}"#;
    let (_, state) = read(json.as_bytes()).unwrap();
    assert_snapshot!(outline(&state), @r#"
    cluster "c1" dns [] {}
      node n1 None [] {}
    root/svc/web [] {}
      n1 None undef {}
        ip#0 undef [] None [80/tcp] {"expose":["80/tcp",443,"x"],"hostname":[],"ipaddr":7}
      ! cluster.node.n1.instance.web.status.resources.ip#0.info.ipaddr: expected a list of texts, found a number
      ! cluster.node.n1.instance.web.status.resources.ip#0.info.hostname: expected a text, found a list
      ! cluster.node.n1.instance.web.status.resources.ip#0.info.expose[1]: expected a text, found a number
      ! cluster.node.n1.instance.web.status.resources.ip#0.info.expose: `x`: expected an expose such as 80/tcp, 443/tcp:8443 or expose#1
      ! cluster.node.n1.instance.web.status.resources.ip#0.status: `lost` is none of up, down, warn, n/a, undef, stdby up, stdby down
      ! cluster.node.n1.instance.web.status.avail: `gone` is none of up, down, warn, n/a, undef, stdby up, stdby down
    ! cluster.node.n1.instance.a//b: a part of the path is empty; a path is `name`, `kind/name` or `namespace/kind/name`
    "#);
}

#[test]
fn an_agent_of_generation_2_is_understood() {
    assert_snapshot!(outline(&v2("daemon-status")), @r#"
    cluster "default" dns [] {"id":"e3f02dd2-b235-11eb-b929-acde48001122"}
      node n1 Some(98) [] {"env":"PRD","labels":{"room":"a"}}
      node n2 Some(61) [] {}
    root/svc/web [] {"app":"default","env":"PRD","kind":"svc","orchestrate":"ha","topology":"failover"}
      n1 Some(98) up {"frozen":0,"overall":"warn"}
        expose#1 n/a [] None [] {"label":"expose 8080/tcp","port":8080,"protocol":"tcp","type":"expose.envoy"}
        fs#1 up [] None [] {"label":"fs.flag","type":"fs.flag"}
        ip#1 up [10.11.0.2] Some("Pause") [80/tcp 443/tcp:8443 8080/tcp] {"expose":["80-tcp","443/tcp:8443","expose#1","expose#7","http"],"hostname":"Pause","ipaddr":"10.11.0.2","ipdev":"eth12","label":"cni backend1 10.11.0.2/22 eth12 80/tcp","type":"ip.cni"}
        ip#2 stdby up [fd00:60::21] None [] {"expose":[],"ipaddr":"fd00:60::21","ipdev":"eth0","label":"fd00:60::21/64 eth0","standby":true,"tags":["public"],"type":"ip.host"}
      n2 Some(61) down {"overall":"down"}
        ip#1 down [] None [80/tcp] {"expose":["80-tcp"],"label":"cni backend1","type":"ip.cni"}
        ip#2 stdby down [] None [] {"expose":null,"ipaddr":"","ipdev":"eth0","type":"ip.host"}
      ! monitor.nodes.n1.services.status.web.resources.ip#1.info.expose: `expose#7`: the instance has no such resource
      ! monitor.nodes.n1.services.status.web.resources.ip#1.info.expose: `http`: expected an expose such as 80/tcp, 443/tcp:8443 or expose#1
    shop/svc/1.api [] {"app":"shop","kind":"svc","scaler_slave":true,"topology":"failover"}
      n1 Some(98) up {"overall":"up"}
        ip#0 up [10.11.0.3] None [8080/tcp] {"expose":["8080/tcp"],"hostname":"","ipaddr":"10.11.0.3","label":"cni backend1 10.11.0.3/22 eth12","type":"ip.cni"}
    shop/svc/2.api [] {"app":"shop","kind":"svc","scaler_slave":true,"topology":"failover"}
      n2 Some(61) up {"overall":"up"}
        ip#0 up [10.11.4.3] None [8080/tcp] {"expose":["8080/tcp"],"ipaddr":"10.11.4.3","type":"ip.cni"}
    "#);
    assert_snapshot!(outline(&v2("just-started")), @r#"
    cluster "default" dns [192.168.100.11] {"id":"e3f02dd2-b235-11eb-b929-acde48001122"}
      node n1 None [] {}
      node n2 None [] {}
    "#);
}
