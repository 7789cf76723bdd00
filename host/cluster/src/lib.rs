//! What a source says of a cluster, read once into values that a naming policy can be given.
//!
//! Three languages come in (the cluster document, and what an OpenSVC agent of generation 3 or 2 prints); one comes out:
//! [`State`]. Addresses, exposes and port names are read here, once and for every policy, so that no two policies disagree
//! on what `443/tcp:8443` means. What has no field here is kept as JSON text in an [`Info`]: that is how new facts reach
//! policies without a change of this crate.
//!
//! This crate is pure: it opens no file and knows no clock, so it builds for the browser as well.
//!
//! **Invariant:** a text that cannot be read *as a whole* (broken JSON, a wrong type) is a [`DocumentError`] and changes
//! nothing. A fault *inside* one resource (an address, an expose) is a [`Problem`] of its service and takes away nothing
//! but itself.
//!
//! **Invariant:** lists are sorted where the source gives no order (nodes, networks, labels, instances, resources), so
//! that equal clusters are equal values, however they were written.
//!
//! | module | holds |
//! |---|---|
//! | [`state`] | [`State`]: a cluster and its services |
//! | [`cluster`] | [`Cluster`], [`Node`], [`Network`] |
//! | [`service`] | [`Service`], [`Instance`], [`Resource`] |
//! | [`service_path`] | [`ServicePath`]: `shop/svc/web` |
//! | [`prefix`], [`expose`], [`availability`], [`info`], [`few`], [`problem`] | the words of the above |
//! | [`port_names`] | IANA's names of ports |
//! | [`document`] | [`read`]: bytes → which language, and the state; its own language, also written ([`write()`]) and in pieces |
//! | [`kept`] | a state as it is kept across restarts: exactly |
//! | [`opensvc`] | the languages of OpenSVC agents; [`Agent`]: one that is followed |
//! | [`pieces`] | a cluster as keys and values: [`Pieces`] |
//! | [`reconcile`] | what changed between two states |
//! | [`overrides`] | what a site's own configuration says instead |
#![forbid(unsafe_code)]

pub mod availability;
pub mod cluster;
pub mod document;
pub mod expose;
pub mod few;
pub mod info;
pub mod kept;
pub mod opensvc;
pub mod overrides;
pub mod pieces;
pub mod port_names;
pub mod prefix;
pub mod problem;
pub mod reconcile;
pub mod service;
pub mod service_path;
pub mod state;
mod tree;

#[cfg(test)]
mod outline;

pub use availability::Availability;
pub use cluster::{Cluster, Network, NetworkScope, Node};
pub use document::piece::PieceReader;
pub use document::write::{write, write_cluster, write_instance, write_node, write_service};
pub use document::{DocumentError, Format, read};
pub use expose::{PortExposure, Protocol};
pub use few::Few;
pub use info::Info;
pub use kept::{KeptError, KeptReader};
pub use opensvc::agent::{Agent, DroppedPeers, Networks, News};
pub use opensvc::patched::{Patched, Touched};
pub use overrides::Override;
pub use pieces::key::PieceKey;
pub use pieces::{PieceNews, Pieces};
pub use prefix::IpPrefix;
pub use problem::Problem;
pub use reconcile::Reconciled;
pub use service::{Instance, Resource, Service};
pub use service_path::ServicePath;
pub use state::State;
