//! PowerDNS, run by the daemon: for trying it out, and for a container that is to hold all of it.
//!
//! The servers run from the first zone on, and while there is DNS: without the daemon they would go on serving what nobody
//! purges. They are run again when they end; they end before the daemon does, and with it when it is killed. Whatever the
//! daemon cannot repair (a program that is missing, an address that is taken) is said at the start, before anything runs.
//!
//! They run as whoever runs the daemon. PowerDNS's own way to become somebody else would have the system forget that it is
//! to end with the daemon.
//!
//! - `free`: whether somebody may listen at an address
//! - `directory`: where their files are
//! - `process`: one of them, run again and again
//! - `said`: what they write, in our log
//! - `zones`: what the recursor has to know of zones that come and go

mod directory;
mod free;
mod process;
mod said;
mod zones;

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use tokio::runtime::Handle as Runtime;
use tracing::warn;
use zonesmith_cluster::IpPrefix;
use zonesmith_zone::name::Name;

use self::directory::Directory;
use self::free::Reserved;
use self::process::{Plan, Process};
use super::purging::Purging;
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::janitor::address::{self, Ways};
use crate::janitor::settings::Settings;
use crate::power_dns::authoritative::{Authoritative, ControlPort, Upkeep};
use crate::power_dns::program::{Installed, Program};
use crate::power_dns::recursor::{Language, Recursor};
use crate::power_dns::site::Site;
use crate::power_dns::{self, Control, File, Listen, reached};
use crate::snapshot::report::ChildStatus;
use crate::synthesis::Handle;

/// Longest path of a socket (`sun_path`, unix(7)), without the zero at its end.
const LONGEST_SOCKET: usize = 107;

/// The servers that the daemon runs; none, where none are asked for. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Children(Option<Arc<Wanted>>);

/// What is to run, and what runs.
struct Wanted {
    authoritative: Server,
    /// Where the recursor reaches it.
    reached: SocketAddr,
    recursor: Option<Server>,
    /// Where messages to the recursor come from.
    own: Vec<IpPrefix>,
    backend: Utf8PathBuf,
    directory: Utf8PathBuf,
    /// Where the authoritative server's control port is, and its secret.
    control: (Reserved, String),
    upkeep: Upkeep,
    purging: OnceLock<Purging>,
    running: Mutex<Option<Running>>,
}

struct Server {
    installed: Installed,
    listen: SocketAddr,
}

struct Running {
    /// In the order in which they start.
    processes: Vec<Process>,
    /// Zones that the recursor knows.
    zones: Vec<Name>,
    _directory: Directory,
}

impl Children {
    /// Looks whether what is asked for can run.
    pub(super) fn prepare(
        configuration: &Configuration,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let listen = configuration.power_dns_listen.value;
        let recursor = configuration.recursor_listen.value;
        if listen.is_none() && recursor.is_none() {
            return Ok(Self::default());
        }
        let find = |program: Program, listen: SocketAddr| -> anyhow::Result<Server> {
            let installed = program.find(environment.get("PATH"))?;
            Ok(Server { installed, listen })
        };
        let listen = listen.map_or(power_dns::AUTHORITATIVE, |listen| listen.0);
        let authoritative = find(Program::Authoritative, listen)?;
        let recursor = recursor
            .map(|listen| find(Program::Recursor, listen.0))
            .transpose()?;
        free::check(listen, "--with-powerdns")?;
        if let Some(recursor) = &recursor {
            if reached(recursor.listen) == reached(listen) {
                bail!(
                    "{listen} cannot be the address of both servers: name another one, `--with-recursor ADDRESS:PORT`"
                );
            }
            free::check(recursor.listen, "--with-recursor")?;
        }
        let backend = configuration.socket_path.value.clone();
        // The recursor is told every path from the root on.
        let backend =
            camino::absolute_utf8(&backend).with_context(|| format!("see where {backend} is"))?;
        let own = recursor.as_ref().map(|server| reached(server.listen).ip());
        let wanted = Wanted {
            authoritative,
            reached: reached(listen),
            recursor,
            own: own
                .filter(|own| !own.is_loopback())
                .map(IpPrefix::of_host)
                .into_iter()
                .collect(),
            directory: backend.with_extension("children"),
            backend,
            control: (free::reserve().context("reserve a control port")?, secret()),
            upkeep: if configuration.janitor_off.value {
                Upkeep::Unpurged
            } else {
                Upkeep::Purged
            },
            purging: OnceLock::new(),
            running: Mutex::default(),
        };
        let longest = wanted.recursor_of(&[]).control_socket();
        if longest.as_str().len() > LONGEST_SOCKET {
            bail!(
                "{longest} is longer than the path of a socket may be ({LONGEST_SOCKET}): name another place, `--socket PATH`"
            );
        }
        Ok(Self(Some(Arc::new(wanted))))
    }

    /// Who purges their caches, while they run.
    pub(super) fn are_purged_by(&self, purging: &Purging) {
        if let Some(wanted) = &self.0 {
            // Told once, before they run.
            let _ = wanted.purging.set(purging.clone());
        }
    }

    /// Whether any are asked for.
    pub(super) fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Runs them, unless they run.
    pub(super) fn start(&self, synthesis: &Handle) -> anyhow::Result<()> {
        let Some(wanted) = &self.0 else {
            return Ok(());
        };
        if wanted.running().is_some() {
            return Ok(());
        }
        let mut running = wanted.running();
        *running = Some(wanted.start(synthesis).context("run PowerDNS")?);
        Ok(())
    }

