//! What a runtime asks of a plugin: variables of the environment, and a configuration on the standard input.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};
use zonesmith_cluster::ServicePath;

use super::failure::{Code, Failure};
use super::{VERSIONS, servers_of};
use crate::resolver::given::Given;
use crate::resolver::registry::OF_NETWORKS;
use crate::resolver::{ClusterDns, SERVICE_ANNOTATION};

/// The argument of `CNI_ARGS` that names the service.
const SERVICE_ARGUMENT: &str = "ZONESMITH_SERVICE";

/// The capability by which containerd passes the annotations of a pod.
const ANNOTATIONS_CAPABILITY: &str = "io.kubernetes.cri.pod-annotations";

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A container comes to a network.
    Add,
    /// It leaves it, or has left it.
    Del,
    /// Is it still as it was made?
    Check,
    /// Can containers come?
    Status,
    /// What is of containers that are no more, goes.
    Collect,
    /// Which versions are spoken?
    Version,
}

/// A request that can be answered.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is to be done.
    pub command: Command,
    container: String,
    interface: String,
    namespace: Option<Utf8PathBuf>,
    arguments: String,
    configuration: Map<String, Value>,
}

impl Command {
    /// Reads `CNI_COMMAND`.
    ///
    /// # Errors
    /// There is no such command.
    pub fn read(text: Option<&str>) -> Result<Self, Failure> {
        Ok(match text {
            Some("ADD") => Self::Add,
            Some("DEL") => Self::Del,
            Some("CHECK") => Self::Check,
            Some("STATUS") => Self::Status,
            Some("GC") => Self::Collect,
            Some("VERSION") => Self::Version,
            other => {
                return Err(Failure::new(
                    Code::Variable,
                    format!("CNI_COMMAND is `{}`", other.unwrap_or_default()),
                    "it is ADD, DEL, CHECK, STATUS, GC or VERSION",
                ));
            }
        })
    }

    fn is_of_a_container(self) -> bool {
        matches!(self, Self::Add | Self::Del | Self::Check)
    }

    /// The version of the spec that brought it, as a place in [`VERSIONS`].
    fn since(self) -> usize {
        match self {
            Self::Add | Self::Del | Self::Version => 0,
            Self::Check => 2,
            Self::Status | Self::Collect => 4,
        }
    }
}

/// The version that a configuration is of, whether we know it or not.
#[must_use]
pub fn version_of(input: &[u8]) -> Option<String> {
    let configuration: Value = serde_json::from_slice(input).ok()?;
    Some(configuration.get("cniVersion")?.as_str()?.to_owned())
}

