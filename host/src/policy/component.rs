//! From bytes to a component that is proven as far as it can be without a cluster.
//!
//! Everything that can be wrong with a file is found here, in an order that gives the plainest sentence: what kind of file,
//! which contract, which imports, which types, and whether it comes to life and says what it is. A core module, the usual
//! mistake, would be refused by the compiler too, but in words that help nobody.

use std::fmt;
use std::sync::Arc;

use super::contract::{Contract, Linked};
use super::limits::COMPONENT_SIZE;
use super::session::Session;
use super::{Description, Engine, Failure, Refusal, Stage, imports};
use crate::digest::Digest;

/// A policy that was compiled, linked, brought to life once and asked what it is. Cheap to clone.
#[derive(Clone)]
pub struct Component(Arc<Proven>);

struct Proven {
    engine: Engine,
    contract: Contract,
    linked: Linked,
    /// Its name in the log.
    policy: Arc<str>,
    digest: Digest,
    /// What it was made of: its file may hold something else by now.
    bytes: Box<[u8]>,
    compiled_size: usize,
    description: Description,
}

impl Component {
    /// Proves `bytes`, which messages call `name`: a path, or [`EMBEDDED`](super::EMBEDDED). Takes 50 ms for a policy in Rust,
    /// seconds for one with an interpreter in it.
    ///
    /// # Errors
    ///
    /// A refusal at stage compile, contract, link, instantiate or describe.
    pub fn load(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let component = compile(engine, name, bytes)?;
        let kind = component.component_type();
        let image = component.image_range();
        let contract = Contract::pick(
            name,
            kind.exports(engine.wasmtime()).map(|(export, _)| export),
        )?;
        imports::check(name, contract, engine.wasmtime(), &kind)?;
        let linked = contract
            .link(engine.wasmtime(), &component)
            .map_err(|error| Refusal {
                stage: Stage::Link,
                reason: format!("{name} does not fit its contract: {error:#}"),
            })?;

        let refuse = |stage| {
            move |failure: Failure| Refusal {
                stage,
                reason: format!("{name}: {failure}"),
            }
        };
        let mut session =
            Session::open(engine, &linked, &Arc::from(name)).map_err(refuse(Stage::Instantiate))?;
        let description = session.describe().map_err(refuse(Stage::Describe))?;
        check(name, &description)?;
        let policy = Arc::from(&*description.name);
        Ok(Self(Arc::new(Proven {
            engine: engine.clone(),
            contract,
            linked,
            policy,
            digest: Digest::of(bytes),
            bytes: bytes.into(),
            compiled_size: image.end.addr().saturating_sub(image.start.addr()),
            description,
        })))
    }

    /// The digest of the bytes it was made of.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The bytes it was made of.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The contract it speaks, without the part of the version that breaks nothing: `zonesmith:policy@1`.
    #[must_use]
    pub fn contract(&self) -> &'static str {
        self.0.contract.as_str()
    }

    /// What it says it is.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// Asks a fresh instance what it is, again.
    ///
    /// # Errors
    ///
    /// A failure, if it does not say this time.
    pub fn describe_again(&self) -> Result<Description, Failure> {
        self.open()?.describe()
    }

    /// Octets of machine code that were made of it, with its initial memory.
    #[must_use]
    pub fn compiled_size(&self) -> usize {
        self.0.compiled_size
    }

    /// Whether it also chooses which records a client is given.
    #[must_use]
    pub fn selects(&self) -> bool {
        self.0.linked.selects()
    }

    /// A new instance, not yet configured.
    ///
    /// # Errors
    ///
    /// A failure, if it does not come to life this time.
    pub(super) fn open(&self) -> Result<Session, Failure> {
        Session::open(&self.0.engine, &self.0.linked, &self.0.policy)
    }
}

/// By what cannot be mistaken; it is too large to be printed.
impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Component({} {})", self.0.policy, self.0.digest.short())
    }
}

fn compile(
    engine: &Engine,
    name: &str,
    bytes: &[u8],
) -> Result<wasmtime::component::Component, Refusal> {
    let refuse = |reason: String| Refusal {
        stage: Stage::Compile,
        reason,
    };
    match Kind::of(bytes) {
        Kind::Component => {}
        Kind::CoreModule => {
            return Err(refuse(format!(
                "{name} is a core module, not a component; make a component of it with `zonesmith policy build` or `wasm-tools \
                 component new`"
            )));
        }
        Kind::Text => {
            return Err(refuse(format!(
                "{name} is WebAssembly text; make a component of it with `wasm-tools parse`"
            )));
        }
        Kind::Empty => return Err(refuse(format!("{name} is empty"))),
        Kind::Other => return Err(refuse(format!("{name} is no WebAssembly component"))),
    }
    if bytes.len() > COMPONENT_SIZE {
        return Err(refuse(format!(
            "{name} has {} MiB, more than the {} a component may have; strip it of debug information",
            bytes.len() >> 20,
            COMPONENT_SIZE >> 20
        )));
    }
    wasmtime::component::Component::new(engine.wasmtime(), bytes).map_err(|error| {
        refuse(format!(
            "{name} cannot be compiled, it is damaged or cut off: {error:#}"
        ))
    })
}

/// What kind of file it is, by its first octets.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Component,
    CoreModule,
    Text,
    Empty,
    Other,
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        // The preamble is the magic number, a version and a layer, sixteen bits each: 1 and 0 of a core module, 13 and 1 of a
        // component. A cut-off preamble is left to the compiler to complain about.
        match bytes {
            [] => Self::Empty,
            [0, b'a', b's', b'm', _, _, 0, 0, ..] => Self::CoreModule,
            [0, b'a', b's', b'm', ..] => Self::Component,
            _ if bytes.trim_ascii_start().starts_with(b"(") => Self::Text,
            _ => Self::Other,
        }
    }
}

/// Whether a description can be shown and relied on.
fn check(name: &str, description: &Description) -> Result<(), Refusal> {
    let refuse = |what: &str| {
        Err(Refusal {
            stage: Stage::Describe,
            reason: format!("{name}: `describe` gives {what}"),
        })
    };
    if description.name.trim().is_empty() {
        return refuse("no name");
    }
    if description.rules.len() > 1 << 16 {
        return refuse("more than 65,536 rules");
    }
    let schema = description.settings_schema.trim();
    if !schema.is_empty()
        && serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(schema).is_err()
    {
        return refuse("a settings schema that is no JSON object");
    }
    Ok(())
}
