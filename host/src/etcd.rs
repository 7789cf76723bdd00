//! An etcd, as a client that knows one member at a time: read at a revision, watch from it, write under a lease.
//!
//! One member, and another when that one is gone: which revision was seen where is then never a question. The messages are
//! written down here by their published numbers (decision 0020): those that a cluster in etcd needs, and no others.
//!
//! Rooms: [`address`] where it is, `access` who asks, [`connection`] the questions, [`watch`](mod@watch) what changes,
//! [`lease`] what lets keys live no longer than their writer, [`message`] the words on the wire.

pub mod access;
pub mod address;
pub mod connection;
pub mod lease;
pub mod message;
pub mod watch;

pub use self::access::EtcdAccess;
pub use self::address::{EtcdAddress, Member};
pub use self::connection::Connection;
