//! A transfer, read to its end as fast as it comes: `dig` would print each record, and take longer than PowerDNS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Most that the next octet is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Records of the zone, the last SOA not counted, and the time until it came.
///
/// # Panics
/// When the server refuses, or breaks off.
pub(crate) fn transfer(port: u16, apex: &str) -> (usize, Duration) {
    let mut query = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.push(u8::try_from(apex.len()).unwrap());
    query.extend_from_slice(apex.as_bytes());
    // The root, AXFR, IN.
    query.extend_from_slice(&[0, 0, 252, 0, 1]);
    let length = u16::try_from(query.len()).unwrap().to_be_bytes();

    let started = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[&length[..], &query].concat()).unwrap();
    let (mut records, mut apexes) = (0, 0);
    let mut message = Vec::new();
    while apexes < 2 {
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        message.resize(usize::from(u16::from_be_bytes(length)), 0);
        stream.read_exact(&mut message).unwrap();
        assert_eq!(message[3] & 15, 0, "the server refuses the transfer");
        let (all, of_zone) = count(&message);
        records += all;
        apexes += of_zone;
    }
    (records - 1, started.elapsed())
}

/// Records of one message, and how many of them are SOA.
fn count(message: &[u8]) -> (usize, usize) {
    let number = |at: usize| usize::from(u16::from_be_bytes([message[at], message[at + 1]]));
    let skip_name = |mut at: usize| loop {
        match message[at] {
            0 => return at + 1,
            length if length >= 0xc0 => return at + 2,
            length => at += 1 + usize::from(length),
        }
    };
    let mut at = 12;
    for _ in 0..number(4) {
        at = skip_name(at) + 4;
    }
    let (mut records, mut of_zone) = (0, 0);
    for _ in 0..number(6) {
        at = skip_name(at);
        records += 1;
        of_zone += usize::from(number(at) == 6);
        at += 10 + number(at + 8);
    }
    (records, of_zone)
}
