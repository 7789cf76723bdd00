//! Takes the built page of the playground into the binary: every file of a directory, compressed where that pays.
//!
//! Who builds the page hands it in (`npm run build` in `examples/playground` writes it into `dist`), so cargo needs no Node.
//! Written as one array, `page.rs` in `OUT_DIR`: path within the page, whether it is compressed, octets. Without a page the
//! array is empty.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::component::write_if_changed;

/// The directory of the page. Not named like a setting of the daemon: it says nothing at run time.
pub(crate) const OVERRIDE: &str = "ZONESMITH_EMBED_PAGE";

/// The array's text, for the page in `directory`; compressed files are written into `out`.
///
/// # Errors
///
/// A sentence that names what cannot be read, or is no page.
pub(crate) fn collect(directory: Option<&Path>, out: &Path) -> Result<String, String> {
    let Some(directory) = directory else {
        return Ok("&[]".to_owned());
    };
    let directory = directory
        .canonicalize()
        .map_err(|error| format!("{OVERRIDE} names {}: {error}", directory.display()))?;
    if !directory.join("index.html").is_file() || directory.join("package.json").exists() {
        return Err(format!(
            "{OVERRIDE} names {}, which holds no built page; `npm run build` in examples/playground writes one into `dist`",
            directory.display()
        ));
    }
    println!("cargo::rerun-if-changed={}", directory.display());
    let mut files = Vec::new();
    find(&directory, &mut files)?;
    files.sort();
    let kept = out.join("page");
    fs::create_dir_all(&kept).map_err(|error| format!("make {}: {error}", kept.display()))?;
    let mut text = String::from("&[\n");
    for (place, file) in files.iter().enumerate() {
        let octets = fs::read(file).map_err(|error| format!("read {}: {error}", file.display()))?;
        let compressed = compress(&octets)?;
        let (is_compressed, octets) = match compressed {
            Some(compressed) => (true, compressed),
            None => (false, octets),
        };
        let written = kept.join(place.to_string());
        write_if_changed(&written, &octets)?;
        let inside = file.strip_prefix(&directory).unwrap_or(file);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "    ({:?}, {is_compressed}, include_bytes!({:?})),",
            inside.display().to_string(),
            written.display().to_string()
        );
    }
    text.push(']');
    Ok(text)
}

/// With gzip, which every browser takes; none where it saves less than a tenth, as of an image.
fn compress(octets: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = encoder
        .write_all(octets)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("compress a file of the page: {error}"))?;
    Ok((compressed.len() < octets.len() / 10 * 9).then_some(compressed))
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let fault = |error| format!("read {}: {error}", directory.display());
    for entry in fs::read_dir(directory).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
