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
            // Invariant: `configure` comes first, and one thread is all there is (`naming.wit`).
            ::std::thread_local! {
                static CONFIGURED: ::std::cell::RefCell<::std::option::Option<$policy>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Exported;

            impl $crate::bindings::exports::zonesmith::policy::naming::Guest for Exported {
                fn describe() -> $crate::Description {
                    <$policy as $crate::Policy>::describe()
                }

                fn configure(
                    cluster: $crate::cluster::Cluster,
                    settings: ::std::string::String,
                ) -> ::std::result::Result<$crate::Configuration, ::std::string::String> {
                    let (policy, configuration) =
                        <$policy as $crate::Policy>::configure(cluster, &settings)?;
                    CONFIGURED.set(::std::option::Option::Some(policy));
                    ::std::result::Result::Ok(configuration)
                }

                fn synthesize(
                    service: $crate::cluster::Service,
                ) -> ::std::result::Result<$crate::Synthesis, ::std::string::String> {
                    CONFIGURED.with_borrow(|policy| match policy {
                        ::std::option::Option::Some(policy) => {
                            <$policy as $crate::Policy>::synthesize(policy, &service)
                        }
                        ::std::option::Option::None => ::std::result::Result::Err(
                            "the host called synthesize before configure".to_owned(),
                        ),
                    })
                }
            }

    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}
