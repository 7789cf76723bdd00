//! The targets: what a machine runs the servers by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::place::Place;
use super::{Rendered, compose, containers, files, opensvc, quadlet, servers, systemd};
use crate::config::deploy::Choices;

/// What the servers are run by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Whoever deploys: configurations alone.
    Files,
    /// Units of systemd, for programs that are installed.
    Systemd,
    /// Units of Podman, for the makers' images.
    Quadlet,
    /// A compose file, for the makers' images.
    Compose,
    /// A service of an OpenSVC cluster, for the makers' images.
    Opensvc,
}

impl Target {
    /// Keys of the configuration that the target needs, where they are not set.
    #[must_use]
    pub fn defaults(self, place: &Place) -> Vec<(&'static str, String)> {
        match self {
            Self::Files => files::defaults(place),
            Self::Systemd => systemd::defaults(place),
            Self::Quadlet | Self::Compose | Self::Opensvc => containers::defaults(place),
        }
    }

    /// All that it wants.
    ///
    /// # Errors
    /// What is known or chosen cannot be deployed in this way.
    pub fn render(
        self,
        facts: &Facts,
        choices: &Choices,
        place: &Place,
    ) -> anyhow::Result<Rendered> {
        let mut rendered = match self {
            Self::Files => files::render(facts, choices, place),
            Self::Systemd => systemd::render(facts, choices, place),
            Self::Quadlet => quadlet::render(facts, choices, place),
            Self::Compose => compose::render(facts, choices, place),
            Self::Opensvc => opensvc::render(facts, choices, place),
        }?;
        let purged = servers::purged(facts, choices, place);
        rendered.configuration.extend(purged);
        Ok(rendered)
    }

    /// Whether only root can deploy it on the machine itself.
    #[must_use]
    pub fn needs_root(self) -> bool {
        match self {
            Self::Files => false,
            Self::Systemd | Self::Quadlet | Self::Compose | Self::Opensvc => true,
        }
    }
}

/// As it is called on the command line.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Files => "files",
            Self::Systemd => "systemd",
            Self::Quadlet => "quadlet",
            Self::Compose => "compose",
            Self::Opensvc => "opensvc",
        })
    }
}
