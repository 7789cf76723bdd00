//! What is not signed by a trusted key, or not what it is pinned to, does not come in: at the start, at a reload, when the
//! configuration changes. Each refusal says why, and changes nothing.

mod promoted;

use std::fs;
use std::path::Path;

use proptest::prelude::{Strategy as _, any};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use tempfile::TempDir;
use zonesmith::digest::Digest;
use zonesmith::policy::embedded;
use zonesmith::trust::secret::{Generated, SigningKey, generate};
use zonesmith::trust::{Distrust, Trust};
use zonesmith_tests::answer::{Answer, Outcome};
use zonesmith_tests::daemon::Daemon;
use zonesmith_tests::policies::{self, FAULTY, SHORT_NAMES};

use crate::{BINARY, demo, start};

const WEB: &str = "web.shop.svc.demo.";
const RECORD: &str = "web.shop.svc.demo. 60 A 10.22.0.5";

/// Octets of a component that are changed, each for itself.
const TAMPERED: usize = 1000;

/// A signer: a directory with `k.key` and `k.pub`.
struct Signer {
    directory: TempDir,
    public: String,
}

impl Signer {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let words = ["policy", "keygen", "-o", "k", "--no-password"];
        Answer::to(BINARY, &words, directory.path()).good();
        let file = fs::read_to_string(directory.path().join("k.pub")).unwrap();
        let public = file.lines().nth(1).unwrap().to_owned();
        Self { directory, public }
    }

    /// Runs `policy sign`, in the signer's directory.
    fn try_sign(&self, component: &Path, more: &[&str]) -> Answer {
        let component = component.display().to_string();
        let mut words = vec!["policy", "sign", &component, "--key", "k.key"];
        words.extend(more);
        Answer::to(BINARY, &words, self.directory.path())
    }

    fn sign(&self, component: &Path) {
        self.try_sign(component, &[]).good();
    }

    fn configuration(&self) -> String {
        format!(
            "trusted-keys = [\"{}\"]\n[limits]\nmax-removal-share = 1.0\n",
            self.public
        )
    }

    /// A daemon that trusts this signer alone, and whose policy it signed; not started yet.
    fn daemon(&self) -> Daemon {
        let mut start = start(&demo()).with_policy(FAULTY, "{}");
        start.configuration = self.configuration();
        let daemon = start.prepare();
        self.sign(&daemon.policy_file(0));
        daemon
    }

    fn served(&self) -> Daemon {
        let mut daemon = self.daemon();
        daemon.start_again();
        daemon.until("the first zone is published", |status| {
            status.generation() > 0
        });
        daemon.until_listening();
        daemon
    }
}

fn signature_of(component: &Path) -> std::path::PathBuf {
    let mut path = component.to_path_buf().into_os_string();
    path.push(".minisig");
    path.into()
}

#[track_caller]
fn assert_refused(outcome: &Outcome, words: &[&str]) {
    assert_eq!(
        (outcome.word(), outcome.text("stage"), outcome.code),
        ("refused", "trust", 1),
        "{outcome:?}"
    );
    for word in words {
        assert!(outcome.text("reason").contains(word), "{word}: {outcome:?}");
    }
}

#[test]
fn what_a_trusted_key_signed_is_served_and_replaced() {
    let signer = Signer::new();
    let daemon = signer.served();
    assert_eq!(daemon.records(WEB), [RECORD]);
    policies::set_settings(&daemon.policy_file(0), None);
    let replaced = daemon.change(|daemon| {
        policies::install(&daemon.policy_file(0), embedded());
        signer.sign(&daemon.policy_file(0));
    });
    assert_eq!(replaced.word(), "published", "{replaced:?}");
    daemon.until_records(
        "10-22-0-5.web.shop.svc.demo.",
        &["10-22-0-5.web.shop.svc.demo. 60 A 10.22.0.5"],
    );
}

#[test]
fn the_policy_that_is_built_in_needs_no_signature() {
    let mut start = start(&demo());
    start.configuration = Signer::new().configuration();
    assert_eq!(start.serve().records(WEB), [RECORD]);
}

