//! Adds states to a history, and folds the oldest of them into the first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufWriter, Seek as _, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::{Line, Reader, VERSION, patch, time};

/// Octets from which on a history is folded however few changes it has: what is left of it fits into the memory of whoever
/// reads it.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Of the changes that may be kept, what share is after a fold: the file is written anew once for a quarter of them.
const LEFT: (usize, usize) = (3, 4);

/// What a cluster is is nobody's business.
const MODE: u32 = 0o600;

/// A history that is written.
pub struct Recorder {
    path: Utf8PathBuf,
    file: File,
    /// The last state; null before the first.
    document: Value,
    changes: usize,
    length: u64,
    most: usize,
}

/// What became of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It was added.
    Added,
    /// It is the last one again.
    Same,
}

impl Recorder {
    /// Opens a history, or begins one, that keeps this many changes at most. What an earlier recorder could not write to its
    /// end is cut off.
    ///
    /// # Errors
    /// The file cannot be read or written, is none of a history, or another one records to it.
    pub fn open(path: &Utf8Path, most: usize) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {folder}"))?;
        }
        let file = lock(path)?;
        let mut reader = Reader::of(path, file.try_clone().context("open it twice")?);
        let mut states = 0;
        while reader.next_line()?.is_some() {
            states += 1;
        }
        let Reader {
            length, document, ..
        } = reader;
        let mut recorder = Self {
            path: path.to_owned(),
            file,
            document,
            changes: usize::saturating_sub(states, 1),
            length,
            most,
        };
        recorder.cut()?;
        Ok(recorder)
    }

    /// Adds a state, as it is now.
    ///
    /// # Errors
    /// The file cannot be written: it is as it was before.
    pub fn record(&mut self, document: Value) -> anyhow::Result<Recorded> {
        self.record_at(time::now(), document)
    }

    /// How many changes there are after the first state.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes
    }

    pub(super) fn record_at(&mut self, at: u64, document: Value) -> anyhow::Result<Recorded> {
        if self.document == document {
            return Ok(Recorded::Same);
        }
        let is_first = self.length == 0;
        let patch = (!is_first).then(|| patch::between(&self.document, &document));
        let says_it = |patch: &Value| {
            let mut next = self.document.clone();
            patch::apply(patch, &mut next);
            next == document
        };
        let patch = patch.filter(says_it);
        let line = Line {
            history: is_first.then_some(VERSION),
            at,
            document: patch.is_none().then(|| document.clone()),
            patch,
        };
        let text = text(&line)?;
        let written = self
            .file
            .write_all(&text)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a line would be the beginning of the next one.
            self.cut()?;
            return Err(error).with_context(|| format!("write {}", self.path));
        }
        self.document = document;
        self.length += text.len() as u64;
        self.changes += usize::from(!is_first);
        if self.changes > self.most || self.length > LARGEST {
            self.fold()?;
        }
        Ok(Recorded::Added)
    }

    /// The file ends after the last whole line, and goes on there.
    fn cut(&mut self) -> anyhow::Result<()> {
        let cut = self.file.set_len(self.length);
        cut.and_then(|()| self.file.seek(SeekFrom::Start(self.length)))
            .with_context(|| format!("cut {} after its last whole line", self.path))?;
        Ok(())
    }

    /// Folds the oldest changes into the first state, in a new file that then takes the place of this one.
    fn fold(&mut self) -> anyhow::Result<()> {
        let (share, of) = LEFT;
        let left = self.changes.min(self.most) * share / of;
        let path = Utf8PathBuf::from(format!("{}.new", self.path));
        let context = || format!("write {path}");
        let mut reader = Reader::open(&self.path)?;
        let mut at = 0;
        for _ in 0..=self.changes - left {
            at = reader.next_line()?.map_or(at, |line| line.at);
        }
        // Whoever was killed in the middle of a fold left one.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(MODE)
            .open(&path)
            .with_context(context)?;
        file.try_lock().with_context(context)?;
        let first = Line {
            history: Some(VERSION),
            at,
            document: Some(std::mem::take(&mut reader.document)),
            patch: None,
        };
        let mut out = BufWriter::new(&file);
        let mut length = write(&mut out, &first).with_context(context)?;
        while let Some(line) = reader.next_line()? {
            length += write(&mut out, &line).with_context(context)?;
        }
        out.flush().with_context(context)?;
        drop(out);
        file.sync_all().with_context(context)?;
        fs::rename(&path, &self.path).with_context(|| format!("put {path} in place"))?;
        (self.file, self.length, self.changes) = (file, length, left);
        Ok(())
    }
}

/// Opens a file that nobody else records to.
fn lock(path: &Utf8Path) -> anyhow::Result<File> {
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(MODE)
            .open(path)
            .with_context(|| format!("open {path}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another `zonesmith record` writes {path}"),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock {path}"));
            }
        }
        // One that was folded meanwhile is another file by now.
        let (here, there) = (file.metadata(), fs::metadata(path));
        let (here, there) = here
            .and_then(|here| Ok((here, there?)))
            .with_context(|| format!("look at {path}"))?;
        if (here.dev(), here.ino()) == (there.dev(), there.ino()) {
            return Ok(file);
        }
    }
}

fn text(line: &Line) -> anyhow::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line).context("write a line of a history")?;
    text.push(b'\n');
    Ok(text)
}

fn write(out: &mut impl Write, line: &Line) -> anyhow::Result<u64> {
    let text = text(line)?;
    out.write_all(&text).context("write it")?;
    Ok(text.len() as u64)
}
