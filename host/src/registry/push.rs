//! A component to a registry, with its signature beside it.

use anyhow::Context as _;
use hyper::header::HeaderValue;
use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex,
};
use oci_client::{Reference, RegistryOperation};

use super::artifact::{self, Artifact, Blob, SIGNATURE};
use super::{Registry, said};
use crate::digest::Digest;
use crate::kit::anatomy::Anatomy;

/// What is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of the component's manifest: what a place is pinned to.
    pub manifest: Digest,
}

impl Registry {
    /// Pushes a component, and a signature if there is one. The tag names it only when all of it is there.
    ///
    /// # Errors
    /// The registry is away or says no. The tag stays what it was.
    pub fn push(
        &self,
        bytes: &[u8],
        anatomy: &Anatomy,
        signature: Option<&str>,
    ) -> anyhow::Result<Pushed> {
        self.run(self.push_all(bytes, anatomy, signature), "push to")
    }

    async fn push_all(
        &self,
        bytes: &[u8],
        anatomy: &Anatomy,
        signature: Option<&str>,
    ) -> anyhow::Result<Pushed> {
        self.client
            .auth(
                self.place.reference(),
                self.login.as_library(),
                RegistryOperation::Push,
            )
            .await
            .map_err(said)?;
        let name = self.place.name();
        let component = artifact::component(bytes, anatomy, name).context("write the manifest")?;
        if let Some(text) = signature {
            self.push_signature(text, name, &component.manifest.descriptor)
                .await
                .context("push the signature")?;
        }
        self.push_artifact(&component, self.place.reference())
            .await?;
        Ok(Pushed {
            manifest: Digest::of(&component.manifest.bytes),
        })
    }

    async fn push_signature(
        &self,
        text: &str,
        name: &str,
        subject: &OciDescriptor,
    ) -> anyhow::Result<()> {
        let made = artifact::signature(text, name, subject).context("write the manifest")?;
        // A tag of its own, so that a registry that sweeps what has none does not sweep it.
        let tag = format!("{}.minisig", tag_of(subject));
        self.push_artifact(&made, &self.place.tagged(tag)).await?;

        // A registry that knows of referrers lists it by itself. For one that does not, the standard has the client keep the
        // list, under a tag.
        let pinned = self
            .place
            .reference()
            .clone_with_digest(subject.digest.clone());
        let mut index = self
            .client
            .pull_referrers(&pinned, None)
            .await
            .map_err(said)?;
        let is_listed = |entry: &ImageIndexEntry| entry.digest == made.manifest.descriptor.digest;
        if index.manifests.iter().any(is_listed) {
            return Ok(());
        }
        index.manifests.push(ImageIndexEntry {
            media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(),
            digest: made.manifest.descriptor.digest.clone(),
            size: made.manifest.descriptor.size,
            platform: None,
            annotations: None,
            artifact_type: Some(SIGNATURE.to_owned()),
        });
        let list = OciImageIndex {
            schema_version: 2,
            media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
            ..index
        };
        let list = Blob::new(
            OCI_IMAGE_INDEX_MEDIA_TYPE,
            serde_json::to_vec(&list).context("write the list of signatures")?,
        );
        self.push_manifest(&list, &self.place.tagged(tag_of(subject)))
            .await
            .context("list the signature")
    }

    /// Its parts, then its manifest.
    async fn push_artifact(&self, artifact: &Artifact, place: &Reference) -> anyhow::Result<()> {
        for blob in [&artifact.config, &artifact.layer] {
            let digest = &blob.descriptor.digest;
            let is_there = self.client.blob_exists(place, digest).await;
            if is_there.map_err(said)? {
                continue;
            }
            let pushed = self.client.push_blob(place, blob.bytes.clone(), digest);
            pushed.await.map_err(said)?;
        }
        self.push_manifest(&artifact.manifest, place).await
    }

    async fn push_manifest(&self, manifest: &Blob, place: &Reference) -> anyhow::Result<()> {
        let kind = HeaderValue::from_str(&manifest.descriptor.media_type)
            .context("name the kind of manifest")?;
        let pushed = self
            .client
            .push_manifest_raw(place, manifest.bytes.clone(), kind);
        pushed.await.map(|_| ()).map_err(said)
    }
}

/// The tag of what refers to a manifest: its digest, in letters that a tag may have.
fn tag_of(subject: &OciDescriptor) -> String {
    subject.digest.replace(':', "-")
}
