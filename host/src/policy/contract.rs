//! Which contract a component speaks, and the contracts this host speaks: one enum over tracks.
//!
//! A *track* is what changes when the contract breaks: `0.1` of 0.1.x, `1` of 1.x. Within a track wasmtime takes any version
//! for any other, so a released track only ever grows; across tracks nothing matches, and its own message would speak of
//! missing exports. So the track is read off the exports first, and a refusal names both sides.
//!
//! A new track is a file beside `since_v1_0.rs`, a variant in the two enums here, and an arm in each `match`. The old ones
//! stay: `tests/golden` has a component of each.

pub(super) mod since_v1_0;
pub(super) mod since_v1_1;

use wasmtime::Store;
use wasmtime::component::{Component, Linker};
use zonesmith_cluster::{Cluster, Service};
use zonesmith_zone::zone_set::RecordRef;

use super::imports::Host;
use super::{Configuration, Description, Refusal, Stage, Synthesis};
use crate::snapshot::selection::Question;

/// What every policy exports, of whatever track.
const NAMING: &str = "zonesmith:policy/naming@";

/// A contract this host speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contract {
    /// `zonesmith:policy@1.x`.
    SinceV1_0,
}

impl Contract {
    /// Its name, with the track.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::SinceV1_0 => "zonesmith:policy@1",
        }
    }

    /// Whether something of this version is of this contract.
    pub(super) fn includes(self, version: &str) -> bool {
        match self {
            Self::SinceV1_0 => track(version) == "1",
        }
    }

    /// The contract that the component called `name` speaks, by its exports.
    ///
    /// # Errors
    ///
    /// A refusal, if it speaks none, or none of ours.
    pub(super) fn pick<'a>(
        name: &str,
        exports: impl Iterator<Item = &'a str>,
    ) -> Result<Self, Refusal> {
        let exports: Vec<_> = exports.collect();
        let tracks: Vec<_> = exports
            .iter()
            .filter_map(|export| export.strip_prefix(NAMING))
            .map(track)
            .collect();
        if tracks.contains(&"1") {
            return Ok(Self::SinceV1_0);
        }
        let reason = match (tracks.first(), exports.as_slice()) {
            (Some(track), _) => format!(
                "{name} speaks zonesmith:policy@{track}, this host speaks {}; rebuild it for that contract with `zonesmith \
                 policy build`, or use the version of Zonesmith that it was made for",
                Self::SinceV1_0.as_str()
            ),
            (None, []) => format!(
                "{name} exports nothing, so it is no policy; a policy exports zonesmith:policy/naming@1.0.0"
            ),
            (None, exports) => format!(
                "{name} exports {}, so it is no policy; a policy exports zonesmith:policy/naming@1.0.0",
                exports.join(", ")
            ),
        };
        Err(Refusal {
            stage: Stage::Contract,
            reason,
        })
    }

    /// Proves that what `component` imports and exports has the shape of this contract.
    ///
    /// # Errors
    ///
    /// wasmtime's, if it has not.
    pub(super) fn link(
        self,
        engine: &wasmtime::Engine,
        component: &Component,
    ) -> wasmtime::Result<Linked> {
        let mut linker = Linker::new(engine);
        match self {
            Self::SinceV1_0 => since_v1_0::add_imports(&mut linker)?,
        }
        linker.define_unknown_imports_as_traps(component)?;
        let linked = linker.instantiate_pre(component)?;
        match self {
            Self::SinceV1_0 => since_v1_0::Linked::new(component, linked).map(Linked::SinceV1_0),
        }
    }
}

/// The track of a version: up to the first part that is not zero.
fn track(version: &str) -> &str {
    let mut end = 0;
    for part in version.split(['.', '-', '+']) {
        end += part.len();
        if part != "0" {
            return version.get(..end).unwrap_or(version);
        }
        end += 1;
    }
    version
}

