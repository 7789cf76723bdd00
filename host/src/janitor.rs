//! Tells caches what they must forget. The authoritative server is purged before anybody is told of a change: whoever then
//! asks it must not be shown the old answer. And once more after a moment, since a lookup in flight may re-insert what it
//! read before the purge.
//!
//! - [`authoritative`]: PowerDNS's own caches, over its control socket

pub mod authoritative;
