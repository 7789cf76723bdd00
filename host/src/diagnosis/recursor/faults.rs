//! Settings of a recursor that do harm, each with what it should be instead.

use std::net::{IpAddr, SocketAddr};

use zonesmith_cluster::IpPrefix;

use super::super::check::State;
use super::super::fault::Fault;
use super::super::scene::Scene;
use super::super::settings::Settings;
use crate::deployment::facts::prefix_of;

/// All of them.
pub(super) fn faults(
    scene: &Scene,
    settings: &Settings,
    authoritative: Option<SocketAddr>,
) -> Vec<Fault> {
    let networks = networks(scene);
    let mut faults = of_answers(settings, authoritative);
    faults.extend(of_clients(settings, &networks));
    let selects = scene
        .status()
        .is_some_and(|status| status.selection.is_some());
    if let Some(authoritative) = authoritative.filter(|_| selects) {
        faults.extend(of_selection(settings, authoritative.ip(), &networks));
    }
    faults
}

/// Who may ask and who has to, with one address more.
pub(super) fn allowed(scene: &Scene, settings: &Settings, address: IpAddr) -> String {
    let allowed = settings.list("allow-from").into_iter().map(str::to_owned);
    let networks = networks(scene);
    let missing = networks
        .iter()
        .filter(|network| !is_allowed(settings, network));
    let all = allowed.chain(missing.map(ToString::to_string));
    let all: Vec<_> = all.chain([network_of(address)]).collect();
    all.join(",")
}

/// Of all clusters.
fn networks(scene: &Scene) -> Vec<IpPrefix> {
    let status = scene.status();
    let clusters = status.into_iter().flat_map(|status| &status.clusters);
    let networks = clusters.flat_map(|cluster| &cluster.networks);
    networks.filter_map(|text| prefix_of(text)).collect()
}

fn is_allowed(settings: &Settings, network: &IpPrefix) -> bool {
    let allowed = settings.list("allow-from");
    allowed.iter().any(|one| covers(one, network))
}

fn of_answers(settings: &Settings, authoritative: Option<SocketAddr>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let seen = |name: &str| format!("{name}={}", settings.text(name));
    let mut add = |check, seen: String, setting: String| {
        faults.push(Fault {
            state: State::Yellow,
            check,
            seen,
            setting,
        });
    };
    if settings
        .number("packetcache-servfail-ttl")
        .is_some_and(|ttl| ttl > 0)
    {
        let seen = format!(
            "{}: a failure of a moment lasts as long",
            seen("packetcache-servfail-ttl")
        );
        add(
            "it does not keep failures",
            seen,
            "packetcache-servfail-ttl=0".to_owned(),
        );
    }
    if settings.is_on("disable-packetcache") {
        let seen = format!(
            "{}: each question costs several times as much",
            seen("disable-packetcache")
        );
        add(
            "it keeps answers, since they are purged",
            seen,
            "disable-packetcache=no".to_owned(),
        );
    }
    if let Some(authoritative) = authoritative
        && settings.knows("dont-throttle-netmasks")
    {
        let address = authoritative.ip();
        let listed = settings.list("dont-throttle-netmasks");
        if !listed.iter().any(|network| contains(network, address)) {
            let all: Vec<_> = listed
                .into_iter()
                .map(str::to_owned)
                .chain([address.to_string()])
                .collect();
            let seen = format!(
                "{address} is not in dont-throttle-netmasks: after a failure it is not asked for a while"
            );
            add(
                "it asks our server again at once",
                seen,
                format!("dont-throttle-netmasks={}", all.join(",")),
            );
        }
    }
    faults
}

/// Who is to ask it, and may not.
fn of_clients(settings: &Settings, networks: &[IpPrefix]) -> Option<Fault> {
    let allowed = settings.list("allow-from");
    let lacks = |network: &&IpPrefix| !is_allowed(settings, network);
    let missing: Vec<_> = networks
        .iter()
        .filter(lacks)
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() || allowed.is_empty() {
        return None;
    }
    let all: Vec<_> = allowed
        .iter()
        .map(|&one| one.to_owned())
        .chain(missing.iter().cloned())
        .collect();
    Some(Fault {
        state: State::Red,
        check: "it answers the networks of the cluster",
        seen: format!("not in allow-from: {}", missing.join(", ")),
        setting: format!("allow-from={}", all.join(",")),
    })
}

