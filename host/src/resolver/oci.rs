//! A container that a runtime of the Open Container Initiative makes: where its resolver's file is.
//!
//! A hook is given the container's state on its standard input, and finds the bundle there, whose `config.json` says how the
//! container is made. At the stages `createRuntime` and `createContainer` its root and mounts are there, and its program does
//! not run yet: that is when the file is written. At `poststop` it is gone.
//!
//! Runtimes such as podman write a file for each container and mount it: then that file is the one. Otherwise it is the one
//! in the container's root. A file that is mounted and is not made for this container alone is never written: it may be the
//! host's own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use zonesmith_cluster::ServicePath;

use super::place::Place;
use super::{RESOLVER_ANNOTATION, SERVICE_ANNOTATION, Why};

/// What resolvers read in a container.
const FILE: &str = "/etc/resolv.conf";

/// The annotations of a container of a pod that name the container whose files all of them have: containerd's, CRI-O's.
const SANDBOX_ANNOTATIONS: [&str; 2] = [
    "io.kubernetes.cri.sandbox-id",
    "io.kubernetes.cri-o.SandboxID",
];

/// The state of a container (runtime specification, "State").
#[derive(Debug, Clone, Deserialize)]
pub struct State {
    /// Unique on this host.
    pub id: String,
    /// `creating`, `created`, `running`, `stopped`
    pub status: String,
    /// As the hook sees it; 0 or none: it does not.
    #[serde(default)]
    pub pid: Option<u32>,
    /// The directory of `config.json`.
    pub bundle: Utf8PathBuf,
    /// What was said of it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// What of `config.json` concerns a resolver.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    root: Root,
    mounts: Vec<Mount>,
    linux: Linux,
    annotations: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Root {
    path: Utf8PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Mount {
    destination: Utf8PathBuf,
    source: Utf8PathBuf,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Linux {
    namespaces: Vec<Namespace>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Namespace {
    #[serde(rename = "type")]
    kind: String,
    path: Option<Utf8PathBuf>,
}

/// A container whose resolver is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The service that it is of.
    pub service: ServicePath,
    /// Its file.
    pub place: Place,
    /// Whether name servers that stand in the file are replaced.
    pub replaces: bool,
}

impl State {
    /// Reads what a hook is given.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &[u8]) -> anyhow::Result<Self> {
        serde_json::from_slice(text)
            .context("understand the container's state on the standard input: a runtime gives it to its hooks")
    }

    /// Whether the container is gone.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status == "stopped"
    }

    /// The name of what is kept of it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("oci/{}", self.id)
    }
}

impl Config {
    /// Reads that of a bundle.
    ///
    /// # Errors
    /// It is not there, or none.
    pub fn of(bundle: &Utf8Path) -> anyhow::Result<Self> {
        let path = bundle.join("config.json");
        let text = fs::read(&path).with_context(|| format!("read {path}"))?;
        serde_json::from_slice(&text).with_context(|| format!("understand {path}"))
    }

    /// The container; or why nothing is set. `service` is for those that say none.
    ///
    /// # Errors
    /// What it says makes no sense.
    pub fn container(
        &self,
        state: &State,
        service: Option<&ServicePath>,
    ) -> anyhow::Result<Result<Container, Why>> {
        let annotation = |key: &str| {
            state
                .annotations
                .get(key)
                .or_else(|| self.annotations.get(key))
        };
        let replaces = match annotation(RESOLVER_ANNOTATION).map(String::as_str) {
            None | Some("") => false,
            Some("replace") => true,
            Some("off") => return Ok(Err(Why::Unwanted)),
            Some(other) => bail!("{RESOLVER_ANNOTATION} is `off` or `replace`, not `{other}`"),
        };
        let service = match annotation(SERVICE_ANNOTATION) {
            Some(text) => text
                .parse()
                .with_context(|| format!("understand {SERVICE_ANNOTATION}, `{text}`"))?,
            None => match service {
                Some(service) => service.clone(),
                None => return Ok(Err(Why::NoService)),
            },
        };
        let sandbox = SANDBOX_ANNOTATIONS.into_iter().find_map(annotation);
        Ok(self
            .network()
            .and_then(|()| self.place(state, sandbox))
            .map(|place| Container {
                service,
                place,
                replaces,
            }))
    }

    /// It has one of its own: one that was made for it, or by a plugin before it, has a name of its own; one that is named
    /// by a process is of who runs there.
    fn network(&self) -> Result<(), Why> {
        let mut namespaces = self.linux.namespaces.iter();
        let Some(network) = namespaces.find(|namespace| namespace.kind == "network") else {
            return Err(Why::HostNetwork);
        };
        let Some(path) = network
            .path
            .as_deref()
            .filter(|path| !path.as_str().is_empty())
        else {
            return Ok(());
        };
        if is_same_file(path, Utf8Path::new("/proc/1/ns/net")) {
            return Err(Why::HostNetwork);
        }
        match path.strip_prefix("/proc") {
            Ok(process) => {
                let process = process.components().next();
                let process = process.map_or("", |process| process.as_str());
                Err(Why::OtherContainer(format!("process {process}")))
            }
            Err(_) => Ok(()),
        }
    }

