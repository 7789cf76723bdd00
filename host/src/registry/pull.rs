//! A component of a registry, with all signatures that lie beside it. Nothing is written; nothing is believed.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use anyhow::{Context as _, bail};
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest,
};
use oci_client::{Reference, RegistryOperation};
use tokio::io::AsyncWrite;

use super::artifact::{COMPONENT, SIGNATURE};
use super::{Registry, said};
use crate::digest::Digest;
use crate::policy::COMPONENT_SIZE;
use crate::trust::signature::LARGEST;

/// Largest manifest: one of ours has less than 1,000 octets; the standard lets registries refuse those beyond 4 MiB.
const MANIFEST_SIZE: usize = 4 << 20;

/// The most signatures of one component that are looked at.
const MOST_SIGNATURES: usize = 16;

/// Kinds of manifests that are asked for: those of several are refused with a sentence.
const KINDS: &[&str] = &[
    OCI_IMAGE_MEDIA_TYPE,
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
];

/// What came of a registry.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// The component: at least it is what its manifest says.
    pub bytes: Vec<u8>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The signatures that lie beside it, unread.
    pub signatures: Vec<String>,
}

impl Registry {
    /// Pulls the component, and what lies beside it.
    ///
    /// # Errors
    /// The registry is away, slow, says no, or holds something else there.
    pub fn pull(&self) -> anyhow::Result<Pulled> {
        self.run(self.pull_all(), "pull from")
    }

    async fn pull_all(&self) -> anyhow::Result<Pulled> {
        self.client
            .auth(
                self.place.reference(),
                self.login.as_library(),
                RegistryOperation::Pull,
            )
            .await
            .map_err(said)?;
        let (manifest, digest) = self.pull_manifest(self.place.reference()).await?;
        if let Some(pinned) = self.place.pinned()
            && pinned != digest.to_string()
        {
            bail!("what is there has the digest {digest}, and {pinned} was asked for");
        }
        let layer = only_layer(&manifest, COMPONENT)?;
        let bytes = self.pull_layer(layer, COMPONENT_SIZE).await?;
        let signatures = self.pull_signatures(digest).await;
        Ok(Pulled {
            bytes,
            manifest: digest,
            signatures: signatures.context("pull the signatures")?,
        })
    }

    async fn pull_signatures(&self, subject: Digest) -> anyhow::Result<Vec<String>> {
        let pinned = self.place.at(subject);
        let listed = self.client.pull_referrers(&pinned, Some(SIGNATURE)).await;
        // A registry may list others, too: the standard lets it.
        let listed = listed.map_err(said)?.manifests;
        let ours = listed
            .iter()
            .filter(|entry| entry.artifact_type.as_deref() == Some(SIGNATURE));
        let mut signatures = Vec::new();
        for entry in ours.take(MOST_SIGNATURES) {
            let digest: Digest = entry.digest.parse()?;
            let (manifest, _) = self.pull_manifest(&self.place.at(digest)).await?;
            let layer = only_layer(&manifest, SIGNATURE)?;
            let bytes = self.pull_layer(layer, LARGEST).await?;
            signatures.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(signatures)
    }

    async fn pull_manifest(&self, place: &Reference) -> anyhow::Result<(OciImageManifest, Digest)> {
        let pulled = self
            .client
            .pull_manifest_raw(place, self.login.as_library(), KINDS);
        let (text, _) = pulled.await.map_err(said)?;
        if text.len() > MANIFEST_SIZE {
            bail!("the manifest has {} bytes; that is none", text.len());
        }
        let digest = Digest::of(&text);
        let manifest: OciImageManifest = serde_json::from_slice(&text)
            .context("read the manifest: it is none of one component")?;
        Ok((manifest, digest))
    }

    /// The bytes of a layer: as long as its manifest says, and with its digest.
    async fn pull_layer(&self, layer: &OciDescriptor, most: usize) -> anyhow::Result<Vec<u8>> {
        let digest: Digest = layer.digest.parse()?;
        let size = usize::try_from(layer.size).unwrap_or(usize::MAX);
        if size > most {
            bail!(
                "the layer {digest} has {size} bytes, more than the {most} that {} may have",
                layer.media_type
            );
        }
        // Elsewhere than in the registry we do not look: a manifest shall not send us anywhere.
        let here = OciDescriptor {
            urls: None,
            ..layer.clone()
        };
        let mut bytes = Bounded {
            bytes: Vec::with_capacity(size),
            most: size,
        };
        let pulled = self
            .client
            .pull_blob(self.place.reference(), &here, &mut bytes);
        pulled.await.map_err(said)?;
        let found = Digest::of(&bytes.bytes);
        if found != digest {
            bail!("the layer has the digest {found}, and its manifest says {digest}");
        }
        Ok(bytes.bytes)
    }
}

/// The layer of an artifact that has one, of this kind.
fn only_layer<'a>(manifest: &'a OciImageManifest, kind: &str) -> anyhow::Result<&'a OciDescriptor> {
    match manifest.layers.as_slice() {
        [layer] if layer.media_type == kind => Ok(layer),
        [layer] => bail!(
            "it holds {}, where {kind} is wanted",
            plain(&layer.media_type)
        ),
        layers => bail!(
            "it has {} layers of {}, where one of {kind} is wanted",
            layers.len(),
            plain(&manifest.config.media_type)
        ),
    }
}

/// A stranger's word, fit for a terminal.
fn plain(word: &str) -> String {
    word.chars()
        .filter(|letter| !letter.is_control())
        .take(100)
        .collect()
}

/// Takes so many octets, and no more.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.bytes.len() + octets.len() > self.most {
            return Poll::Ready(Err(io::Error::other(
                "the registry sends more than the manifest says",
            )));
        }
        self.bytes.extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
