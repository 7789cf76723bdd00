//! `/etc/resolv.conf`, as glibc, musl and busybox read it (resolv.conf(5)): keywords at the beginning of lines, the last
//! `search` or `domain` wins, options add up.

use super::Resolver;

/// How a file begins that we wrote. Without it, the file is somebody else's.
const MARK: &str = "# Written by zonesmith";

/// What such a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// In order.
    pub nameservers: Vec<String>,
    /// In order.
    pub search: Vec<String>,
    /// `ndots:2`
    pub options: Vec<String>,
    /// Whether we wrote it.
    pub is_ours: bool,
}

impl ResolvConf {
    /// Reads one; what is not understood is passed over, as resolvers do.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut file = Self {
            is_ours: text.starts_with(MARK),
            ..Self::default()
        };
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
            let mut words = line.split_ascii_whitespace();
            let keyword = words.next();
            let words = words.map(str::to_owned);
            match keyword {
                Some("nameserver") => file.nameservers.extend(words.take(1)),
                Some("search") => file.search = words.collect(),
                Some("domain") => file.search = words.take(1).collect(),
                Some("options") => file.options.extend(words),
                Some(_) | None => {}
            }
        }
        file
    }
}

/// The file for a container of a service.
#[must_use]
pub fn text(resolver: &Resolver, service: Option<&str>) -> String {
    let whose = service
        .map(|service| format!(" for {service}"))
        .unwrap_or_default();
    let mut lines = vec![format!(
        "{MARK}{whose}. Without this line, `zonesmith resolver follow` leaves the file alone."
    )];
    let search = resolver.all_search();
    if !search.is_empty() {
        lines.push(format!("search {}", search.join(" ")));
    }
    let servers = resolver.nameservers.iter();
    lines.extend(servers.map(|server| format!("nameserver {server}")));
    let options = resolver.all_options();
    if !options.is_empty() {
        lines.push(format!("options {}", options.join(" ")));
    }
    lines.join("\n") + "\n"
}
