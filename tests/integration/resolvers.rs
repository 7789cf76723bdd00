//! What containers are told, by the real binary: from the daemon, and without one.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::document::{Document, cluster};
use zonesmith_tests::until;

use crate::{BINARY, start};

fn document(servers: &Value) -> Document {
    cluster("demo")
        .set("/cluster/dns", servers.clone())
        .service("shop/svc/web", "10.22.0.5")
}

/// `zonesmith resolver follow`; it ends with this value.
struct Following(Child);

impl Following {
    fn start(daemon: &Daemon, registry: &Path, log: &Path, more: &[&str]) -> Self {
        let child = Command::new(BINARY)
            .args(["resolver", "follow", "--admin"])
            .arg(daemon.admin_path())
            .arg("--registry")
            .arg(registry)
            .args(more)
            .stdin(Stdio::null())
            .stderr(File::create(log).unwrap())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_daemon_knows_whom_containers_ask() {
    let daemon = start(&document(&json!(["10.0.0.1", "fd00::53"]))).serve();
    let words = daemon
        .run(&["resolver", "shop/svc/web", "--format", "docker"])
        .good();
    assert!(
        words.starts_with("--dns 10.0.0.1 --dns fd00::53 --dns-search web.shop.svc.demo "),
        "{words}"
    );
    let given = ["resolver", "web", "--format", "podman", "--network", "host"];
    let nothing = daemon.run(&given);
    assert_eq!(
        (nothing.code, nothing.output.as_str()),
        (0, ""),
        "{nothing:?}"
    );
    assert!(nothing.error.contains("host's network"), "{nothing:?}");
    let json = daemon.run(&["resolver", "web", "--format", "json"]).good();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["set"], &json["cluster"]),
        (&json!(true), &json!("demo"))
    );
    let node = daemon.run(&["resolver", "node"]).good();
    assert!(node.contains("\nDNS=10.0.0.1 fd00::53\n"), "{node}");
    assert!(
        node.contains("~demo") && node.contains("~10.in-addr.arpa"),
        "reverse zones, too: {node}"
    );
    let other = daemon.run(&["resolver", "web", "--cluster", "nowhere"]);
    assert_eq!(other.code, 1);
    assert!(
        other.error.contains("nowhere") && other.error.contains("demo"),
        "{other:?}"
    );
}

#[test]
fn where_the_cluster_has_no_name_servers_nothing_is_set() {
    let daemon = start(&document(&json!([]))).spawn();
    daemon.until("DNS is off", |status| status.get("/state") == "\"off\"");
    for words in [["resolver", "web"], ["resolver", "node"]] {
        let answer = daemon.run(&words);
        assert_eq!(
            (answer.code, answer.output.as_str()),
            (0, ""),
            "{words:?}: {answer:?}"
        );
        assert!(
            answer.error.contains("demo") && answer.error.contains("cluster.dns"),
            "{answer:?}"
        );
    }
}

