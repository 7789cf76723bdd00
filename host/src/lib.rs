//! Cluster state in, DNS out, with the naming rules in a WebAssembly component.
//!
//! ```text
//! source ──▶ cluster ──▶ policy (WASM) ──▶ zone ──▶ snapshot ──▶ remote (pdns.sock): lookup, list, …
//! file       services    names each        checks,   one Arc,     └──▶ admin: status, policy/reload
//!            networks    service           merges    swapped
//! ```
//!
//! Data flows one way, and every arrow hands over a value that never changes again. `README.md` says what it is for,
//! `host/docs/decisions` why it is as it is.
//!
//! | room | job |
//! |---|---|
//! | [`source`] | where cluster state comes from: full state first, then changes |
//! | `zonesmith-cluster` | the cluster document, read once into what a policy is given |
//! | [`policy`] | components: loaded, limited, called; no type of wasmtime leaves it |
//! | `zonesmith-zone` | names, rdata, checks, conflicts, the one ordered map |
//! | [`synthesis`] | the one writer: changes and candidates in, snapshots out |
//! | [`snapshot`] | all zones at one generation; the pointer that is swapped |
//! | [`remote`] | `pdns.sock`, PowerDNS's remote backend |
//! | [`dns_notify`], [`janitor`] | secondaries are told of changes; caches forget what changed |
//! | [`power_dns`] | PowerDNS's programs: found, and told what they need |
//! | [`deployment`] | what `deploy` puts on a machine, and takes away again |
//! | [`name_server`] | what a name server answers, for who waits for a change to arrive there |
//! | [`diagnosis`] | checks of `doctor`, each with its cure |
//! | [`resolver`] | what the resolver of a container is told, and who tells it |
//! | [`explain`] | why a name answers what it answers, or why it does not |
//! | [`admin`] | our own socket, for commands and monitoring |
//! | [`daemon`] | the only file that knows every part |
//! | [`cli`], [`config`] | the command line; the configuration, each value with its origin |
//! | [`master_file`] | records a site lists by hand: read, followed, handed to the writer |
//! | [`etcd`] | the way to an etcd, for the source and for `publish` |
//! | [`memory`] | what each source said last, kept across restarts |
//! | [`kit`] | what authors of policies work with: folders, builds, tests |
//! | [`playground`] | the page that runs policies in a browser, served with what a daemon says |
//! | [`publish`] | writes what a source says into an etcd |
//! | [`store`] | what must survive the daemon: serials, keys, metadata |
//! | [`registry`] | components in registries of containers, for commands |
//! | [`trust`] | whether a component comes from somebody who is believed |
//! | [`telemetry`], [`digest`], [`watch`] | the log; the name of some bytes; "look again" |
//!
//! **Invariant:** one writer, many readers. A lookup loads one pointer, takes no lock, and never enters WebAssembly, but
//! where a policy chooses which records a client is given ([`policy::selection`]).
//!
//! **Invariant:** what fails changes nothing: a broken source, policy, service or record leaves what was served.
//!
//! **Invariant:** "I cannot say" is never "there is no such name": the socket is there only while a zone is published.

#![forbid(unsafe_code)]

pub mod admin;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod deployment;
pub mod diagnosis;
pub mod digest;
pub mod dns_notify;
pub mod etcd;
pub mod explain;
pub mod janitor;
pub mod kit;
pub mod master_file;
pub mod memory;
pub mod name_server;
pub mod playground;
pub mod policy;
pub mod power_dns;
pub mod publish;
pub mod registry;
pub mod remote;
pub mod resolver;
pub mod snapshot;
pub mod source;
pub mod store;
pub mod synthesis;
pub mod telemetry;
pub mod trust;
pub mod watch;
