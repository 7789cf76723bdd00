//! PowerDNS's programs: where they are, which versions they have, and how they are installed where they are not.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where administrators' programs are, also for those who are none.
const ADMINISTRATORS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// One of PowerDNS's programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `pdns_server`, with the remote backend.
    Authoritative,
    /// `pdns_recursor`.
    Recursor,
}

/// Why a program cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there.
    #[error("{} is not installed; {}", .0.name(), .0.installation())]
    Missing(Program),
    /// It cannot be run, or says no version.
    #[error("{path} says no version of PowerDNS: {said}")]
    Strange {
        /// The program.
        path: PathBuf,
        /// What it says.
        said: String,
    },
    /// The server is there without the backend that asks us.
    #[error("{path} has no remote backend; {}", Program::Authoritative.installation())]
    NoBackend {
        /// The program.
        path: PathBuf,
    },
}

impl Program {
    /// As it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Authoritative => "pdns_server",
            Self::Recursor => "pdns_recursor",
        }
    }

    fn installation(self) -> String {
        let packages = |debian: &str, other: &str| {
            format!(
                "`apt install {debian}` on Debian and Ubuntu, `dnf install {other}` on Fedora, `apk add {other}` on Alpine"
            )
        };
        match self {
            Self::Authoritative => packages(
                "pdns-server pdns-backend-remote",
                "pdns pdns-backend-remote",
            ),
            Self::Recursor => packages("pdns-recursor", "pdns-recursor"),
        }
    }

    /// Looks for it in the directories of `path` (the variable), and where administrators have theirs.
    ///
    /// # Errors
    /// It is not there, or cannot do what is wanted of it.
    pub fn find(self, path: Option<&str>) -> Result<Installed, ProgramError> {
        let directories = std::env::split_paths(path.unwrap_or_default());
        let mut places = directories
            .filter(|directory| directory.is_absolute())
            .chain(ADMINISTRATORS.map(PathBuf::from))
            .map(|directory| directory.join(self.name()));
        let path = places
            .find(|place| place.is_file())
            .ok_or(ProgramError::Missing(self))?;
        let said = output(&path, &["--version"]).unwrap_or_else(|error| error.to_string());
        let Some(version) = Version::read(&said) else {
            return Err(ProgramError::Strange { path, said });
        };
        if self == Self::Authoritative {
            // Backends are libraries that the server alone knows to find.
            let arguments = ["--no-config", "--launch=remote", "--help"];
            let has_backend = quiet(&path, &arguments)
                .status()
                .is_ok_and(|status| status.success());
            if !has_backend {
                return Err(ProgramError::NoBackend { path });
            }
        }
        Ok(Installed {
            program: self,
            path,
            version,
        })
    }
}

/// A program that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Which one.
    pub program: Program,
    /// Where.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: Version,
}

/// A version, as far as anything depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    major: u32,
    minor: u32,
    text: String,
}

impl Version {
    /// Reads what `--version` prints: `PowerDNS Recursor 4.8.8 (C) …`, behind a date or not.
    #[must_use]
    pub fn read(said: &str) -> Option<Self> {
        let (_, rest) = said.split_once("PowerDNS ")?;
        rest.split_whitespace().take(3).find_map(Self::parse)
    }

    /// Reads `4.8.8`, or as much of it as tells one language from another: `5.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.');
        Some(Self {
            major: numbers.next()?.parse().ok()?,
            minor: numbers.next()?.parse().ok()?,
            text: text.to_owned(),
        })
    }

    /// The releases it belongs to, without a dot: 51 of 5.1.5, as the makers' images have it in their names.
    #[must_use]
    pub fn series(&self) -> String {
        format!("{}{}", self.major, self.minor)
    }

    /// Whether it is this one, or a later one.
    #[must_use]
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn quiet(path: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(path);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn output(path: &Path, arguments: &[&str]) -> std::io::Result<String> {
    let output = Command::new(path)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    let (out, err) = (output.stdout, output.stderr);
    Ok([out, err]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_out_of_what_the_program_prints() {
        for (said, expected) in [
            (
                "Nov 24 18:25:49 PowerDNS Authoritative Server 4.7.3 (C) 2001-2022 PowerDNS.COM BV\n",
                Some((4, 7)),
            ),
            (
                "PowerDNS Recursor 5.1.0-rc1 (C) PowerDNS.COM BV",
                Some((5, 1)),
            ),
            ("PowerDNS Recursor (C) PowerDNS.COM BV", None),
            ("No such file or directory", None),
        ] {
            let version = Version::read(said).map(|version| (version.major, version.minor));
            assert_eq!(version, expected, "of {said}");
        }
    }

    #[test]
    fn a_later_version_is_at_least_an_earlier_one() {
        let version = Version::parse("5.0.12").unwrap();
        assert!(version.is_at_least(4, 9) && version.is_at_least(5, 0));
        assert!(!version.is_at_least(5, 1));
    }

    #[test]
    fn what_is_not_there_is_named_with_the_packages_that_have_it() {
        let error = ProgramError::Missing(Program::Authoritative).to_string();
        assert!(
            error.contains("apt install pdns-server pdns-backend-remote"),
            "{error}"
        );
    }
}
