//! An agent over the network: TLS, where both sides show who they are. The agent's certificate is signed by its cluster's
//! own authority (`system/sec/ca`), so that is the one that is trusted, and no other: the system's are not asked.
//!
//! Files are read for each connection: certificates and tokens are renewed while the daemon runs.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use camino::Utf8Path;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::source::AgentAccess;

/// A connection on which the agent has proven who it is.
pub(super) async fn connect(
    host: &str,
    port: u16,
    access: &AgentAccess,
) -> anyhow::Result<TlsStream<TcpStream>> {
    let configuration = configuration(access)?;
    let name = ServerName::try_from(host.to_owned())
        .with_context(|| format!("take `{host}` for the name of an agent"))?;
    let stream = TcpStream::connect((host, port))
        .await
        .with_context(|| format!("connect to {host} port {port}"))?;
    TlsConnector::from(Arc::new(configuration))
        .connect(name, stream)
        .await
        .with_context(|| format!("agree with {host} on TLS"))
}

fn configuration(access: &AgentAccess) -> anyhow::Result<ClientConfig> {
    let Some(authority) = &access.authority else {
        bail!("an agent over https needs `opensvc.ca`, the certificate of its cluster's authority");
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots
            .add(certificate)
            .with_context(|| format!("trust {authority}"))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("choose versions of TLS")?
        .with_root_certificates(roots);
    let Some(certificate) = &access.certificate else {
        return Ok(builder.with_no_client_auth());
    };
    // One file may hold both.
    let key = access.key.as_ref().unwrap_or(certificate);
    let secret = PrivateKeyDer::from_pem_file(key.as_std_path())
        .with_context(|| format!("read the key in {key}"))?;
    builder
        .with_client_auth_cert(certificates(certificate)?, secret)
        .with_context(|| format!("show {certificate} with the key in {key}"))
}

fn certificates(path: &Utf8Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path.as_std_path()).and_then(Iterator::collect);
    let certificates: Vec<_> = read.with_context(|| format!("read the certificates in {path}"))?;
    if certificates.is_empty() {
        bail!("{path} holds no certificate");
    }
    Ok(certificates)
}