    /// Invariant: a file that is mounted is written only when a directory of this container's name has it, or its bundle.
    fn place(&self, state: &State, sandbox: Option<&String>) -> Result<Place, Why> {
        let covers = |mount: &&Mount| {
            let place = Utf8Path::new(FILE);
            mount.destination.as_str() != "/" && place.starts_with(&mount.destination)
        };
        // The last one covers those before.
        let Some(mount) = self.mounts.iter().rfind(covers) else {
            return Ok(Place::below(state.bundle.join(&self.root.path)));
        };
        let source = state.bundle.join(&mount.source);
        let is_of =
            |id: &str| !id.is_empty() && source.components().any(|part| part.as_str() == id);
        let is_made_for_it = is_of(&state.id)
            || sandbox.is_some_and(|sandbox| is_of(sandbox))
            || source.starts_with(&state.bundle);
        let is_file = mount.destination.as_str() == FILE;
        if !is_file || !is_made_for_it || is_same_file(&source, Utf8Path::new(FILE)) {
            return Err(Why::OwnFile(source.into_string()));
        }
        Ok(Place::of_host(source))
    }
}

/// What cannot be looked at is not the same.
fn is_same_file(one: &Utf8Path, other: &Utf8Path) -> bool {
    let file = |path: &Utf8Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    file(one).is_some_and(|one| Some(one) == file(other))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn state(annotations: &Value) -> State {
        let text = json!({
            "ociVersion": "1.0.2", "id": "c1", "status": "creating", "pid": 7, "bundle": "/bundles/c1",
            "annotations": annotations,
        });
        State::read(text.to_string().as_bytes()).unwrap()
    }

    fn container(config: Value, annotations: &Value) -> Result<Container, Why> {
        let config: Config = serde_json::from_value(config).unwrap();
        config.container(&state(annotations), None).unwrap()
    }

    #[test]
    fn the_file_is_the_one_that_the_container_reads_and_nobody_else() {
        let web = json!({ "org.zonesmith.service": "shop/svc/web" });
        let of = |network: Value, mounts: Value| json!({ "root": { "path": "rootfs" }, "mounts": mounts, "linux": { "namespaces": network } });
        let own = json!([{ "type": "mount" }, { "type": "network" }]);
        let mount = |destination: &str, source: &str| json!([{ "destination": destination, "source": source }]);
        let found = |config| container(config, &web).map(|found| found.place);
        for (name, config, expected) in [
            (
                "its root",
                of(own.clone(), json!([])),
                Ok(Place::below("/bundles/c1/rootfs")),
            ),
            (
                "one that a plugin made",
                of(
                    json!([{ "type": "network", "path": "/run/netns/x" }]),
                    json!([]),
                ),
                Ok(Place::below("/bundles/c1/rootfs")),
            ),
            (
                "no namespace",
                of(json!([{ "type": "mount" }]), json!([])),
                Err(Why::HostNetwork),
            ),
            (
                "another's namespace",
                of(
                    json!([{ "type": "network", "path": "/proc/4194304/ns/net" }]),
                    json!([]),
                ),
                Err(Why::OtherContainer("process 4194304".into())),
            ),
            (
                "a file of the runtime",
                of(
                    own.clone(),
                    mount(
                        "/etc/resolv.conf",
                        "/run/containers/c1/userdata/resolv.conf",
                    ),
                ),
                Ok(Place::of_host("/run/containers/c1/userdata/resolv.conf")),
            ),
            (
                "a file of the bundle",
                of(own.clone(), mount("/etc/resolv.conf", "resolv.conf")),
                Ok(Place::of_host("/bundles/c1/resolv.conf")),
            ),
            (
                "a file of another container",
                of(
                    own.clone(),
                    mount("/etc/resolv.conf", "/run/containers/c2/resolv.conf"),
                ),
                Err(Why::OwnFile("/run/containers/c2/resolv.conf".into())),
            ),
            (
                "a volume over it",
                of(own.clone(), mount("/etc", "/bundles/c1/etc")),
                Err(Why::OwnFile("/bundles/c1/etc".into())),
            ),
            (
                "a volume elsewhere",
                of(own, mount("/data", "/srv")),
                Ok(Place::below("/bundles/c1/rootfs")),
            ),
        ] {
            assert_eq!(found(config), expected, "{name}");
        }
    }

    #[test]
    fn a_container_says_what_it_wants() {
        let config = json!({
            "root": { "path": "/roots/c1" }, "linux": { "namespaces": [{ "type": "network" }] },
            "annotations": { "org.zonesmith.service": "web" },
        });
        let found = container(config.clone(), &json!({})).unwrap();
        assert_eq!(found.service.as_str(), "root/svc/web", "the bundle says it");
        let found = container(
            config.clone(),
            &json!({ "org.zonesmith.service": "shop/svc/web", "org.zonesmith.resolver": "replace" }),
        );
        let found = found.unwrap();
        assert_eq!(
            found.service.as_str(),
            "shop/svc/web",
            "the state says it later"
        );
        assert!(found.replaces);
        let off = container(config, &json!({ "org.zonesmith.resolver": "off" }));
        assert_eq!(off, Err(Why::Unwanted));
        let nobodys = json!({ "linux": { "namespaces": [{ "type": "network" }] } });
        assert_eq!(container(nobodys, &json!({})), Err(Why::NoService));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_words() {
        let config = Config::default();
        for (annotations, word) in [
            (json!({ "org.zonesmith.resolver": "of" }), "`of`"),
            (json!({ "org.zonesmith.service": "a/b/c/d" }), "a/b/c/d"),
        ] {
            let error = config.container(&state(&annotations), None).unwrap_err();
            assert!(format!("{error:#}").contains(word), "{error:#}");
        }
        assert!(State::read(b"").is_err());
    }
}
