//! What wit-bindgen makes of `wit/`: the only generated code of this crate, and the only unsafe code. Its types are those of
//! the whole crate: what crosses the border is what there is to know.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    dead_code,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    clippy::nursery,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: ["../../../wit/since_v1.0", "wit"],
    world: "zonesmith:playground/engine",
    generate_all,
    additional_derives: [PartialEq],
    default_bindings_module: "crate::bindings",
});

#[cfg(target_family = "wasm")]
export!(Component with_types_in crate::bindings);

#[cfg(target_family = "wasm")]
use crate::component::Component;
