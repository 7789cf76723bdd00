//! Four connections that ask without pause.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::cluster::{APEX, write_service};

/// PowerDNS keeps about as many: three distributor threads, and one for TCP.
const CONNECTIONS: u32 = 4;

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Questions {
    /// The questions behind one client query: apex, name, its ancestors, name again.
    Hits,
    /// Behind one for a name that does not exist: apex, name, its ancestors, and the wildcard beside the name.
    Misses,
    /// As hits, of names that only have names below them.
    EmptyNonTerminals,
    /// Names of random services, nothing else: each a cache miss in a large zone.
    RandomNames,
}

impl Questions {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hits => "hits",
            Self::Misses => "misses",
            Self::EmptyNonTerminals => "ENTs",
            Self::RandomNames => "cold hits",
        }
    }
}

/// What a slice came to.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) requests: u64,
    pub(crate) time: Duration,
}

impl Count {
    pub(crate) fn per_second(self) -> f64 {
        u32::try_from(self.requests).map_or(f64::INFINITY, f64::from) / self.time.as_secs_f64()
    }
}

/// Connections to one server.
pub(crate) struct Connections(Vec<Connection>);

struct Connection {
    stream: UnixStream,
    services: u32,
    questions: Questions,
    random: u64,
    name: String,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl Connections {
    pub(crate) fn open(path: &Path, services: u32, questions: Questions) -> Self {
        let connect = |number: u32| Connection {
            stream: UnixStream::connect(path).unwrap(),
            services,
            questions,
            random: 0x9e37_79b9_7f4a_7c15 ^ u64::from(number),
            name: String::new(),
            request: Vec::new(),
            reply: vec![0; 64 * 1024],
        };
        Self((0..CONNECTIONS).map(connect).collect())
    }

    /// Asks on all connections for so long.
    pub(crate) fn ask_for(&mut self, slice: Duration) -> Count {
        let is_over = AtomicBool::new(false);
        let start = Instant::now();
        let requests = thread::scope(|scope| {
            let threads: Vec<_> = self
                .0
                .iter_mut()
                .map(|connection| scope.spawn(|| connection.ask_until(&is_over)))
                .collect();
            thread::sleep(slice);
            is_over.store(true, Ordering::Relaxed);
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        Count {
            requests,
            time: start.elapsed(),
        }
    }
}

impl Connection {
    fn ask_until(&mut self, is_over: &AtomicBool) -> u64 {
        let mut requests = 0;
        while !is_over.load(Ordering::Relaxed) {
            self.name.clear();
            match self.questions {
                Questions::Hits | Questions::RandomNames => {}
                // A host that no service has.
                Questions::Misses => self.name.push_str("absent."),
                // Above `_80._tcp`, which every service has.
                Questions::EmptyNonTerminals => self.name.push_str("_tcp."),
            }
            write_service(self.next_service(), &mut self.name);
            self.name.push_str(APEX);
            if self.questions == Questions::RandomNames {
                self.ask(0);
                requests += 1;
                continue;
            }
            let apex = self.name.len() - APEX.len();
            self.ask(apex);
            requests += 1;
            let mut start = 0;
            loop {
                self.ask(start);
                requests += 1;
                if start == apex {
                    break;
                }
                start += self
                    .name
                    .get(start..)
                    .and_then(|rest| rest.find('.'))
                    .unwrap()
                    + 1;
            }
            if self.questions == Questions::Misses {
                let parent = self.name.find('.').unwrap();
                self.name.replace_range(..parent, "*");
            }
            self.ask(0);
            requests += 1;
        }
        requests
    }

    /// Asks for the name from there on, and waits for the end of the reply's line.
    fn ask(&mut self, start: usize) {
        self.request.clear();
        self.request.extend_from_slice(
            br#"{"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": ""#,
        );
        self.request
            .extend_from_slice(self.name.as_bytes().get(start..).unwrap());
        self.request.extend_from_slice(br#"", "qtype": "ANY", "real-remote": "127.0.0.1/32", "remote": "127.0.0.1", "zone-id": 1}}"#);
        self.request.push(b'\n');
        self.stream.write_all(&self.request).unwrap();
        loop {
            let received = self.stream.read(&mut self.reply).unwrap();
            assert!(received > 0, "the server is gone");
            if self.reply.get(received - 1) == Some(&b'\n') {
                break;
            }
        }
    }

    fn next_service(&mut self) -> u32 {
        // xorshift64: the servers must not find a pattern, nobody else looks.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        u32::try_from(self.random % u64::from(self.services)).unwrap()
    }
}
