//! Names services as Kubernetes does: its DNS-based service discovery, schema 1.1.0 and, of 1.0.1, the names of pods.
//!
//! - `apex`: the zones, their nameservers, the version of the schema
//! - `facts`: what Kubernetes knows of a service and a cluster has no field for: cluster address, external name, ports
//! - `endpoints`: the addresses behind a service, which of them are ready, and the label each has
//! - `rules`: the records, and why each is there
//! - `settings`: what a site may choose
//! - `specification`: every example of the specification, as a test
//!
//! We chose not to guess: a service without a cluster address and without an external name is headless, which is what
//! services with addresses of their own are.

mod apex;
mod endpoints;
mod facts;
mod rules;
mod settings;
#[cfg(test)]
mod specification;
#[cfg(test)]
mod tests;

use zonesmith_policy::cluster::{Cluster, Service};
use zonesmith_policy::reverse_zones::ReverseZones;
use zonesmith_policy::{
    Configuration, Description, Diagnostic, Policy, ResourceRecord, Severity, Synthesis, name,
};

use endpoints::Endpoints;
use facts::{Exposure, Facts};
use rules::{Records, Rule};
use settings::Settings;

/// The policy, configured.
pub struct Kubernetes {
    settings: Settings,
    reverse_zones: ReverseZones,
}

zonesmith_policy::export_policy!(Kubernetes);

impl Policy for Kubernetes {
    fn describe() -> Description {
        Description::new("kubernetes", env!("CARGO_PKG_VERSION"), DOCUMENTATION)
            .with_authors(["The Zonesmith authors"])
            .with_rules::<Rule>()
            .with_settings(include_str!("settings.schema.json"))
    }

    fn configure(cluster: Cluster, settings: &str) -> Result<(Self, Configuration), String> {
        let settings = Settings::read(settings)?;
        let mut diagnostics = Vec::new();
        // A zone without records would say that nobody has an address in it.
        let chosen = match &settings.reverse_zones {
            _ if !settings.rules.ptr => Some(&[][..]),
            chosen => chosen.as_deref(),
        };
        let reverse_zones = ReverseZones::of(&cluster.networks, chosen, &mut diagnostics);
        let policy = Self {
            settings,
            reverse_zones,
        };
        let configuration = apex::configuration(&policy, &cluster, diagnostics);
        Ok((policy, configuration))
    }

    fn synthesize(&self, service: &Service) -> Result<Synthesis, String> {
        if !self.settings.kinds.have(&service.kind) {
            return Ok(Synthesis::empty());
        }
        let mut diagnostics = Vec::new();
        let records = self.records(service, &mut diagnostics);
        let records = records.unwrap_or_else(|message| {
            let message = format!("nothing is published: {message}");
            diagnostics.push(Diagnostic::new(Severity::Error, message));
            Vec::new()
        });
        Ok(Synthesis {
            records,
            diagnostics,
        })
    }
}

impl Kubernetes {
    /// The records of one service; the error is a sentence for its owner.
    fn records(
        &self,
        service: &Service,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<ResourceRecord>, String> {
        let names = Names::of(service, self.settings.zone.as_str())?;
        let facts = Facts::of(service)?;
        let endpoints = Endpoints::of(service, diagnostics);
        let mut records = Records::new(self, &names);
        match &facts.exposure {
            Exposure::ClusterIp(addresses) => records.cluster_ip(addresses, &facts, service),
            Exposure::Headless => records.headless(&facts, &endpoints),
            Exposure::ExternalName(target) => records.external_name(target),
        }
        records.pods(&endpoints);
        Ok(records.into_all())
    }
}

/// What the records of a service are below.
struct Names {
    /// `web.shop.svc.cluster.local`
    service: String,
    /// `shop.pod.cluster.local`
    pods: String,
}

impl Names {
    /// Reads namespace and name; the error is a sentence.
    fn of(service: &Service, zone: &str) -> Result<Self, String> {
        let part = |what: &str, text: &str, read: fn(&str) -> Result<String, name::NotALabel>| {
            read(text)
                .map_err(|error| format!("the {what} \"{text}\" gives no name in DNS: {error}"))
        };
        let name = part(
            "service name",
            service.scaler().unwrap_or(&service.name),
            name::labels,
        )?;
        let namespace = part("namespace", &service.namespace, name::label)?;
        Ok(Self {
            service: [&*name, &*namespace, "svc", zone].join("."),
            pods: [&*namespace, "pod", zone].join("."),
        })
    }
}

/// For whoever asks what this policy does: `zonesmith policy inspect`.
const DOCUMENTATION: &str = "\
Names services as Kubernetes' DNS-based service discovery does (schema 1.1.0): <service>.<namespace>.svc.<zone> has the cluster \
address of a service, or the addresses of its ready endpoints when it is headless, or is a CNAME when it is an external name. \
Endpoints have names below it, named ports have SRV records, addresses have PTR records, and every address is \
<address>.<namespace>.pod.<zone>.

A service of the cluster is headless unless it says otherwise: by its member `kubernetes` (the spec of a Kubernetes Service), by \
labels (kubernetes/cluster-ip, kubernetes/external-name, kubernetes/ports, kubernetes/publish-not-ready-addresses), or by the tag \
cluster-ip of a resource. Ready is what is up, and what says nothing on an instance that is not down.";
