//! What stands between a [`Policy`] and the component that is made of it: the only user of the generated code. Public for
//! the sake of [`export_policy!`](crate::export_policy) alone.
//!
//! - `given`: what the host hands over, in our types
//! - `selection`: the interface of policies that also choose among records
//! - `said`: what a policy answers, in the contract's

mod given;
mod said;
pub mod selection;

use std::cell::RefCell;
use std::thread::LocalKey;

pub use crate::bindings::exports::zonesmith::policy::naming::{
    Configuration, Description, Guest, Synthesis,
};
pub use crate::bindings::zonesmith::policy::cluster::{Cluster, Service};

#[cfg(target_family = "wasm")]
use crate::bindings::zonesmith::policy::log;
#[cfg(target_family = "wasm")]
use crate::log::Level;
use crate::policy::Policy;

/// The policy that `configure` made. Invariant: `configure` comes first, and one thread is all there is (`naming.wit`).
pub type Configured<P> = LocalKey<RefCell<Option<P>>>;

/// `describe` of the contract.
#[must_use]
pub fn describe<P: Policy>() -> Description {
    said::description(P::describe())
}

/// `configure` of the contract.
///
/// # Errors
///
/// As the policy's.
pub fn configure<P: Policy>(
    configured: &'static Configured<P>,
    cluster: Cluster,
    settings: &str,
) -> Result<Configuration, String> {
    let (policy, configuration) = P::configure(given::cluster(cluster), settings)?;
    configured.set(Some(policy));
    Ok(said::configuration(configuration))
}

/// `synthesize` of the contract.
///
/// # Errors
///
/// As the policy's; and when there is none yet.
pub fn synthesize<P: Policy>(
    configured: &'static Configured<P>,
    service: Service,
) -> Result<Synthesis, String> {
    configured.with_borrow(|policy| match policy {
        Some(policy) => policy
            .synthesize(&given::service(service))
            .map(said::synthesis),
        None => Err("the host called synthesize before configure".to_owned()),
    })
}

/// `log` of the contract. Only a component has a host that hears it.
#[cfg(target_family = "wasm")]
pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    log::log(level, message);
}
