//! Units as they are on disk, for what was chosen.

use super::*;
use crate::deployment::item::Kind;
use crate::power_dns::program::Version;

fn place() -> Place {
    Place {
        executable: "/usr/local/bin/zonesmith".into(),
        configuration: "/srv/zonesmith.toml".into(),
        backend: "/run/names/pdns.sock".into(),
        directory: "/srv/dns".into(),
        sockets: "/run/dns".into(),
        group: Some("powerdns".into()),
        is_unpurged: false,
        has_agent_socket: false,
        programs: Some("/nonexistent".into()),
    }
}

fn rendered(port: u16, place: &Place) -> anyhow::Result<Rendered> {
    let version = |text: &str| Version::parse(text);
    let choices = Choices {
        directory: Some(place.directory.clone()),
        sockets: Some(place.sockets.clone()),
        port,
        listen: Vec::new(),
        binds_non_local: false,
        allow_from: None,
        forward: Vec::new(),
        forward_upstream: Vec::new(),
        forwards_to_all: false,
        udp_size: 1232,
        power_dns_version: version("4.7.3"),
        recursor_version: version("4.8.8"),
    };
    let facts = Facts {
        nameservers: vec!["10.0.0.1".parse().unwrap()],
        ..Facts::default()
    };
    render(&facts, &choices, place)
}

fn text<'a>(rendered: &'a Rendered, name: &str) -> &'a str {
    let mut items = rendered.items.iter();
    let item = items.find(|item| item.path.file_name() == Some(name));
    match &item.unwrap_or_else(|| panic!("no {name}")).kind {
        Kind::File { text } => text,
        Kind::Directory => panic!("{name} is a directory"),
    }
}

#[test]
fn units_have_the_paths_of_the_deployment() {
    let rendered = rendered(5300, &place()).unwrap();
    for (unit, lines) in [
        (
            "zonesmith.service",
            &[
                "ExecStart=/usr/local/bin/zonesmith serve --config /srv/zonesmith.toml",
                "SupplementaryGroups=powerdns",
                "RuntimeDirectory=names",
                "ReadWritePaths=-/srv/dns",
                // getifaddrs(3) asks by netlink, and nothing else says that the daemon does.
                "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
            ][..],
        ),
        (
            "zonesmith.socket",
            &["ListenStream=/run/names/pdns.sock", "SocketGroup=powerdns"],
        ),
        (
            "zonesmith-recursor.service",
            &[
                "RuntimeDirectory=dns/recursor",
                "AmbientCapabilities=CAP_NET_BIND_SERVICE",
            ],
        ),
        (
            "zonesmith-powerdns.service",
            &["RuntimeDirectory=dns/authoritative", "AmbientCapabilities="],
        ),
    ] {
        let text = text(&rendered, unit);
        for line in lines {
            assert!(
                text.lines().any(|have| have == *line),
                "no {line} in {text}"
            );
        }
        assert!(!text.contains("/etc/zonesmith/powerdns"), "{text}");
    }
}

#[test]
fn a_port_below_1024_takes_the_right_to_it() {
    let rendered = rendered(153, &place()).unwrap();
    let unit = text(&rendered, "zonesmith-powerdns.service");
    let rights = unit
        .lines()
        .filter(|line| line.ends_with("=CAP_NET_BIND_SERVICE"));
    assert_eq!(rights.count(), 2, "{unit}");
}

#[test]
fn the_socket_of_an_agent_takes_a_right_and_is_said() {
    let agent = Place {
        has_agent_socket: true,
        ..place()
    };
    let with = rendered(5300, &agent).unwrap();
    let drop_in = text(&with, "agent.conf");
    assert!(
        drop_in.contains("\nAmbientCapabilities=CAP_DAC_OVERRIDE\n"),
        "{drop_in}"
    );
    assert!(with.advice.concat().contains("CAP_DAC_OVERRIDE"));
    let without = rendered(5300, &place()).unwrap();
    assert!(without.advice.is_empty(), "{:?}", without.advice);
}

#[test]
fn what_units_cannot_run_or_make_is_refused() {
    let at_home = Place {
        executable: "/home/me/zonesmith".into(),
        ..place()
    };
    let elsewhere = Place {
        sockets: "/srv/sockets".into(),
        ..place()
    };
    for (place, sentence) in [(at_home, "install -m 755"), (elsewhere, "below /run")] {
        let error = rendered(5300, &place).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }
}
