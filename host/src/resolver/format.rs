//! The same resolver in each language that sets up a container, or the node itself.

use serde_json::{Value, json};

use super::given::{Given, Network};
use super::{Choice, ClusterDns, Resolver, SERVICE_ANNOTATION, Why, resolv_conf};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The file /etc/resolv.conf
    #[value(name = "resolv.conf")]
    ResolvConf,
    /// Options of `docker run`
    Docker,
    /// Options of `podman run`
    Podman,
    /// Lines of a container unit of podman
    Quadlet,
    /// A drop-in of resolved.conf, for a container that runs systemd
    SystemdResolved,
    /// What a bundle's config.json needs for the hook
    Oci,
    /// The key `dns` of a network's configuration
    Cni,
    /// Everything, for programs
    Json,
}

impl Format {
    /// Why a container is told nothing in this language, whatever the cluster is, if so.
    #[must_use]
    pub fn refuses(self, given: &Given) -> Option<Why> {
        let is_podman = matches!(self, Self::Podman | Self::Quadlet);
        if is_podman && given.network == Network::None {
            return Some(Why::NoNetwork);
        }
        given.network.has_another_resolver()
    }

    /// Writes it. `program` is the path of ours, for languages that run it.
    #[must_use]
    pub fn write(self, resolver: &Resolver, service: Option<&str>, program: &str) -> String {
        match self {
            Self::ResolvConf => resolv_conf::text(resolver, service),
            Self::Docker | Self::Podman => words(resolver),
            Self::Quadlet => quadlet(resolver),
            Self::SystemdResolved => resolved(&resolver.nameservers, &resolver.all_search()),
            Self::Oci => pretty(&hooks(service.unwrap_or_default(), program)),
            Self::Cni => pretty(&json!({ "dns": dns(resolver) })),
            Self::Json => pretty(&described(&Choice::Set(resolver.clone()), service, None)),
        }
    }
}

/// Options that both runtimes take. Each is a word of a shell as it stands: see `labels` in `resolver.rs`.
fn words(resolver: &Resolver) -> String {
    let mut words = Vec::new();
    let servers = resolver.more_nameservers();
    words.extend(servers.map(|server| format!("--dns {server}")));
    words.extend(
        resolver
            .search
            .iter()
            .map(|name| format!("--dns-search {name}")),
    );
    words.extend(
        resolver
            .options
            .iter()
            .map(|option| format!("--dns-option {option}")),
    );
    words.join(" ") + "\n"
}

fn quadlet(resolver: &Resolver) -> String {
    let mut lines = vec!["[Container]".to_owned()];
    let servers = resolver.more_nameservers();
    lines.extend(servers.map(|server| format!("DNS={server}")));
    lines.extend(
        resolver
            .search
            .iter()
            .map(|name| format!("DNSSearch={name}")),
    );
    lines.extend(
        resolver
            .options
            .iter()
            .map(|option| format!("DNSOption={option}")),
    );
    lines.join("\n") + "\n"
}

/// A drop-in of resolved.conf. resolved has neither `ndots` nor `use-vc`: it notices itself when a server is gone.
#[must_use]
pub fn resolved(nameservers: &[std::net::IpAddr], domains: &[String]) -> String {
    let servers: Vec<_> = nameservers.iter().map(ToString::to_string).collect();
    format!(
        "# Written by zonesmith. In /etc/systemd/resolved.conf.d; read by `systemctl restart systemd-resolved`.\n\
         [Resolve]\nDNS={}\nDomains={}\n",
        servers.join(" "),
        domains.join(" ")
    )
}

/// The domains of a drop-in that [`resolved`] wrote.
#[must_use]
pub fn domains(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let domains = lines.find_map(|line| line.strip_prefix("Domains="));
    let domains = domains.unwrap_or_default().split_ascii_whitespace();
    domains.map(str::to_owned).collect()
}

/// Domains that the cluster's name servers are asked for: marked so that short names are not looked for there.
#[must_use]
pub fn routed(zones: &[String]) -> Vec<String> {
    let route = |zone: &String| format!("~{}", zone.trim_end_matches('.'));
    zones.iter().map(route).collect()
}

/// The object `dns` of results and configurations (CNI, section 5).
#[must_use]
pub fn dns(resolver: &Resolver) -> Value {
    let servers = resolver.nameservers.iter().map(ToString::to_string);
    json!({
        "nameservers": servers.collect::<Vec<_>>(),
        "search": resolver.all_search(),
        "options": resolver.all_options(),
    })
}

/// What a bundle says to have its resolver set: the hook before it begins, and after it is gone.
fn hooks(service: &str, program: &str) -> Value {
    let hook = json!({ "path": program, "args": ["zonesmith", "resolver", "oci-hook"] });
    json!({
        "annotations": { SERVICE_ANNOTATION: service },
        "hooks": { "createRuntime": [hook], "poststop": [hook] },
    })
}

/// Everything, for programs.
#[must_use]
pub fn described(choice: &Choice, service: Option<&str>, cluster: Option<&ClusterDns>) -> Value {
    let cluster = cluster.map(|cluster| &cluster.name);
    match choice {
        Choice::Nothing(why) => json!({
            "service": service, "cluster": cluster, "set": false, "reason": why.to_string(),
        }),
        Choice::Set(resolver) => json!({
            "service": service,
            "cluster": cluster,
            "set": true,
            "nameservers": resolver.nameservers,
            "search": resolver.all_search(),
            "options": resolver.all_options(),
            "given": { "search": resolver.given.search, "options": resolver.given.options },
        }),
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
