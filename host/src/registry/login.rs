//! As whom a registry is asked: as was said, else as `docker login` or `podman login` left it, else as nobody.

use anyhow::{Context as _, bail};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;

/// A user of a registry, or nobody.
#[derive(Debug, Clone)]
pub struct Login(RegistryAuth);

impl Login {
    /// This user.
    #[must_use]
    pub const fn of(name: String, password: String) -> Self {
        Self(RegistryAuth::Basic(name, password))
    }

    /// Whom others logged in at this host; nobody, where nobody did.
    ///
    /// # Errors
    /// Somebody did, and it cannot be read.
    pub fn kept(host: &str) -> anyhow::Result<Self> {
        for look in [
            docker_credential::get_credential,
            docker_credential::get_podman_credential,
        ] {
            match look(host) {
                Ok(DockerCredential::UsernamePassword(name, password)) => {
                    return Ok(Self::of(name, password));
                }
                Ok(DockerCredential::IdentityToken(_)) => bail!(
                    "the login at {host} is a token that only `docker` can use; name `--username` and `--password-file`"
                ),
                Err(
                    CredentialRetrievalError::ConfigNotFound
                    | CredentialRetrievalError::ConfigReadError
                    | CredentialRetrievalError::NoCredentialConfigured,
                ) => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("read the login at {host}"));
                }
            }
        }
        Ok(Self(RegistryAuth::Anonymous))
    }

    pub(super) const fn as_library(&self) -> &RegistryAuth {
        &self.0
    }
}
