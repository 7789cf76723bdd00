//! The harness: the real binary, and the real PowerDNS, as children of a test.
//!
//! Whatever is started is waited for by a fact, never by a sleep, and ends with the test that started it. What a test
//! reads is what a user or PowerDNS would read: sockets, exit codes, text.
//!
//! - [`daemon`]: `zonesmith serve` in a directory of its own, and the commands that ask it
//! - [`answer`]: what such a command says; [`admin`]: what the admin socket says
//! - [`status`]: what `status` says, under the names of its facts
//! - [`socket`]: the other end of `pdns.sock`, octet for octet
//! - [`document`]: cluster documents; [`agent`]: an OpenSVC agent made of recordings; [`large`]: a cluster for both
//! - [`observer`]: somebody who asks all the time
//! - [`new_policy`]: who writes a policy, with the programs that he has
//! - [`policies`]: components that behave, misbehave, or are none; [`mutants`]: components that nobody wrote
//! - [`etcd`]: members of a real one; [`publisher`]: who writes it
//! - [`registry`]: where components are pushed to: a real one, and one that answers what a test says
//! - [`ports`]: for servers; [`power_dns`]: `pdns_server` on that socket, `dig` and `dnsperf` before it
//! - [`network`]: a network of its own; [`name_servers`] in it, the root and secondaries too; [`checks`] by others' tools
//! - [`datagram`]: DNS questions by the thousand, each reply compared with the first; [`question`]: a question and what
//!   a reply says
//! - [`machine`]: a machine to deploy to, its services started as their units say
//! - [`containers`]: containers that a real runtime makes; [`cni`]: networks that plugins make, and what runs in them
//! - [`dns_node`]: a node that serves DNS: daemon, authoritative server and recursor in a network of their own

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness says what is wrong by failing its test, and shows what led to it"
)]

pub mod admin;
pub mod agent;
pub mod answer;
pub mod checks;
pub mod cni;
pub mod containers;
pub mod daemon;
pub mod datagram;
pub mod dns_node;
pub mod document;
pub mod etcd;
pub mod large;
pub mod machine;
pub mod mutants;
pub mod name_servers;
pub mod network;
pub mod new_policy;
pub mod observer;
pub mod policies;
pub mod ports;
pub mod power_dns;
mod processor;
pub mod publisher;
pub mod question;
pub mod registry;
pub mod service_manager;
pub mod socket;
pub mod status;

use std::time::{Duration, Instant};

/// How long anything may take. Generous: a machine may be busy, and a test that passes never waits as long.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// How often a fact is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Whether the run is a long one (`tests/run --long`).
#[must_use]
pub fn is_long() -> bool {
    std::env::var_os("ZONESMITH_LONG").is_some()
}

/// Looks for a fact until it is there.
///
/// # Panics
/// When it is not there at the [`DEADLINE`], with `what` it should have been and what `last` has to say.
pub fn until<T>(
    what: &str,
    mut look: impl FnMut() -> Option<T>,
    last: impl FnOnce() -> String,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(fact) = look() {
            return fact;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "after {DEADLINE:?} still not so: {what}\n{}",
            last()
        );
        std::thread::sleep(LOOK);
    }
}
