//! The files of the page: those that were given to the build (`ZONESMITH_EMBED_PAGE`), or those of a directory.
//!
//! They are listed once, and what is not listed is not there: no request makes a path.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, bail};
use axum::body::Bytes;
use camino::{Utf8Path, Utf8PathBuf};

/// Every file that was given to the build: its path within the page, whether it is compressed with gzip, its octets.
const EMBEDDED: &[(&str, bool, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The file that a page begins with.
const FIRST: &str = "index.html";

/// Files a page may have, and how deep they may lie: a directory with more was not meant.
const MOST_FILES: usize = 2_000;
const DEEPEST: usize = 8;

/// The files of a page.
pub struct Page(BTreeMap<String, Asset>);

/// One file.
pub(super) struct Asset {
    /// What it is.
    pub(super) kind: &'static str,
    pub(super) is_compressed: bool,
    place: Place,
}

enum Place {
    Binary(&'static [u8]),
    File(Utf8PathBuf),
}

impl Page {
    /// The one in this binary, if it has one.
    #[must_use]
    pub fn embedded() -> Option<Self> {
        let files = EMBEDDED.iter().map(|(path, is_compressed, octets)| {
            let asset = Asset {
                kind: kind_of(path),
                is_compressed: *is_compressed,
                place: Place::Binary(octets),
            };
            ((*path).to_owned(), asset)
        });
        (!EMBEDDED.is_empty()).then(|| Self(files.collect()))
    }

    /// The one that was built into a directory.
    ///
    /// # Errors
    ///
    /// The directory cannot be read, or holds no page.
    pub fn of_directory(directory: &Utf8Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        collect(directory, "", 0, &mut files)?;
        if !files.contains_key(FIRST) {
            bail!(
                "{directory} holds no page: it has no {FIRST}; `npm run build` in examples/playground writes one into `dist`"
            );
        }
        if files.contains_key("package.json") {
            bail!(
                "{directory} holds the source of a page; `npm run build` there writes the page into `dist`"
            );
        }
        Ok(Self(files))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Asset> {
        self.0.get(name)
    }
}

impl Asset {
    pub(super) async fn read(&self) -> anyhow::Result<Bytes> {
        let path = match &self.place {
            Place::Binary(octets) => return Ok(Bytes::from_static(octets)),
            Place::File(path) => path.clone(),
        };
        let read = tokio::task::spawn_blocking(move || {
            fs::read(&path)
                .map(Bytes::from)
                .with_context(|| format!("read {path}"))
        });
        read.await.context("read a file of the page")?
    }
}

fn collect(
    directory: &Utf8Path,
    prefix: &str,
    depth: usize,
    files: &mut BTreeMap<String, Asset>,
) -> anyhow::Result<()> {
    let entries = directory
        .read_dir_utf8()
        .with_context(|| format!("read {directory}"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("read {directory}"))?;
        let name = entry.file_name();
        // What tools leave behind is no part of a page.
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        let path = format!("{prefix}{name}");
        // A link may lead out of the directory: whoever set it meant it.
        if entry.path().is_dir() {
            if depth == DEEPEST {
                bail!("{directory} lies too deep for a page");
            }
            collect(entry.path(), &format!("{path}/"), depth + 1, files)?;
        } else {
            let asset = Asset {
                kind: kind_of(&path),
                is_compressed: false,
                place: Place::File(entry.path().to_owned()),
            };
            files.insert(path, asset);
        }
        if files.len() > MOST_FILES {
            bail!("{directory} holds more files than a page has");
        }
    }
    Ok(())
}

/// What a file is, by its name: browsers are told not to guess, and run no script that is called something else.
fn kind_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" | "md" | "zone" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
