//! Input and output of a policy side by side in its folder, and the two held against each other.
//!
//! `zonesmith policy test` does the same with the component; this is the quick way, with a debugger and a coverage report at
//! hand. Both print all zones, then what there is to tell: a note that nobody expects is a difference, too.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use similar::TextDiff;

use super::{Harness, HarnessError, Published};
use crate::policy::Policy;

/// Set to anything, it makes tests write what is published instead of comparing it.
const UPDATE: &str = "UPDATE";

/// What a folder has.
const CLUSTER: &str = "cluster.json";
const SETTINGS: &str = "settings.json";
const EXPECTED: &str = "expected.zone";
const CASES: &str = "cases";

/// In a test of a policy: of `cluster.json`, with `settings.json` where there is one, comes what `expected.zone` says; in this
/// folder, and in each folder below `cases`. With the variable `UPDATE` set, as in `UPDATE=1 cargo test`, `expected.zone` is
/// written instead.
///
/// ```no_run
/// # use zonesmith_policy::{Cluster, Configuration, Description, Policy, Service, Synthesis};
/// # struct Mine;
/// # impl Policy for Mine {
/// #     fn describe() -> Description { Description::new("mine", "1.0.0", "") }
/// #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
/// #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
/// # }
/// #[test]
/// fn the_cluster_gives_the_expected_zone() {
///     zonesmith_policy::harness::assert_expected::<Mine>(env!("CARGO_MANIFEST_DIR"));
/// }
/// ```
///
/// # Panics
///
/// Where the two differ, with the lines that do; where a file cannot be read, or the policy refuses the cluster or the settings.
#[track_caller]
pub fn assert_expected<P: Policy>(folder: impl AsRef<Path>) {
    assert_expected_of(folder, |harness, settings| harness.policy::<P>(settings));
}

/// The same of a policy that is stacked on others: `stack` puts them all over the cluster, the settings are of the one that
/// the folder is about.
///
/// ```no_run
/// # use zonesmith_policy::{Cluster, Configuration, Description, Policy, Service, Synthesis};
/// # struct First;
/// # impl Policy for First {
/// #     fn describe() -> Description { Description::new("first", "1.0.0", "") }
/// #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
/// #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
/// # }
/// # type Mine = First;
/// use zonesmith_policy::harness::assert_expected_of;
///
/// assert_expected_of(env!("CARGO_MANIFEST_DIR"), |harness, settings| {
///     harness.policy::<First>("{}")?.policy::<Mine>(settings)
/// });
/// ```
///
/// # Panics
///
/// As [`assert_expected`].
#[track_caller]
pub fn assert_expected_of(
    folder: impl AsRef<Path>,
    stack: impl Fn(Harness, &str) -> Result<Harness, HarnessError>,
) {
    fail(each_case(folder.as_ref(), stack, is_update()));
}

fn each_case(
    folder: &Path,
    stack: impl Fn(Harness, &str) -> Result<Harness, HarnessError>,
    is_update: bool,
) -> Result<(), String> {
    for case in cases(folder)? {
        publish(&case, &stack)?.compare(&case.join(EXPECTED), is_update)?;
    }
    Ok(())
}

fn is_update() -> bool {
    env::var_os(UPDATE).is_some_and(|update| !update.is_empty())
}

impl Published {
    /// In a test: all zones and all there is to tell are what `file` says; with the variable `UPDATE` set, the file is written.
    ///
    /// ```no_run
    /// # use zonesmith_policy::{Cluster, Configuration, Description, Policy, Service, Synthesis, harness::publish};
    /// # struct Mine;
    /// # impl Policy for Mine {
    /// #     fn describe() -> Description { Description::new("mine", "1.0.0", "") }
    /// #     fn configure(_: Cluster, _: &str) -> Result<(Self, Configuration), String> { Ok((Self, Configuration::empty())) }
    /// #     fn synthesize(&self, _: &Service) -> Result<Synthesis, String> { Ok(Synthesis::empty()) }
    /// # }
    /// # let document = "";
    /// let published = publish::<Mine>(document, "{}").unwrap();
    /// published.assert_expected(concat!(env!("CARGO_MANIFEST_DIR"), "/expected.zone"));
    /// ```
    ///
    /// # Panics
    ///
    /// Where the two differ, with the lines that do.
    #[track_caller]
    pub fn assert_expected(&self, file: impl AsRef<Path>) {
        fail(self.compare(file.as_ref(), is_update()));
    }

