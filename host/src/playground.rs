//! The playground's page, served to the browser of one person: what a policy does with a cluster, tried beside the daemon.
//!
//! A browser runs what any site tells it to, and other users of the machine reach its loopback too. So an answer takes two
//! things: the name it was asked under is one of loopback (a site whose name was made to point here asks under its own,
//! which is DNS rebinding), and the path begins with a token that nobody can guess. Nothing is ever changed by a request, and
//! no path of a file is made from one.
//!
//! The state of a daemon is read from its admin socket, anew for each request, and handed on as it is said there.
//!
//! Rooms: `page` the files, `door` who may ask, `live` what a daemon says.

mod door;
mod live;
pub mod page;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

pub use self::door::Token;
pub use self::live::Live;
use self::page::{Asset, Page};

/// The service worker, which keeps the page for a time without network: under a token it would outlive what it belongs to.
const OFFLINE: &str = "offline.js";

/// What a page may do, whatever is in it: run its own scripts and the components it is given, and ask nobody but us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self' blob: data:; \
     manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of every answer. The address holds the token: it is told to nobody, and nobody frames or embeds what is here.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What is served.
pub struct Playground {
    /// The files.
    pub page: Page,
    /// The daemon, if one is asked.
    pub live: Option<Live>,
    /// What every path begins with.
    pub token: Token,
}

impl Playground {
    /// What a person opens, where the page is served on `address`.
    #[must_use]
    pub fn address(&self, address: SocketAddr) -> String {
        let view = if self.live.is_some() { "#live" } else { "" };
        format!("http://{address}/{}/{view}", self.token.text())
    }

    async fn answer(&self, request: &Parts) -> Response {
        let path = match door::admit(&self.token, request) {
            Ok(path) => path,
            Err(refused) => return refused.into_response(),
        };
        if request.method != Method::GET && request.method != Method::HEAD {
            let sentence = "nothing here is changed\n";
            let allowed = [(header::ALLOW, "GET, HEAD")];
            return (StatusCode::METHOD_NOT_ALLOWED, allowed, sentence).into_response();
        }
        if let Some(wanted) = path.strip_prefix("live/") {
            return live::answer(self.live.as_ref(), wanted).await;
        }
        let name = if path.is_empty() { "index.html" } else { path };
        match self.page.find(name) {
            Some(asset) if name != OFFLINE => file(asset, &request.headers).await,
            Some(_) | None => {
                (StatusCode::NOT_FOUND, "the page has no such file\n").into_response()
            }
        }
    }
}

/// Answers on `listener`, for ever.
///
/// # Errors
///
/// When the listener cannot be used.
pub async fn serve(listener: TcpListener, playground: Playground) -> anyhow::Result<()> {
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::new(playground));
    axum::serve(listener, router)
        .await
        .context("serve the page")
}

async fn answer(State(playground): State<Arc<Playground>>, request: Request) -> Response {
    // A body is not read: nothing is changed by one.
    let (request, _body) = request.into_parts();
    let mut response = playground.answer(&request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A file of the page. What is in the binary is compressed there and goes out as it is (RFC 9110 §12.5.3).
async fn file(asset: &Asset, asked: &HeaderMap) -> Response {
    let kept = if asset.kind.starts_with("text/html") {
        "no-cache"
    } else {
        // The token is another one each time, so this is of one run.
        "private, max-age=3600"
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if asset.is_compressed {
        if !door::takes_gzip(asked) {
            let sentence = "this is here compressed with gzip alone\n";
            return (StatusCode::NOT_ACCEPTABLE, sentence).into_response();
        }
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    match asset.read().await {
        Ok(octets) => (headers, octets).into_response(),
        Err(error) => {
            let sentence = format!("the file of the page cannot be read: {error}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
