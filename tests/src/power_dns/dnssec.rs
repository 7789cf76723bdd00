//! Signed zones: `pdnsutil` signs them, `delv` validates what it is told of them.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{PowerDns, dig};
use crate::answer::Answer;

/// The key of a zone that `delv` trusts.
pub struct Anchor {
    zone: String,
    port: u16,
    directory: TempDir,
}

/// What `delv` makes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validated {
    /// Records, each as `name TTL IN type content` without signatures, in order.
    Records(Vec<String>),
    /// The same without proof, and rightly so: with opt-out (RFC 5155 §9.2) a delegation without DS may be in the way of a
    /// wildcard.
    Unproven(Vec<String>),
    /// The name exists without such records, and that is proven.
    NoSuchType,
    /// There is no such name, and that is proven.
    NoSuchName,
    /// Anything else, with all that it printed.
    Broken(String),
}

impl PowerDns {
    /// Runs `pdnsutil` with this server's configuration.
    ///
    /// # Panics
    /// When it cannot be run, or fails.
    pub fn pdnsutil(&self, arguments: &[&str]) -> String {
        let output = Command::new("pdnsutil")
            .arg(format!("--config-dir={}", self.directory.path().display()))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run pdnsutil: {error}; tests/run installs it"));
        let answer = Answer::of(&output);
        assert_eq!(answer.code, 0, "pdnsutil {arguments:?}: {answer:?}");
        answer.output
    }

    /// Trusts the keys that the zone has now.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn anchor(&self, zone: &str) -> Anchor {
        let keys = self.dig(&[zone, "DNSKEY", "+short"]);
        let trusted: String = keys
            .lines()
            .filter(|line| line.starts_with("257 "))
            .map(|line| {
                let mut fields = line.split_whitespace();
                let head: Vec<_> = fields.by_ref().take(3).collect();
                let key: String = fields.collect();
                format!("{zone}. static-key {} \"{key}\";\n", head.join(" "))
            })
            .collect();
        assert!(!trusted.is_empty(), "{zone} has no key: {keys}");
        let directory = tempfile::tempdir().expect("make a directory");
        let text = format!("trust-anchors {{\n{trusted}}};\n");
        fs::write(directory.path().join("anchor"), text).expect("write the anchor");
        Anchor {
            zone: zone.to_owned(),
            port: self.port,
            directory,
        }
    }
}

impl Anchor {
    /// Asks and validates.
    ///
    /// # Panics
    /// When `delv` cannot be run.
    #[must_use]
    pub fn ask(&self, name: &str, rrtype: &str) -> Validated {
        let anchor = self.directory.path().join("anchor");
        let output = Command::new("delv")
            .args(["@127.0.0.1", "-p", &self.port.to_string(), "-a"])
            .arg(&anchor)
            .arg(format!("+root={}", self.zone))
            .args([name, rrtype])
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run delv: {error}; tests/run installs it"));
        let answer = Answer::of(&output);
        let text = format!("{}{}", answer.output, answer.error);
        if text.contains("; negative response, fully validated") {
            if text.contains("ncache nxdomain") {
                return Validated::NoSuchName;
            }
            return Validated::NoSuchType;
        }
        let is_unproven = text.contains("; unsigned answer");
        if text.contains("resolution failed")
            || !(is_unproven || text.contains("; fully validated"))
        {
            return Validated::Broken(text);
        }
        let mut records: Vec<_> = answer
            .output
            .lines()
            .filter(|line| !line.starts_with(';') && !line.trim().is_empty())
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|fields| fields.get(3) != Some(&"RRSIG"))
            .map(|fields| fields.join(" "))
            .collect();
        records.sort();
        if is_unproven {
            return Validated::Unproven(records);
        }
        Validated::Records(records)
    }

    /// The serial of the zone, as everybody sees it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn serial(&self) -> u32 {
        let soa = dig(self.port, &[&self.zone, "SOA", "+short"]);
        soa.split_whitespace()
            .nth(2)
            .and_then(|serial| serial.parse().ok())
            .unwrap_or_else(|| panic!("no SOA of {}: {soa}", self.zone))
    }
}
