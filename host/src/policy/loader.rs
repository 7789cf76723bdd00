//! Looks at the files of the policies and says what is new: level-triggered, the digest of the bytes decides.
//!
//! Whatever noticed that something may have changed (a watch, a poll, a signal, a person) means only "look again". A stack
//! that was refused is remembered by its digests and not tried again until its bytes change or a person asks. What
//! is unchanged is not compiled again.
//!
//! - `pinned`: what stands at a place whatever its file says, and candidates that come from no file

use std::fs;
use std::sync::Arc;

use camino::Utf8Path;

use super::pins::Pinned;
use super::stack::{PolicySource, SettingsSource, StackEntry};
use super::{Component, Engine, Refusal, Stage, embedded};
use crate::digest::Digest;
use crate::trust::Trust;
use crate::trust::signature::read_beside;

mod pinned;

/// Largest settings file: settings are written by people, and each instance parses them.
const LARGEST_SETTINGS: u64 = 1024 * 1024;

/// The settings of a policy without any.
const NO_SETTINGS: &str = "{}";

/// Digests of component and settings, in the order of the stack.
type Digests = Vec<(Digest, Digest)>;

/// A stack that may not go live, and why.
#[derive(Debug, Clone)]
pub struct RefusedPolicy {
    /// Whose fault it is: the file, or all of them.
    pub policy: String,
    /// The component's, where one policy is at fault and its bytes could be read.
    pub digest: Option<Digest>,
    /// Where it failed, and why.
    pub refusal: Refusal,
}

/// What looking showed.
pub enum Look {
    /// The digests are the live ones.
    Unchanged,
    /// The digests are those that were refused before, for this reason.
    StillRefused(RefusedPolicy),
    /// A stack that loads. It is to be proven on the cluster, then [`Loader::accept`]ed or [`Loader::refuse`]d.
    Changed(Vec<StackEntry>),
}

/// Reads, compiles and remembers.
pub struct Loader {
    engine: Engine,
    sources: Vec<PolicySource>,
    /// Those of what is live; at the start, those that were kept.
    pins: Vec<Pinned>,
    /// At the start: places whose source does not load, so that what is pinned stands there all the same.
    held: Vec<Arc<str>>,
    trust: Trust,
    live: Vec<StackEntry>,
    refused: Option<(Digests, RefusedPolicy)>,
}

impl Loader {
    /// Loads `sources`, in order, where they are to be believed by `trust`.
    ///
    /// # Errors
    /// The first policy that is not believed or does not load.
    pub fn start(
        engine: Engine,
        sources: Vec<PolicySource>,
        trust: Trust,
    ) -> Result<Self, RefusedPolicy> {
        Self::start_pinned(engine, sources, trust, Vec::new())
    }

    /// The same, with what stands at places whatever the sources say. What is pinned and does not load any more, as by a later
    /// daemon, or is not believed, leaves its place to the source; and where the source says something new that does not load,
    /// what is pinned stands.
    ///
    /// # Errors
    /// The first policy that is not believed or does not load.
    pub fn start_pinned(
        engine: Engine,
        sources: Vec<PolicySource>,
        trust: Trust,
        pins: Vec<Pinned>,
    ) -> Result<Self, RefusedPolicy> {
        let mut loader = Self {
            engine,
            sources,
            pins,
            held: Vec::new(),
            trust,
            live: Vec::new(),
            refused: None,
        };
        let live = loop {
            match loader.read().and_then(|read| loader.load(&read)) {
                Ok(live) => break live,
                Err(refused) if loader.hold(&refused) => {}
                Err(refused) => loader.unpin(refused)?,
            }
        };
        // The next look refuses it, as it would have where the daemon ran.
        loader.held.clear();
        loader.accept(live);
        Ok(loader)
    }

    /// The stack that is live, or will be with the first cluster.
    #[must_use]
    pub fn live(&self) -> &[StackEntry] {
        &self.live
    }