    fn compare(&self, file: &Path, is_update: bool) -> Result<(), String> {
        let published = self.to_string();
        let name = file.display();
        if is_update {
            return fs::write(file, published).map_err(|error| format!("write {name}: {error}"));
        }
        let expected = read(file)?.unwrap_or_default();
        match difference(&expected, &published, file) {
            Some(difference) => Err(format!(
                "another zone is published than {name} says; {UPDATE}=1 writes it anew\n{difference}"
            )),
            None => Ok(()),
        }
    }
}

/// The lines that are not in both, as `diff -u` prints them; none where the two are the same.
fn difference(expected: &str, published: &str, file: &Path) -> Option<String> {
    if expected == published {
        return None;
    }
    let diff = TextDiff::from_lines(expected, published);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Some(diff.unified_diff().header(&name, "published").to_string())
}

/// The folder itself where it has a cluster, and all below `cases`, sorted: one of those without a cluster is a mistake.
fn cases(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let directory = folder.join(CASES);
    let unread = |error: io::Error| format!("list {}: {error}", directory.display());
    let mut cases = Vec::new();
    match fs::read_dir(&directory) {
        Ok(entries) => {
            for entry in entries {
                cases.push(entry.map_err(unread)?.path());
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unread(error)),
    }
    cases.retain(|case| case.is_dir());
    cases.sort();
    if cases.is_empty() || folder.join(CLUSTER).is_file() {
        cases.insert(0, folder.to_owned());
    }
    Ok(cases)
}

fn publish(
    case: &Path,
    stack: impl Fn(Harness, &str) -> Result<Harness, HarnessError>,
) -> Result<Published, String> {
    let document = read(&case.join(CLUSTER))?
        .ok_or_else(|| format!("there is no {CLUSTER} in {}", case.display()))?;
    let settings = read(&case.join(SETTINGS))?;
    let settings = settings.as_deref().unwrap_or("{}");
    Harness::read(&document)
        .and_then(|harness| stack(harness, settings))
        .map(Harness::publish)
        .map_err(|error| format!("{}: {error}", case.display()))
}

/// None: there is no such file.
fn read(file: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("read {}: {error}", file.display())),
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "that is how a test fails")]
fn fail(compared: Result<(), String>) {
    if let Err(message) = compared {
        panic!("{message}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{difference, each_case};
    use crate::harness::Harness;
    use crate::harness::tests::Example;

    #[test]
    fn lines_that_differ_are_shown() {
        let file = Path::new("x/expected.zone");
        assert_eq!(difference("same\n", "same\n", file), None);
        let difference = difference("a.\nb.\nc.\n", "a.\nB.\nc.\n", file).unwrap();
        insta::assert_snapshot!(difference, @r"
        --- expected.zone
        +++ published
        @@ -1,3 +1,3 @@
         a.
        -b.
        +B.
         c.
        ");
    }

    #[test]
    fn a_folder_and_its_cases_are_held_against_what_is_expected() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("cases/empty");
        fs::create_dir_all(&case).unwrap();
        let outcome = |is_update| {
            let stack = |harness: Harness, settings: &str| harness.policy::<Example>(settings);
            each_case(folder.path(), stack, is_update)
        };
        let message = outcome(false).unwrap_err();
        assert!(
            message.starts_with("there is no cluster.json in "),
            "{message}"
        );
        let document = r#"{ "cluster": { "name": "demo", "dns": ["10.0.0.1"] }, "services": {} }"#;
        fs::write(folder.path().join("cluster.json"), document).unwrap();
        let message = outcome(true).unwrap_err();
        assert!(message.ends_with("/cases/empty"), "{message}");
        fs::write(case.join("cluster.json"), document).unwrap();
        fs::write(folder.path().join("expected.zone"), "").unwrap();
        let message = outcome(false).unwrap_err();
        assert!(message.contains("\n+demo. 60 IN SOA "), "{message}");
        assert_eq!(outcome(true), Ok(()));
        assert_eq!(outcome(false), Ok(()));
        fs::write(case.join("expected.zone"), "").unwrap();
        let message = outcome(false).unwrap_err();
        assert!(
            message.contains("cases/empty/expected.zone says"),
            "{message}"
        );
        fs::write(case.join("settings.json"), "[]").unwrap();
        let message = outcome(true).unwrap_err();
        assert!(
            message.ends_with("example refuses: no settings here"),
            "{message}"
        );
    }
}
