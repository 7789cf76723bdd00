//! `policy pull` from registries that are slow, away, or answer with something else: the file that was there stays, the exit
//! code is 1, and a sentence says why. Real registries are in the system tests.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use zonesmith::digest::Digest;
use zonesmith::policy::embedded;
use zonesmith::trust::secret::{Generated, SigningKey, generate};
use zonesmith_tests::answer::Answer;
use zonesmith_tests::policies::{self, FAULTY};
use zonesmith_tests::registry::{MadeUp, Reaction};

use crate::BINARY;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const WASM: &str = "application/wasm";

/// Files that are there before, and after.
const OLD: &str = "what was there";

/// Signatures made by one key, of which only the public text is kept.
struct Signer {
    signing: SigningKey,
    public: String,
}

impl Signer {
    fn new() -> Self {
        let Generated {
            public,
            secret_file,
            ..
        } = generate(None).unwrap();
        Self {
            signing: SigningKey::of_file(&secret_file, || unreachable!()).unwrap(),
            public: public.to_string(),
        }
    }
}

fn ok(body: impl Into<Vec<u8>>) -> Reaction {
    Reaction::Answer(200, "", body.into())
}

fn layer_of(kind: &str, layer: &[u8]) -> Map<String, Value> {
    let words = [
        ("mediaType", json!(kind)),
        ("digest", json!(Digest::of(layer))),
        ("size", json!(layer.len())),
    ];
    let words = words.map(|(key, value)| (key.to_owned(), value));
    words.into_iter().collect()
}

fn manifest(layers: &[Map<String, Value>]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": Digest::of(b"{}"), "size": 2 },
        "layers": layers,
    })
}

fn manifest_of(kind: &str, layer: &[u8]) -> Value {
    manifest(&[layer_of(kind, layer)])
}

fn on(beginning: &str, reaction: Reaction) -> (String, Reaction) {
    (beginning.to_owned(), reaction)
}

/// What a registry does that holds this component, signed or not.
fn good(component: &[u8], signature: Option<&str>) -> Vec<(String, Reaction)> {
    let manifest = manifest_of(WASM, component).to_string();
    let digest = Digest::of(manifest.as_bytes());
    let mut reactions = vec![
        on("GET /v2/ ", ok("{}")),
        on("GET /v2/site/manifests/1 ", ok(manifest.clone())),
        on(&format!("GET /v2/site/manifests/{digest} "), ok(manifest)),
        on(
            &format!("GET /v2/site/blobs/{} ", Digest::of(component)),
            ok(component),
        ),
    ];
    if let Some(text) = signature {
        const KIND: &str = "application/vnd.zonesmith.policy.signature.v1";
        let manifest = manifest_of(KIND, text.as_bytes()).to_string();
        let of_it = Digest::of(manifest.as_bytes());
        let list = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{ "mediaType": MANIFEST, "digest": of_it, "size": manifest.len(), "artifactType": KIND }],
        });
        reactions.extend([
            on(
                &format!("GET /v2/site/referrers/{digest}"),
                ok(list.to_string()),
            ),
            on(&format!("GET /v2/site/manifests/{of_it} "), ok(manifest)),
            on(
                &format!("GET /v2/site/blobs/{} ", Digest::of(text.as_bytes())),
                ok(text),
            ),
        ]);
    }
    reactions
}

/// What stands before the others: it is found first.
fn but(first: (String, Reaction), others: Vec<(String, Reaction)>) -> Vec<(String, Reaction)> {
    let mut all = vec![first];
    all.extend(others);
    all
}

fn pull(place: &str, directory: &Path, more: &[&str]) -> Answer {
    let mut words = vec![
        "policy",
        "pull",
        place,
        "-o",
        "site.wasm",
        "--plain-http",
        "--config",
        "/dev/null",
    ];
    words.extend(more);
    Answer::to(BINARY, &words, directory)
}

/// A directory with the old component and its signature.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in ["site.wasm", "site.wasm.minisig"] {
        fs::write(directory.path().join(name), OLD).unwrap();
    }
    directory
}

#[track_caller]
fn assert_nothing_changed(directory: &Path, case: &str) {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["site.wasm", "site.wasm.minisig"], "{case}");
    for name in names {
        let text = fs::read_to_string(directory.join(&name)).unwrap();
        assert_eq!(text, OLD, "{case}: {name}");
    }
}

