//! What comes over the socket, whatever it is.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| zonesmith::remote::exercise::requests(octets).unwrap());
