//! The files that were written for containers, and what is needed to write them again when the cluster's name servers are
//! others.
//!
//! A directory with a file for each, since hooks and plugins run beside each other, and a file that is renamed is whole or
//! not there. It is in `/run`: containers do not survive the machine. It is its owner's alone, and no other is used: what
//! stands in it says what is written where, maybe by root.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::geteuid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::warn;
use zonesmith_cluster::ServicePath;

use super::given::Given;
use super::place::{Place, Written};
use super::resolv_conf::ResolvConf;
use super::{Choice, ClusterDns, Why, choose, format, resolv_conf};

/// Where root's is.
const OF_ROOT: &str = "/run/zonesmith-resolver";

/// What was known of clusters last, for who is asked while the daemon does not answer.
const CLUSTERS: &str = "clusters.json";

/// How the keys of files begin that were made for a network's container.
pub const OF_NETWORKS: &str = "cni/";

/// Where the entries are.
const ENTRIES: &str = "files";

/// A file that is kept right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// `oci/ID`, `cni/NETWORK/CONTAINER/INTERFACE`, `file/PATH`
    pub key: String,
    /// Whose file it is, where somebody knows.
    pub service: Option<String>,
    /// The cluster, where it is not the first.
    pub cluster: Option<String>,
    /// The file.
    pub place: Place,
    /// Its language.
    pub form: Form,
    /// What the user said.
    #[serde(default)]
    pub given: Given,
    /// Whether we wrote it yet. Then, one that does not begin as ours is somebody else's.
    #[serde(default)]
    pub is_written: bool,
    /// How long it is needed.
    pub life: Life,
}

/// What kind of a file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `/etc/resolv.conf`
    ResolvConf,
    /// A drop-in of resolved.conf with these domains; none: those of the service.
    SystemdResolved {
        /// As they stand in it.
        domains: Vec<String>,
    },
}

/// Until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// This process ends.
    Process {
        /// Its number.
        pid: u32,
        /// When it began, in clock ticks since the machine did: another process may get its number.
        start: u64,
    },
    /// This is taken away.
    Path(Utf8PathBuf),
}

impl Life {
    /// Of a process that runs now; none of one that does not.
    #[must_use]
    pub fn of_process(pid: u32) -> Option<Self> {
        start_of(pid).map(|start| Self::Process { pid, start })
    }

    fn goes_on(&self) -> bool {
        match self {
            Self::Process { pid, start } => start_of(*pid) == Some(*start),
            Self::Path(path) => path.exists(),
        }
    }
}

/// When a process began (proc(5): field 22 of `stat`; the second one is its name and may have blanks and parentheses).
fn start_of(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // Dead, but not yet seen to be.
    let is_alive = fields.next() != Some("Z");
    is_alive.then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its file was right.
    Right,
    /// It was written.
    Written,
    /// Nothing is set, and what is there stays.
    Left(Why),
    /// Somebody else wrote the file since.
    TakenOver,
}

impl Entry {
    /// Whether who needs its file is still there.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.life.goes_on()
    }

    /// What its file is to say.
    ///
    /// # Errors
    /// Its service or cluster has no name in DNS.
    pub fn wanted(&self, cluster: &ClusterDns) -> anyhow::Result<Result<String, Why>> {
        let service = self.service.as_deref();
        let path = service.map(str::parse::<ServicePath>).transpose()?;
        Ok(match choose(path.as_ref(), cluster, self.given.clone())? {
            Choice::Nothing(why) => Err(why),
            Choice::Set(resolver) => Ok(match &self.form {
                Form::ResolvConf => resolv_conf::text(&resolver, service),
                Form::SystemdResolved { domains } if domains.is_empty() => {
                    format::resolved(&resolver.nameservers, &resolver.all_search())
                }
                Form::SystemdResolved { domains } => {
                    format::resolved(&resolver.nameservers, domains)
                }
            }),
        })
    }

    /// Writes its file, unless somebody else did since.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_right(&self, cluster: &ClusterDns) -> anyhow::Result<Fate> {
        let file = self.place.on_host();
        let found = self.place.read().with_context(|| format!("read {file}"))?;
        if let Some(found) = found
            && self.is_written
            && !ResolvConf::read(&found).is_ours
        {
            return Ok(Fate::TakenOver);
        }
        self.write(cluster)
    }

    /// Writes its file, whoever wrote it before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, cluster: &ClusterDns) -> anyhow::Result<Fate> {
        let file = self.place.on_host();
        match self.wanted(cluster)? {
            Err(why) => Ok(Fate::Left(why)),
            Ok(text) => match self
                .place
                .write(&text)
                .with_context(|| format!("write {file}"))?
            {
                Written::Same => Ok(Fate::Right),
                Written::Changed => Ok(Fate::Written),
            },
        }
    }

    /// That of a file which somebody asked for.
    #[must_use]
    pub fn of_file(path: &Utf8Path, form: Form) -> Self {
        Self {
            key: format!("file{path}"),
            service: None,
            cluster: None,
            place: Place::of_host(path),
            form,
            given: Given::default(),
            is_written: true,
            life: Life::Path(path.to_owned()),
        }
    }

    /// That of a drop-in of resolved.conf, if we wrote it.
    #[must_use]
    pub fn of_drop_in(path: &Utf8Path) -> Option<Self> {
        let text = Place::of_host(path).read().ok().flatten()?;
        let domains = format::domains(&text);
        let is_ours = ResolvConf::read(&text).is_ours && !domains.is_empty();
        is_ours.then(|| Self::of_file(path, Form::SystemdResolved { domains }))
    }
}

