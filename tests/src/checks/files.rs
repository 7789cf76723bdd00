//! Checkers of master files. They are asked for their strictest: what a name server would only warn of is a finding.

use std::path::Path;

use super::Finding;
use crate::answer::Answer;
use crate::network::Network;

/// What `named-checkzone` and `kzonecheck` say about a zone in a file.
#[must_use]
pub fn check(network: &Network, zone: &str, file: &Path) -> Vec<Finding> {
    let mut findings = named_checkzone(network, zone, file);
    findings.extend(kzonecheck(network, zone, file, "off"));
    findings
}

/// What `ldns-verify-zone` and `kzonecheck` say about a signed zone in a file: signatures, and the chain of names.
/// Nothing is said about who signed: `key`, a file with the zone's DNSKEY or DS records, is trusted.
#[must_use]
pub fn check_signed(network: &Network, zone: &str, file: &Path, key: &Path) -> Vec<Finding> {
    let answer = network.run("ldns-verify-zone", &[Path::new("-k"), key, file]);
    let mut findings = unless("ldns-verify-zone", zone, answer, |line| {
        // It wants to go on to the real root from a key it is told to trust, which is no matter here.
        line == "Zone is verified and complete" || line == "Cannot chase the root: All OK"
    });
    findings.extend(kzonecheck(network, zone, file, "on"));
    findings
}

fn named_checkzone(network: &Network, zone: &str, file: &Path) -> Vec<Finding> {
    // Names outside the zone are others' to check: nobody resolves them here.
    let mut arguments = vec!["-i", "local"];
    for option in ["-k", "-n", "-m", "-M", "-S", "-r"] {
        arguments.extend([option, "fail"]);
    }
    let file = file.display().to_string();
    arguments.extend(["-W", "warn", zone, &file]);
    let loaded = format!("zone {zone}/IN: loaded serial ");
    let answer = network.run("named-checkzone", &arguments);
    unless("named-checkzone", zone, answer, |line| {
        line == "OK" || line.starts_with(&loaded)
    })
}

fn kzonecheck(network: &Network, zone: &str, file: &Path, dnssec: &str) -> Vec<Finding> {
    let file = file.display().to_string();
    let answer = network.run("kzonecheck", &["-v", "-d", dnssec, "-o", zone, &file]);
    unless("kzonecheck", zone, answer, |line| {
        line == "No semantic error found"
    })
}

/// Every line but the good ones is a finding; so is a bad end, and one without any good line.
fn unless(
    tool: &'static str,
    zone: &str,
    answer: Answer,
    is_good: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let Answer {
        code,
        output,
        error,
    } = answer;
    let finding = |tag: &str, detail: &str| Finding {
        tool,
        name: zone.to_owned(),
        tag: tag.to_owned(),
        detail: detail.to_owned(),
    };
    let (good, bad): (Vec<&str>, Vec<&str>) = output
        .lines()
        .chain(error.lines())
        .partition(|line| is_good(line));
    let mut findings: Vec<_> = bad.iter().map(|line| finding("says", line)).collect();
    if code != 0 {
        findings.push(finding("fails", &format!("exit code {code}")));
    }
    if good.is_empty() {
        findings.push(finding("silent", "says nothing good"));
    }
    findings
}