    /// Replaces the list of policies, and who is believed; the next look loads them.
    pub fn set_sources(&mut self, sources: Vec<PolicySource>, trust: Trust) {
        self.sources = sources;
        self.trust = trust;
    }

    /// Looks again. A person (`is_asked`) also gets what was refused before tried again.
    ///
    /// # Errors
    /// A policy that cannot be read or does not load; it is remembered.
    pub fn look(&mut self, is_asked: bool) -> Result<Look, RefusedPolicy> {
        let read = self.read()?;
        let digests: Digests = read
            .iter()
            .map(|policy| (policy.digest, policy.settings_digest))
            .collect();
        if digests
            .iter()
            .copied()
            .eq(self.live.iter().map(StackEntry::digests))
        {
            self.refused = None;
            // A file may say by itself now what was pinned over it.
            for (entry, policy) in self.live.iter_mut().zip(read) {
                entry.pinned = policy.pinned;
            }
            self.pins = pins_of(&self.live);
            return Ok(Look::Unchanged);
        }
        if let Some((refused, why)) = &self.refused
            && *refused == digests
            && !is_asked
        {
            return Ok(Look::StillRefused(why.clone()));
        }
        let loaded = self.load(&read);
        if let Err(why) = &loaded {
            self.refused = Some((digests, why.clone()));
        }
        loaded.map(Look::Changed)
    }

    /// `stack` is live.
    pub fn accept(&mut self, stack: Vec<StackEntry>) {
        self.pins = pins_of(&stack);
        self.live = stack;
        self.refused = None;
    }

    /// `stack` is not to be tried again.
    pub fn refuse(&mut self, stack: &[StackEntry], why: RefusedPolicy) {
        self.refused = Some((stack.iter().map(StackEntry::digests).collect(), why));
    }

    fn read(&self) -> Result<Vec<ReadPolicy>, RefusedPolicy> {
        let places = self.sources.iter().map(|source| self.read_place(source));
        let mut read = places.collect::<Result<Vec<_>, RefusedPolicy>>()?;
        let is_behind = |pinned: &&Pinned| !pinned.is_configured();
        let mut behind: Vec<_> = self.pins.iter().filter(is_behind).collect();
        behind.sort_by_key(|pinned| pinned.pin.order);
        let nowhere = PolicySource::embedded();
        for pinned in behind {
            read.push(ReadPolicy::pinned(&nowhere, pinned, &self.trust)?);
        }
        Ok(read)
    }

    fn load(&self, read: &[ReadPolicy]) -> Result<Vec<StackEntry>, RefusedPolicy> {
        read.iter().map(|policy| self.load_one(policy)).collect()
    }

    fn load_one(&self, policy: &ReadPolicy) -> Result<StackEntry, RefusedPolicy> {
        let name = policy.source.to_string();
        let component = self
            .component(&name, &policy.bytes)
            .map_err(|refusal| RefusedPolicy {
                policy: name,
                digest: Some(policy.digest),
                refusal,
            })?;
        Ok(StackEntry {
            component,
            settings: Arc::clone(&policy.settings),
            settings_digest: policy.settings_digest,
            source: policy.source.clone(),
            signature: policy.signature.clone(),
            pinned: policy.pinned.clone(),
        })
    }

    /// What is live is not compiled again.
    fn component(&self, name: &str, bytes: &[u8]) -> Result<Component, Refusal> {
        let digest = Digest::of(bytes);
        let mut live = self.live.iter().map(|entry| &entry.component);
        match live.find(|component| component.digest() == digest) {
            Some(known) => Ok(known.clone()),
            None => Component::load(&self.engine, name, bytes),
        }
    }
}

fn pins_of(stack: &[StackEntry]) -> Vec<Pinned> {
    let pins = stack.iter().filter_map(|entry| entry.pinned.clone());
    pins.collect()
}

