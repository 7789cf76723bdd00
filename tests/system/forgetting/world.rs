//! What changes: a master file with wildcards, aliases and names without records, a zone within it, and services.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use zonesmith_tests::document::{Document, cluster};

/// The zone within.
pub(super) const NESTED: &str = "$TTL 1h\n@ SOA ns hostmaster 1 2h 1h 5d 1d\n@ NS ns\nns A 192.0.2.2\na A 192.0.2.61\n*.b TXT nested\n";

/// Owners in the file, relative to its apex; those below `n` are hidden while the zone within is served.
const OWNERS: [&str; 16] = [
    "a", "b", "*", "a.a", "b.a", "*.a", "a.b", "*.b", "a.*", "*.a.a", "b.b.a", "a.*.b", "a.b.c",
    "a.n", "*.n", "b.c.n",
];

/// Where aliases point.
const TARGETS: [&str; 9] = [
    "a.play.",
    "b.play.",
    "x.play.",
    "a.a.play.",
    "x.b.play.",
    "b.b.a.play.",
    "a.n.play.",
    "web0.shop.svc.demo.",
    "x.c.play.",
];

/// Services that come and go.
const SERVICES: u64 = 3;

/// All that changes.
#[derive(Debug)]
pub(super) struct World {
    random: u64,
    turn: u64,
    file: BTreeMap<&'static str, String>,
    has_nested: bool,
    services: BTreeMap<u64, u64>,
}

/// Every name that is asked for.
pub(super) fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for owner in OWNERS {
        let mut at = format!("{owner}.play");
        loop {
            for below in ["", "x.", "x.x."] {
                names.insert(format!("{below}{at}"));
            }
            let Some((_, parent)) = at.split_once('.') else {
                break;
            };
            if parent == "play" {
                break;
            }
            at = parent.to_owned();
        }
    }
    for name in [
        "x.play",
        "x.x.play",
        "x.b.n.play",
        "svc.demo",
        "shop.svc.demo",
        "x.shop.svc.demo",
    ] {
        names.insert(name.to_owned());
    }
    for service in 0..SERVICES {
        for below in ["", "x.", "n1.", "0."] {
            names.insert(format!("{below}web{service}.shop.svc.demo"));
        }
    }
    for address in 1..=4 {
        names.insert(format!("{address}.0.22.10.in-addr.arpa"));
    }
    names.insert("0.22.10.in-addr.arpa".to_owned());
    names
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut world = Self {
            random: seed,
            turn: 0,
            file: BTreeMap::new(),
            has_nested: false,
            services: BTreeMap::new(),
        };
        for _ in 0..6 {
            world.change_file();
        }
        world.change_cluster();
        world
    }

    pub(super) fn next_kind(&mut self) -> u64 {
        self.below(16)
    }

    pub(super) fn toggle_nested(&mut self) {
        self.has_nested = !self.has_nested;
    }

    pub(super) fn change_file(&mut self) {
        self.turn += 1;
        for _ in 0..=self.below(2) {
            let owner = OWNERS[index(self.below(16))];
            let number = self.below(3);
            let target = TARGETS[index(self.below(9))];
            match self.below(8) {
                0..=2 => drop(self.file.remove(owner)),
                3 | 4 => drop(self.file.insert(owner, format!("A 192.0.2.{number}"))),
                5 => drop(self.file.insert(owner, format!("TXT \"{number}\""))),
                _ => drop(self.file.insert(owner, format!("CNAME {target}"))),
            }
        }
    }

    pub(super) fn change_cluster(&mut self) {
        self.turn += 1;
        let service = self.below(SERVICES);
        match self.below(5) {
            0 => drop(self.services.remove(&service)),
            address => drop(self.services.insert(service, address)),
        }
    }

    pub(super) fn configuration(&self) -> String {
        let zone =
            |apex: &str, file: &str| format!("[[zones]]\napex = \"{apex}\"\nfile = \"{file}\"\n");
        let mut text = zone("play", "play");
        if self.has_nested {
            text.push_str(&zone("n.play", "nested"));
        }
        text
    }

    pub(super) fn file(&self) -> String {
        let mut text =
            String::from("$TTL 1h\n@ SOA ns hostmaster 1 2h 1h 5d 1d\n@ NS ns\nns A 192.0.2.1\n");
        for (owner, record) in &self.file {
            writeln!(text, "{owner} {record}").unwrap();
        }
        writeln!(text, "turn TXT \"{}\"", self.turn).unwrap();
        text
    }

    pub(super) fn cluster(&self) -> Document {
        let mut document = cluster("demo");
        for (service, address) in &self.services {
            document = document.service(
                &format!("shop/svc/web{service}"),
                &format!("10.22.0.{address}"),
            );
        }
        let [.., high, low] = self.turn.to_be_bytes();
        document.service("shop/svc/turn", &format!("10.23.{high}.{low}"))
    }

    /// xorshift64*: the same numbers everywhere.
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}