/// The directory.
#[derive(Debug, Clone)]
pub struct Registry {
    directory: Utf8PathBuf,
}

impl Registry {
    /// Where it is when nobody says: root's, or in the runtime directory of a user.
    #[must_use]
    pub fn default_place(user_runtime: Option<&str>) -> Option<Utf8PathBuf> {
        if geteuid().is_root() {
            return Some(OF_ROOT.into());
        }
        user_runtime.map(|runtime| Utf8Path::new(runtime).join("zonesmith-resolver"))
    }

    /// Opens it, made where it is missing.
    ///
    /// # Errors
    /// Others may write to it.
    pub fn open(directory: &Utf8Path) -> anyhow::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(directory.join(ENTRIES))
            .with_context(|| format!("make the directory {directory}"))?;
        let metadata = fs::symlink_metadata(directory)
            .with_context(|| format!("look at the directory {directory}"))?;
        let is_ours = metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
        if !metadata.is_dir() || !is_ours {
            bail!(
                "{directory} is not a directory that only we may write to: what stands in it would be believed"
            );
        }
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Opens it if it is there, to look.
    #[must_use]
    pub fn look(directory: &Utf8Path) -> Option<Self> {
        directory.join(ENTRIES).is_dir().then(|| Self {
            directory: directory.to_owned(),
        })
    }

    /// Every entry whose container is still there; what is kept of others goes.
    #[must_use]
    pub fn living(&self) -> Vec<Entry> {
        let mut entries = self.all();
        entries.retain(|entry| {
            let goes_on = entry.life.goes_on();
            if !goes_on {
                self.bury(entry);
            }
            goes_on
        });
        entries
    }

    /// Every entry. What cannot be read is passed over, and said.
    #[must_use]
    pub fn all(&self) -> Vec<Entry> {
        let Ok(files) = fs::read_dir(self.directory.join(ENTRIES)) else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for path in files.flatten().map(|file| file.path()) {
            let Ok(path) = Utf8PathBuf::try_from(path) else {
                continue;
            };
            if path.extension() != Some("json") {
                continue;
            }
            match read::<Entry>(&path) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => {}
                Err(error) => warn!(%path, error = format!("{error:#}"), "an entry is passed over"),
            }
        }
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        entries
    }

    /// An entry.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<Entry> {
        read(&self.path(key)).ok().flatten()
    }

    /// Keeps an entry, in place of another one of its key.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, entry: &Entry) -> anyhow::Result<()> {
        write(&self.path(&entry.key), entry)
    }

    /// Drops an entry, if it is there.
    pub fn forget(&self, key: &str) {
        // What cannot be dropped is of a container that is gone: it is tried again the next time.
        let _ = fs::remove_file(self.path(key));
    }

    /// Drops an entry, and its file where that was made for it alone: a container takes its own with it.
    pub fn bury(&self, entry: &Entry) {
        if entry.key.starts_with(OF_NETWORKS) {
            let found = entry.place.read().ok().flatten();
            let is_ours = found.is_some_and(|found| ResolvConf::read(&found).is_ours);
            if is_ours && let Err(error) = entry.place.remove() {
                warn!(file = %entry.place.on_host(), %error, "a resolver's file is left behind");
            }
        }
        self.forget(&entry.key);
    }

    /// What was known last.
    #[must_use]
    pub fn clusters(&self) -> Vec<ClusterDns> {
        let clusters = read(&self.directory.join(CLUSTERS));
        clusters.ok().flatten().unwrap_or_default()
    }

    /// Remembers what is known now.
    pub fn remember(&self, clusters: &[ClusterDns]) {
        if clusters != self.clusters()
            && let Err(error) = write(&self.directory.join(CLUSTERS), &clusters)
        {
            warn!(
                error = format!("{error:#}"),
                "the clusters are not remembered"
            );
        }
    }

    fn path(&self, key: &str) -> Utf8PathBuf {
        use std::fmt::Write as _;

        let mut name = String::with_capacity(key.len());
        for octet in key.bytes() {
            if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') {
                name.push(char::from(octet));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(name, "%{octet:02X}");
            }
        }
        self.directory.join(ENTRIES).join(format!("{name}.json"))
    }
}

fn read<T: DeserializeOwned>(path: &Utf8Path) -> anyhow::Result<Option<T>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => {
            let text = text.with_context(|| format!("read {path}"))?;
            let value = serde_json::from_slice(&text);
            value
                .map(Some)
                .with_context(|| format!("understand {path}"))
        }
    }
}

/// Whole or not at all: others read meanwhile.
fn write<T: Serialize + ?Sized>(path: &Utf8Path, value: &T) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(value).context("write JSON")?;
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&fresh, text)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("write {path}"))
}
