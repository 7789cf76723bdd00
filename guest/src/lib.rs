//! Write a naming policy for Zonesmith in Rust.
//!
//! A policy turns what a cluster says of itself into DNS: [`Policy::configure`] names the zones, [`Policy::synthesize`] the
//! records of one service. It becomes a WebAssembly component with [`export_policy!`] and `zonesmith policy build`; it has
//! no clock, files, network or randomness, so the same input always gives the same records, and a native test
//! ([`harness`]) proves what the daemon will publish.
//!
//! - [`cluster`]: what a policy is given
//! - [`dns`]: names, addresses, records, and short ways to make them; [`name`]: names from labels and addresses
//! - [`naming`]: what a policy answers; [`rules!`]: the rules it makes records by
//! - [`settings`]: the settings as a type, with errors that say where
//! - [`log`]: lines in the daemon's log
//! - [`harness`]: a cluster document in, master files out (native builds only)
//!
//! Read `examples/policies/short-names` first: the smallest useful policy. `guest/default` is the largest.
#![deny(unsafe_code)]

#[cfg(any(target_family = "wasm", test))]
#[doc(hidden)]
pub mod bindings;
pub mod cluster;
#[cfg(any(target_family = "wasm", test))]
#[doc(hidden)]
pub mod component;
pub mod dns;
#[cfg(not(target_family = "wasm"))]
pub mod harness;
pub mod log;
pub mod name;
pub mod naming;
mod policy;
pub mod settings;

pub use cluster::{Cluster, Service};
pub use dns::ResourceRecord;
pub use naming::{Configuration, Description, Diagnostic, Rule, Severity, Synthesis};
pub use policy::Policy;
