//! What wit-bindgen makes of `wit/since_v1.0`: the only generated code of this crate, and the only unsafe code. No policy
//! sees it: [`component`](crate::component) turns it into the types of this crate, and is the only one who uses it.
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
    path: "../wit/since_v1.0",
    world: "zone-policy",
    pub_export_macro: true,
    default_bindings_module: "zonesmith_policy::bindings",
});

/// What policies may export since 1.1, in the types of 1.0.
pub mod selection {
    wit_bindgen::generate!({
        path: ["../wit/since_v1.0", "../wit/since_v1.1"],
        inline: "
            package zonesmith:selecting-policy;
            world selecting {
                export zonesmith:policy/selection@1.1.0;
            }
        ",
        with: { "zonesmith:policy/dns@1.0.0": super::zonesmith::policy::dns },
        pub_export_macro: true,
        export_macro_name: "export_selection",
        default_bindings_module: "zonesmith_policy::bindings::selection",
    });
}
