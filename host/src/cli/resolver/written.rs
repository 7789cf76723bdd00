//! A file that somebody asked for, written and kept right from then on.

use std::fs;

use anyhow::Context;
use camino::Utf8Path;
use zonesmith_cluster::ServicePath;

use super::show::say_nothing;
use crate::cli::{Exit, output};
use crate::resolver::ClusterDns;
use crate::resolver::given::Given;
use crate::resolver::registry::{Entry, Fate, Form, Registry};

/// What stands in it.
pub(super) struct Written {
    pub(super) service: Option<ServicePath>,
    pub(super) cluster: Option<String>,
    pub(super) form: Form,
    pub(super) given: Given,
}

impl Written {
    /// Writes it, and lists it.
    pub(super) fn keep(
        self,
        registry: &Registry,
        file: &Utf8Path,
        cluster: &ClusterDns,
    ) -> anyhow::Result<Exit> {
        let parent = match file.parent() {
            Some(parent) if !parent.as_str().is_empty() => parent,
            Some(_) | None => Utf8Path::new("."),
        };
        fs::create_dir_all(parent).with_context(|| format!("make the directory {parent}"))?;
        let parent = parent
            .canonicalize_utf8()
            .with_context(|| format!("look at {parent}"))?;
        let file = parent.join(file.file_name().context("name a file")?);
        let entry = Entry {
            service: self.service.map(|service| service.to_string()),
            cluster: self.cluster,
            given: self.given,
            ..Entry::of_file(&file, self.form)
        };
        match entry.write(cluster)? {
            Fate::Left(why) => say_nothing(&why),
            Fate::Right | Fate::Written | Fate::TakenOver => {
                registry.keep(&entry)?;
                output::remark(format_args!(
                    "{file} is written; `zonesmith resolver follow` keeps it right"
                ));
            }
        }
        Ok(Exit::Done)
    }
}