#[test]
fn a_reload_refuses_what_is_not_signed_and_nothing_changes() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let daemon = signer.served();
    let before = daemon.status().generation();
    let (file, good) = (daemon.policy_file(0), policies::bytes(FAULTY));
    let signature = signature_of(&file);
    let signed = fs::read(&signature).unwrap();

    // Another component under the old signature, then under none, then under a stranger's.
    policies::install(&file, &policies::bytes(SHORT_NAMES));
    assert_refused(
        &daemon.reload(&["--force"]),
        &["p0.wasm is not what was signed"],
    );
    fs::remove_file(&signature).unwrap();
    assert_refused(
        &daemon.reload(&["--force"]),
        &["p0.wasm is not signed", "zonesmith policy sign"],
    );
    stranger.sign(&file);
    assert_refused(&daemon.reload(&["--force"]), &["which is not trusted"]);
    fs::write(&signature, "I signed this, promise.\n").unwrap();
    assert_refused(
        &daemon.reload(&["--force"]),
        &["no signature that can be read"],
    );
    let status = daemon.until("the refusal is in the status", |status| {
        status.says("no signature that can be read")
    });
    assert_eq!(status.generation(), before);
    assert_eq!(daemon.records(WEB), [RECORD]);

    // What is live is asked for its signature, too: the next start would be.
    policies::install(&file, &good);
    assert_refused(&daemon.reload(&[]), &["no signature that can be read"]);
    fs::write(&signature, signed).unwrap();
    let outcome = daemon.reload(&[]);
    assert_eq!(outcome.word(), "unchanged", "{outcome:?}");
    assert!(!daemon.status().says("is not signed"));
}

#[test]
fn a_start_refuses_what_is_not_signed() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    for (wrong, words) in [
        ("nothing", "is not signed, and `trusted-keys` asks"),
        ("a stranger's", "which is not trusted"),
        ("of other bytes", "is not what was signed"),
    ] {
        let mut daemon = signer.daemon();
        let file = daemon.policy_file(0);
        match wrong {
            "nothing" => fs::remove_file(signature_of(&file)).unwrap(),
            "a stranger's" => stranger.sign(&file),
            _ => policies::install(&file, &policies::bytes(SHORT_NAMES)),
        }
        daemon.start_again();
        assert!(!daemon.ended().success(), "{wrong}");
        let log = daemon.log();
        assert!(
            log.contains(words) && log.contains("refused at stage trust"),
            "{wrong}: {log}"
        );
    }
}

#[test]
fn keys_that_come_and_go_are_heard_without_a_restart() {
    let (signer, other) = (Signer::new(), Signer::new());
    let daemon = signer.served();
    let before = daemon.status().generation();
    daemon.set_file("zonesmith.toml", &other.configuration());
    daemon.until("the key is gone", |status| {
        status.says("which is not trusted")
    });
    assert_eq!(daemon.status().generation(), before);
    assert_eq!(daemon.records(WEB), [RECORD]);
    daemon.set_file("zonesmith.toml", &signer.configuration());
    daemon.until("the key is back", |status| {
        !status.says("which is not trusted")
    });
}

#[test]
fn a_pinned_place_takes_the_pinned_component_alone() {
    let signer = Signer::new();
    let daemon = |digest: &Digest| {
        let mut start = start(&demo());
        start.configuration = format!(
            "{}[[policy]]\nfile = \"site.wasm\"\ndigest = \"{digest}\"\n",
            signer.configuration()
        );
        let mut daemon = start.prepare();
        let file = daemon.path("site.wasm");
        fs::write(&file, policies::bytes(FAULTY)).unwrap();
        signer.sign(&file);
        daemon.start_again();
        daemon
    };
    // An old component, rightly signed, is put back: only the pin can tell.
    let new = Digest::of(embedded());
    let mut refused = daemon(&new);
    assert!(!refused.ended().success());
    let log = refused.log();
    let old = Digest::of(&policies::bytes(FAULTY));
    assert!(
        log.contains(&format!("has the digest {old}, and is pinned to {new}")),
        "{log}"
    );

    let pinned = daemon(&old);
    pinned.until("the first zone is published", |status| {
        status.generation() > 0
    });
    pinned.until_listening();
    policies::replace(&pinned.path("site.wasm"), embedded());
    signer.sign(&pinned.path("site.wasm"));
    assert_refused(
        &pinned.reload(&["--force"]),
        &[&format!("has the digest {new}, and is pinned to {old}")],
    );
    assert_eq!(pinned.records(WEB), [RECORD]);
}

