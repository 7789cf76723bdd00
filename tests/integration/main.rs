//! What the real binary does with real components. Needs Rust alone.
//!
//! A file per behaviour. Each test has a daemon of its own, in a directory of its own; none sleeps.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by failing, and what it skips"
)]

mod admin;
mod agent_latency;
mod agent_streams;
mod agents;
mod agents_answers;
mod agreement;
mod architecture;
mod author;
mod changes;
mod cli;
mod deployment;
mod differences;
mod documents;
mod explain;
mod golden;
mod handover;
mod histories;
mod isolation;
mod lifetime;
mod limits;
mod memory;
mod merged_records;
mod mutants;
mod naming_schemes;
mod notify;
mod pipe;
mod playground;
mod policies;
mod power_dns;
mod promotion;
mod protocol;
mod registries;
mod reload;
mod resolvers;
mod robustness;
mod sdk;
mod selection;
mod serials;
mod service_manager;
mod several_sources;
mod sources;
mod stack;
mod state;
mod static_zones;
mod trust;
mod versions;
mod watchers;
mod watching;

use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::{Document, cluster};

/// The binary that is tested.
const BINARY: &str = env!("CARGO_BIN_EXE_zonesmith");

/// The workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Two services, `web` and `bad`.
fn demo() -> Document {
    cluster("demo")
        .service("shop/svc/web", "10.22.0.5")
        .service("shop/svc/bad", "10.22.0.6")
}

/// A daemon with the default policy.
fn start(cluster: &Document) -> Start {
    Start::new(BINARY, cluster)
}
