//! Write a naming policy for Zonesmith in Rust.
//!
//! A policy turns what a cluster says of itself into DNS: [`Policy::configure`] names the zones, [`Policy::synthesize`] the
//! records of one service. It becomes a WebAssembly component with [`export_policy!`] and `zonesmith policy build`; it has
//! no clock, files, network or randomness, so the same input always gives the same records, and a native test
//! ([`harness`]) proves what the daemon will publish.
//!
//! - [`cluster`]: what a policy is given
//! - [`dns`]: addresses and records, and short ways to make them; [`name`]: names from labels and addresses;
//!   [`reverse_zones`]: which reverse zones there are, and their PTR records
//! - [`naming`]: what a policy answers, zones and diagnostics among it; [`rules!`]: the rules it makes records by
//! - [`selection`]: which of the published records a client is given (optional)
//! - [`settings`]: the settings as a type, with errors that say where
//! - [`log`]: lines in the daemon's log
//! - [`harness`]: a cluster document in, master files out, held against a file (native builds only)
//!
//! A whole policy, which names the services of a cluster `<service>.<cluster>`, is the example of [`Policy`]; its test is one
//! line, [`harness::assert_expected`]. `zonesmith policy new` writes both into a folder of yours.
//!
//! What goes wrong has three ways out. An error of [`configure`](Policy::configure) refuses the policy: for settings that are
//! wrong. An error of [`synthesize`](Policy::synthesize) keeps the last good records of the service: for what should not
//! happen. A [`Diagnostic`] tells the owner of the service what is wrong with one of its resources, and the other records
//! stand: for everything else ([`cluster::Place::no_name`]). What a mistake in the policy itself would be is a line of [`log`].
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
pub mod reverse_zones;
pub mod selection;
pub mod settings;

pub use cluster::{Cluster, Service};
pub use dns::ResourceRecord;
pub use naming::{Configuration, Description, Diagnostic, Rule, Severity, Synthesis};
pub use policy::Policy;
