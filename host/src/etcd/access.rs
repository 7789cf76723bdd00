//! Who asks an etcd: a user with a password, a certificate, or nobody in particular; and which authority is trusted.
//!
//! Files are read for each connection: certificates and passwords are renewed while the daemon runs.

use std::fs;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

/// What the configuration says of how an etcd is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EtcdAccess {
    /// The certificate of the authority that signs the members'; over https, none is trusted without.
    pub authority: Option<Utf8PathBuf>,
    /// The certificate that is shown.
    pub certificate: Option<Utf8PathBuf>,
    /// Its key, where it is not in the same file.
    pub key: Option<Utf8PathBuf>,
    /// Who asks, where etcd has users.
    pub user: Option<String>,
    /// Holds the user's password.
    pub password: Option<Utf8PathBuf>,
}

impl EtcdAccess {
    /// For a connection with TLS. The name that the member's certificate must have is the host's.
    pub(super) fn tls(&self) -> anyhow::Result<ClientTlsConfig> {
        let Some(authority) = &self.authority else {
            bail!(
                "an etcd over https needs `etcd.ca`, the certificate of the authority that signs its members'"
            );
        };
        let certificate = read(authority, "the authority's certificate")?;
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(certificate));
        let Some(certificate) = &self.certificate else {
            return Ok(tls);
        };
        // One file may hold both.
        let key = self.key.as_ref().unwrap_or(certificate);
        let identity =
            Identity::from_pem(read(certificate, "the certificate")?, read(key, "the key")?);
        Ok(tls.identity(identity))
    }

    /// Name and password, where etcd has users.
    pub(super) fn user(&self) -> anyhow::Result<Option<(String, String)>> {
        let Some(user) = &self.user else {
            return Ok(None);
        };
        let Some(path) = &self.password else {
            bail!("the user `{user}` of etcd needs `etcd.password-file`");
        };
        let password =
            fs::read_to_string(path).with_context(|| format!("read the password in {path}"))?;
        let password = password.trim_end_matches(['\n', '\r']).to_owned();
        Ok(Some((user.clone(), password)))
    }
}

fn read(path: &Utf8PathBuf, what: &str) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("read {what} in {path}"))
}
