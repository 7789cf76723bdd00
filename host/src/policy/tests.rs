//! The embedded policy as any other, and bytes that are none. Policies that misbehave meet the whole daemon, in
//! `tests/integration`.

use std::sync::{Arc, LazyLock};

use zonesmith_cluster::{Cluster, Service, State};
use zonesmith_zone::record::Rdata;

use super::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());
static DEFAULT: LazyLock<Component> =
    LazyLock::new(|| Component::load(&ENGINE, EMBEDDED, embedded()).unwrap());

fn demo() -> State {
    zonesmith_cluster::read(include_bytes!("../../../examples/demo/cluster.json"))
        .unwrap()
        .1
}

fn start(cluster: &Cluster, settings: &str) -> Result<(Instance, Configuration), Refusal> {
    Instance::start(&DEFAULT, Arc::new(cluster.clone()), settings.into())
}

fn service(state: &State, path: &str) -> Arc<Service> {
    Arc::clone(&state.services[path])
}

fn refuse(bytes: &[u8]) -> Refusal {
    Component::load(&ENGINE, "x.wasm", bytes).expect_err("a refusal")
}

#[test]
fn the_embedded_policy_says_what_it_is() {
    assert_eq!(DEFAULT.digest(), crate::digest::Digest::of(embedded()));
    assert_eq!(DEFAULT.contract(), "zonesmith:policy@1");
    let Description {
        name,
        version,
        rules,
        settings_schema,
        ..
    } = DEFAULT.description();
    assert_eq!(
        (&**name, &**version),
        ("default", env!("CARGO_PKG_VERSION"))
    );
    assert!(
        rules
            .iter()
            .all(|rule| !rule.name.is_empty() && !rule.documentation.is_empty()),
        "{rules:?}"
    );
    assert!(
        serde_json::from_str::<serde_json::Value>(settings_schema)
            .unwrap()
            .is_object()
    );
}

#[test]
fn it_names_the_demo_cluster() {
    let state = demo();
    let (mut instance, configuration) = start(&state.cluster, "{}").unwrap();
    assert_eq!(configuration.zones[0].apex.trim_end_matches('.'), "demo");
    assert!(
        configuration
            .records
            .iter()
            .all(|record| record.origin.is_none())
    );

    let web = service(&state, "shop/svc/web");
    let synthesis = instance.synthesize(&web).unwrap();
    let of = |name: &str| {
        let named = synthesis
            .records
            .iter()
            .filter(|record| record.owner.trim_end_matches('.') == name);
        named.map(|record| record.data.clone()).collect::<Vec<_>>()
    };
    assert!(of("web.shop.svc.demo").contains(&Rdata::A([10, 22, 0, 5].into())));
    assert!(of("web1.web.shop.svc.demo").contains(&Rdata::Aaaa("fd00:60::5".parse().unwrap())));
    let mut targets = synthesis.records.iter().filter_map(|record| {
        let Rdata::Srv(srv) = &record.data else {
            return None;
        };
        (srv.port == 80).then(|| srv.target.trim_end_matches('.'))
    });
    assert!(targets.any(|target| target == "10-22-0-5.web.shop.svc.demo"));
    assert!(
        synthesis.records.iter().all(|record| record.rule.is_some()),
        "each record says by which rule"
    );

    let again = instance.synthesize(&web).unwrap();
    assert_eq!(synthesis, again, "an instance keeps nothing");
    let (mut fresh, same) = start(&state.cluster, "{}").unwrap();
    assert_eq!(
        (fresh.synthesize(&web).unwrap(), same),
        (synthesis, configuration),
        "a fresh one says the same"
    );
}

#[test]
fn settings_it_cannot_use_are_refused_in_its_own_words() {
    for settings in ["[]", "{", r#"{"no-such-setting": 1}"#] {
        let refusal = start(&demo().cluster, settings).err().expect(settings);
        assert_eq!(refusal.stage, Stage::Configure, "{settings}: {refusal}");
        assert!(!refusal.reason.is_empty());
    }
}

#[test]
fn an_origin_or_rule_that_is_not_there_is_dropped() {
    let web = service(&demo(), "shop/svc/web");
    let resources = u32::try_from(web.instances[0].resources.len()).unwrap();
    let origin = |instance, resource| Some(Origin { instance, resource });
    for (given, kept) in [
        (origin(0, None), true),
        (origin(0, Some(resources - 1)), true),
        (origin(0, Some(resources)), false),
        (origin(u32::MAX, None), false),
        (None, true),
    ] {
        let mut origin = given;
        instance::keep_origin(&mut origin, &web);
        assert_eq!(origin, given.filter(|_| kept), "{given:?}");
    }
    for (rule, kept) in [(Some(1), Some(1)), (Some(2), None), (None, None)] {
        let mut left = rule;
        instance::keep_rule(&mut left, 2);
        assert_eq!(left, kept, "{rule:?}");
    }
}

#[test]
fn what_is_no_component_is_refused_by_what_it_is() {
    let half = &embedded()[..embedded().len() / 2];
    for (bytes, says) in [
        (&b""[..], "x.wasm is empty"),
        (
            b"\0asm\x01\0\0\0",
            "is a core module, not a component; make a component of it with `zonesmith policy build`",
        ),
        (b"(component)", "is WebAssembly text"),
        (b"#!/bin/sh\n", "is no WebAssembly component"),
        (b"\x7fELF\x02\x01\x01\0", "is no WebAssembly component"),
        (b"\0asm\x0d\0", "is damaged or cut off"),
        (half, "is damaged or cut off"),
    ] {
        let refusal = refuse(bytes);
        assert_eq!(refusal.stage, Stage::Compile, "{refusal}");
        assert!(refusal.reason.contains(says), "{refusal}");
    }
    let huge = [&b"\0asm\x0d\0\x01\0"[..], &vec![0; 33 << 20]].concat();
    assert!(
        refuse(&huge)
            .reason
            .contains("x.wasm has 33 MiB, more than the 32 a component may have")
    );
}

#[test]
fn a_component_without_the_contract_is_refused() {
    let refusal = refuse(b"\0asm\x0d\0\x01\0");
    assert_eq!(refusal.stage, Stage::Contract);
    assert_eq!(
        refusal.reason,
        "x.wasm exports nothing, so it is no policy; a policy exports zonesmith:policy/naming@1.0.0"
    );
}

#[test]
fn stages_and_kinds_are_one_word_everywhere() {
    for stage in [Stage::Read, Stage::Instantiate, Stage::Guard] {
        assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
    }
    for kind in [
        FailureKind::TooMuchOutput,
        FailureKind::Deadline,
        FailureKind::Error,
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
