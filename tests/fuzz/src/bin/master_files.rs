//! Master files, whatever is in them.

#![no_main]

libfuzzer_sys::fuzz_target!(
    |octets: &[u8]| zonesmith_zone::exercise::master_files(octets).unwrap()
);
