use axum::body::to_bytes;
use camino::Utf8PathBuf;

use super::*;

/// A page of three files in a directory of its own.
fn page() -> (tempfile::TempDir, Page) {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    std::fs::write(at.join("index.html"), "<p>first").unwrap();
    std::fs::write(at.join("offline.js"), "stay()").unwrap();
    std::fs::create_dir(at.join("assets")).unwrap();
    std::fs::write(at.join("assets/engine.wasm"), "\0asm").unwrap();
    let path = Utf8PathBuf::from_path_buf(at.to_owned()).unwrap();
    (directory, Page::of_directory(&path).unwrap())
}

/// The answer to a request with these headers: code, type, body.
fn ask(playground: &Playground, request: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let (method, path) = request.split_once(' ').unwrap();
    let mut asked = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let (asked, ()) = asked.body(()).unwrap().into_parts();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = playground.answer(&asked).await;
        let kind = response.headers().get(header::CONTENT_TYPE);
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let code = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (code, kind, String::from_utf8_lossy(&body).into_owned())
    })
}

#[test]
fn an_answer_takes_a_name_of_loopback_and_the_token() {
    let (_directory, page) = page();
    let playground = Playground {
        page,
        live: None,
        token: Token::of("secret".to_owned()),
    };
    for (request, hosts, code) in [
        ("GET /secret/", &["127.0.0.1:80"][..], 200),
        ("HEAD /secret/", &["localhost:80"], 200),
        ("GET /secret/assets/engine.wasm", &["[::1]:80"], 200),
        ("GET /secret", &["127.0.0.1:80"], 308),
        ("GET /", &["127.0.0.1:80"], 404),
        ("GET /secre/", &["127.0.0.1:80"], 404),
        ("GET /secretly/", &["127.0.0.1:80"], 404),
        ("GET /secret/", &["evil.example"], 421),
        ("GET /secret/", &[], 421),
        ("GET /secret/", &["127.0.0.1", "evil.example"], 421),
        ("GET http://evil.example/secret/", &["127.0.0.1"], 421),
        ("POST /secret/", &["127.0.0.1"], 405),
        ("GET /secret/nothing.js", &["127.0.0.1"], 404),
        ("GET /secret/../index.html", &["127.0.0.1"], 404),
        ("GET /secret/assets/../index.html", &["127.0.0.1"], 404),
        ("GET /secret/%2e%2e/index.html", &["127.0.0.1"], 404),
        ("GET /secret//etc/passwd", &["127.0.0.1"], 404),
        ("GET /secret/offline.js", &["127.0.0.1"], 404),
        ("GET /secret/live/cluster.json", &["127.0.0.1"], 404),
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let (said, ..) = ask(&playground, request, &headers);
        assert_eq!(said, code, "{request} {hosts:?}");
    }
}

#[test]
fn files_are_called_what_they_are() {
    let (_directory, page) = page();
    let playground = Playground {
        page,
        live: None,
        token: Token::of("secret".to_owned()),
    };
    for (path, kind, body) in [
        ("", "text/html; charset=utf-8", "<p>first"),
        ("index.html", "text/html; charset=utf-8", "<p>first"),
        ("assets/engine.wasm", "application/wasm", "\0asm"),
    ] {
        let request = format!("GET /secret/{path}");
        let answer = ask(&playground, &request, &[("host", "127.0.0.1")]);
        assert_eq!(answer, (200, kind.to_owned(), body.to_owned()), "{path}");
    }
}

#[test]
fn what_is_no_page_is_told_so() {
    let (directory, _page) = page();
    let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    std::fs::write(path.join("package.json"), "{}").unwrap();
    for (folder, words) in [
        (path.clone(), "holds the source of a page"),
        (path.join("assets"), "holds no page"),
        (path.join("nowhere"), "read "),
    ] {
        let error = Page::of_directory(&folder).map(|_| ()).unwrap_err();
        let sentence = format!("{error:#}");
        assert!(sentence.contains(words), "{folder}: {sentence}");
    }
}