#[test]
fn a_component_is_written_with_its_signature_and_a_second_time_not_at_all() {
    let signer = Signer::new();
    let component = policies::bytes(FAULTY);
    let signature = signer.signing.sign(&component, "reviewed").unwrap();
    let registry = MadeUp::start(good(&component, Some(&signature)));
    let directory = directory();
    let more = ["--key", &*signer.public, "--format", "json"];
    for is_there in [false, true] {
        let said = pull(&registry.place("site:1"), directory.path(), &more).good();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["unchanged"], is_there, "{said}");
        assert_eq!(said["signed"]["comment"], "reviewed", "{said}");
        let file = directory.path().join("site.wasm");
        assert_eq!(fs::read(&file).unwrap(), component);
        let beside = directory.path().join("site.wasm.minisig");
        assert_eq!(fs::read_to_string(beside).unwrap(), signature);
        // What is printed as pin is the same component.
        let pin = said["pin"].as_str().unwrap();
        pull(pin, directory.path(), &more).good();
    }
    // Without keys nobody is asked, and the signature comes along all the same.
    let elsewhere = tempfile::tempdir().unwrap();
    pull(&registry.place("site:1"), elsewhere.path(), &[]).good();
    assert!(elsewhere.path().join("site.wasm.minisig").exists());
}

#[test]
fn what_is_not_trusted_or_not_pinned_is_not_written() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let component = policies::bytes(FAULTY);
    let of = |signer: &Signer, bytes: &[u8]| signer.signing.sign(bytes, "c").unwrap();
    let other = Digest::of(embedded()).to_string();
    for (case, signature, more, words) in [
        ("unsigned", None, &[][..], "is not signed"),
        (
            "a stranger's",
            Some(of(&stranger, &component)),
            &[],
            "which is not trusted",
        ),
        (
            "another component's",
            Some(of(&signer, embedded())),
            &[],
            "is not what was signed",
        ),
        (
            "no signature",
            Some("nonsense\n".to_owned()),
            &[],
            "no signature that can be read",
        ),
        (
            "an old one",
            Some(of(&signer, &component)),
            &["--digest", &other],
            "and is pinned to",
        ),
    ] {
        let registry = MadeUp::start(good(&component, signature.as_deref()));
        let directory = directory();
        let mut all = vec!["--key", &*signer.public];
        all.extend(more);
        let answer = pull(&registry.place("site:1"), directory.path(), &all);
        assert_eq!(answer.code, 1, "{case}: {answer:?}");
        assert!(answer.error.contains(words), "{case}: {answer:?}");
        assert_nothing_changed(directory.path(), case);
    }
    // A manifest that is pinned, in a registry that holds another one under its digest.
    let pinned = format!("site@{}", Digest::of(b"another manifest"));
    let manifest = manifest_of(WASM, &component).to_string();
    let lie = on("GET /v2/site/manifests/sha256", ok(manifest));
    let registry = MadeUp::start(but(lie, good(&component, None)));
    let directory = directory();
    let answer = pull(&registry.place(&pinned), directory.path(), &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_nothing_changed(directory.path(), "another manifest");
}

/// What a registry does instead of giving a component, and words of the sentence for it.
type Fault = (&'static str, Vec<(String, Reaction)>, &'static str);

const TAG: &str = "GET /v2/site/manifests/1 ";
const PAGE: &[u8] = b"<html>Log in to the guest network</html>";

/// Of a registry that holds nothing, or cannot say.
fn faults_of_the_registry() -> Vec<Fault> {
    let login = "WWW-Authenticate: Basic realm=\"x\"\r\n";
    let answer = |status, headers, body: &str| Reaction::Answer(status, headers, body.into());
    let all = |reaction| vec![on("GET", reaction)];
    vec![
        ("hangs up", all(Reaction::Hangup), "pull from"),
        ("is silent", all(Reaction::Silence), "within 1 s"),
        ("is a page", all(ok(PAGE)), "none of one component"),
        (
            "has nothing",
            vec![on("GET /v2/ ", ok("{}"))],
            "answers 404",
        ),
        ("wants a login", all(answer(401, login, "")), "log in"),
        (
            "turns in a circle",
            all(answer(307, "Location: /v2/\r\n", "")),
            "pull from",
        ),
        (
            "is broken",
            vec![on("GET /v2/ ", ok("{}")), on(TAG, answer(503, "", "later"))],
            "answers 503 later",
        ),
    ]
}

