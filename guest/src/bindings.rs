//! What wit-bindgen makes of `wit/since_v0.1`: the only generated code of this crate, and the only unsafe code. Use the
//! modules [`cluster`](crate::cluster), [`dns`](crate::dns), [`naming`](crate::naming) and [`log`](crate::log) instead;
//! this one is public for the sake of [`export_policy!`](crate::export_policy) alone.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    clippy::nursery,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: "../wit/since_v0.1",
    world: "zone-policy",
    pub_export_macro: true,
    default_bindings_module: "zonesmith_policy::bindings",
    additional_derives: [PartialEq, Eq],
    // A policy sees all the words of the contract, also those that no function needs yet.
    generate_unused_types: true,
});