/// Whether the server that has a policy choose is told who asks: a recursor tells nobody by itself.
fn of_selection(settings: &Settings, authoritative: IpAddr, networks: &[IpPrefix]) -> Vec<Fault> {
    const CHECK: &str = "it tells our server who asks, since a policy chooses by it";
    let mut faults = Vec::new();
    let mut add = |seen: String, setting: String| {
        faults.push(Fault {
            state: State::Yellow,
            check: CHECK,
            seen,
            setting,
        });
    };
    let told = settings.list("edns-subnet-allow-list");
    if settings.knows("edns-subnet-allow-list")
        && !told.iter().any(|one| contains(one, authoritative))
    {
        let all = told.into_iter().map(str::to_owned);
        let all: Vec<_> = all.chain([authoritative.to_string()]).collect();
        add(
            format!(
                "{authoritative} is not in edns-subnet-allow-list: every client is given what the recursor itself would be"
            ),
            format!("edns-subnet-allow-list={}", all.join(",")),
        );
    }
    let kept_back: Vec<_> = settings
        .list("ecs-add-for")
        .into_iter()
        .filter_map(|one| one.strip_prefix('!'))
        .filter(|one| networks.iter().any(|network| covers(one, network)))
        .collect();
    if !kept_back.is_empty() {
        add(
            format!(
                "ecs-add-for leaves out {}, where clients of the cluster are",
                kept_back.join(", ")
            ),
            "ecs-add-for=0.0.0.0/0,::/0".to_owned(),
        );
    }
    faults
}

fn contains(network: &str, address: IpAddr) -> bool {
    match network.parse::<IpPrefix>() {
        Ok(network) => network.contains(address),
        Err(_) => network.parse() == Ok(address),
    }
}

fn covers(network: &str, other: &IpPrefix) -> bool {
    let network = network.parse::<IpPrefix>();
    network.is_ok_and(|network| {
        network.contains(other.address()) && network.length() <= other.length()
    })
}

/// A network of one address.
pub(in crate::diagnosis) fn network_of(address: IpAddr) -> String {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    format!("{address}/{bits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_does_harm_is_named_with_what_it_should_be() {
        let networks = [
            "10.22.0.0/16".parse().unwrap(),
            "fd00:60::/64".parse().unwrap(),
        ];
        let judged = |text: &str| -> Vec<String> {
            let text = text.replace(' ', "\n");
            let settings = Settings::of_recursor(&text);
            let place = Some("127.0.0.1:5300".parse().unwrap());
            let faults = of_answers(&settings, place).into_iter();
            faults
                .chain(of_clients(&settings, &networks))
                .map(|fault| fault.setting)
                .collect()
        };
        for (text, cures) in [
            (
                "packetcache-servfail-ttl=\"0\" disable-packetcache=\"no\" dont-throttle-netmasks=\"127.0.0.0/8\" allow-from=\"10.0.0.0/8,fc00::/7\"",
                &[][..],
            ),
            (
                "packetcache-servfail-ttl=\"60\"",
                &["packetcache-servfail-ttl=0"],
            ),
            ("disable-packetcache=\"yes\"", &["disable-packetcache=no"]),
            (
                "dont-throttle-netmasks=\"\"",
                &["dont-throttle-netmasks=127.0.0.1"],
            ),
            (
                "allow-from=\"127.0.0.0/8,10.22.5.0/24\"",
                &["allow-from=127.0.0.0/8,10.22.5.0/24,10.22.0.0/16,fd00:60::/64"],
            ),
        ] {
            assert_eq!(judged(text), cures, "{text}");
        }
    }

    #[test]
    fn a_server_that_chooses_is_told_who_asks() {
        let networks = ["10.22.0.0/16".parse().unwrap()];
        for (text, cures) in [
            (
                "edns-subnet-allow-list=\"127.0.0.1\"\necs-add-for=\"0.0.0.0/0, ::/0\"",
                &[][..],
            ),
            (
                "edns-subnet-allow-list=\"\"\necs-add-for=\"0.0.0.0/0, !127.0.0.0/8, !10.0.0.0/8\"",
                &[
                    "edns-subnet-allow-list=127.0.0.1",
                    "ecs-add-for=0.0.0.0/0,::/0",
                ],
            ),
            (
                "edns-subnet-allow-list=\"192.0.2.1\"\necs-add-for=\"!192.168.0.0/16\"",
                &["edns-subnet-allow-list=192.0.2.1,127.0.0.1"],
            ),
            ("threads=\"2\"", &[]),
        ] {
            let settings = Settings::of_recursor(text);
            let faults = of_selection(&settings, "127.0.0.1".parse().unwrap(), &networks);
            let settings: Vec<_> = faults.into_iter().map(|fault| fault.setting).collect();
            assert_eq!(settings, cures, "{text}");
        }
    }
}
