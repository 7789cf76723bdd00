//! What a real agent was recorded to answer, against what this policy publishes of the state that agent was in.
//!
//! Both are compared as sets of rows: an agent answers an address that fails over once for each instance, in any order. Names
//! are compared in lower case, and three things are not compared at all: the weight of an SRV (the agent's lags behind the
//! score that its own status tells), the serial, and the first two names of a SOA (the agent's lead nowhere).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::{Deserializer, Value};
use zonesmith_policy::harness::{self, Published};

use crate::OpensvcV3;

/// Of the recordings without a state of their own: whose state has the names that are asked for.
const STATES: &[(&str, &str)] = &[(
    // Framing of requests: nothing is asked for but the apex and its nameservers.
    "50-framing",
    "23-cni-restart",
)];

/// Rows of the agent that are no records, and what stands for them: recording, the agent's row, ours, why.
const NO_RECORDS: &[(&str, &str, &str, &str)] = &[(
    "51-dns-change",
    "ns2.cluster1. 60 A fd00:64::14",
    "ns2.cluster1. 60 AAAA fd00:64::14",
    "an A record cannot have an IPv6 address",
)];

/// What the agent denies, and we answer: DNS has no case, and a name may end without its dot.
const SPELLED_OTHERWISE: &[&str] = &["Cluster1.", "Web.ns1.svc.cluster1.", "cluster1", "Cluster2"];

/// After this one the cluster had a new name, and its services kept the old one until something happened to them.
const RENAMED: (&str, &str, &str) = ("53-cluster-rename", ".cluster1.", ".cluster2.");

type Rows = BTreeSet<String>;

/// A question, and the agent's answer.
struct Lookup {
    qname: String,
    qtype: String,
    rows: Rows,
}

/// One file of `dns/`, and the state that it was recorded in.
struct Recording {
    name: String,
    status: String,
    lookups: Vec<Lookup>,
    /// The whole zone, where it was listed.
    list: Option<Rows>,
}

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/om3")
}

fn recordings() -> Vec<Recording> {
    let folder = fs::read_dir(fixtures().join("dns")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| recording(file)).collect()
}

fn recording(file: &std::path::Path) -> Recording {
    let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let state = STATES.iter().find(|(recording, _)| *recording == name);
    let state = state.map_or(&*name, |(_, state)| state);
    let status = fixtures().join(format!("{state}.json"));
    let mut recording = Recording {
        status: fs::read_to_string(&status)
            .unwrap_or_else(|error| panic!("{}: {error}", status.display())),
        name,
        lookups: Vec::new(),
        list: None,
    };
    for line in fs::read_to_string(file).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        for (request, result) in exchanges(&line) {
            recording.take(&request, &result);
        }
    }
    recording
}

/// The requests of a line that were answered at all, each with its result.
fn exchanges(line: &Value) -> Vec<(Value, Value)> {
    let texts: Vec<&str> = match line["writes"].as_array() {
        Some(writes) => writes.iter().filter_map(Value::as_str).collect(),
        None => line["request"].as_str().into_iter().collect(),
    };
    // An unknown method has no reply, and what cannot be read ends the connection.
    let requests = texts.iter().filter_map(|text| {
        let request: Value = serde_json::from_str(text).ok()?;
        matches!(
            request["method"].as_str(),
            Some("initialize" | "lookup" | "list")
        )
        .then_some(request)
    });
    let replies = Deserializer::from_str(line["reply"].as_str().unwrap()).into_iter::<Value>();
    requests
        .zip(replies.map(|reply| reply.unwrap()["result"].take()))
        .collect()
}

