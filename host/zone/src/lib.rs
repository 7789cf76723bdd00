//! Names, rdata, validation, merging, order and delta of the zones that are served.

#![forbid(unsafe_code)]

pub mod map;
pub mod name;
