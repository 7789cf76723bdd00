//! A policy without records that chooses, and whose settings pick the fault it has. Without one, clients of 127.1.0.0/16 are
//! given the first record of a set, those of 127.2.0.0/16 the last one, others all of them.
//!
//! ```json
//! { "fault": "spin", "everyone": ["AAAA"], "ttl": 1 }
//! ```
//!
//! Sets of a type in `everyone` are left to everyone. Other settings mean nothing: they are there to change.

use std::hint::black_box;

use serde::Deserialize;
use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::dns::Rdata;
use zonesmith_policy::selection::{Choice, Query, Selection};
use zonesmith_policy::{Configuration, Description, Policy, Synthesis, export_policy};

/// The policy.
pub struct Chooses(Settings);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    fault: Fault,
    everyone: Vec<String>,
}

/// What is wrong with `choose`.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    #[default]
    None,
    Nothing,
    Beyond,
    Spin,
    Trap,
    Recurse,
    EatMemory,
    Million,
    /// Says that fewer bits decide than do.
    Wide,
    /// Leaves the set to everyone where one of some asks.
    Fickle,
}

impl Policy for Chooses {
    fn describe() -> Description {
        Description::new(
            "chooses",
            env!("CARGO_PKG_VERSION"),
            "Chooses as its settings say.",
        )
    }

    fn configure(_: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings = serde_json::from_str(settings)
            .map_err(|error| format!("the settings do not fit: {error}"))?;
        Ok((Self(settings), Configuration::empty()))
    }

    fn synthesize(&self, _: &Service) -> Result<Synthesis, String> {
        Ok(Synthesis::empty())
    }
}

impl Selection for Chooses {
    fn choose(&self, query: &Query, records: &[Rdata]) -> Option<Choice> {
        if self.0.everyone.contains(&query.rrtype) {
            return None;
        }
        match self.0.fault {
            Fault::None | Fault::Wide | Fault::Fickle => {}
            Fault::Nothing => return Some(Choice::of([], 16)),
            Fault::Beyond => return Some(Choice::of([0, records.len()], 16)),
            Fault::Spin => spin(),
            Fault::Trap => trap(),
            Fault::Recurse => return Some(Choice::of([recurse(1)], 16)),
            Fault::EatMemory => return Some(Choice::of([eat_memory()], 16)),
            Fault::Million => return Some(Choice::of((0..10_000_000).map(|_| 0), 16)),
        }
        let client = query.client.address.to_string();
        let last = records.len().checked_sub(1)?;
        let bits = if matches!(self.0.fault, Fault::Wide) {
            8
        } else {
            16
        };
        Some(if client.starts_with("127.1.") {
            Choice::of([0], bits)
        } else if client.starts_with("127.2.") {
            Choice::of([last], bits)
        } else if matches!(self.0.fault, Fault::Fickle) {
            return None;
        } else {
            Choice::all(records.len(), bits)
        })
    }
}

fn spin() {
    let mut turns = 0_u64;
    while black_box(true) {
        turns = black_box(turns.wrapping_add(1));
    }
}

#[expect(clippy::panic, reason = "that is the fault")]
fn trap() {
    panic!("this set is not to my taste");
}

#[expect(unconditional_recursion, reason = "that is the fault")]
fn recurse(depth: usize) -> usize {
    black_box(recurse(black_box(depth) + 1)) + 1
}

fn eat_memory() -> usize {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    while black_box(true) {
        eaten.push(black_box(vec![1; 1 << 20]));
    }
    eaten.len()
}

export_policy!(Chooses, selection);
