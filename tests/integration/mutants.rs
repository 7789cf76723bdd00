//! Components that nobody wrote harm nobody: each is refused with a sentence or taken for what it is, by `policy check` and by a
//! daemon that has it as a candidate. The daemon answers all the while, and has its memory back in the end.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use zonesmith::kit::anatomy::Anatomy;
use zonesmith::kit::check::check;
use zonesmith::policy::{Component, Engine, embedded};
use zonesmith_tests::admin::ask;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::mutants::{Mutant, Mutants};
use zonesmith_tests::observer::Observer;
use zonesmith_tests::policies::{
    self, FAULTY, SHORT_NAMES, SPINS_IN_DESCRIBE, TRAPS_IN_DESCRIBE, WANTS_A_CLOCK, WANTS_WASI,
};
use zonesmith_tests::{is_long, until};

use crate::{demo, start};

/// The seed: another run has other mutants only when somebody wants it.
const SEED: u64 = 0x5eed_2026;

/// Memory that the daemon may have more than before: allocators keep some of what was freed.
const MORE_MEMORY: u64 = 24 << 20;

/// Faults that the faulty policy has, one after the other.
const FAULTS: [&str; 9] = [
    "trap-in-configure",
    "spin-in-configure",
    "eat-memory-in-configure",
    "error-in-configure",
    "trap-in-synthesize",
    "recurse",
    "eat-memory",
    "million-records",
    "huge-strings",
];

fn mutants() -> impl Iterator<Item = Mutant> {
    let parents = vec![
        policies::bytes(FAULTY),
        policies::bytes(SHORT_NAMES),
        embedded().to_vec(),
    ];
    Mutants::of(SEED, parents).take(if is_long() { 1_000 } else { 80 })
}

/// How far a component comes.
fn far(engine: &Engine, bytes: &[u8]) -> String {
    let state = zonesmith_cluster::read(demo().json().to_string().as_bytes())
        .unwrap()
        .1;
    // What is looked at by `inspect` and `build`, before anything runs.
    let _ = Anatomy::of(bytes);
    match Component::load(engine, "x.wasm", bytes) {
        Err(refusal) => {
            assert!(refusal.reason.contains("x.wasm"), "{refusal}");
            refusal.stage.to_string()
        }
        Ok(component) => match check(engine, &component, &state, &"{}".into()) {
            Err(refusal) => refusal.stage.to_string(),
            Ok(_) => "checked".to_owned(),
        },
    }
}

#[test]
fn check_has_a_word_for_every_mutant() {
    let engine = Engine::new().unwrap();
    let mut stages: BTreeMap<String, usize> = BTreeMap::new();
    for Mutant { what, bytes } in mutants() {
        let stage = catch_unwind(AssertUnwindSafe(|| far(&engine, &bytes)));
        let Ok(stage) = stage else {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutant.wasm");
            fs::write(&file, &bytes).unwrap();
            panic!("{what} of seed {SEED:#x}: it is in {}", file.display());
        };
        *stages.entry(stage).or_default() += 1;
    }
    // Nonsense is refused by the compiler; generated code that calls itself, loops or returns what is no value runs.
    for stage in ["compile", "describe"] {
        assert!(
            stages.contains_key(stage),
            "none came to {stage}: {stages:?}"
        );
    }
}

/// Puts a policy into the second place, and has the daemon look at it.
fn try_policy(daemon: &Daemon, bytes: &[u8], settings: Option<&str>) -> String {
    let file = daemon.policy_file(1);
    policies::set_settings(&file, settings);
    policies::install(&file, bytes);
    let outcome = ask(&daemon.admin_path(), "POST /policy/reload");
    assert_eq!(outcome.code, 200, "{outcome:?}");
    let word = outcome.json().get("outcome").cloned();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_else(|| panic!("{outcome:?}"))
}

/// Resident memory of the daemon, in octets.
fn memory(daemon: &Daemon) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let row = text
        .lines()
        .find_map(|row| row.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = row.split_whitespace().next().unwrap().parse().unwrap();
    kibibytes << 10
}

#[test]
fn a_daemon_answers_on_whatever_its_candidates_are_and_has_its_memory_back() {
    let good = policies::bytes(SHORT_NAMES);
    let daemon = Start {
        policies: vec![(embedded().to_vec(), None), (good.clone(), None)],
        ..start(&demo())
    }
    .serve();
    let web = ["web.shop.svc.demo. 60 A 10.22.0.5"];
    let observer = Observer::start(&daemon.socket_path(), move |socket| {
        let records = socket.records("web.shop.svc.demo.");
        (records != web).then(|| format!("{records:?}"))
    });
    // What a reload leaves for the next one is there before anything is compared.
    for _ in 0..3 {
        try_policy(&daemon, &policies::bytes(WANTS_WASI), None);
        try_policy(&daemon, &good, None);
    }
    let before = memory(&daemon);

    let faulty = policies::bytes(FAULTY);
    for fault in FAULTS {
        let settings = format!(r#"{{ "fault": "{fault}" }}"#);
        try_policy(&daemon, &faulty, Some(&settings));
    }
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let hostile = [SPINS_IN_DESCRIBE, TRAPS_IN_DESCRIBE, WANTS_A_CLOCK].map(policies::bytes);
    let none = [
        policies::core_module(),
        policies::truncated(),
        policies::empty_component(),
        policies::changed_shape(),
    ];
    for bytes in hostile.iter().chain(&none) {
        assert_eq!(try_policy(&daemon, bytes, None), "refused");
    }
    for Mutant { what: _, bytes } in mutants() {
        *outcomes
            .entry(try_policy(&daemon, &bytes, None))
            .or_default() += 1;
    }
    assert!(outcomes.contains_key("refused"), "{outcomes:?}");
    try_policy(&daemon, &good, None);
    let status = daemon.until("the good policy is live again", |status| {
        status.get("/policies/1/name") == r#""short-names""#
    });
    observer.finish();
    until(
        "the memory is back",
        || (memory(&daemon) <= before + MORE_MEMORY).then_some(()),
        || format!("{} of {before}: {}", memory(&daemon), status.text()),
    );
}
