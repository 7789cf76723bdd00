//! What is [counted](counters), and the log: to the standard error, so that a command's output stays its own. An event is
//! logged once, where it is coped with, with its fields under the keys that STYLE names, so that a program finds them in any
//! version.

pub mod counters;

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::setting::LogFormat;

/// Starts the log of this process.
///
/// # Errors
///
/// When `filter` is none, or the process has a log already.
pub fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(filter).with_context(|| format!("read the log filter `{filter}`"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
        // A terminal shows colors and needs no module to find its way; a journal has its own time but loses nothing by ours.
        LogFormat::Text => builder
            .with_ansi(io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
    }
    .map_err(|error| anyhow::anyhow!("start the log: {error}"))
}
