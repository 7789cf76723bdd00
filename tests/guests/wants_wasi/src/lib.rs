//! A policy that comes with an import of WASI, as those of some languages do, and calls it for one service alone. It loads;
//! the call traps and names the import; the other services are served.

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{
    Configuration, Description, Policy, ResourceRecord, Synthesis, export_policy,
};

/// The policy.
pub struct WantsWasi {
    cluster: String,
}

impl Policy for WantsWasi {
    fn describe() -> Description {
        Description::new(
            "wants-wasi",
            env!("CARGO_PKG_VERSION"),
            "Adds a TXT record to every service; asks for the time at `clocked`.",
        )
    }

    fn configure(cluster: Cluster, _: &str) -> Result<(Self, Configuration), String> {
        let policy = Self {
            cluster: cluster.name,
        };
        Ok((policy, Configuration::empty()))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        let ttl = if service.name == "clocked" { now() } else { 60 };
        let owner = format!("wasi.{}.{}", service.name, self.cluster);
        Ok(vec![ResourceRecord::txt(owner, ttl, "served")].into())
    }
}

#[cfg(target_family = "wasm")]
mod bindings {
    #![allow(clippy::all, missing_docs, unreachable_pub, reason = "generated")]

    wit_bindgen::generate!({
        inline: r"
            package wasi:clocks@0.2.0;

            interface monotonic-clock {
                now: func() -> u64;
            }

            world clocked {
                import monotonic-clock;
            }
        ",
    });
}

#[cfg(target_family = "wasm")]
fn now() -> u32 {
    u32::try_from(bindings::wasi::clocks::monotonic_clock::now()).unwrap_or(u32::MAX)
}

#[cfg(not(target_family = "wasm"))]
fn now() -> u32 {
    0
}

export_policy!(WantsWasi);
