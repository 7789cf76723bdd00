//! Files that are no policy of this host are refused with a sentence that says what they are and what to do, by `policy
//! check` as by a reload.

use std::fs;

use zonesmith_tests::answer::Answer;
use zonesmith_tests::policies::{self, FAULTY, WANTS_A_CLOCK};

use crate::{BINARY, demo, start};

/// What it is, its bytes, the stage that refuses it, and words of the sentence.
fn no_policies() -> Vec<(&'static str, Vec<u8>, &'static str, &'static [&'static str])> {
    vec![
        (
            "a core module",
            policies::core_module(),
            "compile",
            &["core module", "component"],
        ),
        ("truncated bytes", policies::truncated(), "compile", &[]),
        ("nothing", Vec::new(), "compile", &["empty"]),
        ("a text", b"(component)".to_vec(), "compile", &[]),
        (
            "an empty component",
            policies::empty_component(),
            "contract",
            &["zonesmith:policy"],
        ),
        (
            "a track before the first release",
            policies::other_track("0.1.0"),
            "contract",
            &[
                "speaks zonesmith:policy@0.1",
                "this host speaks zonesmith:policy@1",
                "policy build",
            ],
        ),
        (
            "a later track",
            policies::other_track("2.0.0"),
            "contract",
            &[
                "speaks zonesmith:policy@2",
                "this host speaks zonesmith:policy@1",
            ],
        ),
        (
            "an unknown import",
            policies::bytes(WANTS_A_CLOCK),
            "link",
            &["example:time/clock"],
        ),
        (
            "another shape",
            policies::changed_shape(),
            "instantiate",
            &[],
        ),
    ]
}

#[test]
fn what_is_no_policy_of_this_host_is_refused_and_the_live_one_stays() {
    let daemon = start(&demo()).with_policy(FAULTY, "{}").serve();
    for (name, bytes, stage, words) in no_policies() {
        daemon.set_policy(&bytes);
        let outcome = daemon.reload(&[]);
        assert_eq!(
            (outcome.word(), outcome.code),
            ("refused", 1),
            "{name}: {outcome:?}"
        );
        assert_eq!(outcome.text("stage"), stage, "{name}: {outcome:?}");
        for word in words {
            assert!(
                outcome.text("reason").contains(word),
                "{name}, {word}: {outcome:?}"
            );
        }
        assert!(
            outcome.text("policy").contains("p0.wasm"),
            "{name} is named: {outcome:?}"
        );
        assert_eq!(
            daemon.records("web.shop.svc.demo."),
            ["web.shop.svc.demo. 60 A 10.22.0.5"],
            "{name}"
        );
    }
    daemon.set_policy(&policies::bytes(FAULTY));
    assert_eq!(
        daemon.reload(&[]).word(),
        "unchanged",
        "the live one is back in its place"
    );
}

#[test]
fn policy_check_says_the_same_without_a_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.wasm");
    for (name, bytes, stage, words) in no_policies() {
        fs::write(&file, bytes).unwrap();
        let answer = Answer::to(
            BINARY,
            &["policy", "check", "policy.wasm"],
            directory.path(),
        );
        assert_eq!(answer.code, 1, "{name}: {answer:?}");
        let text = format!("{}{}", answer.output, answer.error);
        assert!(
            text.contains(stage) && text.contains("policy.wasm"),
            "{name}: {answer:?}"
        );
        for word in words {
            assert!(text.contains(word), "{name}, {word}: {answer:?}");
        }
    }
    fs::write(&file, policies::bytes(FAULTY)).unwrap();
    let answer = Answer::to(
        BINARY,
        &["policy", "check", "policy.wasm"],
        directory.path(),
    )
    .good();
    assert!(
        answer.contains("faulty"),
        "a good one says what it is: {answer}"
    );
}

#[test]
fn a_daemon_without_a_policy_that_loads_says_why_and_ends() {
    let mut start = start(&demo());
    start.policies.push((policies::core_module(), None));
    let mut daemon = start.spawn();
    let status = daemon.ended();
    assert_eq!(status.code(), Some(1), "{}", daemon.log());
    assert!(daemon.log().contains("core module"), "{}", daemon.log());
}
