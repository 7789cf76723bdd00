//! What a component publishes of a cluster document, against what is expected of it: the tests of a policy, as files.
//!
//! | file | |
//! |---|---|
//! | `cluster.json` | input: a cluster document, or one that `zonesmith record` wrote |
//! | `settings.json` | input: the policy's settings, if it has any; several policies have theirs where they are listed |
//! | `expected.zone` | output |
//!
//! They stand in the policy's folder, and for more cases in `cases/NAME/`. The output is all zones, and a comment for
//! everything the daemon would tell. The harness of the SDK has the same cases, and the same output.

use std::fs;
use std::io;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use similar::TextDiff;
use zonesmith_cluster::State;

use super::published::Published;
use super::run::{NO_SETTINGS, Run};
use crate::policy::{Component, Engine, Refusal};

const CLUSTER: &str = "cluster.json";
const SETTINGS: &str = "settings.json";
const EXPECTED: &str = "expected.zone";

/// Where more cases are.
const CASES: &str = "cases";

/// Lines around those that differ.
const AROUND: usize = 3;

/// What a folder is a test of.
pub enum Tested {
    /// A policy. Each case says its settings.
    One(Component),
    /// Policies that are served as one, in order, each with its settings.
    Stack(Vec<(Component, Arc<str>)>),
}

/// An input, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `.` for the folder's own, else `cases/NAME`.
    pub name: String,
    directory: Utf8PathBuf,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// What is published is what is expected.
    Same,
    /// It is not.
    Differs {
        /// As `diff -u` has it: `-` is expected, `+` is published.
        diff: String,
    },
    /// What is published is what is expected from now on.
    Written,
    /// There is nothing to compare.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What a policy publishes of a cluster, as it is expected in a file.
///
/// # Errors
///
/// The cluster has no DNS, or the policy refuses it or its settings.
pub fn text(
    engine: &Engine,
    component: &Component,
    state: &State,
    settings: &Arc<str>,
) -> anyhow::Result<String> {
    published(state, || Run::stack(engine, component, state, settings))
}

fn published(
    state: &State,
    run: impl FnOnce() -> Result<Vec<Run>, Refusal>,
) -> anyhow::Result<String> {
    if state.cluster.name.is_empty() {
        bail!("the cluster has no name");
    }
    if state.cluster.nameservers.is_empty() {
        bail!("DNS is off: the cluster has no nameserver (`dns`)");
    }
    let runs = run().map_err(|refusal| anyhow::anyhow!("the policy is refused at {refusal}"))?;
    Ok(Published::of(state, runs).to_string())
}

impl Case {
    /// All cases of a policy's folder.
    ///
    /// # Errors
    ///
    /// There is none, or the folder cannot be read.
    pub fn all(folder: &Utf8Path) -> anyhow::Result<Vec<Self>> {
        let mut cases = Vec::new();
        if folder.join(CLUSTER).is_file() {
            cases.push(Self {
                name: ".".to_owned(),
                directory: folder.to_owned(),
            });
        }
        let directory = folder.join(CASES);
        let mut more = match directory.read_dir_utf8() {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.path().to_owned()))
                .collect::<io::Result<Vec<_>>>()
                .with_context(|| format!("read {directory}"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("read {directory}")),
        };
        more.retain(|path| path.is_dir());
        more.sort();
        for directory in more {
            let name = directory.file_name().unwrap_or_default();
            if !directory.join(CLUSTER).is_file() {
                bail!("{directory} has no {CLUSTER}");
            }
            cases.push(Self {
                name: format!("{CASES}/{name}"),
                directory,
            });
        }
        if cases.is_empty() {
            bail!(
                "{folder} has no test: neither {CLUSTER} nor {CASES}/NAME/{CLUSTER}; `zonesmith record` writes one"
            );
        }
        Ok(cases)
    }

    /// Compares what is published with what is expected.
    #[must_use]
    pub fn compare(&self, engine: &Engine, tested: &Tested) -> Outcome {
        let compared = self.published(engine, tested).and_then(|published| {
            let expected = read_if_any(&self.directory.join(EXPECTED))?.unwrap_or_default();
            Ok(if published == expected {
                Outcome::Same
            } else {
                Outcome::Differs {
                    diff: self.diff(&expected, &published),
                }
            })
        });
        failed(compared)
    }

    /// Makes what is published what is expected.
    #[must_use]
    pub fn update(&self, engine: &Engine, tested: &Tested) -> Outcome {
        let updated = self.published(engine, tested).and_then(|published| {
            let path = self.directory.join(EXPECTED);
            if read_if_any(&path)?.is_some_and(|expected| expected == published) {
                return Ok(Outcome::Same);
            }
            fs::write(&path, published).with_context(|| format!("write {path}"))?;
            Ok(Outcome::Written)
        });
        failed(updated)
    }

    fn published(&self, engine: &Engine, tested: &Tested) -> anyhow::Result<String> {
        let path = self.directory.join(CLUSTER);
        let document = fs::read(&path).with_context(|| format!("read {path}"))?;
        let (_, state) = zonesmith_cluster::read(&document)
            .with_context(|| format!("read the cluster in {path}"))?;
        match tested {
            Tested::One(component) => {
                let settings = read_if_any(&self.directory.join(SETTINGS))?;
                let settings = settings.unwrap_or_else(|| NO_SETTINGS.to_owned());
                text(engine, component, &state, &settings.into())
            }
            Tested::Stack(policies) => published(&state, || {
                let runs = policies.iter();
                runs.map(|(component, settings)| Run::of(component, &state, settings))
                    .collect()
            }),
        }
    }

    fn diff(&self, expected: &str, published: &str) -> String {
        let path = self.directory.join(EXPECTED);
        TextDiff::from_lines(expected, published)
            .unified_diff()
            .context_radius(AROUND)
            .header(path.as_str(), "published")
            .to_string()
    }
}

