//! An agent over the network: both sides show who they are.

use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use super::server::{Answers, answer, status};
use super::{DEADLINE, Duration, Listener, Patience, patience, said, timeout, whole};
use crate::source::AgentAccess;
use crate::source::opensvc::AgentAddress;

fn fixture(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/tls")
        .join(name)
}

/// Whether the agent wants a certificate of its clients.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Nothing,
    Certificate,
}

/// An agent on a port of its own, and what it is asked.
async fn agent(wants: Wants) -> (u16, mpsc::UnboundedReceiver<String>) {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if wants == Wants::Certificate {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(fixture("ca.pem")).unwrap())
            .unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let chain = vec![CertificateDer::from_pem_file(fixture("agent.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(fixture("agent.pem")).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = Arc::new(Mutex::new(Answers {
        status: status("02-created-down"),
        networks: None,
        subnets: None,
        streams: vec![whole("04-start-web")],
    }));
    let (tell, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answers, tell) = (acceptor.clone(), Arc::clone(&answers), tell.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, answers, tell).await;
                }
            });
        }
    });
    (port, asked)
}

fn at(host: &str, port: u16) -> AgentAddress {
    AgentAddress::Network {
        host: host.to_owned(),
        port,
    }
}

#[tokio::test]
async fn an_agent_over_the_network_is_followed_with_a_token_or_a_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let token = Utf8PathBuf::from_path_buf(directory.path().join("token")).unwrap();
    std::fs::write(&token, "abc.def.ghi\n").unwrap();
    let trusting = AgentAccess {
        authority: Some(fixture("ca.pem")),
        ..AgentAccess::default()
    };
    let with_token = AgentAccess {
        token: Some(token),
        ..trusting.clone()
    };
    let with_certificate = AgentAccess {
        certificate: Some(fixture("client.pem")),
        key: Some(fixture("client.key")),
        ..trusting
    };
    for (host, wants, access, shown) in [
        (
            "localhost",
            Wants::Nothing,
            with_token,
            " with Bearer abc.def.ghi",
        ),
        ("127.0.0.1", Wants::Certificate, with_certificate, ""),
    ] {
        let (port, mut asked) = agent(wants).await;
        let mut listener = Listener::follow(at(host, port), access, patience());
        let wanted = said(&status("04-start-web"));
        listener
            .until(|listener| listener.addresses() == wanted)
            .await;
        assert_eq!(
            asked.recv().await.unwrap(),
            format!("{}{shown}", zonesmith_cluster::Agent::STATUS)
        );
    }
}

#[tokio::test]
async fn an_agent_that_cannot_prove_who_it_is_is_told_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let token = Utf8PathBuf::from_path_buf(directory.path().join("token")).unwrap();
    std::fs::write(&token, "secret").unwrap();
    let access = |authority: Option<&str>| AgentAccess {
        authority: authority.map(fixture),
        token: Some(token.clone()),
        ..AgentAccess::default()
    };
    for (authority, words) in [
        (Some("stranger.pem"), "agree with localhost on TLS"),
        (None, "needs `opensvc.ca`"),
        (Some("README.md"), "holds no certificate"),
        (Some("nowhere.pem"), "nowhere.pem"),
    ] {
        let (port, mut asked) = agent(Wants::Nothing).await;
        let mut listener = Listener::follow(at("localhost", port), access(authority), patience());
        listener.until(|listener| listener.trouble.is_some()).await;
        let trouble = listener.trouble.clone().unwrap();
        assert!(trouble.contains(words), "{authority:?}: {trouble}");
        assert!(asked.try_recv().is_err(), "{authority:?}");
    }
}

#[tokio::test]
async fn an_agent_that_refuses_the_client_says_so() {
    let access = AgentAccess {
        authority: Some(fixture("ca.pem")),
        ..AgentAccess::default()
    };
    let (port, _asked) = agent(Wants::Certificate).await;
    let mut listener = Listener::follow(at("localhost", port), access, patience());
    listener.until(|listener| listener.trouble.is_some()).await;
    assert!(listener.state.services.is_empty());
}

#[tokio::test]
async fn a_token_that_is_renewed_is_shown_at_the_next_connection() {
    let directory = tempfile::tempdir().unwrap();
    let token = Utf8PathBuf::from_path_buf(directory.path().join("token")).unwrap();
    std::fs::write(&token, "old").unwrap();
    let access = AgentAccess {
        authority: Some(fixture("ca.pem")),
        token: Some(token.clone()),
        ..AgentAccess::default()
    };
    let impatient = Patience {
        silence: Duration::from_millis(200),
        ..patience()
    };
    let (port, mut asked) = agent(Wants::Nothing).await;
    let _listener = Listener::follow(at("localhost", port), access, impatient);
    let first = asked.recv().await.unwrap();
    assert!(first.ends_with(" with Bearer old"), "{first}");
    std::fs::write(&token, "new").unwrap();
    // The stream falls silent, and the daemon comes again.
    let renewed = timeout(DEADLINE, async {
        while !asked.recv().await.unwrap().ends_with(" with Bearer new") {}
    });
    renewed.await.unwrap();
}
