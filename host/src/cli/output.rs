//! Everything a command prints goes through here: tables for people, JSON for programs.
//!
//! A reader that has seen enough (`zonesmith dump | head`) closes the pipe: that is no error.

use std::fmt;
use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;

/// How a command prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// Prints to the standard output.
///
/// # Errors
///
/// When it cannot be written to, as on a full disk.
pub fn print(text: impl fmt::Display) -> anyhow::Result<()> {
    write(text.to_string().as_bytes())
}

/// Prints JSON, a line break after it.
///
/// # Errors
///
/// As [`print()`].
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value).context("write JSON")?;
    text.push(b'\n');
    write(&text)
}

/// Whether anybody still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what goes on for ever ends when nobody reads it"]
pub enum Reader {
    /// Somebody may.
    There,
    /// The pipe is closed.
    Gone,
}

/// Prints a piece of what goes on until nobody reads it.
///
/// # Errors
///
/// As [`print()`].
pub fn print_on(text: impl fmt::Display) -> anyhow::Result<Reader> {
    write_to_reader(text.to_string().as_bytes())
}

/// Prints JSON as one line of what goes on until nobody reads it.
///
/// # Errors
///
/// As [`print()`].
pub fn print_json_on(value: &impl Serialize) -> anyhow::Result<Reader> {
    let mut text = serde_json::to_vec(value).context("write JSON")?;
    text.push(b'\n');
    write_to_reader(&text)
}

/// Prints to the standard error what a command has to say beside its output.
pub fn remark(text: impl fmt::Display) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error as one sentence.
pub fn complain(error: &anyhow::Error) {
    remark(format_args!("zonesmith: {}", sentence(error)));
}

/// The chain of an error, each cause once: some say their own cause in their text.
#[must_use]
pub fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn write(bytes: &[u8]) -> anyhow::Result<()> {
    write_to_reader(bytes).map(|_| ())
}

fn write_to_reader(bytes: &[u8]) -> anyhow::Result<Reader> {
    let mut output = io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        written => written
            .map(|()| Reader::There)
            .context("write to the standard output"),
    }
}

/// Rows of text in columns that line up, two blanks between them, none at the end.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table whose first row is this.
    pub fn with_head<const N: usize>(head: [&str; N]) -> Self {
        Self {
            rows: vec![head.into_iter().map(str::to_owned).collect()],
        }
    }

    /// A table of the first things of a kind, as many as a person reads; none when there are none.
    pub fn of_first<T, const N: usize>(
        shown: usize,
        head: [&str; N],
        things: &[T],
        row: impl Fn(&T) -> [String; N],
    ) -> Option<Self> {
        if things.is_empty() {
            return None;
        }
        let mut table = Self::with_head(head);
        things
            .iter()
            .take(shown)
            .for_each(|thing| table.push(row(thing)));
        if let Some(more) = things.len().checked_sub(shown).filter(|more| *more > 0) {
            table.push([format!("… and {more} more: --format json has all")]);
        }
        Some(table)
    }

    /// Adds a row. What would break the line is shown as a blank.
    pub fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(
            row.into_iter()
                .map(|cell| cell.replace(char::is_control, " "))
                .collect(),
        );
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &self.rows {
            let filled = row
                .iter()
                .rposition(|cell| !cell.is_empty())
                .map_or(0, |last| last + 1);
            for (place, (cell, width)) in row.iter().zip(&widths).take(filled).enumerate() {
                if place + 1 == filled {
                    formatter.write_str(cell)?;
                } else {
                    write!(formatter, "{cell:<width$}  ")?;
                }
            }
            formatter.write_str("\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn columns_line_up_and_lines_have_no_tail() {
        let mut table = Table::with_head(["NAME", "TYPE", "CONTENT"]);
        table.push(["web.demo.".into(), "A".into(), "10.0.0.1".into()]);
        table.push(["é.demo.".into(), "CNAME".into(), String::new()]);
        table.push(["x".into(), String::new(), "two\nlines".into()]);
        assert_snapshot!(table.to_string(), @r"
        NAME       TYPE   CONTENT
        web.demo.  A      10.0.0.1
        é.demo.    CNAME
        x                 two lines
        ");
        assert!(
            table
                .to_string()
                .lines()
                .all(|line| line == line.trim_end())
        );
    }

    #[test]
    fn an_error_is_one_sentence_that_says_each_cause_once() {
        let io = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error = anyhow::Error::from(io)
            .context("read x: no such file")
            .context("load the policy");
        assert_eq!(sentence(&error), "load the policy: read x: no such file");
    }
}
