//! A recursor and the authoritative server behind it, with caches as a row has them.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use camino::Utf8Path;
use tempfile::TempDir;
use zonesmith::power_dns::authoritative::{Authoritative, Upkeep};
use zonesmith::power_dns::program::Installed;
use zonesmith::power_dns::recursor::{Language, Recursor};
use zonesmith::power_dns::site::Site;
use zonesmith::power_dns::{Control, Listen};
use zonesmith_tests::ports::free_port;
use zonesmith_zone::name::Name;

/// What a row is: its name, and lines behind those that are rendered, where the last one counts.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) authoritative: &'static str,
    pub(crate) recursor: &'static str,
}

/// As `serve --with-powerdns --with-recursor` runs them; the template of the agent; and what else there is to choose.
pub(crate) const ROWS: [Row; 5] = [
    Row {
        name: "ours",
        authoritative: "",
        recursor: "",
    },
    Row {
        name: "template",
        authoritative: "max-packet-cache-entries=0\nmax-cache-entries=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\n\
                        log-dns-details=yes\nlog-dns-queries=yes\nquery-logging=yes\nloglevel=4\n",
        recursor: "disable-packetcache=yes\nmax-cache-ttl=60\nmax-negative-ttl=60\n",
    },
    Row {
        name: "cache-ttl=1",
        authoritative: "cache-ttl=1\n",
        recursor: "",
    },
    Row {
        name: "cache-ttl=20",
        authoritative: "cache-ttl=20\n",
        recursor: "",
    },
    Row {
        name: "no packet cache",
        authoritative: "",
        recursor: "disable-packetcache=yes\n",
    },
];

/// Where a pair is going to be.
pub(crate) struct Place {
    pub(crate) row: &'static Row,
    directory: TempDir,
    pub(crate) authoritative: u16,
    pub(crate) recursor: u16,
}

impl Place {
    pub(crate) fn new(row: &'static Row) -> Self {
        Self {
            row,
            directory: tempfile::Builder::new().prefix("pair-").tempdir().unwrap(),
            authoritative: free_port(),
            recursor: free_port(),
        }
    }

    pub(crate) fn directory(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).unwrap()
    }
}

/// Both servers; they end with this value.
pub(crate) struct Pair(Vec<Child>);

impl Pair {
    /// Runs both.
    pub(crate) fn start(
        place: &Place,
        backend: &Utf8Path,
        zones: &[Name],
        programs: &[Installed],
    ) -> Self {
        let directory = place.directory();
        let listen = |port: u16| -> SocketAddr { format!("127.0.0.1:{port}").parse().unwrap() };
        let [server, resolver] = [place.authoritative, place.recursor].map(listen);
        let control = Control::private(directory);
        let authoritative = Authoritative {
            listen: Listen::at(&server),
            backend,
            control,
            control_port: None,
            may_transfer: &[],
            upkeep: Upkeep::Purged,
            signs: false,
            hears_of_clients: false,
        };
        let recursor = Recursor {
            listen: Listen::at(&resolver),
            authoritative: &[server],
            zones,
            directory,
            control,
            site: Site::default(),
        };
        let rendered = authoritative.render();
        let mut files = vec![(rendered.name, rendered.text + place.row.authoritative)];
        for file in recursor.render(Language::Lines) {
            let more = if file.name == "recursor.conf" {
                place.row.recursor
            } else {
                ""
            };
            files.push((file.name, file.text + more));
        }
        for (name, text) in files {
            fs::write(directory.join(name), text).unwrap();
        }
        let run = |program: &Installed| {
            Command::new(&program.path)
                .arg(format!("--config-dir={directory}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        Self(programs.iter().map(run).collect())
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
