//! IANA's names of ports, for SRV labels such as `_http._tcp`.
//!
//! A table of ours and not `/etc/services`: that file differs between nodes, is missing in most container images, and
//! is not there at all in a browser. The table is text (`port_names.txt`), so that a change of it can be reviewed; it is
//! taken apart once, at the first question.

use std::num::NonZeroU16;
use std::sync::LazyLock;

use crate::expose::Protocol;

/// The registered names of a port, in the registry's order; empty for a port without a name. `tcp6` asks for `tcp`.
#[must_use]
pub fn of(port: NonZeroU16, protocol: Protocol) -> &'static [&'static str] {
    let asked = bit(protocol);
    let first = TABLE.lines.partition_point(|line| line.port < port.get());
    TABLE
        .lines
        .iter()
        .skip(first)
        .take_while(|line| line.port == port.get())
        .find(|line| line.protocols & asked != 0)
        .and_then(|line| {
            TABLE
                .names
                .get(line.first_name..line.first_name + usize::from(line.names))
        })
        .unwrap_or_default()
}

struct Table {
    /// Sorted by port.
    lines: Vec<Line>,
    /// Those of all lines, one after the other.
    names: Vec<&'static str>,
}

struct Line {
    port: u16,
    protocols: u8,
    names: u8,
    first_name: usize,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        lines: Vec::new(),
        names: Vec::new(),
    };
    for line in include_str!("port_names.txt").lines() {
        let Some(parsed) = parse_line(line, &mut table.names) else {
            continue;
        };
        table.lines.push(parsed);
    }
    table
});

/// None for a comment. A test holds every other line against what this takes.
fn parse_line(line: &'static str, names: &mut Vec<&'static str>) -> Option<Line> {
    let mut words = line.split(' ');
    let head = words.next()?;
    let (port, protocols) = head.split_once('/').unwrap_or((head, "tcp,udp"));
    let port = port.parse().ok()?;
    let protocols = protocols
        .split(',')
        .filter_map(|word| word.parse().ok())
        .map(bit)
        .fold(0, |all, one| all | one);
    let first_name = names.len();
    names.extend(words);
    let names = u8::try_from(names.len() - first_name).ok()?;
    Some(Line {
        port,
        protocols,
        names,
        first_name,
    })
}

fn bit(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Tcp | Protocol::Tcp4 | Protocol::Tcp6 => 1,
        Protocol::Udp | Protocol::Udp4 | Protocol::Udp6 => 2,
        Protocol::Sctp => 4,
        Protocol::Dccp => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_is_the_first_registered() {
        for (port, protocol, names) in [
            (22, Protocol::Tcp, &["ssh"][..]),
            (25, Protocol::Tcp, &["smtp"]),
            (53, Protocol::Udp, &["domain"]),
            (53, Protocol::Udp6, &["domain"]),
            (80, Protocol::Tcp, &["http", "www", "www-http"]),
            (80, Protocol::Tcp4, &["http", "www", "www-http"]),
            (80, Protocol::Sctp, &["http"]),
            (443, Protocol::Tcp, &["https"]),
            (465, Protocol::Tcp, &["urd", "submissions"]),
            (465, Protocol::Udp, &["igmpv3lite"]),
            (3306, Protocol::Tcp, &["mysql"]),
            (5432, Protocol::Tcp, &["postgresql"]),
            (6379, Protocol::Tcp, &["redis"]),
            (6379, Protocol::Udp, &[]),
            (80, Protocol::Dccp, &["http"][..0]),
            (65535, Protocol::Tcp, &[]),
        ] {
            assert_eq!(
                of(NonZeroU16::new(port).unwrap(), protocol),
                names,
                "{port}/{protocol}"
            );
        }
    }

    #[test]
    fn every_line_of_the_table_is_taken_and_every_name_is_a_label() {
        let text = include_str!("port_names.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(TABLE.lines.len(), lines);
        assert!(TABLE.lines.is_sorted_by_key(|line| line.port));
        assert!(
            TABLE
                .lines
                .iter()
                .all(|line| line.protocols != 0 && line.names != 0)
        );
        for name in &TABLE.names {
            let plain = name
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
            assert!(plain && (1..=15).contains(&name.len()), "{name}");
        }
    }
}
