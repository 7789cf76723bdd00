//! `policy push` and `pull` with a real registry, and signatures with the real `minisign`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use zonesmith::digest::Digest;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::policies::{self, FAULTY, SHORT_NAMES};
use zonesmith_tests::registry::{PASSWORD, Registry, USER};

use crate::BINARY;

fn run(words: &[&str], directory: &Path) -> Answer {
    Answer::to(BINARY, words, directory)
}

/// A directory with `site.wasm`, signed by `zonesmith.key`.
fn signed() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("site.wasm"), policies::bytes(FAULTY)).unwrap();
    run(&["policy", "keygen", "--no-password"], path).good();
    run(&["policy", "sign", "site.wasm"], path).good();
    directory
}

fn minisign(words: &[&str], directory: &Path) -> bool {
    let output = Command::new("minisign")
        .args(words)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    println!("minisign {words:?}: {output:?}");
    output.status.success()
}

#[test]
#[ignore = "needs docker-registry"]
fn what_is_pushed_is_pulled_with_its_signature() {
    let registry = Registry::start(false);
    let (from, to) = (signed(), tempfile::tempdir().unwrap());
    let place = registry.place("dns/site:1");
    let push = ["policy", "push", "site.wasm", &place, "--plain-http"];
    let said = run(&push, from.path()).good();
    let again = run(&push, from.path()).good();
    assert_eq!(said, again, "the same component is the same manifest");
    let key = from.path().join("zonesmith.pub").display().to_string();
    let pull = |place: &str| {
        let words = [
            "policy",
            "pull",
            place,
            "--plain-http",
            "--key",
            &key,
            "--format",
            "json",
        ];
        run(&words, to.path())
    };
    let report: Value = serde_json::from_str(&pull(&place).good()).unwrap();
    for name in ["site.wasm", "site.wasm.minisig"] {
        let read = |directory: &Path| fs::read(directory.join(name)).unwrap();
        assert_eq!(read(from.path()), read(to.path()), "{name}");
    }
    let pin = report["pin"].as_str().unwrap();
    assert!(said.contains(pin), "{said} {report}");

    // The tag goes on; the pin stays.
    fs::write(from.path().join("site.wasm"), policies::bytes(SHORT_NAMES)).unwrap();
    run(&["policy", "sign", "site.wasm"], from.path()).good();
    run(&push, from.path()).good();
    let next: Value = serde_json::from_str(&pull(&place).good()).unwrap();
    assert_ne!(next["digest"], report["digest"]);
    let back: Value = serde_json::from_str(&pull(pin).good()).unwrap();
    assert_eq!(
        (&back["digest"], &back["unchanged"]),
        (&report["digest"], &Value::Bool(false))
    );
    let old = report["digest"].as_str().unwrap();
    let words = [
        "policy",
        "pull",
        &place,
        "--plain-http",
        "--digest",
        old,
        "--key",
        &key,
    ];
    let refused = run(&words, to.path());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.error.contains("is pinned to"), "{refused:?}");
}

#[test]
#[ignore = "needs docker-registry"]
fn the_layout_is_that_of_the_webassembly_tools_and_signatures_are_referrers() {
    let registry = Registry::start(false);
    let from = signed();
    let place = registry.place("dns/site:1");
    let push = ["policy", "push", "site.wasm", &place, "--plain-http"];
    run(&push, from.path()).good();
    let text = registry.get("dns/site/manifests/1");
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let config = &manifest["config"];
    assert_eq!(
        config["mediaType"], "application/vnd.wasm.config.v0+json",
        "{manifest}"
    );
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1, "{manifest}");
    assert_eq!(layers[0]["mediaType"], "application/wasm", "{manifest}");
    let component = Digest::of(&policies::bytes(FAULTY)).to_string();
    assert_eq!(layers[0]["digest"], component, "{manifest}");
    let config = format!("dns/site/blobs/{}", config["digest"].as_str().unwrap());
    let config: Value = serde_json::from_str(&registry.get(&config)).unwrap();
    assert_eq!(
        (&config["architecture"], &config["os"]),
        (&"wasm".into(), &"wasip2".into())
    );

    // A second signer's stands beside the first one's.
    run(
        &["policy", "keygen", "-o", "second", "--no-password"],
        from.path(),
    )
    .good();
    run(
        &["policy", "sign", "site.wasm", "--key", "second.key"],
        from.path(),
    )
    .good();
    run(&push, from.path()).good();
    let tag = Digest::of(text.as_bytes()).to_string().replace(':', "-");
    let list: Value =
        serde_json::from_str(&registry.get(&format!("dns/site/manifests/{tag}"))).unwrap();
    assert_eq!(list["manifests"].as_array().unwrap().len(), 2, "{list}");
    for key in ["zonesmith.pub", "second.pub"] {
        let words = [
            "policy",
            "pull",
            &place,
            "--plain-http",
            "--key",
            key,
            "-o",
            "pulled.wasm",
        ];
        run(&words, from.path()).good();
        let verify = ["policy", "verify", "pulled.wasm", "--key", key];
        run(&verify, from.path()).good();
    }
}

