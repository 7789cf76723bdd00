//! Programs of others, found on the path and run in the folder of a policy.
//!
//! They get no standard input: nobody is there to answer. What they say is shown when they fail, except for compilers of
//! the author's own sources, whose words are the point.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};
use camino::Utf8Path;

/// A program that is to be run in this folder.
pub(super) fn command(folder: &Utf8Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// What a program writes to its standard output when it is run to its end.
///
/// # Errors
///
/// When it cannot be started or fails, with its last words.
pub(super) fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let program = Utf8Path::new(&command.get_program().to_string_lossy())
        .file_name()
        .unwrap_or_default()
        .to_owned();
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().with_context(|| format!("run {program}"))?;
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        let said = if said.trim().is_empty() {
            stdout.trim()
        } else {
            said.trim()
        };
        bail!("{program} failed ({status}); it says:\n{said}");
    }
    Ok(stdout)
}

/// What a program says of itself, when it is there.
pub(super) fn ask<const N: usize>(
    folder: &Utf8Path,
    program: &str,
    arguments: [&str; N],
) -> anyhow::Result<String> {
    output_of(command(folder, program).args(arguments))
}