/// Of a manifest that is another thing than that of one component.
fn faults_of_manifests(component: &[u8]) -> Vec<Fault> {
    let sized = |size: u64| {
        let mut layer = layer_of(WASM, component);
        layer.insert("size".to_owned(), size.into());
        manifest(&[layer])
    };
    let index = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [] });
    let layer = layer_of(WASM, component);
    let image = layer_of("application/vnd.oci.image.layer.v1.tar+gzip", component);
    let instead = |text: Value| but(on(TAG, ok(text.to_string())), good(component, None));
    vec![
        ("lists several", instead(index), "none of one component"),
        ("holds an image", instead(manifest(&[image])), "tar+gzip"),
        (
            "has two layers",
            instead(manifest(&[layer.clone(), layer])),
            "2 layers",
        ),
        ("says it is huge", instead(sized(1 << 32)), "may have"),
        (
            "says it is small",
            instead(sized(10)),
            "more than the manifest says",
        ),
        (
            "holds no policy",
            good(&policies::empty_component(), None),
            "no policy",
        ),
    ]
}

/// Of a component that is not what its manifest says, or does not come.
fn faults_of_layers(component: &[u8]) -> Vec<Fault> {
    let blob = format!("GET /v2/site/blobs/{} ", Digest::of(component));
    let mut tampered = component.to_vec();
    *tampered.last_mut().unwrap() ^= 1;
    let some = component.iter().take(100).copied().collect();
    let instead = |reaction| but(on(&blob, reaction), good(component, None));
    let unsure = on(
        "GET /v2/site/referrers/",
        Reaction::Answer(500, "", Vec::new()),
    );
    vec![
        ("changes a bit", instead(ok(tampered)), "igest"),
        ("gives a page as layer", instead(ok(PAGE)), "igest"),
        (
            "cuts the layer off",
            instead(Reaction::CutOff(component.len(), some)),
            "pull from",
        ),
        (
            "stops in the middle",
            instead(Reaction::Silence),
            "within 1 s",
        ),
        (
            "cannot say who signed",
            but(unsure, good(component, None)),
            "pull the signatures",
        ),
    ]
}

#[test]
fn a_registry_that_is_slow_or_answers_with_something_else_changes_nothing() {
    let component = policies::bytes(FAULTY);
    let faults = [
        faults_of_the_registry(),
        faults_of_manifests(&component),
        faults_of_layers(&component),
    ];
    for (case, reactions, words) in faults.into_iter().flatten() {
        let registry = MadeUp::start(reactions);
        let directory = directory();
        let answer = pull(
            &registry.place("site:1"),
            directory.path(),
            &["--timeout", "1"],
        );
        assert_eq!(answer.code, 1, "{case}: {answer:?}");
        assert!(answer.error.contains(words), "{case}: {answer:?}");
        assert!(!answer.error.contains("panicked"), "{case}: {answer:?}");
        assert_nothing_changed(directory.path(), case);
    }
}

#[test]
fn a_registry_that_is_away_changes_nothing() {
    let directory = directory();
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let answer = pull(&format!("{address}/site:1"), directory.path(), &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.error.contains("pull from"), "{answer:?}");
    assert_nothing_changed(directory.path(), "away");
    for (place, words) in [
        ("site:1", "names no registry"),
        ("127.0.0.1:1/site", "names neither a tag"),
    ] {
        let answer = pull(place, directory.path(), &[]);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.error.contains(words), "{answer:?}");
    }
}

#[test]
fn what_is_no_policy_is_not_pushed() {
    let registry = MadeUp::start(Vec::new());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("site.wasm");
    let push = || {
        let place = registry.place("site:1");
        let words = ["policy", "push", "site.wasm", &place, "--plain-http"];
        Answer::to(BINARY, &words, directory.path())
    };
    for bytes in [b"text".to_vec(), policies::empty_component()] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(push().code, 1);
    }
    fs::write(&file, policies::bytes(FAULTY)).unwrap();
    fs::write(directory.path().join("site.wasm.minisig"), "nonsense\n").unwrap();
    assert!(push().error.contains("no signature that can be read"));
    assert!(registry.asked().is_empty(), "{:?}", registry.asked());
}
