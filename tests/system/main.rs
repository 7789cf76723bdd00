//! What clients of a real PowerDNS get. Each test is ignored with what it needs; `tests/run` installs that and runs them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says what it expects by failing, and how much it asked"
)]

mod configurations;
mod conformance;
mod connectors;
mod containers;
mod demo;
mod deployed;
mod deployed_service;
mod dnssec;
mod doctor;
mod etcd;
mod etcd_load;
mod explain;
mod forgetting;
mod fresh_answers;
mod images;
mod janitor;
mod metrics;
mod names;
mod new_policy;
mod promotion_under_load;
mod publishing;
mod recursor;
mod registry;
mod reload_under_load;
mod secondaries;
mod selection;
mod static_zones;
mod transfer;
mod upgrades;
mod waiting;
mod whole_service;

/// The binary that is tested.
const BINARY: &str = env!("CARGO_BIN_EXE_zonesmith");
