//! Checkers that walk down from the root, as resolvers do, and ask every name server they meet.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;

use super::Finding;
use crate::answer::Answer;
use crate::name_servers::root;
use crate::network::Network;

/// What Zonemaster says about a zone, from notices up. Files it needs are put into `directory`.
///
/// # Panics
/// When it writes what is no JSON, or stops early without a word.
#[must_use]
pub fn zonemaster(network: &Network, zone: &str, directory: &Path) -> Vec<Finding> {
    let hints = directory.join("hints");
    fs::write(&hints, root::hints()).expect("write the hints");
    let hints = hints.display().to_string();
    let arguments = [
        "--hints",
        &hints,
        "--level",
        "INFO",
        "--json-stream",
        "--no-progress",
        zone,
    ];
    let answer = network.run("zonemaster-cli", &arguments);
    let finding = |tag: &str, detail: String| Finding {
        tool: "zonemaster",
        name: zone.to_owned(),
        tag: tag.to_owned(),
        detail,
    };
    if answer.code != 0 {
        return vec![finding(
            "fails",
            format!("exit code {}: {}", answer.code, answer.error),
        )];
    }
    let messages: Vec<Value> = answer
        .output
        .lines()
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
        })
        .collect();
    // Its last test: it did not give up half way.
    let tags: Vec<&str> = messages
        .iter()
        .map(|message| text(message, "tag"))
        .collect();
    assert!(
        tags.contains(&"ONE_SOA"),
        "zonemaster-cli stopped early: {answer:?}"
    );
    messages
        .iter()
        .filter(|message| text(message, "level") != "INFO")
        .map(|message| {
            let arguments = message.get("args").unwrap_or(&Value::Null);
            let detail = format!("{} {arguments}", text(message, "level"));
            finding(text(message, "tag"), detail)
        })
        .collect()
}

/// What DNSViz says about names, from warnings up. Those of them that are in `secure` have to be zones that their parent
/// delegates with a DS record that fits.
///
/// # Panics
/// When it got no answer for one of the names, or writes what is no JSON.
#[must_use]
pub fn dnsviz(
    network: &Network,
    names: &[&str],
    secure: &[&str],
    directory: &Path,
) -> Vec<Finding> {
    let probed = directory.join("probed.json").display().to_string();
    let servers = format!(".+:{}", root_servers());
    // Walk from the root, whose servers are these, and ask what shows whether EDNS works.
    let mut arguments = vec!["probe", "-A", "-E", "-d", "1", "-a", "."];
    arguments.extend(["-x", &servers, "-o", &probed]);
    arguments.extend(names);
    run(network, &arguments);

    let mut arguments = vec!["grok", "-P", "-l", "info", "-r", &probed];
    arguments.extend(names);
    let answer = run(network, &arguments);
    let seen: Value = serde_json::from_str(&answer.output)
        .unwrap_or_else(|error| panic!("dnsviz grok: {error}: {answer:?}"));
    let mut findings = Vec::new();
    for name in names {
        let absolute = format!("{}.", name.trim_end_matches('.'));
        let of_name = seen.get(&absolute).unwrap_or(&Value::Null);
        let status = text(of_name, "status");
        assert!(
            ["NOERROR", "NXDOMAIN"].contains(&status),
            "dnsviz has no answer for {absolute}: {of_name:#}"
        );
        let delegation = of_name
            .pointer("/delegation/status")
            .and_then(Value::as_str);
        if secure.contains(name) && delegation != Some("SECURE") {
            findings.push(Finding {
                tool: "dnsviz",
                name: absolute.clone(),
                tag: "delegation".to_owned(),
                detail: format!("is {delegation:?}"),
            });
        }
        collect(of_name, &absolute, &mut findings);
    }
    findings
}

fn run(network: &Network, arguments: &[&str]) -> Answer {
    let answer = network.run("dnsviz", arguments);
    assert_eq!(answer.code, 0, "dnsviz {arguments:?}: {answer:?}");
    answer
}

/// `errors` and `warnings` stand anywhere in what DNSViz writes, beside what they are about.
fn collect(value: &Value, place: &str, findings: &mut Vec<Finding>) {
    match value {
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect(value, place, findings)),
        Value::Object(members) => {
            let place = members.get("id").and_then(Value::as_str).unwrap_or(place);
            for (key, member) in members {
                if !["errors", "warnings"].contains(&key.as_str()) {
                    collect(member, place, findings);
                    continue;
                }
                findings.extend(
                    member
                        .as_array()
                        .into_iter()
                        .flatten()
                        .map(|fault| Finding {
                            tool: "dnsviz",
                            name: place.to_owned(),
                            tag: text(fault, "code").to_owned(),
                            detail: text(fault, "description").to_owned(),
                        }),
                );
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn text<'value>(value: &'value Value, key: &str) -> &'value str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The root servers as DNSViz takes them.
fn root_servers() -> String {
    let servers = root::servers().map(|(name, address)| match address {
        IpAddr::V4(address) => format!("{name}={address}"),
        IpAddr::V6(address) => format!("{name}=[{address}]"),
    });
    servers.collect::<Vec<_>>().join(",")
}
