//! Releases of PowerDNS and its recursor that are here.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use zonesmith::power_dns::program::{Program, Version};
use zonesmith::power_dns::recursor::Language;

use crate::BINARY;

/// Both programs, as they came together.
pub(super) struct Release {
    /// The words that run the server.
    pub(super) authoritative: Vec<String>,
    /// The words that run the recursor.
    pub(super) recursor: Vec<String>,
    versions: [Version; 2],
}

/// All that are here: those of the machine first.
pub(super) fn releases() -> Vec<Release> {
    let beside = Path::new(BINARY).ancestors().nth(2).unwrap().join("later");
    let newer = fs::read_dir(&beside).unwrap_or_else(|error| {
        panic!("{}: {error}; tests/later-debian makes it", beside.display())
    });
    let mut roots: Vec<PathBuf> = newer.map(|entry| entry.unwrap().path()).collect();
    roots.sort();
    let newer = roots.iter().map(|root| Release::below(root));
    [Release::installed()].into_iter().chain(newer).collect()
}

impl Release {
    fn of(authoritative: Vec<String>, recursor: Vec<String>) -> Self {
        let versions = [version(&authoritative), version(&recursor)];
        Self {
            authoritative,
            recursor,
            versions,
        }
    }

    fn installed() -> Self {
        let path = std::env::var("PATH").ok();
        let [authoritative, recursor] =
            [Program::Authoritative, Program::Recursor].map(|program| {
                let found = program.find(path.as_deref());
                let installed =
                    found.unwrap_or_else(|error| panic!("{error}; tests/run installs it"));
                vec![installed.path.display().to_string()]
            });
        Self::of(authoritative, recursor)
    }

    /// Those below a directory, with the libraries they were built for, which are not those of the machine.
    fn below(root: &Path) -> Self {
        let libraries = entry(&root.join("usr/lib"), |name| name.ends_with("-linux-gnu"));
        let loader = entry(&libraries, |name| name.starts_with("ld-linux"));
        let run = |program: &str| {
            let program = root.join("usr/sbin").join(program);
            let words = [&loader, Path::new("--library-path"), &libraries, &program];
            words.map(|word| word.display().to_string()).to_vec()
        };
        let mut authoritative = run("pdns_server");
        authoritative.push(format!("--module-dir={}", libraries.join("pdns").display()));
        Self::of(authoritative, run("pdns_recursor"))
    }

    /// The one that its recursor reads.
    pub(super) fn language(&self) -> Language {
        Language::of(&self.versions[1])
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [server, recursor] = &self.versions;
        write!(
            formatter,
            "pdns_server {server} and pdns_recursor {recursor}"
        )
    }
}

fn entry(directory: &Path, is_it: impl Fn(&str) -> bool) -> PathBuf {
    let entries =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let found = paths.find(|path| is_it(&path.file_name().unwrap().to_string_lossy()));
    found.unwrap_or_else(|| panic!("{} lacks what is looked for", directory.display()))
}

fn version(words: &[String]) -> Version {
    let (program, arguments) = words.split_first().unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg("--version")
        .output();
    let output = output.unwrap_or_else(|error| panic!("run {words:?}: {error}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Version::read(&said).unwrap_or_else(|| panic!("{words:?} says no version: {said}"))
}