/// A component whose imports are there: one step before an instance.
pub(super) enum Linked {
    SinceV1_0(since_v1_0::Linked),
}

impl Linked {
    /// Whether it has the optional interface `selection`.
    pub(super) fn selects(&self) -> bool {
        match self {
            Self::SinceV1_0(linked) => linked.selects(),
        }
    }

    /// Brings an instance to life in `store`.
    ///
    /// # Errors
    ///
    /// wasmtime's, if its start fails or its types are not those of the contract.
    pub(super) fn instantiate(&self, store: &mut Store<Host>) -> wasmtime::Result<Guest> {
        match self {
            Self::SinceV1_0(linked) => linked.instantiate(store).map(Guest::SinceV1_0),
        }
    }
}

/// The exports of an instance. The outer error of each call is wasmtime's, the inner one the policy's own word.
pub(super) enum Guest {
    SinceV1_0(since_v1_0::Guest),
}

impl Guest {
    pub(super) fn describe(&self, store: &mut Store<Host>) -> wasmtime::Result<Description> {
        match self {
            Self::SinceV1_0(guest) => guest.describe(store),
        }
    }

    pub(super) fn configure(
        &self,
        store: &mut Store<Host>,
        cluster: &Cluster,
        settings: &str,
    ) -> wasmtime::Result<Result<Configuration, String>> {
        match self {
            Self::SinceV1_0(guest) => guest.configure(store, cluster, settings),
        }
    }

    pub(super) fn synthesize(
        &self,
        store: &mut Store<Host>,
        service: &Service,
    ) -> wasmtime::Result<Result<Synthesis, String>> {
        match self {
            Self::SinceV1_0(guest) => guest.synthesize(store, service),
        }
    }

    /// Only of one that has the interface; another one leaves everything to everyone.
    pub(super) fn choose(
        &self,
        store: &mut Store<Host>,
        question: &Question<'_>,
        records: &[RecordRef<'_>],
    ) -> wasmtime::Result<since_v1_1::Said> {
        match self {
            Self::SinceV1_0(guest) => guest.choose(store, question, records),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_is_what_changes_when_the_contract_breaks() {
        for (version, expected) in [
            ("0.1.0", "0.1"),
            ("0.2.7", "0.2"),
            ("1.0.0", "1"),
            ("12.3.4", "12"),
            ("0.0.3", "0.0.3"),
            ("1", "1"),
        ] {
            assert_eq!(track(version), expected, "{version}");
        }
    }

    #[test]
    fn another_track_is_refused_with_both_names() {
        let pick = |exports: &[&'static str]| Contract::pick("x.wasm", exports.iter().copied());
        assert_eq!(
            pick(&["zonesmith:policy/naming@1.7.0"]),
            Ok(Contract::SinceV1_0)
        );
        assert_eq!(
            pick(&[
                "zonesmith:policy/naming@2.0.0",
                "zonesmith:policy/naming@1.0.0"
            ]),
            Ok(Contract::SinceV1_0)
        );
        for (exports, says) in [
            (
                &["zonesmith:policy/naming@2.2.0"][..],
                "speaks zonesmith:policy@2, this host speaks zonesmith:policy@1",
            ),
            (
                &["zonesmith:policy/naming@0.1.0"],
                "speaks zonesmith:policy@0.1, this host speaks zonesmith:policy@1",
            ),
            (
                &["wasi:cli/run@0.2.0"],
                "exports wasi:cli/run@0.2.0, so it is no policy",
            ),
            (
                &["zonesmith:policy/naming"],
                "exports zonesmith:policy/naming, so it is no policy",
            ),
            (&[], "exports nothing"),
        ] {
            let refusal = pick(exports).unwrap_err();
            assert_eq!(refusal.stage, Stage::Contract);
            assert!(
                refusal.reason.starts_with("x.wasm ") && refusal.reason.contains(says),
                "{exports:?}: {refusal}"
            );
        }
    }
}
