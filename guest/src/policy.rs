//! The trait that is a policy, and the macro that makes a component of it.

use crate::cluster::{Cluster, Service};
use crate::naming::{Configuration, Description, Synthesis};

/// A naming policy. The value is what [`configure`](Self::configure) made of the cluster and the settings; it lives as
/// long as the instance of the component, and the host may throw that away at any time.
///
/// ```
/// use zonesmith_policy::{
///     Cluster, Configuration, Description, Policy, ResourceRecord, Service, Synthesis, export_policy, name,
/// };
///
/// /// One zone, and one name for each service: `web.demo`.
/// struct Flat {
///     apex: String,
/// }
///
/// export_policy!(Flat);
///
/// impl Policy for Flat {
///     fn describe() -> Description {
///         Description::new("flat", env!("CARGO_PKG_VERSION"), "Names services as <service>.<cluster>.")
///     }
///
///     fn configure(cluster: Cluster, _: &str) -> Result<(Self, Configuration), String> {
///         let apex = cluster.apex()?;
///         let configuration = Configuration::of_zone(&apex, &cluster.nameservers);
///         Ok((Self { apex }, configuration))
///     }
///
///     fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
///         let owner = name::join([&service.name, &self.apex]);
///         let mut records = Vec::new();
///         for place in service.places() {
///             for &address in &place.resource.addresses {
///                 records.push(ResourceRecord::address(&owner, 60, address).at(place.origin));
///             }
///         }
///         Ok(records.into())
///     }
/// }
/// # let document = r#"{ "cluster": { "name": "demo", "dns": ["10.0.0.1"] }, "services": { "web": { "instances": { "n1": {
/// #     "resources": { "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } } } }"#;
/// # let published = zonesmith_policy::harness::publish::<Flat>(document, "{}").unwrap();
/// # assert!(published.zone("demo").unwrap().ends_with("\nweb.demo. 60 IN A 10.22.0.5\n"));
/// ```
pub trait Policy: Sized + 'static {
    /// What this policy is: name, version, rules, and its settings as a JSON Schema. Must always say the same.
    ///
    /// ```
    /// # use zonesmith_policy::Description;
    /// fn describe() -> Description {
    ///     Description::new("flat", env!("CARGO_PKG_VERSION"), "Names services as <service>.<cluster>.")
    ///         .with_settings(r#"{ "type": "object", "properties": { "ttl": { "type": "integer", "default": 60 } } }"#)
    /// }
    /// # assert_eq!(describe().rules, []);
    /// ```
    fn describe() -> Description;

    /// Reads the cluster and the settings (a JSON text, `{}` when there are none: see [`crate::settings::read`]), and says
    /// which zones there are and which records stand in them whatever the services.
    ///
    /// ```
    /// # use zonesmith_policy::{Cluster, Configuration, settings};
    /// # struct Flat { apex: String, ttl: u32 }
    /// # #[derive(serde::Deserialize, Default)]
    /// # #[serde(default, deny_unknown_fields)]
    /// # struct Settings { ttl: u32 }
    /// # impl Flat {
    /// fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
    ///     let Settings { ttl } = settings::read(settings)?;
    ///     let apex = cluster.apex()?;
    ///     let configuration = Configuration::of_zone(&apex, &cluster.nameservers);
    ///     Ok((Self { apex, ttl }, configuration))
    /// }
    /// # }
    /// # assert!(Flat::configure(Cluster::default(), "[]").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// A sentence for the person who wrote the settings. The policy is then refused, the one before stays live.
    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String>;

    /// The records of one service. May be called in any order, for any service: it takes `&self` because nothing that one
    /// call leaves behind may change another's answer.
    ///
    /// ```
    /// # use zonesmith_policy::{Diagnostic, ResourceRecord, Service, Severity, Synthesis, name};
    /// # struct Flat { apex: String, ttl: u32 }
    /// # impl Flat {
    /// fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
    ///     let label = match name::labels(&service.name) {
    ///         Ok(label) => label,
    ///         Err(why) => return Ok(Diagnostic::new(Severity::Error, format!("nothing is published: {why}")).into()),
    ///     };
    ///     let owner = name::join([&label, &self.apex]);
    ///     let addresses = service.places().flat_map(|place| &place.resource.addresses);
    ///     let records = addresses.map(|&address| ResourceRecord::address(owner.as_str(), self.ttl, address));
    ///     Ok(records.collect::<Vec<_>>().into())
    /// }
    /// # }
    /// # assert_eq!(Flat { apex: String::new(), ttl: 60 }.synthesize(&Service::default()).unwrap().diagnostics.len(), 1);
    /// ```
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
///
/// One that also chooses which of the published records a client is given ([`Selection`](crate::selection::Selection)) is
/// exported by `export_policy!(Silent, selection)`.
#[macro_export]
macro_rules! export_policy {
    ($policy:ty) => {
        $crate::export_policy!(@component $policy,);
    };
    ($policy:ty, selection) => {
        $crate::export_policy!(@component $policy,
            impl $crate::component::selection::Guest for Exported {
                fn choose(
                    query: $crate::component::selection::Query,
                    records: ::std::vec::Vec<$crate::component::selection::Rdata>,
                ) -> ::std::option::Option<$crate::component::selection::Choice> {
                    $crate::component::selection::choose(&CONFIGURED, query, records)
                }
            }

            $crate::bindings::selection::export_selection!(Exported with_types_in $crate::bindings::selection);
        );
    };
    (@component $policy:ty, $($more:tt)*) => {
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

            $($more)*
        };
    };
}
