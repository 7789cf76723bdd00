//! What is chosen of the servers that `zonesmith deploy` sets up: the section `[deploy]`, and its types.

use std::net::{IpAddr, SocketAddr};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use toml_edit::{Array, Item};
use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

use super::Configuration;
use super::key::Shape;
use super::setting::{Setting, Wrong};
use crate::dns_notify::target;
use crate::power_dns::program::Version;

/// All of `[deploy]`, as those who render configurations want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Where the servers' configurations are; nothing is deployed when there is no such directory.
    pub directory: Option<Utf8PathBuf>,
    /// Where the servers make their control sockets, each in a directory of its own below it.
    pub sockets: Option<Utf8PathBuf>,
    /// Where the authoritative server listens.
    pub port: u16,
    /// Where both listen; none: chosen out of `cluster.dns`.
    pub listen: Vec<IpAddr>,
    /// Whether they listen at addresses that this machine does not have.
    pub binds_non_local: bool,
    /// Who may ask the recursor; none: nobody but private networks and those of the cluster.
    pub allow_from: Option<Vec<IpPrefix>>,
    /// Zones that others answer.
    pub forward: Vec<Forward>,
    /// Whom the recursor asks everything else; the Internet's servers when there is nobody.
    pub forward_upstream: Vec<SocketAddr>,
    /// Whether the recursor asks the authoritative servers of all nodes, not its own node's alone.
    pub forwards_to_all: bool,
    /// The largest answer over UDP, in octets.
    pub udp_size: u16,
    /// Of the authoritative server; none: what the installed program says.
    pub power_dns_version: Option<Version>,
    /// Of the recursor; none: what the installed program says.
    pub recursor_version: Option<Version>,
}

impl Configuration {
    /// What is chosen of the servers that are deployed.
    #[must_use]
    pub fn choices(&self) -> Choices {
        Choices {
            directory: self.deploy_directory.value.clone(),
            sockets: self.deploy_sockets.value.clone(),
            port: self.deploy_port.value.0,
            listen: self.deploy_listen.value.clone(),
            binds_non_local: self.deploy_non_local_bind.value,
            allow_from: self
                .deploy_allow_from
                .value
                .clone()
                .map(|prefixes| prefixes.0),
            forward: self.deploy_forward.value.0.clone(),
            forward_upstream: self.deploy_forward_upstream.value.0.clone(),
            forwards_to_all: self.deploy_forward_all.value,
            udp_size: self.deploy_udp_size.value.0,
            power_dns_version: self.deploy_power_dns_version.value.clone(),
            recursor_version: self.deploy_recursor_version.value.clone(),
        }
    }
}

/// A port to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port(pub u16);

impl Setting for Port {
    const SHAPE: Shape = Shape::Number;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        whole_number(item)
            .filter(|port| *port > 0)
            .map(Self)
            .ok_or_else(|| Wrong::needs("a port from 1 to 65535", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

/// The largest answer over UDP, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpSize(pub u16);

impl UdpSize {
    /// What every server has to take (RFC 1035 §4.2.1).
    const SMALLEST: u16 = 512;
}

impl Default for UdpSize {
    /// What no path on the Internet breaks into fragments.
    fn default() -> Self {
        Self(1232)
    }
}

impl Setting for UdpSize {
    const SHAPE: Shape = Shape::Number;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        whole_number(item)
            .filter(|size| *size >= Self::SMALLEST)
            .map(Self)
            .ok_or_else(|| Wrong::needs("a number of octets from 512 to 65535", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

fn whole_number(item: &Item) -> Option<u16> {
    // 5300.0 is one, too.
    let text = match (item.as_integer(), item.as_float()) {
        (Some(number), _) => number.to_string(),
        (None, Some(number)) => number.to_string(),
        (None, None) => String::new(),
    };
    text.parse().ok()
}

/// Networks: `10.0.0.0/8`; an address alone is a network of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes(pub Vec<IpPrefix>);

impl Setting for Prefixes {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        each(item, "a list of networks such as [\"10.0.0.0/8\"]", prefix).map(Self)
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0.iter().map(IpPrefix::to_string).collect::<Vec<_>>())
    }
}

fn prefix(text: &str) -> Result<IpPrefix, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        return IpPrefix::new(address, bits).map_err(|error| error.to_string());
    }
    text.parse()
        .map_err(|error| format!("has \"{text}\": {error}"))
}

/// A zone that somebody else answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// Its apex.
    pub zone: Name,
    /// Who is asked for it.
    pub server: SocketAddr,
}

/// Zones that others answer: `corp.example=10.0.0.53`. A zone may be there several times, with another server each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forwards(pub Vec<Forward>);

impl Setting for Forwards {
    const SHAPE: Shape = Shape::List;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        const WANTED: &str =
            "a list of zones with their servers such as [\"corp.example=10.0.0.53\"]";
        each(item, WANTED, forward).map(Self)
    }

