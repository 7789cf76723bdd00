//! What a component is, from its bytes alone: nothing of it runs, so that what the daemon refuses can be looked at, too.

use anyhow::Context as _;
use serde::Serialize;
use wit_component::DecodedWasm;

use crate::digest::Digest;

/// The package of the contract.
const CONTRACT: &str = "zonesmith:policy";

/// The interface that every policy exports.
const NAMING: &str = "/naming@";

/// A component from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Anatomy {
    /// Octets.
    pub size: usize,
    /// Of the bytes.
    pub digest: Digest,
    /// The contract it speaks, with its version; none: it is no policy.
    pub contract: Option<String>,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// The interfaces it exports.
    pub exports: Vec<String>,
}

impl Anatomy {
    /// Reads a component.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn of(bytes: &[u8]) -> anyhow::Result<Self> {
        let DecodedWasm::Component(resolve, world) =
            wit_component::decode(bytes).context("read the component")?
        else {
            anyhow::bail!("it is a package of interfaces, no component");
        };
        let world = resolve
            .worlds
            .get(world)
            .context("the component has no world")?;
        let imports = world.imports.keys().map(|key| resolve.name_world_key(key));
        let exports = world.exports.keys().map(|key| resolve.name_world_key(key));
        let exports: Vec<_> = exports.collect();
        let naming = exports.iter().find_map(|export| {
            let version = export.strip_prefix(CONTRACT)?.strip_prefix(NAMING)?;
            Some(format!("{CONTRACT}@{version}"))
        });
        Ok(Self {
            size: bytes.len(),
            digest: Digest::of(bytes),
            contract: naming,
            imports: imports.collect(),
            exports,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::embedded;

    #[test]
    fn the_embedded_policy_exports_its_contract() {
        let Anatomy {
            size,
            digest,
            contract,
            imports: _,
            exports,
        } = Anatomy::of(embedded()).unwrap();
        assert_eq!((size, digest), (embedded().len(), Digest::of(embedded())));
        let contract = contract.unwrap();
        let version = contract.strip_prefix("zonesmith:policy@").unwrap();
        assert_eq!(exports, [format!("zonesmith:policy/naming@{version}")]);
    }

    #[test]
    fn what_is_no_component_is_no_policy() {
        assert!(Anatomy::of(b"nonsense").is_err());
        let empty = Anatomy::of(b"\0asm\x0d\0\x01\0").unwrap();
        assert_eq!((empty.contract, empty.exports), (None, Vec::new()));
    }
}
