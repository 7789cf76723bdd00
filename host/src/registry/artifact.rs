//! What is stored in a registry: the layout of the WebAssembly tools for the component, and beside it its signatures.
//!
//! Manifests are written by hand, as the standard's words: what is pushed twice is the same bytes twice.

use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use serde::Serialize;

use crate::digest::Digest;
use crate::kit::anatomy::Anatomy;

/// A component, as it is.
pub(super) const COMPONENT: &str = "application/wasm";
/// What is said of it.
pub(super) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A signature of minisign's: the type of the artifact, and of its layer.
pub(super) const SIGNATURE: &str = "application/vnd.zonesmith.policy.signature.v1";
/// The standard's word for no config, and what it is.
pub(super) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(super) const EMPTY_TEXT: &[u8] = b"{}";

/// The standard's word for the name of a file, by which others write it.
const TITLE: &str = "org.opencontainers.image.title";

/// When it was made. Readers want a time; the same component is to be the same config, so it is none that passes.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// Some bytes of a registry, and what they are.
pub(super) struct Blob {
    pub(super) bytes: Vec<u8>,
    pub(super) descriptor: OciDescriptor,
}

impl Blob {
    pub(super) fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        let descriptor = OciDescriptor {
            media_type: media_type.to_owned(),
            digest: Digest::of(&bytes).to_string(),
            // A component of 2^63 octets is none.
            size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            ..OciDescriptor::default()
        };
        Self { bytes, descriptor }
    }

    fn titled(mut self, name: &str) -> Self {
        let annotations = [(TITLE.to_owned(), name.to_owned())];
        self.descriptor.annotations = Some(annotations.into());
        self
    }
}

/// The parts of one artifact.
pub(super) struct Artifact {
    pub(super) config: Blob,
    pub(super) layer: Blob,
    pub(super) manifest: Blob,
}

/// What the WebAssembly tools say of a component.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'static str,
    architecture: &'static str,
    /// Their word for "a component".
    os: &'static str,
    layer_digests: [Digest; 1],
    component: Interfaces<'a>,
}

#[derive(Serialize)]
struct Interfaces<'a> {
    exports: &'a [String],
    imports: &'a [String],
    target: Option<&'a str>,
}

/// A component, called `name` by who pulls it with other tools.
pub(super) fn component(
    bytes: &[u8],
    anatomy: &Anatomy,
    name: &str,
) -> Result<Artifact, serde_json::Error> {
    let config = serde_json::to_vec(&Config {
        created: CREATED,
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [anatomy.digest],
        component: Interfaces {
            exports: &anatomy.exports,
            imports: &anatomy.imports,
            target: None,
        },
    })?;
    let layer = Blob::new(COMPONENT, bytes.to_vec()).titled(&format!("{name}.wasm"));
    Artifact::of(Blob::new(CONFIG, config), layer, None)
}

/// A signature of the component whose manifest is `subject`.
pub(super) fn signature(
    text: &str,
    name: &str,
    subject: &OciDescriptor,
) -> Result<Artifact, serde_json::Error> {
    let config = Blob::new(EMPTY, EMPTY_TEXT.to_vec());
    let layer =
        Blob::new(SIGNATURE, text.as_bytes().to_vec()).titled(&format!("{name}.wasm.minisig"));
    Artifact::of(config, layer, Some(subject.clone()))
}

impl Artifact {
    fn of(
        config: Blob,
        layer: Blob,
        subject: Option<OciDescriptor>,
    ) -> Result<Self, serde_json::Error> {
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
            artifact_type: subject.is_some().then(|| SIGNATURE.to_owned()),
            config: config.descriptor.clone(),
            layers: vec![layer.descriptor.clone()],
            subject,
            ..OciImageManifest::default()
        };
        let text = serde_json::to_vec(&manifest)?;
        Ok(Self {
            manifest: Blob::new(OCI_IMAGE_MEDIA_TYPE, text),
            config,
            layer,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::embedded;

    #[test]
    fn a_component_has_the_layout_of_the_webassembly_tools() {
        let anatomy = Anatomy::of(embedded()).unwrap();
        let made = component(embedded(), &anatomy, "site").unwrap();
        let again = component(embedded(), &anatomy, "site").unwrap();
        assert_eq!(made.manifest.bytes, again.manifest.bytes, "no time in it");
        let manifest: Value = serde_json::from_slice(&made.manifest.bytes).unwrap();
        let layer = &manifest["layers"][0];
        assert_eq!(
            manifest,
            json!({
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {
                    "mediaType": "application/vnd.wasm.config.v0+json",
                    "digest": Digest::of(&made.config.bytes),
                    "size": made.config.bytes.len(),
                },
                "layers": [{
                    "mediaType": "application/wasm",
                    "digest": Digest::of(embedded()),
                    "size": embedded().len(),
                    "annotations": { "org.opencontainers.image.title": "site.wasm" },
                }],
            })
        );
        let config: Value = serde_json::from_slice(&made.config.bytes).unwrap();
        assert_eq!(config["layerDigests"][0], layer["digest"], "{config}");
        for (key, value) in [("architecture", "wasm"), ("os", "wasip2")] {
            assert_eq!(config[key], value, "{config}");
        }
        let exports = config["component"]["exports"][0].as_str().unwrap();
        assert!(exports.starts_with("zonesmith:policy/naming@"), "{config}");
    }

    #[test]
    fn a_signature_names_its_subject() {
        let subject = Blob::new(OCI_IMAGE_MEDIA_TYPE, b"m".to_vec()).descriptor;
        let made = signature("s\n", "site", &subject).unwrap();
        let manifest: Value = serde_json::from_slice(&made.manifest.bytes).unwrap();
        assert_eq!(manifest["subject"]["digest"], Digest::of(b"m").to_string());
        assert_eq!(manifest["artifactType"], SIGNATURE);
        assert_eq!(manifest["config"]["digest"], Digest::of(b"{}").to_string());
    }
}
