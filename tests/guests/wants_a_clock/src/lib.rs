//! A policy that imports what no policy is given. It only calls it in `synthesize`, and is refused before.

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::{
    Configuration, Description, Policy, ResourceRecord, Synthesis, export_policy,
};

/// The policy.
pub struct WantsAClock;

impl Policy for WantsAClock {
    fn describe() -> Description {
        Description::new(
            "wants-a-clock",
            env!("CARGO_PKG_VERSION"),
            "Tells the time in a TXT record.",
        )
    }

    fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> {
        Ok((Self, Configuration::empty()))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        Ok(vec![ResourceRecord::txt(service.name.as_str(), now(), "now")].into())
    }
}

#[cfg(target_family = "wasm")]
mod bindings {
    #![allow(clippy::all, missing_docs, unreachable_pub, reason = "generated")]

    wit_bindgen::generate!({
        inline: r"
            package example:time@1.2.3;

            interface clock {
                now: func() -> u32;
            }

            world keeper {
                import clock;
            }
        ",
    });
}

#[cfg(target_family = "wasm")]
fn now() -> u32 {
    bindings::example::time::clock::now()
}

#[cfg(not(target_family = "wasm"))]
fn now() -> u32 {
    0
}

export_policy!(WantsAClock);