#[test]
fn without_a_daemon_the_command_line_or_the_configuration_says_it() {
    let directory = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let admin = ["--admin", "/nonexistent/admin.sock"];
        Answer::to(
            BINARY,
            &[&["resolver", "web"], &admin[..], words].concat(),
            directory.path(),
        )
    };
    let file = directory.path().join("zonesmith.toml");
    fs::write(&file, "[cluster]\nname = \"demo\"\ndns = [\"10.0.0.7\"]\n").unwrap();
    let file = file.display().to_string();
    for words in [
        ["--cluster", "demo", "--nameserver", "10.0.0.7"].as_slice(),
        &["--config", &file],
    ] {
        let told = run(words).good();
        assert!(
            told.contains(
                "\nsearch web.root.svc.demo root.svc.demo svc.demo\nnameserver 10.0.0.7\n"
            ),
            "{told}"
        );
    }
    let host = run(&[
        "--network",
        "host",
        "--format",
        "json",
        "--config",
        "/dev/null",
    ])
    .good();
    assert!(
        host.contains("\"set\": false"),
        "nobody has to be asked: {host}"
    );
    let nobody = run(&["--config", "/dev/null"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(
        nobody.error.contains("/nonexistent/admin.sock") && nobody.error.contains("--nameserver"),
        "{nobody:?}"
    );
}

#[test]
fn files_that_were_written_follow_the_cluster_until_somebody_else_writes_them() {
    let daemon = start(&document(&json!(["10.0.0.1"]))).serve();
    let directory = tempfile::tempdir().unwrap();
    let (registry, log) = (
        directory.path().join("registry"),
        directory.path().join("log"),
    );
    let kept = registry.display().to_string();
    let written = |name: &str, words: &[&str]| {
        let path = directory.path().join(name);
        let file = path.display().to_string();
        let all = [
            &["resolver"],
            words,
            &["--registry", &kept, "--write", &file],
        ]
        .concat();
        assert_eq!(daemon.run(&all).good(), "", "a file, and no text");
        path
    };
    let container = written(
        "new/resolv.conf",
        &["shop/svc/web", "--dns-search", "example.com"],
    );
    let other = written("other.conf", &["shop/svc/web"]);
    let node = written("node.conf", &["node"]);
    assert!(
        text(&container).contains("nameserver 10.0.0.1\n"),
        "{}",
        text(&container)
    );
    fs::write(&other, "nameserver 192.0.2.1\n").unwrap();

    let _following = Following::start(&daemon, &registry, &log, &[]);
    until(
        "it is followed",
        || text(&log).contains("is heard").then_some(()),
        || text(&log),
    );
    daemon.set_cluster(&document(&json!(["10.0.0.2", "10.0.0.3"])));
    let changed = |path: &Path, servers: &str| {
        until(
            "a file follows",
            || text(path).contains(servers).then_some(()),
            || format!("{}\n{}", text(path), text(&log)),
        );
    };
    changed(&container, "\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n");
    changed(&node, "\nDNS=10.0.0.2 10.0.0.3\n");
    assert!(
        text(&container).contains("\nsearch example.com web.shop.svc.demo "),
        "{}",
        text(&container)
    );
    assert_eq!(
        text(&other),
        "nameserver 192.0.2.1\n",
        "somebody else writes it now"
    );
    // Without name servers there is nothing better than those that were; then they are others.
    daemon.set_cluster(&document(&json!([])));
    daemon.until("DNS is off", |status| status.get("/state") == "\"off\"");
    daemon.set_cluster(&document(&json!(["10.0.0.4"])));
    changed(&container, "\nnameserver 10.0.0.4\n");
    let entries = fs::read_dir(registry.join("files")).unwrap().count();
    assert_eq!(entries, 2, "what somebody else writes is not kept");
}

#[test]
fn the_drop_in_of_the_node_is_followed_after_the_list_is_lost() {
    let daemon = start(&document(&json!(["10.0.0.1"]))).serve();
    let directory = tempfile::tempdir().unwrap();
    let (registry, log) = (
        directory.path().join("registry"),
        directory.path().join("log"),
    );
    let drop_ins = directory.path().join("resolved.conf.d");
    let file = drop_ins.join("zonesmith.conf");
    let (kept, path) = (registry.display().to_string(), file.display().to_string());
    daemon
        .run(&["resolver", "node", "--registry", &kept, "--write", &path])
        .good();
    let before = text(&file);
    fs::write(
        drop_ins.join("theirs.conf"),
        "[Resolve]\nDNS=192.0.2.1\nDomains=~example\n",
    )
    .unwrap();
    // As after the machine was started again.
    fs::remove_dir_all(&registry).unwrap();
    let _following = Following::start(
        &daemon,
        &registry,
        &log,
        &["--drop-ins", &drop_ins.display().to_string()],
    );
    until(
        "it is followed",
        || text(&log).contains("is heard").then_some(()),
        || text(&log),
    );
    daemon.set_cluster(&document(&json!(["10.0.0.2"])));
    until(
        "the drop-in follows",
        || text(&file).contains("\nDNS=10.0.0.2\n").then_some(()),
        || format!("{}\n{}", text(&file), text(&log)),
    );
    assert_eq!(
        text(&file),
        before.replace("10.0.0.1", "10.0.0.2"),
        "with the same zones"
    );
    assert!(text(&drop_ins.join("theirs.conf")).contains("192.0.2.1"));
}

/// The plugin, called by its name.
fn plugin(place: &Path, command: &str, configuration: &Value) -> (i32, Value) {
    let link = place.join("zonesmith-cni");
    if !link.exists() {
        symlink(BINARY, &link).unwrap();
    }
    let mut child = Command::new(link)
        .env("CNI_COMMAND", command)
        .env("CNI_CONTAINERID", "c1")
        .env("CNI_IFNAME", "eth0")
        .env("CNI_NETNS", "/proc/self/ns/net")
        .env("CNI_PATH", place)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = configuration.to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap_or(-1), said)
}

#[test]
fn a_plugin_that_is_called_by_its_name_remembers_what_the_daemon_said() {
    let mut daemon = start(&document(&json!(["10.0.0.1"]))).serve();
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let mut configuration = json!({
        "cniVersion": "1.0.0", "name": "front", "type": "zonesmith-cni", "service": "shop/svc/web",
        "admin": daemon.admin_path(), "registry": place.join("registry"), "config": "/dev/null",
        "prevResult": { "cniVersion": "1.0.0", "ips": [] },
    });
    let add = |configuration: &Value| plugin(place, "ADD", configuration);
    let (code, first) = add(&configuration);
    assert_eq!(
        (code, &first["dns"]["nameservers"]),
        (0, &json!(["10.0.0.1"])),
        "{first}"
    );
    daemon.stop();
    assert_eq!(
        add(&configuration),
        (0, first.clone()),
        "it is told as the one before it"
    );
    configuration["registry"] = json!(place.join("other"));
    let (code, failure) = add(&configuration);
    assert_eq!((code, &failure["code"]), (1, &json!(11)), "{failure}");
    let (code, version) = plugin(place, "VERSION", &json!({ "cniVersion": "0.4.0" }));
    assert_eq!(
        (code, &version["cniVersion"]),
        (0, &json!("0.4.0")),
        "{version}"
    );
    configuration["prevResult"] = first;
    assert_eq!(
        plugin(place, "DEL", &configuration),
        (0, Value::Null),
        "who deletes needs no daemon"
    );
}

#[test]
fn a_registry_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let place = directory.path().display().to_string();
    let answer = Answer::to(
        BINARY,
        &["resolver", "follow", "--registry", &place],
        directory.path(),
    );
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.error.contains(&place), "{answer:?}");
}
