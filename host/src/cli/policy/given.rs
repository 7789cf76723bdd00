//! What commands about a component take besides it: a cluster and settings.

use std::fs;
use std::sync::Arc;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use zonesmith_cluster::State;

use crate::kit::run::NO_SETTINGS;
use crate::kit::template::DEMO;
use crate::policy::{Component, Engine, embedded};

/// The cluster and the settings that a policy is tried with.
#[derive(Debug, Args)]
pub(super) struct Given {
    /// The state of a cluster: a cluster document, or what an OpenSVC agent prints [default: a built-in demo]
    #[arg(long, value_name = "CLUSTER.json")]
    cluster: Option<Utf8PathBuf>,

    /// Settings, a JSON file [default: NAME.settings.json beside NAME.wasm, if there is one]
    #[arg(long, value_name = "FILE")]
    settings: Option<Utf8PathBuf>,
}

impl Given {
    pub(super) fn state(&self) -> anyhow::Result<State> {
        match &self.cluster {
            Some(path) => state(path),
            None => read(DEMO.as_bytes(), "the demo"),
        }
    }

    pub(super) fn settings(&self, component: &Utf8Path) -> anyhow::Result<Arc<str>> {
        let beside = component.with_extension("settings.json");
        match &self.settings {
            Some(path) => settings(path),
            None if beside.exists() => settings(&beside),
            None => Ok(NO_SETTINGS.into()),
        }
    }
}

/// The cluster in a file.
pub(super) fn state(path: &Utf8Path) -> anyhow::Result<State> {
    let text = fs::read(path).with_context(|| format!("read {path}"))?;
    read(&text, path.as_str())
}

fn read(text: &[u8], place: &str) -> anyhow::Result<State> {
    let (_, state) =
        zonesmith_cluster::read(text).with_context(|| format!("read the cluster in {place}"))?;
    Ok(state)
}

/// The settings in a file.
pub(super) fn settings(path: &Utf8Path) -> anyhow::Result<Arc<str>> {
    let text = fs::read_to_string(path).with_context(|| format!("read the settings in {path}"))?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text)
        .with_context(|| format!("read the settings in {path}"))?;
    Ok(text.into())
}

/// The word for the component in the binary. A file of that name is `./default`.
pub(super) const DEFAULT: &str = "default";

/// A component: a file, or the one in the binary.
pub(super) fn component(file: &Utf8Path) -> anyhow::Result<Vec<u8>> {
    if file == DEFAULT {
        return Ok(embedded().to_vec());
    }
    fs::read(file).with_context(|| format!("read {file}"))
}

/// The policy in that component.
pub(super) fn load(engine: &Engine, file: &Utf8Path) -> anyhow::Result<Component> {
    Component::load(engine, file.as_str(), &component(file)?)
        .map_err(|refusal| anyhow::anyhow!("the policy is refused at {refusal}"))
}
