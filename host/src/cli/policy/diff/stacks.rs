//! The two stacks that are compared: the live one, and the same with the candidate in it; or two components by themselves.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use zonesmith_cluster::State;

use super::super::given;
use crate::admin::client::Client;
use crate::digest::Digest;
use crate::kit::followed::Given;
use crate::kit::run::NO_SETTINGS;
use crate::policy::{Component, EMBEDDED, Engine, Instance, Refusal, embedded};

/// What a candidate is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Against {
    /// The live policies.
    Live,
    /// A component by itself.
    File(Utf8PathBuf),
}

impl FromStr for Against {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "live" => Self::Live,
            file => Self::File(file.into()),
        })
    }
}

/// Before and after.
pub(super) struct Stacks {
    pub(super) before: Vec<Given>,
    pub(super) after: Vec<Given>,
}

impl Stacks {
    /// The daemon's stack, and the candidate at its place in it.
    pub(super) fn of_live(
        engine: &Engine,
        client: &Client,
        file: &Utf8Path,
        settings: Option<&Utf8Path>,
        replace: Option<&str>,
    ) -> anyhow::Result<Self> {
        let mut before = Vec::new();
        for policy in client.policies()? {
            let bytes = client.component(policy.digest)?;
            let component = load(engine, &policy.name, &bytes)?;
            before.push(Given::new(component, policy.settings.to_string().into()));
        }
        if before.is_empty() {
            bail!("the daemon serves nothing yet: there is nothing to compare with");
        }
        let component = load(engine, file.as_str(), &given::component(file)?)?;
        let place = place(&before, &component, replace)?;
        let settings = match own_settings(file, settings)? {
            Some(settings) => settings,
            None => match before.get(place) {
                Some(replaced) => Arc::clone(&replaced.settings),
                None => NO_SETTINGS.into(),
            },
        };
        let candidate = Given::new(component, settings);
        let mut after = before.clone();
        match after.get_mut(place) {
            Some(replaced) => *replaced = candidate,
            None => after.push(candidate),
        }
        Ok(Self { before, after })
    }

    /// Two components, each by itself.
    pub(super) fn of_files(
        engine: &Engine,
        file: &Utf8Path,
        settings: Option<&Utf8Path>,
        against: &Utf8Path,
        state: &State,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            before: alone(engine, against, None, state)?,
            after: alone(engine, file, settings, state)?,
        })
    }
}

/// Where the candidate stands; behind all others: last.
fn place(stack: &[Given], candidate: &Component, replace: Option<&str>) -> anyhow::Result<usize> {
    let name = replace.unwrap_or(&candidate.description().name);
    let names = || {
        stack
            .iter()
            .map(|given| &*given.component.description().name)
    };
    match names().position(|of| of == name) {
        Some(place) => Ok(place),
        None if replace.is_some() => {
            let names: Vec<_> = names().collect();
            bail!(
                "no live policy is called {name}; there are {}",
                names.join(", ")
            )
        }
        None => Ok(stack.len()),
    }
}

/// A component, and before it the built-in policy if it has no zones of its own.
fn alone(
    engine: &Engine,
    file: &Utf8Path,
    settings: Option<&Utf8Path>,
    state: &State,
) -> anyhow::Result<Vec<Given>> {
    let component = load(engine, file.as_str(), &given::component(file)?)?;
    let settings = own_settings(file, settings)?;
    let given = Given::new(component, settings.unwrap_or_else(|| NO_SETTINGS.into()));
    let cluster = Arc::new(state.cluster.clone());
    let started = Instance::start(&given.component, cluster, Arc::clone(&given.settings));
    let (_, configuration) = started.map_err(|refusal| refused(file.as_str(), &refusal))?;
    if !configuration.zones.is_empty() {
        return Ok(vec![given]);
    }
    let default = load(engine, EMBEDDED, embedded())?;
    Ok(vec![Given::new(default, NO_SETTINGS.into()), given])
}

/// Settings that were named, or that lie beside the component.
fn own_settings(file: &Utf8Path, settings: Option<&Utf8Path>) -> anyhow::Result<Option<Arc<str>>> {
    let beside = file.with_extension("settings.json");
    let named = settings.or_else(|| beside.exists().then_some(&*beside));
    named.map(given::settings).transpose()
}

fn load(engine: &Engine, name: &str, bytes: &[u8]) -> anyhow::Result<Component> {
    Component::load(engine, name, bytes)
        .map_err(|refusal| refused(name, &refusal))
        .context("load the policies")
}

fn refused(name: &str, refusal: &Refusal) -> anyhow::Error {
    anyhow::anyhow!("{name} is refused at {refusal}")
}

/// A policy of a stack.
#[derive(Debug, Serialize)]
pub(super) struct PolicyWord {
    name: String,
    version: String,
    digest: Digest,
}

impl PolicyWord {
    pub(super) fn of(given: &Given) -> Self {
        let description = given.component.description();
        Self {
            name: description.name.clone(),
            version: description.version.clone(),
            digest: given.component.digest(),
        }
    }
}

impl fmt::Display for PolicyWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            version,
            digest,
        } = self;
        write!(formatter, "{name} {version} {}", digest.short())
    }
}