/// The bytes of one policy, which are believed.
struct ReadPolicy {
    source: PolicySource,
    bytes: Vec<u8>,
    digest: Digest,
    settings: Arc<str>,
    settings_digest: Digest,
    signature: Option<Arc<str>>,
    pinned: Option<Pinned>,
}

impl ReadPolicy {
    fn read(source: &PolicySource, trust: &Trust) -> Result<Self, RefusedPolicy> {
        let refuse = |reason| RefusedPolicy {
            policy: source.to_string(),
            digest: None,
            refusal: Refusal {
                stage: Stage::Read,
                reason,
            },
        };
        let bytes = match &source.file {
            Some(file) => {
                fs::read(file).map_err(|error| refuse(format!("cannot read {file}: {error}")))?
            }
            None => embedded().to_vec(),
        };
        let digest = Digest::of(&bytes);
        let signature = read_signature(source, trust).map_err(refuse)?;
        let name = source.to_string();
        believe(
            trust,
            &name,
            (&bytes, signature.as_deref()),
            source.expected,
        )
        .map_err(|refusal| RefusedPolicy {
            policy: name,
            digest: Some(digest),
            refusal,
        })?;
        let settings = read_settings(&source.settings).map_err(refuse)?;
        Ok(Self {
            source: source.clone(),
            digest,
            bytes,
            settings_digest: Digest::of(settings.as_bytes()),
            settings,
            signature: signature.map(Into::into),
            pinned: None,
        })
    }
}

/// What lies beside a component. It is kept with it also where nobody asks for it: when somebody does one day, what is brought
/// back then has one. Then alone it matters that it can be read.
fn read_signature(source: &PolicySource, trust: &Trust) -> Result<Option<String>, String> {
    let Some(file) = &source.file else {
        return Ok(None);
    };
    match read_beside(file) {
        Err(error) if trust.asks_for_signature() => {
            Err(format!("cannot read the signature of {file}: {error}"))
        }
        read => Ok(read.unwrap_or_default()),
    }
}

/// Whether a component may come in, wherever it comes from. This is asked at each look, also of what is live: a key or a
/// signature that was taken away is seen now, and not at the next start.
fn believe(
    trust: &Trust,
    name: &str,
    (bytes, signature): (&[u8], Option<&str>),
    expected: Option<Digest>,
) -> Result<(), Refusal> {
    let decided = if bytes == embedded() {
        // It came with the daemon.
        Trust::default().decide(bytes, None, expected)
    } else {
        trust.decide(bytes, signature, expected)
    };
    decided.map(|_| ()).map_err(|distrust| Refusal {
        stage: Stage::Trust,
        reason: format!("{name} {distrust}"),
    })
}

/// The JSON text of the settings.
fn read_settings(source: &SettingsSource) -> Result<Arc<str>, String> {
    match source {
        SettingsSource::None => Ok(NO_SETTINGS.into()),
        SettingsSource::Inline(text) => Ok(Arc::clone(text)),
        SettingsSource::Beside(file) if !file.exists() => Ok(NO_SETTINGS.into()),
        SettingsSource::Beside(file) | SettingsSource::File(file) => read_settings_file(file),
    }
}

fn read_settings_file(file: &Utf8Path) -> Result<Arc<str>, String> {
    let read = || -> std::io::Result<Result<String, u64>> {
        let length = fs::metadata(file)?.len();
        if length > LARGEST_SETTINGS {
            return Ok(Err(length));
        }
        fs::read_to_string(file).map(Ok)
    };
    let text = match read() {
        Ok(Ok(text)) => text,
        Ok(Err(length)) => {
            return Err(format!(
                "the settings in {file} are {length} bytes long; {LARGEST_SETTINGS} are allowed"
            ));
        }
        Err(error) => return Err(format!("cannot read the settings in {file}: {error}")),
    };
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .map_err(|error| format!("the settings in {file} are not JSON: {error}"))?;
    Ok(text.into())
}
