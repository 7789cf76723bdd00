use insta::assert_snapshot;

use super::*;
use crate::snapshot::report::{
    CacheStatus, ClusterStatus, ConflictStatus, DiagnosticStatus, FailingStatus, MasterFileStatus,
    NotKept, NotifyStatus, PolicyStatus, ProblemStatus, QuarantinedStatus, RefusedStatus,
    SourceStatus, StoreStatus, ZoneStatus,
};
use crate::snapshot::selection::SelectionStatus;

fn serving() -> report::Status {
    let source = "file:/srv/cluster.json";
    report::Status {
        version: "0.1.0".into(),
        state: ServingState::Serving,
        socket: Some("/run/zonesmith/pdns.sock".into()),
        generation: 7,
        zones: vec![
            ZoneStatus {
                apex: "demo.".into(),
                id: 17,
                serial: 1_790_000_000,
                names: 120,
                records: 160,
            },
            ZoneStatus {
                apex: "10.in-addr.arpa.".into(),
                id: 18,
                serial: 1_790_000_001,
                names: 40,
                records: 50,
            },
        ],
        names: 160,
        records: 210,
        cluster: ClusterStatus {
            name: "demo".into(),
            nameservers: vec!["10.0.0.1".into(), "10.0.0.2".into()],
            services: 12,
            name_origin: source.into(),
            nameservers_origin: "/etc/zonesmith/zonesmith.toml:3".into(),
            ..ClusterStatus::default()
        },
        policies: vec![PolicyStatus {
            name: "default".into(),
            version: "0.1.0".into(),
            file: "default".into(),
            digest: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                .into(),
            contract: "zonesmith:policy@1".into(),
            ..PolicyStatus::default()
        }],
        caches: vec![
            CacheStatus {
                target: "/run/pdns/pdns.controlsocket".into(),
                role: "authoritative".into(),
                state: "purged".into(),
                found: true,
                generation: Some(7),
                ..CacheStatus::default()
            },
            CacheStatus {
                target: "notify:10.0.0.1".into(),
                role: "recursor".into(),
                state: "failing".into(),
                generation: Some(5),
                behind: Some(1200),
                failures: 3,
                error: Some("nobody is there".into()),
                ..CacheStatus::default()
            },
        ],
        sources: vec![SourceStatus {
            source: source.into(),
            format: Some("cluster document".into()),
            state: "live".into(),
            services: 12,
            ..SourceStatus::default()
        }],
        master_files: vec![MasterFileStatus {
            zone: "example.com.".into(),
            file: "/etc/zonesmith/example.com.zone".into(),
            state: "served".into(),
            records: 17,
            ..MasterFileStatus::default()
        }],
        store: StoreStatus {
            file: "/var/lib/zonesmith/state.redb".into(),
            error: None,
            lost: None,
        },
        ..report::Status::default()
    }
}

#[test]
fn a_daemon_without_trouble_fits_on_a_screen() {
    assert_snapshot!(text(&serving()));
}

#[test]
fn every_trouble_has_its_table() {
    let mut status = serving();
    status.store.error = Some("the disk is full".into());
    status.selection = Some(SelectionStatus {
        policy: "nearest".into(),
        chosen: 1_200,
        failed: 4,
        not_asked: 17,
        failures: 4,
        rest: Some(1_500),
        error: Some("`choose` ran longer than the 10 ms it has".into()),
        ..SelectionStatus::default()
    });
    status.master_files.push(MasterFileStatus {
        zone: "demo.".into(),
        file: "/etc/zonesmith/extra".into(),
        merge: true,
        state: "failing".into(),
        records: 3,
        faults: vec![
            "/etc/zonesmith/extra:7: `10.0.0.300` is no address".into(),
            "/etc/zonesmith/hosts:2: there is no type `AAAAA`".into(),
        ],
    });
    status.sources[0].error = Some("line 3, column 7: expected `,`".into());
    status.sources[0].lost = Some("2 of 12 services could be read".into());
    status.sources[0].not_kept = Some(NotKept {
        since: 35,
        error: "no space left".into(),
    });
    status.store.lost = Some("it was damaged".into());
    status.sources[0].problems = vec![ProblemStatus {
        path: "services.shop/svc/web.instances.n1.resources.ip#0.info.expose".into(),
        message: "no port".into(),
    }];
    status.refused = Some(RefusedStatus {
        policy: "/etc/zonesmith/site.wasm".into(),
        digest: "sha256:00".into(),
        stage: "compile".into(),
        reason: "it is no component".into(),
    });
    status.failing = vec![FailingStatus {
        service: "shop/svc/web".into(),
        policy: "default".into(),
        kind: "trap".into(),
        message: "unreachable".into(),
        since: 12,
        retries: 3,
    }];
    status.quarantined = (0..12)
        .map(|number| QuarantinedStatus {
            service: "shop/svc/web".into(),
            policy: "default".into(),
            rule: Some("round-robin".into()),
            resource: Some("n1 ip#0".into()),
            owner: format!("x{number}.elsewhere."),
            rtype: "A".into(),
            reason: "out of every zone".into(),
        })
        .collect();
    status.conflicts = vec![ConflictStatus {
        name: "web.demo.".into(),
        rtype: "CNAME".into(),
        kind: "cname-beside-other".into(),
        loser: "shop/svc/web".into(),
    }];
    status.notify = vec![NotifyStatus {
        zone: "demo.".into(),
        target: "192.0.2.53".into(),
        serial: 1_790_000_000,
        state: "given-up".into(),
        failures: 10,
        error: Some("no reply in 3 s".into()),
    }];
    status.notify_problems = vec!["ns.example., a name server of demo., has no address".into()];
    status.diagnostics = vec![DiagnosticStatus {
        policy: "default".into(),
        severity: "warning".into(),
        message: "setting `colour` is not known".into(),
        ..DiagnosticStatus::default()
    }];
    assert_snapshot!(text(&status));
}

#[test]
fn a_daemon_that_serves_nothing_says_why() {
    let status = report::Status {
        version: "0.1.0".into(),
        state: ServingState::Off,
        reason: Some(
            "the cluster has no nameservers; `zonesmith config set cluster.dns+=ADDRESS` names one"
                .into(),
        ),
        ..report::Status::default()
    };
    assert_snapshot!(text(&status), @r"
    zonesmith     0.1.0
    state         off: the cluster has no nameservers; `zonesmith config set cluster.dns+=ADDRESS` names one
    socket        none
    cluster       none
    nameservers   none
    networks      none
    services      0
    generation 0  0 names, 0 records, 0 zones
    ");
}