impl Recording {
    fn take(&mut self, request: &Value, result: &Value) {
        let Some(rows) = result.as_array() else {
            return;
        };
        let rows = rows.iter().map(|row| self.row(row)).collect();
        let parameter = |key: &str| {
            request["parameters"][key]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        match request["method"].as_str() {
            Some("lookup") => self.lookups.push(Lookup {
                qname: parameter("qname"),
                qtype: parameter("qtype"),
                rows,
            }),
            Some("list") if !rows.is_empty() => self.list = Some(rows),
            _ => {}
        }
    }

    /// A row of the agent as a line; what is no record is what stands for it.
    fn row(&self, row: &Value) -> String {
        let text = |key: &str| row[key].as_str().unwrap().to_lowercase();
        let rtype = row["qtype"].as_str().unwrap();
        let line = line(
            &text("qname"),
            &row["ttl"].to_string(),
            rtype,
            &text("content"),
        );
        let wrong = NO_RECORDS
            .iter()
            .find(|(recording, wrong, ..)| *recording == self.name && *wrong == line);
        wrong.map_or(line, |(_, _, ours, _)| (*ours).to_owned())
    }

    /// What we publish of that state; none where DNS is off.
    fn published(&self) -> Option<Published> {
        match harness::publish::<OpensvcV3>(&self.status, "{}") {
            Ok(published) => Some(published),
            Err(off) => {
                assert!(
                    off.to_string().starts_with("DNS is off"),
                    "{}: {off}",
                    self.name
                );
                None
            }
        }
    }

    /// Our rows, by their names.
    fn ours(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let mut rows: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let published = self
            .published()
            .map(|published| published.to_string())
            .unwrap_or_default();
        for record in published.lines().filter(|line| !line.starts_with(';')) {
            let fields: Vec<&str> = record.splitn(5, ' ').collect();
            let [owner, ttl, _, rtype, content] = *fields else {
                panic!("{record}")
            };
            let row = line(owner, ttl, rtype, content);
            rows.entry(owner.to_owned())
                .or_default()
                .push((rtype.to_owned(), row));
        }
        rows
    }
}

fn line(owner: &str, ttl: &str, rtype: &str, content: &str) -> String {
    let fields: Vec<&str> = content.split(' ').collect();
    let content = match (rtype, &*fields) {
        ("SRV", [priority, _weight, port, target]) => format!("{priority} - {port} {target}"),
        ("SOA", [_, _, _, timers @ ..]) => format!("- - - {}", timers.join(" ")),
        _ => content.to_owned(),
    };
    format!("{owner} {ttl} {rtype} {content}")
}

#[test]
fn every_recorded_answer_is_ours() {
    let recordings = recordings();
    let (mut lookups, mut answered, mut records) = (0, 0, 0);
    let mut spelled_otherwise = BTreeSet::new();
    for recording in &recordings {
        let ours = recording.ours();
        for Lookup { qname, qtype, rows } in &recording.lookups {
            lookups += 1;
            let name = format!("{}.", qname.trim_end_matches('.').to_lowercase());
            let of_name = ours.get(&name).into_iter().flatten();
            let of_type = of_name.filter(|(rtype, _)| qtype == "ANY" || rtype == qtype);
            let found: Rows = of_type.map(|(_, row)| row.clone()).collect();
            if rows.is_empty() && SPELLED_OTHERWISE.contains(&&**qname) {
                spelled_otherwise.insert(&**qname);
                continue;
            }
            assert_eq!(&found, rows, "{}: {qname} {qtype}", recording.name);
            answered += usize::from(!rows.is_empty());
            records += rows.len();
        }
    }
    assert_eq!(
        spelled_otherwise,
        SPELLED_OTHERWISE.iter().copied().collect()
    );
    // Recordings, questions, questions with an answer, distinct records in these.
    assert_eq!(
        (recordings.len(), lookups, answered, records),
        (22, 409, 271, 372)
    );
}

#[test]
fn every_listed_zone_is_ours_and_nothing_else_is() {
    let mut lists = 0;
    for recording in recordings() {
        let Some(list) = &recording.list else {
            continue;
        };
        lists += 1;
        let (renamed, from, to) = RENAMED;
        let list: Rows = match recording.name == renamed {
            true => list.iter().map(|row| row.replace(from, to)).collect(),
            false => list.clone(),
        };
        let ours = recording.ours();
        // The agent has no reverse zones, only names in them.
        let is_apex_of_reverse =
            |owner: &str, rtype: &str| owner.ends_with(".arpa.") && matches!(rtype, "SOA" | "NS");
        let ours: Rows = ours
            .iter()
            .flat_map(|(owner, rows)| rows.iter().map(move |(rtype, row)| (owner, rtype, row)))
            .filter(|(owner, rtype, _)| !is_apex_of_reverse(owner, rtype))
            .map(|(_, _, row)| row.clone())
            .collect();
        assert_eq!(ours, list, "{}", recording.name);
        let published = recording.published().unwrap();
        assert_eq!(published.notes(), "", "{}", recording.name);
    }
    assert_eq!(lists, 20);
}

#[test]
fn each_exception_is_one() {
    // As recorded, without the exceptions: each row stands in its recording, so that none outlives its reason.
    for (recording, row, _, why) in NO_RECORDS {
        let text = fs::read_to_string(fixtures().join(format!("dns/{recording}.jsonl"))).unwrap();
        let (owner, content) = row.split_once(" 60 A ").unwrap();
        let recorded = format!(
            r#"\"qname\":\"{owner}\",\"qtype\":\"A\",\"ttl\":60,\"content\":\"{content}\""#
        );
        assert!(text.contains(&recorded), "{recording}: {row}: {why}");
    }
}
