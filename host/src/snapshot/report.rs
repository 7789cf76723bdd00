//! What is live, and what is wrong with it: the facts behind `zonesmith status`, as plain data, so that a program may
//! read the JSON and a newer command an older daemon (a field that is missing is empty).

pub mod promotion;

use serde::{Deserialize, Serialize};

use self::promotion::{RolledBackStatus, ShadowStatus};
use super::selection::SelectionStatus;

/// Everything `GET /status` says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Status {
    /// Of the daemon.
    pub version: String,
    /// Tells this run of the daemon from every other: generations count from 1 in each.
    pub run: String,
    /// When the daemon started, in seconds since 1970.
    pub started: u64,
    /// Whether there is DNS.
    pub state: ServingState,
    /// Why there is no socket, when there is none.
    pub reason: Option<String>,
    /// The path of the socket that PowerDNS asks, when there is one.
    pub socket: Option<String>,
    /// Of the socket that PowerDNS asks.
    pub connections: ConnectionStatus,
    /// Of what is served, from 1; 0 before the first.
    pub generation: u64,
    /// By apex.
    pub zones: Vec<ZoneStatus>,
    /// Names with records, in all zones.
    pub names: usize,
    /// Records, in all zones.
    pub records: usize,
    /// The first cluster, as the policies are given it.
    pub cluster: ClusterStatus,
    /// All clusters, in the order of their first sources.
    pub clusters: Vec<ClusterStatus>,
    /// The stack, in order.
    pub policies: Vec<PolicyStatus>,
    /// Who chooses which of the records a client is given, if anybody does.
    pub selection: Option<SelectionStatus>,
    /// The candidate that runs in the shadow.
    pub shadow: Option<Box<ShadowStatus>>,
    /// The policy that the daemon took back by itself, as long as what came instead is live.
    pub rolled_back: Option<RolledBackStatus>,
    /// The last candidate that was refused, until another one is published.
    pub refused: Option<RefusedStatus>,
    /// Where the state comes from.
    pub sources: Vec<SourceStatus>,
    /// Services whose last call failed: their last good records are served.
    pub failing: Vec<FailingStatus>,
    /// Records that no answer has, since they failed a check.
    pub quarantined: Vec<QuarantinedStatus>,
    /// How many records no answer has since another one excludes them.
    pub conflict_count: usize,
    /// The first of them.
    pub conflicts: Vec<ConflictStatus>,
    /// What the policies want to be known.
    pub diagnostics: Vec<DiagnosticStatus>,
    /// The master files of the configuration, in order.
    pub master_files: Vec<MasterFileStatus>,
    /// What survives the daemon.
    pub store: StoreStatus,
    /// Who is told of changed zones, and whether they know.
    pub notify: Vec<NotifyStatus>,
    /// What stands in the way of telling them, a sentence each.
    pub notify_problems: Vec<String>,
    /// Servers whose caches are purged: authoritative ones, then recursors.
    pub caches: Vec<CacheStatus>,
    /// Why servers are not told what they should know, such as all zones, if so.
    pub cache_problem: Option<String>,
    /// The servers that the daemon runs.
    pub children: Vec<ChildStatus>,
}

/// A server that the daemon runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ChildStatus {
    /// As it is called.
    pub program: String,
    /// What it says of itself.
    pub version: String,
    /// Where it answers, with the port.
    pub address: String,
    /// Whether it does.
    pub answers: bool,
    /// How often it ended by itself, and was run again.
    pub restarts: u64,
    /// Why it ended the last time.
    pub error: Option<String>,
}

/// Whether there is DNS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServingState {
    /// No zone has been published yet.
    #[default]
    Starting,
    /// The socket answers.
    Serving,
    /// The cluster has no nameservers: there is no socket.
    Off,
}

/// The connections to the socket that PowerDNS asks, since it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ConnectionStatus {
    /// Now open.
    pub open: u64,
    /// Most at a time.
    pub limit: usize,
    /// Accepted.
    pub accepted: u64,
    /// Refused, since there was no room.
    pub refused: u64,
    /// Idle ones that gave way to a new one.
    pub gave_way: u64,
    /// Requests answered, those with an error among them.
    pub requests: u64,
    /// Requests answered with an error.
    pub errors: u64,
    /// Why none can be accepted at present.
    pub problem: Option<String>,
}

/// A zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ZoneStatus {
    /// Absolute, lower case.
    pub apex: String,
    /// What PowerDNS calls it.
    pub id: i32,
    /// Of the SOA.
    pub serial: u32,
    /// Names with records in it.
    pub names: usize,
    /// Records in it, its SOA among them.
    pub records: usize,
}

/// A cluster, with where each fact is from: a source's address, or a place of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ClusterStatus {
    /// As configured, any case.
    pub name: String,
    /// Addresses, in order.
    pub nameservers: Vec<String>,
    /// Networks: `backend 10.22.0.0/16`.
    pub networks: Vec<String>,
    /// How many there are.
    pub services: usize,
    /// Of `name`.
    pub name_origin: String,
    /// Of `nameservers`.
    pub nameservers_origin: String,
    /// Of the networks.
    pub networks_origin: String,
    /// The sources that speak of it, in the order of the configuration.
    pub sources: Vec<String>,
    /// Why it has no DNS, if so; others may have.
    pub off: Option<String>,
}

