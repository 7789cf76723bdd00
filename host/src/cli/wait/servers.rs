//! Which name servers are asked: those of the cluster, as the daemon knows them, or those that were named.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use zonesmith_zone::name::Name;

use crate::name_server::message::Role;
use crate::snapshot::report::{ClusterStatus, Status};

/// Through which servers a name is to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Through {
    /// Authoritative servers
    Auth,
    /// Recursors
    Recursor,
    /// Both
    All,
}

/// An address, with the port where it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    address: IpAddr,
    port: Option<u16>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self {
                address,
                port: None,
            });
        }
        let place: SocketAddr = text
            .parse()
            .map_err(|_| "an IP address, with a port or without".to_owned())?;
        Ok(Self {
            address: place.ip(),
            port: Some(place.port()),
        })
    }
}

/// What was said about servers, read once.
#[derive(Debug)]
pub(super) struct Asked {
    through: Through,
    /// None: those of the cluster.
    pub(super) places: Vec<Place>,
    auth_port: u16,
    recursor_port: u16,
}

/// A server that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) role: Role,
    pub(super) address: SocketAddr,
}

impl Server {
    pub(super) fn role_text(self) -> &'static str {
        match self.role {
            Role::Authoritative => "authoritative",
            Role::Recursor => "recursor",
        }
    }
}

impl Asked {
    /// # Errors
    /// A port that could be of two servers.
    pub(super) fn read(
        through: Through,
        places: &[Place],
        auth_port: u16,
        recursor_port: u16,
    ) -> anyhow::Result<Self> {
        let with_port = places.iter().find(|place| place.port.is_some());
        if let (Through::All, Some(place)) = (through, with_port) {
            anyhow::bail!(
                "with `--through all` two servers are asked at {address}: say `--server {address}`, and their ports \
                 with --auth-port and --recursor-port",
                address = place.address
            );
        }
        Ok(Self {
            through,
            places: places.to_vec(),
            auth_port,
            recursor_port,
        })
    }

    /// The servers at these places: for each place the authoritative one, then the recursor.
    pub(super) fn servers(&self, places: &[Place]) -> Vec<Vec<Server>> {
        let roles: &[Role] = match self.through {
            Through::Auth => &[Role::Authoritative],
            Through::Recursor => &[Role::Recursor],
            Through::All => &[Role::Authoritative, Role::Recursor],
        };
        let mut seen = Vec::new();
        for &place in places {
            if !seen.contains(&place) {
                seen.push(place);
            }
        }
        let at = |place: &Place| {
            let server = |role: &Role| Server {
                role: *role,
                address: SocketAddr::new(
                    place.address,
                    place.port.unwrap_or_else(|| self.port(*role)),
                ),
            };
            roles.iter().map(server).collect()
        };
        seen.iter().map(at).collect()
    }

    fn port(&self, role: Role) -> u16 {
        match role {
            Role::Authoritative => self.auth_port,
            Role::Recursor => self.recursor_port,
        }
    }
}

/// Whether the daemon has the zone that the name is in.
pub(super) fn has_zone_of(status: &Status, name: &Name) -> bool {
    let apexes = status.zones.iter();
    apexes
        .filter_map(|zone| Name::parse(&zone.apex).ok())
        .any(|apex| name.as_ref().is_at_or_below(apex.as_ref()))
}

/// The name servers of the cluster that the name belongs to, else (a reverse name) of all.
pub(super) fn of_cluster(status: &Status, name: &Name) -> Vec<Place> {
    let is_of = |cluster: &&ClusterStatus| {
        Name::parse(&cluster.name).is_ok_and(|apex| name.as_ref().is_at_or_below(apex.as_ref()))
    };
    let own = status.clusters.iter().find(is_of);
    let clusters = own.map_or(status.clusters.as_slice(), std::slice::from_ref);
    let addresses = clusters.iter().flat_map(|cluster| &cluster.nameservers);
    addresses
        .filter_map(|address| address.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(asked: &Asked, places: &[Place]) -> Vec<String> {
        let servers = asked.servers(places).into_iter().flatten();
        servers
            .map(|server| format!("{} {}", server.role_text(), server.address))
            .collect()
    }

    #[test]
    fn a_place_has_the_servers_that_were_asked_for() {
        let places: Vec<Place> = ["10.0.0.1", "fd00::1", "10.0.0.1"]
            .map(|place| place.parse().unwrap())
            .to_vec();
        let all = Asked::read(Through::All, &places, 5300, 53).unwrap();
        assert_eq!(
            texts(&all, &places),
            [
                "authoritative 10.0.0.1:5300",
                "recursor 10.0.0.1:53",
                "authoritative [fd00::1]:5300",
                "recursor [fd00::1]:53",
            ]
        );
        let with_port = ["10.0.0.1:99".parse().unwrap()];
        let one = Asked::read(Through::Recursor, &with_port, 5300, 53).unwrap();
        assert_eq!(texts(&one, &with_port), ["recursor 10.0.0.1:99"]);
        let error = Asked::read(Through::All, &with_port, 5300, 53).unwrap_err();
        assert!(error.to_string().contains("--auth-port"), "{error}");
        for wrong in ["", "demo", "10.0.0.1:", "10.0.0.1:x", "fd00::1:99999"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_asked_of_its_own_cluster() {
        let cluster = |name: &str, address: &str| ClusterStatus {
            name: name.into(),
            nameservers: vec![address.into()],
            ..ClusterStatus::default()
        };
        let status = Status {
            clusters: vec![cluster("demo", "10.0.0.1"), cluster("other", "10.0.0.2")],
            ..Status::default()
        };
        let of = |name: &str| {
            let places = of_cluster(&status, &Name::parse(name).unwrap());
            places
                .iter()
                .map(|place| place.address.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("web.Other"), ["10.0.0.2"]);
        assert_eq!(of("demo"), ["10.0.0.1"]);
        assert_eq!(of("5.0.0.10.in-addr.arpa"), ["10.0.0.1", "10.0.0.2"]);
    }
}