    /// Ends them, and waits until they have ended.
    pub(super) async fn stop(&self) {
        let Some(wanted) = &self.0 else {
            return;
        };
        let Some(running) = wanted.running().take() else {
            return;
        };
        // After that: whoever begins to answer now finds nothing that runs.
        wanted.purge(Settings::default());
        if let Err(error) = tokio::task::spawn_blocking(move || running.stop()).await {
            warn!(%error, "PowerDNS ended badly");
        }
    }

    /// How they are.
    pub(super) fn report(&self) -> Vec<ChildStatus> {
        let Some(wanted) = &self.0 else {
            return Vec::new();
        };
        let running = wanted.running();
        let processes = running.iter().flat_map(|running| &running.processes);
        processes.map(Process::report).collect()
    }
}

impl Wanted {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn authoritative(&self) -> Authoritative<'_> {
        Authoritative {
            listen: Listen::at(&self.authoritative.listen),
            backend: &self.backend,
            control: Control::private(&self.directory),
            control_port: Some(ControlPort {
                listen: self.control.0.address,
                secret: &self.control.1,
            }),
            may_transfer: &[],
            upkeep: self.upkeep,
            signs: true,
            hears_of_clients: true,
        }
    }

    /// The file with the secret of the control port, for who purges.
    fn secret(&self) -> File {
        File {
            name: "control-secret",
            text: format!("{}\n", self.control.1),
        }
    }

    /// How the authoritative server's caches are purged.
    fn ways_to_authoritative(&self) -> Ways<address::Authoritative> {
        let socket = self.authoritative().control_socket();
        let port = address::Authoritative::Tcp {
            at: self.control.0.address.to_string(),
            secret: self.directory.join(self.secret().name),
        };
        Ways::from(address::Authoritative::Socket(socket)).or(port)
    }

    /// How the recursor's caches are.
    fn ways_to_recursor(&self) -> Ways<address::Recursor> {
        let recursor = self.recursor_of(&[]);
        let notify = address::Recursor::Notify(reached(*self.recursor_at()));
        Ways::from(address::Recursor::Socket(recursor.control_socket())).or(notify)
    }

    /// Where the recursor listens, or would.
    fn recursor_at(&self) -> &SocketAddr {
        let recursor = self.recursor.as_ref();
        recursor.map_or(&power_dns::RECURSOR, |server| &server.listen)
    }

    /// Also where none is to run: for its paths.
    fn recursor_of<'a>(&'a self, zones: &'a [Name]) -> Recursor<'a> {
        Recursor {
            listen: Listen::at(self.recursor_at()),
            authoritative: slice::from_ref(&self.reached),
            zones,
            directory: &self.directory,
            control: Control::private(&self.directory),
            site: Site {
                may_notify: &self.own,
                // Also while nobody chooses: they are not run anew when somebody does.
                tells_of_clients: true,
                ..Site::default()
            },
        }
    }

    /// One of them begins to answer: from now on there is something in its caches.
    fn answers(self: &Arc<Self>, synthesis: &Handle, runtime: &Runtime) {
        let running = self.running();
        let Some(processes) = running.as_ref().map(|running| &running.processes) else {
            return;
        };
        let answers: Vec<bool> = processes.iter().map(Process::answers).collect();
        let mut caches = Settings::default();
        for (place, answers) in answers.into_iter().enumerate() {
            match (answers, place) {
                (false, _) => {}
                (true, 0) => caches.authoritative.push(self.ways_to_authoritative()),
                (true, _) => {
                    caches.recursors.push(self.ways_to_recursor());
                    caches.forward_zones = Some(zones::hook(self, runtime));
                }
            }
        }
        let has_recursor = caches.forward_zones.is_some();
        self.purge(caches);
        drop(running);
        if has_recursor {
            // Zones may have come since its files were written.
            zones::catch_up(self, synthesis, runtime);
        }
    }

    fn on_answer(self: &Arc<Self>, synthesis: &Handle) -> Box<dyn Fn() + Send + Sync> {
        // Not owned: it owns the process that calls this, in a thread of its own.
        let (wanted, synthesis) = (Arc::downgrade(self), synthesis.clone());
        let runtime = Runtime::current();
        Box::new(move || {
            if let Some(wanted) = wanted.upgrade() {
                wanted.answers(&synthesis, &runtime);
            }
        })
    }

    fn purge(&self, own: Settings) {
        if let Some(purging) = self.purging.get() {
            purging.set_own(own);
        }
    }

    fn start(self: &Arc<Self>, synthesis: &Handle) -> anyhow::Result<Running> {
        let zones = zones::of(synthesis);
        let directory = Directory::make(&self.directory)?;
        directory.write(&self.secret())?;
        directory.write(&self.authoritative().render())?;
        let try_it = zones::to_try(&zones);
        let plan = |server: &Server| Plan {
            program: server.installed.program.name(),
            path: server.installed.path.clone(),
            version: server.installed.version.to_string(),
            arguments: vec![format!("--config-dir={}", self.directory)],
            listen: server.listen,
            try_it: format!(
                "dig @{} -p {} {try_it}",
                reached(server.listen).ip(),
                server.listen.port()
            ),
            on_answer: self.on_answer(synthesis),
        };
        let mut processes = vec![Process::run(plan(&self.authoritative))?];
        if let Some(server) = &self.recursor {
            let language = Language::of(&server.installed.version);
            for file in self.recursor_of(&zones).render(language) {
                directory.write(&file)?;
            }
            processes.push(Process::run(plan(server))?);
        }
        Ok(Running {
            processes,
            zones,
            _directory: directory,
        })
    }
}

/// What nobody can guess.
fn secret() -> String {
    let number = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", number(), number())
}

impl Running {
    /// The recursor before the server that it asks: nobody is told of a failure.
    fn stop(mut self) {
        while let Some(process) = self.processes.pop() {
            process.stop();
        }
    }
}