#[test]
fn each_of_a_thousand_changed_octets_of_a_component_is_refused() {
    let Generated {
        public,
        secret_file,
        ..
    } = generate(None).unwrap();
    let signing = SigningKey::of_file(&secret_file, || unreachable!()).unwrap();
    let trust = Trust::new(vec![public.clone()]);
    let component = policies::bytes(FAULTY);
    let signature = signing.sign(&component, "for the test").unwrap();
    let pinned = Some(Digest::of(&component));
    assert!(trust.decide(&component, Some(&signature), pinned).is_ok());

    let places = proptest::collection::vec((0..component.len(), 1..=u8::MAX), TAMPERED);
    let places = places.new_tree(&mut TestRunner::default()).unwrap();
    for (place, change) in places.current() {
        let mut tampered = component.clone();
        tampered[place] ^= change;
        assert_eq!(
            trust.decide(&tampered, Some(&signature), None),
            Err(Distrust::Changed(public.id())),
            "octet {place} ^ {change}"
        );
        let decided = Trust::default().decide(&tampered, None, pinned);
        assert!(
            matches!(decided, Err(Distrust::OtherDigest { .. })),
            "octet {place} ^ {change}: {decided:?}"
        );
    }
    let tail = proptest::collection::vec(any::<u8>(), 1..100);
    let tail = tail.new_tree(&mut TestRunner::default()).unwrap().current();
    let longer = [&component[..], &tail].concat();
    assert!(trust.decide(&longer, Some(&signature), None).is_err());
    let shorter = &component[..component.len() - 1];
    assert!(trust.decide(shorter, Some(&signature), None).is_err());
}

#[test]
fn verify_says_what_the_daemon_would_say() {
    let (signer, stranger) = (Signer::new(), Signer::new());
    let directory = signer.directory.path();
    let file = directory.join("site.wasm");
    fs::write(&file, policies::bytes(FAULTY)).unwrap();
    let verify = |more: &[&str]| {
        let mut words = vec!["policy", "verify", "site.wasm"];
        words.extend(more);
        Answer::to(BINARY, &words, directory)
    };
    let unsigned = verify(&["--key", "k.pub"]);
    assert_eq!(unsigned.code, 1, "{unsigned:?}");
    assert!(
        unsigned.output.contains("site.wasm is not signed"),
        "{unsigned:?}"
    );
    let comment = "reviewed by Ana";
    signer.try_sign(&file, &["--comment", comment]).good();
    for key in ["k.pub", &signer.public] {
        let good = verify(&["--key", &stranger.public, "--key", key]).good();
        assert!(good.contains(comment), "{good}");
    }
    fs::write(directory.join("c.toml"), signer.configuration()).unwrap();
    let json = verify(&["--config", "c.toml", "--format", "json"]).good();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["comment"], comment, "{json}");
    assert_eq!(
        json["digest"],
        Digest::of(&policies::bytes(FAULTY)).to_string()
    );
    let other = Digest::of(embedded()).to_string();
    for more in [
        &["--key", &stranger.public][..],
        &["--key", "k.pub", "--digest", &other],
    ] {
        let refused = verify(more);
        assert_eq!(refused.code, 1, "{refused:?}");
    }
    let nobody = verify(&["--config", "/dev/null"]);
    assert!(nobody.error.contains("no key is trusted"), "{nobody:?}");
}

#[test]
fn a_key_is_never_overwritten_and_nobody_else_reads_the_secret_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let signer = Signer::new();
    let directory = signer.directory.path();
    let mode = |name: &str| {
        let metadata = fs::metadata(directory.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("k.key"), 0o600);
    let again = Answer::to(
        BINARY,
        &["policy", "keygen", "-o", "k", "--no-password"],
        directory,
    );
    assert_eq!(again.code, 1, "{again:?}");
    fs::write(directory.join("text.wasm"), "no component").unwrap();
    let refused = signer.try_sign(&directory.join("text.wasm"), &[]);
    assert_eq!(refused.code, 1, "what is no component is not signed");

    fs::write(directory.join("password"), "correct horse\n").unwrap();
    let words = ["policy", "keygen", "-o", "p", "--password-file", "password"];
    Answer::to(BINARY, &words, directory).good();
    let file = directory.join("site.wasm");
    fs::write(&file, policies::bytes(FAULTY)).unwrap();
    let sign = |more: &[&str]| {
        let mut words = vec!["policy", "sign", "site.wasm", "--key", "p.key"];
        words.extend(more);
        Answer::to(BINARY, &words, directory)
    };
    sign(&["--password-file", "password"]).good();
    fs::write(directory.join("wrong"), "battery staple\n").unwrap();
    let wrong = sign(&["--password-file", "wrong"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
}
