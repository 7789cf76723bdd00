//! The default policy, which `build.rs` compiled: the daemon never starts without a policy.

/// Its name in messages, where another policy has its path.
pub const EMBEDDED: &str = "the embedded policy";

/// The component of the default policy (`guest/default`), or the one a packager handed in.
#[must_use]
pub fn embedded() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/policy.wasm"))
}
