//! A policy that never stops saying what it is: only a deadline ends the first call of all.

use std::hint::black_box;

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{Configuration, Description, Policy, Synthesis, export_policy};

/// The policy.
pub struct SpinsInDescribe;

impl Policy for SpinsInDescribe {
    fn describe() -> Description {
        let mut authors = Vec::new();
        while black_box(true) {
            authors = black_box(authors);
        }
        Description {
            authors,
            ..Description::new("spins-in-describe", "", "")
        }
    }

    fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> {
        Ok((Self, Configuration::empty()))
    }

    fn synthesize(&self, _: &Service) -> Result<Synthesis, String> {
        Ok(Synthesis::empty())
    }
}

export_policy!(SpinsInDescribe);
