//! What a service offers where: each address of each resource, with its tags, its weight, and the name that SRV records
//! point to.
//!
//! Critical (down) is not published, as in Consul; warning (`warn`) is, unless the site wants only what passes. A resource that
//! says nothing of itself (`undef`, `n/a`), as a service without checks, passes on an instance that does.

use std::net::IpAddr;

use zonesmith_policy::cluster::{Availability, Info, Place, PortExposure, Service};
use zonesmith_policy::dns::Origin;
use zonesmith_policy::{Diagnostic, Severity, name};

use crate::Consul;
use crate::rules::Rule;

/// One address of one resource.
pub(crate) struct Offer<'a> {
    pub(crate) address: IpAddr,
    /// What SRV records point to.
    pub(crate) target: Target,
    pub(crate) weight: u16,
    /// In lower case; one may be several labels.
    pub(crate) tags: Vec<String>,
    pub(crate) exposes: &'a [PortExposure],
    pub(crate) origin: Origin,
}

/// A name that has exactly one address of an offer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The address is the node's.
    Node(String),
    /// The address is the service's own, and its name is the address.
    Address(String),
}

impl Target {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Node(name) | Self::Address(name) => name,
        }
    }
}

/// All of a service.
pub(crate) struct Offers<'a>(Vec<Offer<'a>>);

impl<'a> Offers<'a> {
    /// Finds them. Tags that give no name go to `diagnostics`.
    pub(crate) fn of(
        service: &'a Service,
        policy: &Consul,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let of_service = tags_of_service(service, policy, diagnostics);
        let mut offers = Vec::new();
        for place in service.places() {
            if place.resource.addresses.is_empty() {
                continue;
            }
            let state = State::of(&place);
            let weights = &policy.settings.weights;
            let weight = match state {
                State::Passing => weights.passing,
                State::Warning if !policy.settings.only_passing => weights.warning,
                State::Warning | State::Critical => continue,
            };
            let mut tags = of_service.clone();
            for info in [&place.instance.info, &place.resource.info] {
                let at = |said: Diagnostic| said.at(place.origin);
                add_tags(info, &mut tags, |said| diagnostics.push(at(said)));
            }
            for &address in &place.resource.addresses {
                offers.push(Offer {
                    address,
                    target: policy.target(&place.instance.node, address),
                    weight,
                    tags: tags.clone(),
                    exposes: &place.resource.exposes,
                    origin: place.origin,
                });
            }
        }
        Self(offers)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Offer<'a>> {
        self.0.iter()
    }
}

impl Consul {
    fn target(&self, node: &str, address: IpAddr) -> Target {
        match self.nodes.label_at(node, address) {
            Some(label) => Target::Node(self.names.answered_node(label)),
            None => Target::Address(self.names.answered_address(&digits(address))),
        }
    }
}

/// What Consul's checks would say.
#[derive(Clone, Copy)]
enum State {
    Passing,
    Warning,
    Critical,
}

impl State {
    fn of(place: &Place<'_>) -> Self {
        let instance = place.instance.availability;
        if instance.is_down() {
            return Self::Critical;
        }
        match (place.resource.status, instance) {
            (Availability::Down | Availability::StandbyDown, _) => Self::Critical,
            (Availability::Warn, _)
            | (Availability::Undefined | Availability::NotApplicable, Availability::Warn) => {
                Self::Warning
            }
            (
                Availability::Up
                | Availability::StandbyUp
                | Availability::Undefined
                | Availability::NotApplicable,
                _,
            ) => Self::Passing,
        }
    }
}

/// The words of the labels that the settings name, and the service's own `tags`.
fn tags_of_service(
    service: &Service,
    policy: &Consul,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let labels = policy.settings.tag_labels.iter();
    let values = labels.filter_map(|label| service.label(label));
    let words = values.flat_map(|value| value.split([',', ' ', '\t', '\n']));
    let mut tags = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        add_tag(word, &mut tags, |said| diagnostics.push(said));
    }
    add_tags(&service.info, &mut tags, |said| diagnostics.push(said));
    tags
}

/// Those of the list `tags`.
fn add_tags(info: &Info, tags: &mut Vec<String>, mut tell: impl FnMut(Diagnostic)) {
    match info.read::<Vec<String>>("tags") {
        Ok(listed) => {
            for tag in listed.unwrap_or_default() {
                add_tag(&tag, tags, &mut tell);
            }
        }
        Err(error) => tell(Diagnostic::new(Severity::Warning, error.to_string())),
    }
}

/// One, in lower case, if it is not there.
fn add_tag(tag: &str, tags: &mut Vec<String>, tell: impl FnOnce(Diagnostic)) {
    match name::labels(tag) {
        Ok(tag) if tags.contains(&tag) => {}
        Ok(tag) => tags.push(tag),
        Err(error) => tell(no_name(tag, error)),
    }
}

/// Tags have other uses, so one that is no name is nobody's mistake.
fn no_name(tag: &str, error: name::NotALabel) -> Diagnostic {
    let diagnostic = Diagnostic {
        severity: Severity::Information,
        ..Diagnostic::no_name("tag", tag, error)
    };
    diagnostic.by_rule(Rule::Tag)
}

/// The address in hexadecimal: 8 digits, or 32.
fn digits(address: IpAddr) -> String {
    let mut text = String::with_capacity(32);
    let mut push = |octets: &[u8]| {
        for octet in octets {
            for nibble in [octet >> 4, octet & 0xf] {
                text.extend(char::from_digit(nibble.into(), 16));
            }
        }
    };
    match address {
        IpAddr::V4(address) => push(&address.octets()),
        IpAddr::V6(address) => push(&address.octets()),
    }
    text
}
