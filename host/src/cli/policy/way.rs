//! How commands reach a registry.

use std::time::Duration;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;

use super::password::first_line;
use crate::registry::{Login, Place, Registry, Way};

/// Options of commands that ask a registry.
#[derive(Debug, Args)]
#[command(next_help_heading = "The registry")]
pub(super) struct ToRegistry {
    /// The user [default: whom `docker login` or `podman login` left]
    #[arg(long, value_name = "NAME", requires = "password_file")]
    username: Option<String>,

    /// A file whose first line is the user's password
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<Utf8PathBuf>,

    /// The certificate of an authority, PEM, that is trusted beside the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<Utf8PathBuf>,

    /// Ask without TLS: everyone on the way can read and change it, but for what is signed or pinned
    #[arg(long)]
    plain_http: bool,

    /// How many seconds all of it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl ToRegistry {
    pub(super) fn open(self, place: Place) -> anyhow::Result<Registry> {
        let Self {
            username,
            password_file,
            ca,
            plain_http,
            timeout,
        } = self;
        let login = match (username, password_file) {
            (Some(name), Some(file)) => Login::of(name, first_line(&file)?),
            (_, _) => Login::kept(place.host()).context("find a login")?,
        };
        let way = Way {
            is_plain: plain_http,
            authority: ca,
            login,
            patience: Duration::from_secs(timeout),
        };
        Registry::new(place, way)
    }
}
