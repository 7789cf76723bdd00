//! A policy that cannot say what it is: the first call of all traps, before any settings are known.

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{Configuration, Description, Policy, Synthesis, export_policy};

/// The policy.
pub struct TrapsInDescribe;

impl Policy for TrapsInDescribe {
    #[expect(clippy::panic, reason = "the fault is a trap, and a panic is one")]
    fn describe() -> Description {
        panic!("as its name says");
    }

    fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> {
        Ok((Self, Configuration::empty()))
    }

    fn synthesize(&self, _: &Service) -> Result<Synthesis, String> {
        Ok(Synthesis::empty())
    }
}

export_policy!(TrapsInDescribe);
