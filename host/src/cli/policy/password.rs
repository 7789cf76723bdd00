//! The password of a key: of a file, for machines, else of the terminal.

use std::fs;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use clap::Args;

/// Where the password of a key comes from.
#[derive(Debug, Args)]
pub(super) struct Password {
    /// A file whose first line is the key's password [default: it is asked for at the terminal]
    #[arg(long, value_name = "FILE")]
    password_file: Option<Utf8PathBuf>,
}

impl Password {
    /// Of a key that has one.
    pub(super) fn known(&self) -> anyhow::Result<String> {
        match &self.password_file {
            Some(path) => first_line(path),
            None => asked("Password of the key: "),
        }
    }

    /// Of a key that is to have one.
    pub(super) fn chosen(&self) -> anyhow::Result<String> {
        let password = match &self.password_file {
            Some(path) => first_line(path)?,
            None => {
                let password = asked("Password for the key: ")?;
                if asked("The same once more: ")? != password {
                    bail!("the two passwords differ");
                }
                password
            }
        };
        if password.is_empty() {
            bail!("the password is empty; `--no-password` makes a key without one");
        }
        Ok(password)
    }
}

/// The first line of a file that only its owner needs to read.
pub(super) fn first_line(path: &Utf8PathBuf) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("read the password in {path}"))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn asked(question: &str) -> anyhow::Result<String> {
    rpassword::prompt_password(question)
        .context("ask for the password at the terminal; `--password-file` reads it elsewhere")
}