/// A policy of the live stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PolicyStatus {
    /// Its own word.
    pub name: String,
    /// Its own word.
    pub version: String,
    /// The path, or `default` for the one in the binary.
    pub file: String,
    /// Of the component's bytes.
    pub digest: String,
    /// `zonesmith:policy@1`
    pub contract: String,
    /// Seconds since it stands there whatever its file says.
    pub pinned: Option<u64>,
    /// Seconds for which it is taken back by itself yet, where it fails.
    pub watched: Option<u64>,
}

/// A candidate that did not become live.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RefusedStatus {
    /// The path.
    pub policy: String,
    /// Of the component's bytes.
    pub digest: String,
    /// How far it came.
    pub stage: String,
    /// Why it came no further.
    pub reason: String,
}

/// A source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SourceStatus {
    /// Its address.
    pub source: String,
    /// The name of the cluster it speaks of.
    pub cluster: Option<String>,
    /// The language it was last understood in.
    pub format: Option<String>,
    /// `waiting`, `remembered` (what it said before the daemon started is served), `live`, `failing`
    pub state: String,
    /// Seconds since it spoke last: how old what is served may be.
    pub age: Option<u64>,
    /// What is wrong at present.
    pub error: Option<String>,
    /// Why what it says would not survive the daemon.
    pub not_kept: Option<NotKept>,
    /// What of its words before the daemon started was lost.
    pub lost: Option<String>,
    /// In its last good state.
    pub services: usize,
    /// What could not be read inside that state.
    pub problems: Vec<ProblemStatus>,
}

/// Something that is served and would not survive the daemon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct NotKept {
    /// Seconds since then.
    pub since: u64,
    /// Why.
    pub error: String,
}

/// Something in a source's state that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ProblemStatus {
    /// Where: `services.shop/svc/web.instances.n1…`
    pub path: String,
    /// What.
    pub message: String,
}

/// A service whose last call failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FailingStatus {
    /// Its path.
    pub service: String,
    /// The policy that failed.
    pub policy: String,
    /// What kind of thing happened: `trap`, `deadline`, `error`, …
    pub kind: String,
    /// A sentence.
    pub message: String,
    /// Seconds since it began to fail.
    pub since: u64,
    /// Calls since then.
    pub retries: u32,
}

/// A master file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MasterFileStatus {
    /// The apex of the zone it is for.
    pub zone: String,
    /// Its path.
    pub file: String,
    /// Whether it adds to a zone that is served anyway.
    pub merge: bool,
    /// `served`, `waiting` (for its zone to be there), `failing` (what was good last is served)
    pub state: String,
    /// Records of it that are served.
    pub records: usize,
    /// What is wrong with it as it is now, each with file and line.
    pub faults: Vec<String>,
}

/// The state file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct StoreStatus {
    /// Its path.
    pub file: String,
    /// Why serials cannot be kept just now.
    pub error: Option<String>,
    /// What of it was lost before the daemon started, or will be at its end.
    pub lost: Option<String>,
}

/// A record that failed a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct QuarantinedStatus {
    /// The service it is for; empty for a policy's configuration, and for a master file.
    pub service: String,
    /// The policy that made it, or file and line.
    pub policy: String,
    /// The rule that made it.
    pub rule: Option<String>,
    /// The resource it is for: `n1 ip#0`
    pub resource: Option<String>,
    /// As the policy wrote it.
    pub owner: String,
    /// `A`
    pub rtype: String,
    /// A sentence.
    pub reason: String,
}

/// A record that another one excludes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ConflictStatus {
    /// Absolute, lower case.
    pub name: String,
    /// `CNAME`
    pub rtype: String,
    /// `cname-beside-other`, `shadowed`, …
    pub kind: String,
    /// The service whose record is not served; empty for a policy's configuration.
    pub loser: String,
}

/// What a policy wants to be known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct DiagnosticStatus {
    /// The service it is about; empty for a policy's configuration.
    pub service: String,
    /// Who says it.
    pub policy: String,
    /// `information`, `warning`, `error`
    pub severity: String,
    /// The rule it is about.
    pub rule: Option<String>,
    /// The resource it is about: `n1 ip#0`
    pub resource: Option<String>,
    /// A sentence.
    pub message: String,
}

/// A name server that is told of a zone's changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct NotifyStatus {
    /// Absolute, lower case.
    pub zone: String,
    /// An address, with its port where that is not 53.
    pub target: String,
    /// The newest serial that it is to know of.
    pub serial: u32,
    /// `waiting`, `asked`, `retrying`, `acknowledged`, `given-up`
    pub state: String,
    /// Failures since the last acknowledgement.
    pub failures: u32,
    /// The reason of the last one.
    pub error: Option<String>,
}

/// A server whose caches are purged of what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct CacheStatus {
    /// Its address, as configured.
    pub target: String,
    /// `authoritative`, `recursor`
    pub role: String,
    /// `waiting` (for something to be published), `purged`, `behind`, `failing` (whole zones are purged when it answers again)
    pub state: String,
    /// Whether it was found on this machine, and not configured.
    pub found: bool,
    /// The generation up to which its caches are right.
    pub generation: Option<u64>,
    /// Milliseconds since they may be wrong.
    pub behind: Option<u64>,
    /// Entries that it forgot, where it counts them.
    pub entries: u64,
    /// Failures in a row.
    pub failures: u32,
    /// The reason of the last one, or what it does not forget although it answers.
    pub error: Option<String>,
}
