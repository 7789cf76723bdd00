//! A resource with where it stands, which is what most rules go through.

use std::fmt::Display;

use super::{Instance, Resource};
use crate::dns::Origin;
use crate::naming::{Diagnostic, Severity};

/// One resource of a service, from [`Service::places`](super::Service::places).
///
/// ```
/// use zonesmith_policy::{ResourceRecord, Service};
///
/// fn records(service: &Service, owner: &str) -> Vec<ResourceRecord> {
///     let mut records = Vec::new();
///     for place in service.places().filter(|place| place.is_up()) {
///         for &address in &place.resource.addresses {
///             records.push(ResourceRecord::address(owner, 60, address).at(place.origin));
///         }
///     }
///     records
/// }
/// # assert_eq!(records(&Service::default(), "web"), []);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// What a record or a diagnostic says of where it comes from.
    pub origin: Origin,
    /// The instance that the resource is of.
    pub instance: &'a Instance,
    /// The resource itself.
    pub resource: &'a Resource,
}

impl<'a> Place<'a> {
    pub(super) fn all(instances: &'a [Instance]) -> impl Iterator<Item = Self> {
        (0..).zip(instances).flat_map(|(index, instance)| {
            let resources = (0..).zip(&instance.resources);
            resources.map(move |(number, resource)| Self {
                origin: Origin::resource(index, number),
                instance,
                resource,
            })
        })
    }

    /// Whether the resource is up, on an instance that is not down.
    ///
    /// ```
    /// # use zonesmith_policy::cluster::{Availability, Instance, Resource, Service};
    /// let up = Resource { status: Availability::Up, ..Resource::default() };
    /// let of = |availability| Service {
    ///     instances: vec![Instance { availability, resources: vec![up.clone()], ..Instance::default() }],
    ///     ..Service::default()
    /// };
    /// assert!(of(Availability::Warn).places().all(|place| place.is_up()));
    /// assert!(!of(Availability::Down).places().any(|place| place.is_up()));
    /// ```
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.resource.status.is_up() && !self.instance.availability.is_down()
    }

    /// A warning for the owner of the service: `what` of this resource, which is `text`, gives no name, and why.
    ///
    /// ```
    /// # use zonesmith_policy::{cluster::{Instance, Resource, Service}, name};
    /// let resource = Resource { id: "ip#0".to_owned(), hostname: Some("-web".to_owned()), ..Resource::default() };
    /// let instances = vec![Instance { resources: vec![resource], ..Instance::default() }];
    /// let service = Service { instances, ..Service::default() };
    /// for place in service.places() {
    ///     let hostname = place.resource.hostname.as_deref().unwrap_or_default();
    ///     let diagnostic = name::label(hostname).map_err(|why| place.no_name("hostname", hostname, why)).unwrap_err();
    ///     assert_eq!(
    ///         diagnostic.message,
    ///         "the hostname \"-web\" of ip#0 gives no name in DNS: it has a label that begins or ends with a hyphen",
    ///     );
    ///     assert_eq!(diagnostic.origin, Some(place.origin));
    /// }
    /// ```
    #[must_use]
    pub fn no_name(&self, what: &str, text: &str, why: impl Display) -> Diagnostic {
        let id = &self.resource.id;
        let message = format!("the {what} \"{text}\" of {id} gives no name in DNS: {why}");
        Diagnostic::new(Severity::Warning, message).at(self.origin)
    }
}
