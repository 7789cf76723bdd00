use crate::cluster::{Info, Network, NetworkScope};
use crate::dns::IpPrefix;

use super::{Chosen, ReverseZones, prefix};

fn of_networks(prefixes: &[&str]) -> (Vec<String>, usize) {
    let networks: Vec<Network> = prefixes
        .iter()
        .map(|text| {
            let (address, length) = text.split_once('/').unwrap();
            let (address, length) = prefix(address, length).unwrap();
            Network {
                name: (*text).to_owned(),
                prefix: IpPrefix { address, length },
                scope: NetworkScope::Cluster,
                subnets: Vec::new(),
                info: Info::default(),
            }
        })
        .collect();
    let mut diagnostics = Vec::new();
    let zones = ReverseZones::of(&networks, None, &mut diagnostics);
    (zones.apexes().collect(), diagnostics.len())
}

fn chosen(texts: &[&str]) -> Result<ReverseZones, String> {
    let chosen: Result<Vec<Chosen>, String> = texts
        .iter()
        .map(|text| Chosen::try_from((*text).to_owned()))
        .collect();
    Ok(ReverseZones::of(&[], Some(&chosen?), &mut Vec::new()))
}

#[test]
fn without_networks_there_are_the_private_zones() {
    let (zones, _) = of_networks(&[]);
    insta::assert_snapshot!(zones.join("\n"), @r"
    10.in-addr.arpa
    16.172.in-addr.arpa
    17.172.in-addr.arpa
    18.172.in-addr.arpa
    19.172.in-addr.arpa
    20.172.in-addr.arpa
    21.172.in-addr.arpa
    22.172.in-addr.arpa
    23.172.in-addr.arpa
    24.172.in-addr.arpa
    25.172.in-addr.arpa
    26.172.in-addr.arpa
    27.172.in-addr.arpa
    28.172.in-addr.arpa
    29.172.in-addr.arpa
    30.172.in-addr.arpa
    31.172.in-addr.arpa
    168.192.in-addr.arpa
    d.f.ip6.arpa
    ");
}

#[test]
fn a_network_outside_the_private_ones_has_its_zones() {
    let (private, _) = of_networks(&[]);
    for (networks, added) in [
        // Within them, or loopback: nothing.
        (&["10.22.0.0/16", "192.168.1.0/24", "fd00:60::/64"][..], ""),
        (&["127.0.0.0/8", "127.0.0.1/32", "::1/128"], ""),
        (&["192.0.2.0/24"], "2.0.192.in-addr.arpa"),
        // Longer than a usual zone.
        (&["192.0.2.128/25", "192.0.2.1/32"], "2.0.192.in-addr.arpa"),
        (
            &["2001:db8::1/128", "2001:db8::/96"],
            "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        ),
        // Between octets, between nibbles.
        (
            &["198.51.100.0/22"],
            "100.51.198.in-addr.arpa 101.51.198.in-addr.arpa 102.51.198.in-addr.arpa 103.51.198.in-addr.arpa",
        ),
        (
            &["2001:db8::/47"],
            "0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
        ),
        (&["2001:db8::/32"], "8.b.d.0.1.0.0.2.ip6.arpa"),
        // Nested ones collapse, in any order.
        (&["198.51.100.0/24", "198.51.0.0/16"], "51.198.in-addr.arpa"),
        (&["198.51.0.0/16", "198.51.100.0/24"], "51.198.in-addr.arpa"),
    ] {
        let (zones, told) = of_networks(networks);
        let found: Vec<&str> = zones
            .iter()
            .filter(|zone| !private.contains(zone))
            .map(String::as_str)
            .collect();
        assert_eq!(found.join(" "), added, "{networks:?}");
        assert_eq!(zones.len(), private.len() + found.len(), "{networks:?}");
        assert_eq!(told, 0, "{networks:?}");
    }
}

#[test]
fn a_network_around_private_ones_takes_their_place() {
    let (zones, _) = of_networks(&["172.0.0.0/8", "fc00::/7"]);
    insta::assert_snapshot!(zones.join("\n"), @r"
    10.in-addr.arpa
    172.in-addr.arpa
    168.192.in-addr.arpa
    c.f.ip6.arpa
    d.f.ip6.arpa
    ");
}

#[test]
fn a_network_of_everything_has_no_zone_and_that_is_told() {
    let (private, _) = of_networks(&[]);
    assert_eq!(of_networks(&["0.0.0.0/0", "::/0"]), (private, 2));
}

#[test]
fn a_site_names_its_zones_or_their_prefixes() {
    for (texts, zones) in [
        (&[][..], ""),
        (
            &["22.10.in-addr.arpa.", "10.23.0.0/16", "D.F.ip6.arpa"],
            "22.10.in-addr.arpa 23.10.in-addr.arpa d.f.ip6.arpa",
        ),
        (
            &["2.0.192.in-addr.arpa", "0.192.in-addr.arpa"],
            "0.192.in-addr.arpa",
        ),
        (&["in-addr.arpa", "10.in-addr.arpa"], "in-addr.arpa"),
        (&["0.0.0.0/0"], "in-addr.arpa"),
        (&["5.0.22.10.in-addr.arpa"], "5.0.22.10.in-addr.arpa"),
    ] {
        let found: Vec<String> = chosen(texts).unwrap().apexes().collect();
        assert_eq!(found.join(" "), zones, "{texts:?}");
    }
    for text in [
        "",
        "example.com",
        "256.in-addr.arpa",
        "010.in-addr.arpa",
        "+1.in-addr.arpa",
        "x10.in-addr.arpa",
        "10in-addr.arpa",
        ".in-addr.arpa",
        "1.2.3.4.5.in-addr.arpa",
        "df.ip6.arpa",
        "10.0.0.0/33",
        "10.0.0/8",
    ] {
        assert!(chosen(&[text]).is_err(), "{text}");
    }
}

#[test]
fn an_address_is_in_a_zone_or_in_none() {
    let zones = chosen(&["10.22.0.0/16", "fd00::/8"]).unwrap();
    for (address, contained) in [
        ("10.22.255.255", true),
        ("10.23.0.0", false),
        ("fdff::1", true),
        ("fe80::1", false),
        ("::a16:0", false),
    ] {
        assert_eq!(
            zones.contain(address.parse().unwrap()),
            contained,
            "{address}"
        );
    }
}

#[test]
fn of_nested_networks_the_smallest_decides_whose_an_address_is() {
    let network = |prefix: &str, scope| Network {
        name: prefix.to_owned(),
        prefix: prefix.parse().unwrap(),
        scope,
        subnets: Vec::new(),
        info: Info::default(),
    };
    let (of_node, of_cluster) = (NetworkScope::Node, NetworkScope::Cluster);
    for (networks, is_exclusive) in [
        (&[][..], false),
        (&[("10.88.0.0/16", of_node)], true),
        (&[("10.88.0.0/16", of_cluster)], false),
        (&[("10.89.0.0/16", of_node)], false),
        (
            &[("10.88.0.0/16", of_node), ("10.88.7.0/24", of_cluster)],
            false,
        ),
        (
            &[("10.88.7.0/24", of_node), ("10.88.0.0/16", of_cluster)],
            true,
        ),
        (
            &[("10.88.7.0/24", of_node), ("10.88.7.0/24", of_cluster)],
            true,
        ),
    ] {
        let networks: Vec<Network> = networks
            .iter()
            .map(|&(prefix, scope)| network(prefix, scope))
            .collect();
        let zones = ReverseZones::of(&networks, None, &mut Vec::new());
        let record = zones.ptr([10, 88, 7, 2].into(), 60, "web").unwrap();
        assert_eq!(record.exclusive, is_exclusive, "{networks:?}");
    }
}