    fn show(&self) -> serde_json::Value {
        let texts = self.0.iter().map(|Forward { zone, server }| {
            let zone = zone.to_string();
            let zone = zone.trim_end_matches('.');
            format!("{zone}={}", target::print(*server))
        });
        json!(texts.collect::<Vec<_>>())
    }
}

fn forward(text: &str) -> Result<Forward, String> {
    let wanted =
        || format!("has \"{text}\", which needs `ZONE=ADDRESS`, with a port where it is not 53");
    let (zone, server) = text.split_once('=').ok_or_else(wanted)?;
    let zone = Name::parse(zone).map_err(|error| format!("cannot forward \"{zone}\": {error}"))?;
    if zone.as_ref().is_root() {
        return Err("cannot forward everything: `deploy.forward-upstream` does that".to_owned());
    }
    let server = target::parse(server).ok_or_else(wanted)?;
    Ok(Forward { zone, server })
}

/// Reads each text of a list, none of them twice.
fn each<T: PartialEq>(
    item: &Item,
    wanted: &str,
    read: fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Wrong> {
    let needs = |item: &Item| Wrong::needs(wanted, item);
    let array: &Array = item.as_array().ok_or_else(|| needs(item))?;
    let mut all = Vec::new();
    for value in array {
        let at = |message: String| Wrong {
            message,
            at: value.span(),
        };
        let text = value.as_str();
        let text = text.ok_or_else(|| needs(&Item::Value(value.clone())))?;
        let one = read(text).map_err(at)?;
        if all.contains(&one) {
            return Err(at(format!("lists {text} twice")));
        }
        all.push(one);
    }
    Ok(all)
}

impl Setting for Version {
    const SHAPE: Shape = Shape::Text;

    fn read(item: &Item, _: Option<&Utf8Path>) -> Result<Self, Wrong> {
        item.as_str()
            .and_then(Self::parse)
            .ok_or_else(|| Wrong::needs("a version in quotes such as \"4.9.2\"", item))
    }

    fn show(&self) -> serde_json::Value {
        json!(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Setting>(text: &str) -> Result<serde_json::Value, String> {
        let document: toml_edit::DocumentMut = format!("it = {text}").parse().unwrap();
        T::read(&document["it"], None)
            .map(|value| value.show())
            .map_err(|wrong| wrong.message)
    }

    #[test]
    fn what_is_read_is_shown_as_it_is_written() {
        let forwards = json!(["corp.example=10.0.0.53", "b.example=[fd00::1]:5300"]);
        assert_eq!(read::<Forwards>(&forwards.to_string()), Ok(forwards));
        assert_eq!(
            read::<Prefixes>(r#"["10.0.0.0/8", "fd00::1"]"#),
            Ok(json!(["10.0.0.0/8", "fd00::1/128"]))
        );
        assert_eq!(read::<Port>("5300"), Ok(json!(5300)));
        assert_eq!(read::<Port>("5300.0"), Ok(json!(5300)));
        assert_eq!(read::<Version>(r#""5.2.0""#), Ok(json!("5.2.0")));
    }

    #[test]
    fn what_is_wrong_is_a_sentence() {
        for (error, sentence) in [
            (read::<Port>("0"), "needs a port from 1 to 65535, not 0"),
            (read::<Port>("70000"), "needs a port"),
            (read::<UdpSize>("511"), "from 512 to 65535"),
            (
                read::<Prefixes>(r#"["10.0.0.1/8"]"#),
                "the network is 10.0.0.0/8",
            ),
            (read::<Prefixes>(r#"["::1", "::1"]"#), "lists ::1 twice"),
            (read::<Prefixes>("\"::1\""), "needs a list of networks"),
            (read::<Forwards>(r#"["corp"]"#), "ZONE=ADDRESS"),
            (read::<Forwards>(r#"["corp=ns1"]"#), "ZONE=ADDRESS"),
            (
                read::<Forwards>(r#"[".=10.0.0.1"]"#),
                "deploy.forward-upstream",
            ),
            (read::<Version>(r#""new""#), "needs a version"),
        ] {
            let error = error.unwrap_err();
            assert!(error.contains(sentence), "{error}");
        }
    }
}
