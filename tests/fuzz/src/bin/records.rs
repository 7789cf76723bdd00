//! Records out of a policy, whatever it says.

#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let zone_set = zonesmith_zone::exercise::records(octets).unwrap();
    zonesmith::remote::exercise::transfers(&zone_set).unwrap();
});
