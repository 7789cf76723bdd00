//! Components in registries of containers: pushed once, pulled to each node, by the library of those who keep `oras`.
//!
//! ```text
//!  push   signature: layer, manifest with the component's as `subject`, index of referrers  →  component: layer, config  →  manifest, tag
//!  pull   manifest (of the tag, or pinned)  →  layer, by its digest  →  referrers  →  signatures  →  handed to who asked
//! ```
//!
//! The layout is that of the WebAssembly tools (decision 0062), so theirs can pull what ours pushed, and ours what theirs
//! did. The tag is set last: whoever pulls it finds the signature there, too.
//!
//! Nothing here is believed. Whatever a registry says is bounded in size and time and held against digests; what comes out
//! is bytes, which their receiver decides about before it writes a file. The daemon never asks a registry: names must not wait
//! for one.
//!
//! Rooms: [`artifact`] what is stored, and how it is called; [`place`] where; [`login`] as whom; `push`, `pull`.

pub mod artifact;
pub mod login;
pub mod place;
mod pull;
mod push;

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use camino::Utf8PathBuf;
use oci_client::Client;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_client::errors::OciDistributionError;

pub use self::login::Login;
pub use self::place::Place;
pub use self::pull::Pulled;
pub use self::push::Pushed;

/// How long a connection may take to come about.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// How long a registry may say nothing in the middle of an answer.
const SILENCE_PATIENCE: Duration = Duration::from_secs(20);

const USER_AGENT: &str = concat!("zonesmith/", env!("CARGO_PKG_VERSION"));

/// How a registry is reached.
#[derive(Debug)]
pub struct Way {
    /// Whether it is asked without TLS.
    pub is_plain: bool,
    /// The certificate of an authority, PEM, that is trusted beside the system's.
    pub authority: Option<Utf8PathBuf>,
    /// As whom.
    pub login: Login,
    /// How long all of it may take.
    pub patience: Duration,
}

/// A registry, at one place in it.
pub struct Registry {
    client: Client,
    place: Place,
    login: Login,
    patience: Duration,
}

impl Registry {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// The authority's certificate cannot be read, or there are no certificates of authorities at all.
    pub fn new(place: Place, way: Way) -> anyhow::Result<Self> {
        let Way {
            is_plain,
            authority,
            login,
            patience,
        } = way;
        // Another part of the process may have chosen already; it chose the same.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        // The library ends the process where there are none.
        if rustls_native_certs::load_native_certs().certs.is_empty() {
            return Err(anyhow!(
                "this machine has no certificates of authorities: install `ca-certificates`, or name a file of them in SSL_CERT_FILE"
            ));
        }
        let mut extra_root_certificates = Vec::new();
        if let Some(path) = authority {
            let data = std::fs::read(&path).with_context(|| format!("read {path}"))?;
            let encoding = CertificateEncoding::Pem;
            extra_root_certificates.push(Certificate { encoding, data });
        }
        let client = Client::try_from(ClientConfig {
            protocol: if is_plain {
                ClientProtocol::Http
            } else {
                ClientProtocol::Https
            },
            extra_root_certificates,
            platform_resolver: None,
            connect_timeout: Some(CONNECT_PATIENCE),
            read_timeout: Some(SILENCE_PATIENCE),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        })
        .context("prepare to ask a registry")?;
        Ok(Self {
            client,
            place,
            login,
            patience,
        })
    }

    /// Waits for a work of the registry's, but not for ever.
    fn run<Done>(
        &self,
        work: impl Future<Output = anyhow::Result<Done>>,
        what: &str,
    ) -> anyhow::Result<Done> {
        let place = &self.place;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start the runtime")?;
        let done = runtime.block_on(async { tokio::time::timeout(self.patience, work).await });
        match done {
            Ok(done) => done.with_context(|| format!("{what} {place}")),
            Err(_) => Err(anyhow!(
                "{what} {place}: it was not done within {} s, see `--timeout`",
                self.patience.as_secs()
            )),
        }
    }
}

/// What a registry said no with, in words of ours where the library's are for programmers.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's errors have no end; those that are not named here are told as it tells them"
)]
fn said(error: OciDistributionError) -> anyhow::Error {
    /// As much of a page as helps.
    const SHOWN: usize = 200;
    let plain = |text: &str| -> String {
        let letters = text
            .chars()
            .map(|one| if one.is_control() { ' ' } else { one });
        letters.take(SHOWN).collect()
    };
    let code = match &error {
        OciDistributionError::ServerError { code, .. } => Some(*code),
        OciDistributionError::UnauthorizedError { .. }
        | OciDistributionError::AuthenticationFailure(_) => Some(401),
        OciDistributionError::RequestError(error) => error.status().map(|status| status.as_u16()),
        OciDistributionError::ImageManifestNotFoundError(_) => Some(404),
        _ => None,
    };
    if let Some(401 | 403) = code {
        return anyhow!(
            "the registry does not let us: log in with `docker login` or `podman login`, or name `--username`"
        );
    }
    if let OciDistributionError::ServerError { code, message, .. } = &error {
        return anyhow!("the registry answers {code} {}", plain(message));
    }
    if let OciDistributionError::RegistryError { envelope, .. } = &error {
        return anyhow!("the registry answers {}", plain(&envelope.to_string()));
    }
    if code == Some(404) {
        return anyhow!("the registry answers 404: it has nothing there");
    }
    anyhow!(error)
}