fn failed(outcome: anyhow::Result<Outcome>) -> Outcome {
    outcome.unwrap_or_else(|error| Outcome::Failed {
        reason: format!("{error:#}"),
    })
}

fn read_if_any(path: &Utf8Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::embedded;

    const DOCUMENT: &str = r#"{
        "cluster": { "name": "demo", "dns": ["10.0.0.1"] },
        "services": { "shop/svc/web": { "instances": { "n1": { "resources": {
            "ip#0": { "info": { "ipaddr": "10.22.0.5" } } } } } } }
    }"#;

    fn policy() -> (Engine, Tested) {
        let engine = Engine::new().unwrap();
        let component = Component::load(&engine, "default", embedded()).unwrap();
        (engine, Tested::One(component))
    }

    #[test]
    fn a_case_is_written_then_the_same_then_shown_where_it_differs() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(directory.path()).unwrap();
        let (engine, policy) = policy();
        assert!(
            Case::all(folder)
                .unwrap_err()
                .to_string()
                .contains("has no test")
        );

        fs::write(folder.join(CLUSTER), DOCUMENT).unwrap();
        fs::create_dir_all(folder.join("cases/other")).unwrap();
        assert!(Case::all(folder).is_err(), "a case without an input");
        fs::write(folder.join("cases/other/cluster.json"), DOCUMENT).unwrap();
        fs::write(
            folder.join("cases/other/settings.json"),
            r#"{ "ttl": { "address": 7 } }"#,
        )
        .unwrap();
        let cases = Case::all(folder).unwrap();
        let names: Vec<_> = cases.iter().map(|case| &*case.name).collect();
        assert_eq!(names, [".", "cases/other"]);

        for (case, line) in cases
            .iter()
            .zip(["web.shop.svc.demo. 60 IN A", "web.shop.svc.demo. 7 IN A"])
        {
            let compared = case.compare(&engine, &policy);
            assert!(
                matches!(&compared, Outcome::Differs { diff } if diff.contains(&format!("+{line} 10.22.0.5\n"))),
                "{compared:?}"
            );
            assert_eq!(case.update(&engine, &policy), Outcome::Written);
            assert_eq!(case.update(&engine, &policy), Outcome::Same);
            assert_eq!(case.compare(&engine, &policy), Outcome::Same);
        }
        let expected = folder.join(EXPECTED);
        let text = fs::read_to_string(&expected).unwrap();
        fs::write(
            &expected,
            text.replace("\nweb.shop.svc.demo. 60", "\nweb.shop.svc.demo. 61"),
        )
        .unwrap();
        let Outcome::Differs { diff } = cases[0].compare(&engine, &policy) else {
            panic!("it is the same")
        };
        assert!(
            diff.contains(
                "-web.shop.svc.demo. 61 IN A 10.22.0.5\n+web.shop.svc.demo. 60 IN A 10.22.0.5\n"
            ),
            "{diff}"
        );
    }

    #[test]
    fn a_cluster_without_dns_and_settings_that_are_refused_are_said() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(directory.path()).unwrap();
        let (engine, policy) = policy();
        let failed = |cluster: &str, settings: &str| {
            fs::write(folder.join(CLUSTER), cluster).unwrap();
            fs::write(folder.join(SETTINGS), settings).unwrap();
            let outcome = Case::all(folder).unwrap()[0].compare(&engine, &policy);
            let Outcome::Failed { reason } = outcome else {
                panic!("{outcome:?}")
            };
            reason
        };
        let off = DOCUMENT.replace(r#", "dns": ["10.0.0.1"]"#, "");
        assert!(failed(&off, "{}").contains("DNS is off"));
        assert!(failed("[]", "{}").contains("read the cluster in"));
        assert!(failed(DOCUMENT, r#"{"x": 1}"#).contains("refused at configure"));
    }
}