#[test]
#[ignore = "needs docker-registry"]
fn a_registry_with_tls_and_a_password_is_asked_as_somebody() {
    let registry = Registry::start(true);
    let from = signed();
    let path = from.path();
    let place = registry.place("dns/site:1");
    let ca = registry.authority().display().to_string();
    fs::write(path.join("password"), format!("{PASSWORD}\n")).unwrap();
    fs::write(path.join("wrong"), "battery staple\n").unwrap();
    let push = |more: &[&str]| {
        let mut words = vec!["policy", "push", "site.wasm", &place];
        words.extend(more);
        run(&words, path)
    };
    let unknown = push(&["--username", USER, "--password-file", "password"]);
    assert_eq!(unknown.code, 1, "the authority is nobody's: {unknown:?}");
    for more in [
        &["--ca", &ca][..],
        &["--ca", &ca, "--username", USER, "--password-file", "wrong"],
    ] {
        let refused = push(more);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.error.contains("log in"), "{refused:?}");
    }
    push(&[
        "--ca",
        &ca,
        "--username",
        USER,
        "--password-file",
        "password",
    ])
    .good();

    // Whom `docker login` left.
    let folder = path.join(".docker");
    fs::create_dir(&folder).unwrap();
    let auth = r#"{"auths":{"HOST":{"auth":"YW5hOmNvcnJlY3QgaG9yc2U="}}}"#;
    let auth = auth.replace("HOST", registry.address());
    fs::write(folder.join("config.json"), auth).unwrap();
    let words = [
        "policy",
        "pull",
        &place,
        "--ca",
        &ca,
        "--key",
        "zonesmith.pub",
        "-o",
        "pulled.wasm",
    ];
    run(&words, path).good();
    assert_eq!(
        fs::read(path.join("pulled.wasm")).unwrap(),
        policies::bytes(FAULTY)
    );
}

#[test]
#[ignore = "needs docker-registry"]
fn a_registry_whose_disk_was_changed_gives_nothing() {
    let registry = Registry::start(false);
    let (from, to) = (signed(), tempfile::tempdir().unwrap());
    let place = registry.place("dns/site:1");
    let push = ["policy", "push", "site.wasm", &place, "--plain-http"];
    run(&push, from.path()).good();
    let digest = Digest::of(&policies::bytes(FAULTY)).to_string();
    let blob = registry.blob(&digest);
    let mut bytes = fs::read(&blob).unwrap();
    bytes[200] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let answer = run(&["policy", "pull", &place, "--plain-http"], to.path());
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0, "{answer:?}");
}

#[test]
#[ignore = "needs minisign"]
fn minisign_and_we_believe_each_others_keys_and_signatures() {
    let directory = signed();
    let path = directory.path();
    let verify = ["-Vm", "site.wasm", "-p", "zonesmith.pub"];
    assert!(minisign(&verify, path), "ours, by theirs");
    let ours = fs::read(path.join("site.wasm.minisig")).unwrap();

    let theirs = ["-G", "-W", "-p", "theirs.pub", "-s", "theirs.key"];
    assert!(minisign(&theirs, path));
    let sign = ["-Sm", "site.wasm", "-s", "theirs.key", "-t", "by them"];
    assert!(minisign(&sign, path));
    assert_ne!(fs::read(path.join("site.wasm.minisig")).unwrap(), ours);
    let words = ["policy", "verify", "site.wasm", "--key", "theirs.pub"];
    let said = run(&words, path).good();
    assert!(said.contains("by them"), "{said}");
    let sign = ["policy", "sign", "site.wasm", "--key", "theirs.key"];
    run(&sign, path).good();
    let verify = ["-Vm", "site.wasm", "-p", "theirs.pub"];
    assert!(minisign(&verify, path), "by us with their key, by theirs");

    // What they no longer do unless told to.
    let old = ["-S", "-l", "-m", "site.wasm", "-s", "theirs.key"];
    assert!(minisign(&old, path));
    let refused = run(&words, path);
    assert_eq!(refused.code, 1, "{refused:?}");
}
