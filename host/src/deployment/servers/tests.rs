//! Where servers listen, whom they ask, and who may ask them.

use zonesmith_zone::name::Name;

use super::*;

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn chosen(listen: &[&str], binds_non_local: bool) -> Choices {
    Choices {
        directory: None,
        sockets: None,
        port: 5300,
        listen: addresses(listen),
        binds_non_local,
        allow_from: None,
        forward: Vec::new(),
        forward_upstream: Vec::new(),
        forwards_to_all: false,
        udp_size: 1232,
        power_dns_version: None,
        recursor_version: None,
    }
}

fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(T::to_string).collect()
}

#[test]
fn both_listen_where_the_cluster_expects_them() {
    let nameservers = ["10.0.0.1", "10.0.0.2"];
    for (own, choices, expected, is_non_local) in [
        (
            &["127.0.0.1", "10.0.0.2"][..],
            chosen(&[], false),
            &["10.0.0.2"][..],
            false,
        ),
        (&["127.0.0.1"], chosen(&[], false), &nameservers, true),
        (&["10.0.0.1"], chosen(&[], true), &nameservers, true),
        (
            &["10.0.0.1"],
            chosen(&["10.9.9.9"], false),
            &["10.9.9.9"],
            false,
        ),
    ] {
        let facts = Facts {
            nameservers: addresses(&nameservers),
            own: addresses(own),
            ..Facts::default()
        };
        let listening = Listening::of(&facts, &choices);
        assert_eq!(listening.addresses, addresses(expected), "of {own:?}");
        assert_eq!(listening.is_non_local, is_non_local, "of {own:?}");
    }
}

#[test]
fn a_recursor_asks_its_own_node_unless_it_shall_ask_all() {
    let facts = Facts {
        nameservers: addresses(&["10.0.0.1", "fd00::2"]),
        own: addresses(&["10.0.0.1"]),
        ..Facts::default()
    };
    let all = Choices {
        forwards_to_all: true,
        ..chosen(&[], false)
    };
    for (choices, expected) in [
        (chosen(&[], false), &["10.0.0.1:5300"][..]),
        // An address that is not here cannot be asked; the server listens at the loopback, too.
        (chosen(&[], true), &["127.0.0.1:5300"]),
        (all, &["10.0.0.1:5300", "[fd00::2]:5300"]),
    ] {
        let listening = Listening::of(&facts, &choices);
        let asked = listening.asked(&facts, &choices);
        assert_eq!(texts(&asked), expected, "of {choices:?}");
        let server = listening.authoritative(choices.port);
        let own = |address: &SocketAddr| !facts.nameservers.contains(&address.ip());
        let known = asked.iter().filter(|address| own(address));
        assert!(known.into_iter().all(|address| server.contains(address)));
    }
}

#[test]
fn private_networks_and_those_of_the_cluster_may_ask() {
    let networks = ["10.22.0.0/16", "100.64.0.0/16", "fd00:60::/64"];
    let facts = Facts {
        networks: networks.map(|network| network.parse().unwrap()).to_vec(),
        ..Facts::default()
    };
    let mut choices = chosen(&[], false);
    let allowed = texts(&allow_from(&facts, &choices));
    let (last, private) = allowed.split_last().unwrap();
    assert_eq!(last, "100.64.0.0/16", "is in none of {private:?}");
    assert_eq!(private, texts(&private_networks()));
    choices.allow_from = Some(vec!["192.0.2.0/24".parse().unwrap()]);
    assert_eq!(texts(&allow_from(&facts, &choices)), ["192.0.2.0/24"]);
}

#[test]
fn a_zone_of_the_site_has_all_of_its_servers() {
    let forward = |zone: &str, server: &str| crate::config::deploy::Forward {
        zone: Name::parse(zone).unwrap(),
        server: server.parse().unwrap(),
    };
    let choices = Choices {
        forward: vec![
            forward("corp.example", "192.0.2.1:53"),
            forward("other.example", "192.0.2.2:53"),
            forward("corp.example", "192.0.2.3:53"),
        ],
        ..chosen(&[], false)
    };
    let forwards = forwards(&choices);
    assert_eq!(forwards.len(), 2);
    assert_eq!(
        texts(&forwards[0].servers),
        ["192.0.2.1:53", "192.0.2.3:53"]
    );
}
