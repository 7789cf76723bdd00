//! The trait that is a policy, and the macro that makes a component of it.

use crate::cluster::{Cluster, Service};
use crate::naming::{Configuration, Description, Synthesis};

/// A naming policy. The value is what [`configure`](Self::configure) made of the cluster and the settings; it lives as
/// long as the instance of the component, and the host may throw that away at any time.
pub trait Policy: Sized + 'static {
    /// What this policy is: name, version, rules, and its settings as a JSON Schema. Must always say the same.
    fn describe() -> Description;

    /// Reads the cluster and the settings (a JSON text, `{}` when there are none: see [`crate::settings::read`]), and says
    /// which zones there are and which records stand in them whatever the services.
    ///
    /// # Errors
    ///
    /// A sentence for the person who wrote the settings. The policy is then refused, the one before stays live.
    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String>;

    /// The records of one service. May be called in any order, for any service: it takes `&self` because nothing that one
    /// call leaves behind may change another's answer.
    ///
    /// # Errors
    ///
    /// A sentence for the owner of the service, which then keeps its last good records. For one resource that is wrong a
    /// diagnostic serves better: the other records stand.
    fn synthesize(&self, service: &Service) -> Result<Synthesis, String>;
}

/// Exports a [`Policy`] from a component: once, at the root of a crate of type `cdylib`. Does nothing in a native build, so
/// that the same crate has ordinary unit tests.
///
/// ```
/// # use zonesmith_policy::{Configuration, Description, Policy, Synthesis, cluster::{Cluster, Service}};
/// struct Silent;
/// # impl Policy for Silent {
/// #     fn describe() -> Description { unimplemented!() }
/// #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
/// #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
/// # }
/// zonesmith_policy::export_policy!(Silent);
/// ```
#[macro_export]
macro_rules! export_policy {
    ($policy:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            ::std::thread_local! {
                static CONFIGURED: ::std::cell::RefCell<::std::option::Option<$policy>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Exported;

            impl $crate::component::Guest for Exported {
                fn describe() -> $crate::component::Description {
                    $crate::component::describe::<$policy>()
                }

                fn configure(
                    cluster: $crate::component::Cluster,
                    settings: ::std::string::String,
                ) -> ::std::result::Result<$crate::component::Configuration, ::std::string::String>
                {
                    $crate::component::configure(&CONFIGURED, cluster, &settings)
                }

                fn synthesize(
                    service: $crate::component::Service,
                ) -> ::std::result::Result<$crate::component::Synthesis, ::std::string::String>
                {
                    $crate::component::synthesize(&CONFIGURED, service)
                }
            }

    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}
