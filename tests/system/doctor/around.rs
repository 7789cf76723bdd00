//! Faults of the daemon, of its socket, and of what is beside the servers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::node::{ADDRESS, Server, is_root};
use super::{Fault, document, each, set_toml};

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_is_wrong_with_the_daemon_is_named_and_mended() {
    each(&[
        Fault {
            what: "a key in the configuration that nobody knows",
            make: |node| set_toml(node, |text| format!("{text}dsn = [\"10.0.0.9\"]\n")),
            part: "configuration",
            says: "there is no key",
            state: "red",
        },
        Fault {
            what: "the daemon has ended",
            make: |node| {
                node.daemon.stop();
            },
            part: "daemon",
            says: "no daemon answers",
            state: "red",
        },
        Fault {
            what: "the cluster has no name servers",
            make: |node| {
                set_toml(node, |text| text.replace(&format!("[\"{ADDRESS}\"]"), "[]"));
                node.daemon
                    .until("the DNS is off", |status| status.get("/state") == "\"off\"");
            },
            part: "daemon",
            says: "it serves zones",
            state: "red",
        },
        Fault {
            what: "the socket for PowerDNS was removed",
            make: |node| fs::remove_file(node.daemon.socket_path()).unwrap(),
            part: "socket",
            says: "holds a socket that nobody can find",
            state: "red",
        },
        Fault {
            what: "a secondary that is not there",
            make: |node| {
                set_toml(node, |text| {
                    format!("{text}\n[notify]\nalso = [\"10.53.0.1:5999\"]\n")
                });
                node.daemon
                    .set_cluster(&document().service("shop/svc/new", "10.22.0.3"));
            },
            part: "daemon",
            says: "the secondary at 10.53.0.1:5999",
            state: "yellow",
        },
        Fault {
            what: "a line of a master file that is none",
            make: |node| {
                node.daemon
                    .set_file("extra.zone", "printer 60 A 10.22.9.9\n");
                let file = node.daemon.path("extra.zone").display().to_string();
                set_toml(node, |text| {
                    format!("{text}\n[[zones]]\napex = \"demo\"\nfile = \"{file}\"\nmerge = true\n")
                });
                node.daemon
                    .until_records("printer.demo.", &["printer.demo. 60 A 10.22.9.9"]);
                node.daemon.set_file(
                    "extra.zone",
                    "printer 60 A 10.22.9.9\nscanner 60 A nonsense\n",
                );
            },
            part: "daemon",
            says: "extra.zone:2",
            state: "yellow",
        },
    ]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn a_socket_that_powerdns_may_not_use_is_named_and_mended() {
    if !is_root() {
        return;
    }
    each(&[
        Fault {
            what: "the socket for PowerDNS lets its owner in alone",
            make: |node| {
                let mode = fs::Permissions::from_mode(0o600);
                fs::set_permissions(node.daemon.socket_path(), mode).unwrap();
                node.end(Server::Authoritative);
            },
            part: "socket",
            says: "mode 0600",
            state: "red",
        },
        Fault {
            what: "the socket for PowerDNS is another group's",
            make: |node| {
                let socket = node.daemon.socket_path().display().to_string();
                node.shell(&format!("chgrp root {socket}")).good();
                node.end(Server::Authoritative);
            },
            part: "socket",
            says: "root:root",
            state: "red",
        },
        Fault {
            what: "the directory of the socket is closed",
            make: |node| {
                let mode = fs::Permissions::from_mode(0o700);
                fs::set_permissions(node.daemon.path("."), mode).unwrap();
                node.end(Server::Authoritative);
            },
            part: "socket",
            says: "mode 0700",
            state: "red",
        },
    ]);
}

#[test]
#[ignore = "needs pdns_server and pdns_recursor"]
fn what_is_wrong_with_the_clusters_name_servers_is_named_and_mended() {
    each(&[
        Fault {
            what: "a name server on which nobody answers",
            make: |node| {
                set_toml(node, |text| {
                    text.replace(
                        &format!("[\"{ADDRESS}\"]"),
                        &format!("[\"{ADDRESS}\", \"10.53.0.9\"]"),
                    )
                });
                node.daemon
                    .until_records("ns2.demo.", &["ns2.demo. 60 A 10.53.0.9"]);
            },
            part: "name-servers",
            says: "10.53.0.9 answers",
            state: "red",
        },
        Fault {
            what: "a container asks who was a name server once",
            make: |node| {
                let file = node.path("root/container.conf").display().to_string();
                let registry = node
                    .path("root/run/zonesmith-resolver")
                    .display()
                    .to_string();
                let toml = node.daemon.path("zonesmith.toml").display().to_string();
                fs::create_dir_all(node.path("root/run")).unwrap();
                node.shell(&format!(
                    "zonesmith resolver shop/svc/web --write {file} --registry {registry} --config {toml}"
                ))
                .good();
                let text = fs::read_to_string(&file).unwrap();
                assert!(text.contains(&format!("nameserver {ADDRESS}\n")), "{text}");
                fs::write(&file, text.replace(ADDRESS, "10.53.0.77")).unwrap();
            },
            part: "resolvers",
            says: "1 of 1 do not: file/",
            state: "red",
        },
        Fault {
            what: "systemd-resolved asks who was a name server once",
            make: |node| {
                let file = node.path("root/etc/systemd/resolved.conf.d/zonesmith.conf");
                fs::write(file, "[Resolve]\nDNS=10.0.0.77\nDomains=~demo\n").unwrap();
            },
            part: "resolvers",
            says: "has 10.0.0.77; the cluster has 10.53.0.1",
            state: "yellow",
        },
    ]);
}
