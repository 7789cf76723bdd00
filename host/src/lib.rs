//! Cluster state in, DNS out, with the naming rules in a WebAssembly component.

#![forbid(unsafe_code)]

pub mod admin;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod digest;
pub mod policy;
pub mod remote;
pub mod snapshot;
pub mod source;
pub mod synthesis;
pub mod telemetry;
