//! Components that behave, misbehave, or are none.

use std::fs;
use std::path::Path;

/// Says every word of the contract: `tests/guests/every_word`.
pub const EVERY_WORD: &str = env!("GUEST_EVERY_WORD");
/// The policy whose settings pick its fault: `tests/guests/faulty`.
pub const FAULTY: &str = env!("GUEST_FAULTY");
/// The policy that chooses among records, and whose settings pick its fault: `tests/guests/chooses`.
pub const CHOOSES: &str = env!("GUEST_CHOOSES");
/// `examples/policies/nearest`: chooses among the records of others.
pub const NEAREST: &str = env!("GUEST_NEAREST");
/// Traps when it is asked what it is.
pub const TRAPS_IN_DESCRIBE: &str = env!("GUEST_TRAPS_IN_DESCRIBE");
/// Never says what it is.
pub const SPINS_IN_DESCRIBE: &str = env!("GUEST_SPINS_IN_DESCRIBE");
/// Imports what no policy is given: `example:time/clock`.
pub const WANTS_A_CLOCK: &str = env!("GUEST_WANTS_A_CLOCK");
/// Imports `wasi:clocks/monotonic-clock`, and calls it for services named `clocked`.
pub const WANTS_WASI: &str = env!("GUEST_WANTS_WASI");
/// `examples/policies/consul`: names as Consul has them.
pub const CONSUL: &str = env!("GUEST_CONSUL");
/// `examples/policies/kubernetes`: names as Kubernetes has them.
pub const KUBERNETES: &str = env!("GUEST_KUBERNETES");
/// `examples/policies/opensvc-v2`: the names of OpenSVC agents of generation 2.
pub const OPENSVC_V2: &str = env!("GUEST_OPENSVC_V2");
/// `examples/policies/opensvc-v3`: those of generation 3.
pub const OPENSVC_V3: &str = env!("GUEST_OPENSVC_V3");
/// `examples/policies/short-names`: adds to the zones of others.
pub const SHORT_NAMES: &str = env!("GUEST_SHORT_NAMES");

/// The bytes of one of the components above.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn bytes(component: &str) -> Vec<u8> {
    fs::read(component).unwrap_or_else(|error| panic!("read {component}: {error}"))
}

/// WebAssembly, but a module, not a component.
#[must_use]
pub fn core_module() -> Vec<u8> {
    assemble(r#"(module (func (export "synthesize")))"#)
}

/// The first half of a component.
#[must_use]
pub fn truncated() -> Vec<u8> {
    let mut bytes = bytes(FAULTY);
    bytes.truncate(bytes.len() / 2);
    bytes
}

/// A component that exports nothing at all.
#[must_use]
pub fn empty_component() -> Vec<u8> {
    assemble("(component)")
}

/// A component of another track of the contract: it exports `naming` of this version, and imports `log` of it.
#[must_use]
pub fn other_track(version: &str) -> Vec<u8> {
    assemble(&format!(
        r#"(component
            (import "zonesmith:policy/log@{version}" (instance
                (export "log" (func (param "message" string)))))
            (core module $code (func (export "describe")))
            (core instance $running (instantiate $code))
            (func $describe (canon lift (core func $running "describe")))
            (instance $naming (export "describe" (func $describe)))
            (export "zonesmith:policy/naming@{version}" (instance $naming)))"#
    ))
}

/// A component of our track whose `naming` has a function of another shape: found only when it is instantiated.
#[must_use]
pub fn changed_shape() -> Vec<u8> {
    assemble(
        r#"(component
            (core module $code
                (func (export "describe") (result i32) i32.const 0)
                (func (export "configure") (param i32) (result i32) i32.const 0)
                (func (export "synthesize") (param i32) (result i32) i32.const 0))
            (core instance $running (instantiate $code))
            (func $describe (result u32) (canon lift (core func $running "describe")))
            (func $configure (param "cluster" u32) (result u32) (canon lift (core func $running "configure")))
            (func $synthesize (param "service" u32) (result u32) (canon lift (core func $running "synthesize")))
            (instance $naming
                (export "describe" (func $describe))
                (export "configure" (func $configure))
                (export "synthesize" (func $synthesize)))
            (export "zonesmith:policy/naming@1.0.0" (instance $naming)))"#,
    )
}

fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Puts a policy into its place as an installer does: written beside it, then renamed over it.
///
/// # Panics
/// When the file system says no.
pub fn install(place: &Path, component: &[u8]) {
    replace(place, component);
}

/// Puts settings beside the policy at `place`, or takes them away.
///
/// # Panics
/// When the file system says no.
pub fn set_settings(place: &Path, settings: Option<&str>) {
    let file = place.with_extension("settings.json");
    match settings {
        Some(settings) => replace(&file, settings.as_bytes()),
        None => {
            if file.exists() {
                fs::remove_file(&file).expect("remove the settings");
            }
        }
    }
}

/// A file that is either the old one or the new one, never half of it.
///
/// # Panics
/// When the file system says no.
pub fn replace(place: &Path, bytes: &[u8]) {
    let mut beside = place.to_path_buf().into_os_string();
    beside.push(".new");
    fs::write(&beside, bytes).unwrap_or_else(|error| panic!("write {}: {error}", place.display()));
    fs::rename(&beside, place)
        .unwrap_or_else(|error| panic!("rename to {}: {error}", place.display()));
}

#[cfg(test)]
mod tests {
    use super::{changed_shape, core_module, empty_component, other_track, truncated};

    #[test]
    fn what_is_written_as_text_assembles() {
        let component = b"\0asm\x0d\0\x01\0";
        assert!(core_module().starts_with(b"\0asm\x01\0\0\0"));
        for bytes in [
            truncated(),
            empty_component(),
            other_track("0.2.0"),
            other_track("1.0.0"),
            changed_shape(),
        ] {
            assert!(bytes.starts_with(component));
        }
    }
}
