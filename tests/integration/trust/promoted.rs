//! A candidate, and what was live before, are believed as files are: by the keys of the moment in which they come in.

use std::fs;

use zonesmith::digest::Digest;
use zonesmith_tests::policies::{self, FAULTY};

use super::{RECORD, Signer, WEB, assert_refused};
use crate::{demo, start};

const EXTRA: &str = r#"{"extra": "also"}"#;
const ALSO: &str = "also.web.shop.svc.demo.";

#[test]
fn what_is_not_signed_does_not_come_into_the_shadow_and_is_not_rolled_back_to() {
    let (signer, other) = (Signer::new(), Signer::new());
    let mut daemon = signer.served();
    let file = daemon.candidate(&policies::bytes(FAULTY), EXTRA);
    assert_refused(
        &daemon.policy(&["load", "--shadow", &file]),
        &["is not signed"],
    );
    other.sign(&daemon.path("candidate.wasm"));
    assert_refused(
        &daemon.policy(&["load", "--shadow", &file]),
        &["which is not trusted"],
    );
    signer.sign(&daemon.path("candidate.wasm"));
    let loaded = daemon.policy(&["load", &file]);
    assert_eq!(loaded.word(), "published", "{loaded:?}");
    assert_eq!(daemon.records(ALSO).len(), 1);

    // Signature and component are kept together, over a restart, too.
    daemon.stop();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.records(ALSO).len(), 1);
    daemon.set_file("zonesmith.toml", &other.configuration());
    daemon.until("the key is gone", |status| {
        status.says("which is not trusted")
    });
    assert_refused(&daemon.policy(&["rollback"]), &["which is not trusted"]);
    assert_eq!(daemon.records(ALSO).len(), 1);
    daemon.set_file("zonesmith.toml", &signer.configuration());
    daemon.until("the key is back", |status| {
        !status.says("which is not trusted")
    });
    let back = daemon.policy(&["rollback"]);
    assert_eq!(back.word(), "published", "{back:?}");
    assert_eq!(daemon.records(WEB), [RECORD]);
    assert_eq!(daemon.records(ALSO), [""; 0]);
}

/// The faulty policy as another component: it has a section more, that nobody reads.
fn another() -> Vec<u8> {
    const CUSTOM_SECTION: [u8; 4] = [0, 2, 1, b'x'];
    [&*policies::bytes(FAULTY), &CUSTOM_SECTION].concat()
}

#[test]
fn a_key_that_went_since_keeps_what_is_in_the_shadow_from_being_promoted() {
    let signer = Signer::new();
    let daemon = signer.served();
    let file = daemon.candidate(&another(), EXTRA);
    signer.sign(&daemon.path("candidate.wasm"));
    let loaded = daemon.policy(&["load", "--shadow", &file]);
    assert_eq!(loaded.word(), "shadowing", "{loaded:?}");
    daemon.set_file("zonesmith.toml", &Signer::new().configuration());
    daemon.until("the key is gone", |status| {
        status.says("which is not trusted")
    });
    assert_refused(&daemon.policy(&["promote"]), &["which is not trusted"]);
    assert_refused(
        &daemon.policy(&["promote", "--force"]),
        &["which is not trusted"],
    );
    assert_eq!(daemon.records(ALSO), [""; 0]);
    assert_eq!(daemon.records(WEB), [RECORD]);
}

#[test]
fn a_pinned_place_takes_no_candidate_of_another_digest() {
    let signer = Signer::new();
    let digest = Digest::of(&policies::bytes(FAULTY));
    let mut start = start(&demo());
    start.configuration = format!(
        "{}[[policy]]\nfile = \"site.wasm\"\ndigest = \"{digest}\"\n",
        signer.configuration()
    );
    let mut daemon = start.prepare();
    fs::write(daemon.path("site.wasm"), policies::bytes(FAULTY)).unwrap();
    signer.sign(&daemon.path("site.wasm"));
    daemon.start_again();
    daemon.until_listening();
    let load = |component: &[u8]| {
        let file = daemon.candidate(component, EXTRA);
        signer.sign(&daemon.path("candidate.wasm"));
        daemon.policy(&["load", &file])
    };
    assert_refused(&load(&another()), &["and is pinned to"]);
    // The pinned one with other settings may.
    let loaded = load(&policies::bytes(FAULTY));
    assert_eq!(loaded.word(), "published", "{loaded:?}");
    assert_eq!(daemon.records(ALSO).len(), 1);
}

#[test]
fn what_was_live_before_anybody_asked_for_signatures_was_kept_with_its_own() {
    let signer = Signer::new();
    let mut daemon = start(&demo()).with_policy(FAULTY, "{}").prepare();
    signer.sign(&daemon.policy_file(0));
    daemon.start_again();
    daemon.until_listening();
    let file = daemon.candidate(&another(), EXTRA);
    signer.sign(&daemon.path("candidate.wasm"));
    let loaded = daemon.policy(&["load", &file]);
    assert_eq!(loaded.word(), "published", "{loaded:?}");
    daemon.set_file("zonesmith.toml", &signer.configuration());
    daemon.stop();
    daemon.start_again();
    daemon.until_listening();
    assert_eq!(daemon.records(ALSO).len(), 1);
    let back = daemon.policy(&["rollback"]);
    assert_eq!(back.word(), "published", "{back:?}");
    assert_eq!(daemon.records(ALSO), [""; 0]);
}