impl Request {
    /// Reads what came.
    ///
    /// # Errors
    /// It cannot be answered.
    pub fn read<'environment>(
        command: Command,
        variable: impl Fn(&str) -> Option<&'environment str>,
        input: &[u8],
    ) -> Result<Self, Failure> {
        let configuration: Map<String, Value> = serde_json::from_slice(input).map_err(|error| {
            Failure::new(
                Code::Decoding,
                "the network's configuration on the standard input is no JSON object",
                error.to_string(),
            )
        })?;
        let request = Self {
            command,
            container: variable("CNI_CONTAINERID").unwrap_or_default().to_owned(),
            interface: variable("CNI_IFNAME").unwrap_or_default().to_owned(),
            namespace: variable("CNI_NETNS").map(Utf8PathBuf::from),
            arguments: variable("CNI_ARGS").unwrap_or_default().to_owned(),
            configuration,
        };
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), Failure> {
        let version = self.version();
        let Some(place) = VERSIONS.iter().position(|known| *known == version) else {
            return Err(Failure::new(
                Code::Version,
                format!("cniVersion is `{version}`"),
                format!("{} are known", VERSIONS.join(", ")),
            ));
        };
        if place < self.command.since() {
            return Err(Failure::new(
                Code::Version,
                format!("version {version} of the spec has no such command"),
                "",
            ));
        }
        if !is_name(self.network()) {
            return Err(Failure::new(
                Code::Configuration,
                format!("`{}` is no name of a network", self.network()),
                "",
            ));
        }
        if !self.command.is_of_a_container() {
            return Ok(());
        }
        let mut wrong = Vec::new();
        if !is_name(&self.container) {
            wrong.push("CNI_CONTAINERID");
        }
        if self.interface.is_empty() || self.interface.contains(['/', ':', ' ']) {
            wrong.push("CNI_IFNAME");
        }
        if self.namespace.is_none() && self.command != Command::Del {
            wrong.push("CNI_NETNS");
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Code::Variable,
            format!("{} missing, or of no meaning", wrong.join(", ")),
            "",
        ))
    }

    /// The version of the spec that it is in.
    #[must_use]
    pub fn version(&self) -> &str {
        self.text("cniVersion").unwrap_or("0.1.0")
    }

    fn network(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// A text of the configuration, ours or the spec's.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.configuration.get(key)?.as_str()
    }

    /// A list of texts, or one text, of the configuration.
    #[must_use]
    pub fn texts(&self, key: &str) -> Vec<String> {
        texts(self.configuration.get(key))
    }

    /// What is kept of this container.
    #[must_use]
    pub fn key(&self) -> String {
        format!(
            "{}{}/{}",
            self.network_key(),
            self.container,
            self.interface
        )
    }

    /// How the names of what is kept of this network begin.
    #[must_use]
    pub fn network_key(&self) -> String {
        format!("{OF_NETWORKS}{}/", self.network())
    }

    /// The names of what is still needed of this network.
    #[must_use]
    pub fn still_needed(&self) -> Vec<String> {
        let attachments = self.configuration.get("cni.dev/valid-attachments");
        let attachments = attachments.and_then(Value::as_array).into_iter().flatten();
        let name = |attachment: &Value| {
            let text = |key: &str| attachment.get(key)?.as_str().map(str::to_owned);
            let (container, interface) = (text("containerID")?, text("ifname")?);
            Some(format!("{}{container}/{interface}", self.network_key()))
        };
        attachments.filter_map(name).collect()
    }

    /// What the plugins before us made.
    #[must_use]
    pub fn previous(&self) -> Option<&Map<String, Value>> {
        self.configuration.get("prevResult")?.as_object()
    }

    /// The namespace, while there is one.
    #[must_use]
    pub fn namespace(&self) -> Option<&Utf8Path> {
        self.namespace.as_deref()
    }

    /// The file that is to be written: `resolvConf`, a path, or `netns` for the one that `ip netns exec` has its programs read.
    ///
    /// # Errors
    /// It is no path.
    pub fn file(&self) -> Result<Option<Utf8PathBuf>, Failure> {
        let name = self.namespace.as_deref().and_then(Utf8Path::file_name);
        match (self.text("resolvConf"), name) {
            (None, _) => Ok(None),
            (Some("netns"), Some(name)) => {
                Ok(Some(format!("/etc/netns/{name}/resolv.conf").into()))
            }
            (Some("netns"), None) => Ok(None),
            (Some(path), _) if path.starts_with('/') => {
                Ok(Some(path.replace("{container}", &self.container).into()))
            }
            (Some(other), _) => Err(Failure::new(
                Code::Configuration,
                format!("resolvConf is `{other}`"),
                "it is `netns`, or a path, in which {container} stands for the container",
            )),
        }
    }

    /// The service of the container: of its labels, of its pod, of the arguments, else of the network.
    ///
    /// # Errors
    /// It is none.
    pub fn service(&self) -> Result<Option<ServicePath>, Failure> {
        let argument = self.arguments.split(';').find_map(|argument| {
            let (key, value) = argument.split_once('=')?;
            (key.trim() == SERVICE_ARGUMENT).then(|| value.trim().to_owned())
        });
        let named = self
            .label()
            .or_else(|| self.annotation())
            .or(argument)
            .or_else(|| self.text("service").map(str::to_owned));
        let Some(text) = named else {
            return Ok(None);
        };
        let parsed = text.parse().map(Some);
        parsed.map_err(|error: zonesmith_cluster::service_path::ServicePathError| {
            Failure::new(
                Code::Configuration,
                format!("`{text}` is no service"),
                error.to_string(),
            )
        })
    }

    /// `args.cni.labels`, as the spec's conventions have it.
    fn label(&self) -> Option<String> {
        let labels = self.configuration.get("args")?.get("cni")?.get("labels")?;
        labels.as_array()?.iter().find_map(|label| {
            let is_ours = label.get("key")?.as_str()? == SERVICE_ANNOTATION;
            is_ours.then(|| label.get("value")?.as_str().map(str::to_owned))?
        })
    }

    fn annotation(&self) -> Option<String> {
        let run = self.configuration.get("runtimeConfig")?;
        let annotations = run.get(ANNOTATIONS_CAPABILITY)?;
        annotations
            .get(SERVICE_ANNOTATION)?
            .as_str()
            .map(str::to_owned)
    }

    /// What was configured: `dns` of the plugin, then that of the runtime's capability.
    #[must_use]
    pub fn configured(&self) -> Given {
        let mut given = given(self.configuration.get("dns"), "nameservers", "search");
        let run = self.configuration.get("runtimeConfig");
        let run = self::given(run.and_then(|run| run.get("dns")), "servers", "searches");
        merge(&mut given, run);
        given
    }

    /// All that was said before us, by plugins before us, too.
    #[must_use]
    pub fn given(&self) -> Given {
        let mut all = self.configured();
        let previous = self.previous().and_then(|previous| previous.get("dns"));
        merge(&mut all, given(previous, "nameservers", "search"));
        all
    }

    /// The same request, where the result of `ADD` has been taken for what came before it: what we filled in is taken out.
    #[must_use]
    pub fn without_our_own(&self, cluster: &ClusterDns) -> Self {
        let mut request = self.clone();
        let previous = request.configuration.get_mut("prevResult");
        if let Some(dns) = previous.and_then(|previous| previous.get_mut("dns"))
            && (is_ours(dns)
                || servers_of(Some(dns)).iter().any(|server| {
                    cluster
                        .nameservers
                        .iter()
                        .any(|known| known.to_string() == *server)
                }))
        {
            *dns = Value::Null;
        }
        request
    }
}

/// Nobody else has all of our options.
fn is_ours(dns: &Value) -> bool {
    let options = texts(dns.get("options"));
    crate::resolver::OPTIONS.iter().all(|option| {
        let name = |option: &str| option.split(':').next().map(str::to_owned);
        options.iter().any(|other| name(other) == name(option))
    })
}

fn given(dns: Option<&Value>, servers: &str, search: &str) -> Given {
    let list = |key: &str| texts(dns.and_then(|dns| dns.get(key)));
    Given {
        nameservers: list(servers),
        search: list(search),
        options: list("options"),
        ..Given::default()
    }
}

fn merge(all: &mut Given, more: Given) {
    let add = |list: &mut Vec<String>, more: Vec<String>| {
        for one in more {
            if !list.contains(&one) {
                list.push(one);
            }
        }
    };
    add(&mut all.nameservers, more.nameservers);
    add(&mut all.search, more.search);
    add(&mut all.options, more.options);
}

/// The texts of a list; one text is a list of one.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    }
}

/// Of a network or a container: it is used in paths by plugins.
fn is_name(text: &str) -> bool {
    let is_part = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'.' | b'-');
    text.bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(is_part)
}
