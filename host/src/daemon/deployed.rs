//! Servers that `zonesmith deploy` set up, kept right: when `cluster.dns`, the networks, the zones or the choices change, their
//! configurations are rendered as `deploy` renders them, and what differs is written and told to them.
//!
//! What a running recursor can be told, it is told: forwards, and which zones carry no signatures. For everything else a
//! server is asked to end, at its control socket, and whoever runs it runs it again with its new file. That takes no
//! right but to write these files and to use these sockets, and is the same for every target.
//!
//! Zones are written before the janitor has a recursor read them again, so it asks for that here ([`ForwardZones`]).
//!
//! **Invariant:** what was written and not told to a server is owed to it, until it heard it or is found not to run.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use tokio::runtime::Handle as Runtime;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::{info, warn};
use zonesmith_zone::name::Name;

use super::purging::Purging;
use super::servers;
use crate::config::Configuration;
use crate::config::deploy::Choices;
use crate::deployment::facts::{Facts, own_addresses, prefix_of};
use crate::deployment::place::Place;
use crate::deployment::servers::{Versions, purged, render, unsigned};
use crate::janitor::control::{to_authoritative, to_recursor};
use crate::janitor::purge_error::PurgeError;
use crate::janitor::settings::ForwardZones;
use crate::janitor::word::Published;
use crate::power_dns::File;
use crate::power_dns::recursor::lasting;
use crate::synthesis::Handle;

/// How often it is looked whether anything is owed, and which addresses this machine has: nobody tells of those.
const LOOK: Duration = Duration::from_secs(5);

/// How long none of the nameservers may be this machine before that is believed: addresses come late when a machine starts.
const PATIENCE: Duration = Duration::from_secs(30);

/// The servers; clones are the same.
#[derive(Clone)]
pub(super) struct Deployed {
    shared: Arc<Shared>,
    hook: ForwardZones,
}

struct Shared {
    synthesis: Handle,
    wanted: Mutex<Option<Wanted>>,
    progress: tokio::sync::Mutex<Progress>,
    problem: Mutex<Option<String>>,
    wake: Notify,
    purging: Purging,
}

/// What the configuration says of them.
#[derive(Clone, PartialEq, Eq)]
struct Wanted {
    directory: Utf8PathBuf,
    choices: Choices,
    place: Place,
}

#[derive(Default)]
struct Progress {
    /// What is written.
    done: Option<(Wanted, Facts)>,
    owed: Owed,
    /// Addresses that this machine has, or had: a link that is down for a moment moves no server.
    own: Vec<IpAddr>,
    /// Since when none of the nameservers is this machine.
    elsewhere: Option<Instant>,
}

/// What servers have not been told yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Owed {
    /// The authoritative server is to end.
    authoritative: bool,
    /// The recursor is to end.
    recursor: bool,
    /// The recursor is to know other zones.
    zones: bool,
}

impl Deployed {
    /// Follows until the daemon ends.
    pub(super) fn start(
        configuration: &Configuration,
        synthesis: &Handle,
        purging: &Purging,
    ) -> Self {
        let shared = Arc::new(Shared {
            synthesis: synthesis.clone(),
            wanted: Mutex::default(),
            progress: tokio::sync::Mutex::default(),
            problem: Mutex::default(),
            wake: Notify::new(),
            purging: purging.clone(),
        });
        let deployed = Self {
            hook: hook(&shared),
            shared,
        };
        deployed.set(configuration);
        tokio::spawn(follow(Arc::clone(&deployed.shared)));
        deployed
    }

    /// The configuration was read again.
    pub(super) fn set(&self, configuration: &Configuration) {
        let wanted = Wanted::of(configuration);
        let hook = wanted.is_some().then(|| self.hook.clone());
        *lock(&self.shared.wanted) = wanted;
        self.shared.purging.set_deployed(hook);
        self.shared.wake.notify_one();
    }

    /// Why they may not be right.
    pub(super) fn problem(&self) -> Option<String> {
        lock(&self.shared.problem).clone()
    }
}

/// Writes the zones before the janitor has them read again.
fn hook(shared: &Arc<Shared>) -> ForwardZones {
    // Not owned: who purges would keep what knows it.
    let (shared, runtime) = (Arc::downgrade(shared), Runtime::current());
    // What is live is as new as what the janitor heard, or newer; and what goes wrong is said, and tried again, by us.
    ForwardZones(Arc::new(move |_| {
        if let Some(shared) = shared.upgrade() {
            runtime.block_on(shared.keep_right());
        }
        Ok(())
    }))
}

async fn follow(shared: Arc<Shared>) {
    let mut generations = shared.synthesis.generations();
    loop {
        shared.keep_right().await;
        tokio::select! {
            changed = generations.changed() => if changed.is_err() {
                return;
            },
            () = shared.wake.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wanted {
    /// Nothing where nothing is deployed.
    fn of(configuration: &Configuration) -> Option<Self> {
        let choices = configuration.choices();
        // Nothing of what is written depends on the daemon's program.
        let place = Place::of(configuration, &choices, Utf8Path::new("zonesmith"));
        Some(Self {
            directory: choices.directory.clone()?,
            choices,
            place,
        })
    }

    /// Writes what differs. What is owed because of it, also where not all could be written.
    fn write(&self, facts: &Facts) -> (Owed, anyhow::Result<()>) {
        let mut owed = Owed::default();
        let versions = match Versions::find(&self.choices, &self.place) {
            Ok(versions) => versions,
            Err(error) => return (owed, Err(error.into())),
        };
        for file in render(facts, &self.choices, &self.place, &versions) {
            let path = self.directory.join(file.name);
            let before = std::fs::read_to_string(&path).ok();
            if before.as_deref() == Some(&file.text) {
                continue;
            }
            if let Some(before) = &before {
                owed.add(Owed::of(&file, before));
            }
            let written = servers::write(&self.directory, &file);
            if let Err(error) = written.with_context(|| format!("write {path}")) {
                return (owed, Err(error));
            }
            info!(%path, "written anew: what the cluster says of it has changed");
        }
        (owed, Ok(()))
    }
}

impl Shared {
    /// Brings everything up to date, or says what is in the way.
    async fn keep_right(&self) {
        let problem = self.update().await.err();
        self.set_problem(problem.map(|error| format!("{error:#}")));
    }

    async fn update(&self) -> anyhow::Result<()> {
        let mut progress = self.progress.lock().await;
        let Some(wanted) = lock(&self.wanted).clone() else {
            *progress = Progress::default();
            return Ok(());
        };
        let Some(facts) = self.facts(&mut progress, &wanted.choices)? else {
            return Ok(());
        };
        let now = (wanted, facts);
        if progress.done.as_ref() != Some(&now) {
            let next = now.clone();
            // It runs programs that say their versions.
            let writing = tokio::task::spawn_blocking(move || next.0.write(&next.1));
            let (owed, written) = writing.await.context("write configurations")?;
            progress.owed.add(owed);
            written?;
            self.aim(&now.0, &now.1);
            progress.done = Some(now.clone());
        }
        let (wanted, facts) = now;
        let anchors = unsigned(&facts, &wanted.choices);
        let paid = progress.owed.pay(&wanted.place, &anchors).await;
        // Its text has its cause in it.
        paid.map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Where the recursor takes NOTIFY is another address with the cluster's.
    fn aim(&self, wanted: &Wanted, facts: &Facts) {
        for (key, servers) in purged(facts, &wanted.choices, &wanted.place) {
            if key == "janitor.recursors"
                && let Ok(ways) = servers.parse()
            {
                self.purging.set_deployed_recursor(ways);
            }
        }
    }

    /// What is known; nothing while it is not known yet, or may be otherwise in a moment.
    fn facts(&self, progress: &mut Progress, choices: &Choices) -> anyhow::Result<Option<Facts>> {
        let mut facts = Facts::default();
        for cluster in &self.synthesis.report().clusters {
            let networks = cluster.networks.iter();
            let networks: Vec<_> = networks.filter_map(|one| prefix_of(one)).collect();
            facts.add(&cluster.name, &cluster.nameservers, &networks);
        }
        let live = self.synthesis.live();
        facts.is_chosen = live.is_some_and(|live| live.selection.is_some());
        facts.zones = Published::zones(&self.synthesis);
        facts.zones.sort();
        if facts.nameservers.is_empty() || facts.zones.is_empty() {
            return Ok(None);
        }
        for address in own_addresses().context("see which addresses this machine has")? {
            if !progress.own.contains(&address) {
                progress.own.push(address);
            }
        }
        // Others of its addresses come and go, and matter to nobody.
        let own = progress.own.iter().copied();
        facts.own = own.filter(|own| facts.nameservers.contains(own)).collect();
        let is_somewhere =
            !facts.own.is_empty() || !choices.listen.is_empty() || choices.binds_non_local;
        if is_somewhere {
            progress.elsewhere = None;
            return Ok(Some(facts));
        }
        let since = progress.elsewhere.get_or_insert_with(Instant::now);
        Ok((since.elapsed() >= PATIENCE).then_some(facts))
    }

    fn set_problem(&self, problem: Option<String>) {
        let mut told = lock(&self.problem);
        let problem =
            problem.map(|error| format!("the servers are not as they should be: {error}"));
        match &problem {
            Some(problem) if *told != Some(problem.clone()) => {
                warn!(
                    problem,
                    "deployed servers cannot be kept right; it is tried again"
                );
            }
            Some(_) | None => {}
        }
        *told = problem;
    }
}

impl Owed {
    /// What a server that was run with `before` has to hear of another file. Where there was none, none was run with it.
    fn of(file: &File, before: &str) -> Self {
        let mut owed = Self::default();
        match file.name {
            "pdns.conf" => owed.authoritative = true,
            "recursor.conf" | "recursor.yml" => {
                let is_told = lasting(before).eq(lasting(&file.text));
                owed.recursor = !is_told;
                owed.zones = is_told;
            }
            _ => owed.zones = true,
        }
        owed
    }

    fn add(&mut self, more: Self) {
        self.authoritative |= more.authoritative;
        self.recursor |= more.recursor;
        self.zones |= more.zones;
    }

    /// Tells both servers what they have not heard. The authoritative one first: the recursor will ask it.
    async fn pay(&mut self, place: &Place, anchors: &[Name]) -> Result<(), PurgeError> {
        let authoritative = place.authoritative().join("pdns.controlsocket");
        let recursor = place.recursor().join("pdns_recursor.controlsocket");
        let mut first = Ok(());
        if self.authoritative {
            let ended = to_authoritative(&authoritative, "QUIT").await;
            self.authoritative = keep_first(&mut first, ended.map(drop));
        }
        if self.recursor {
            let ended = to_recursor(&recursor, "quit-nicely").await;
            self.recursor = keep_first(&mut first, ended.map(drop));
            // It reads them when it begins.
            self.zones &= self.recursor;
        } else if self.zones {
            let told = tell_zones(&recursor, anchors).await;
            self.zones = keep_first(&mut first, told);
        }
        first
    }
}

async fn tell_zones(recursor: &Utf8Path, anchors: &[Name]) -> Result<(), PurgeError> {
    servers::set_anchors(recursor, anchors).await?;
    to_recursor(recursor, "reload-zones").await.map(drop)
}

/// Whether it is still owed. A server that does not run reads everything when it begins.
fn keep_first(first: &mut Result<(), PurgeError>, told: Result<(), PurgeError>) -> bool {
    let Err(error) = told else {
        return false;
    };
    let is_away = matches!(&error, PurgeError::Connect { source, .. } if source.kind() == io::ErrorKind::ConnectionRefused);
    if !is_away && first.is_ok() {
        *first = Err(error);
    }
    !is_away
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_running_recursor_can_be_told_ends_nobody() {
        let file = |name, text: &str| File {
            name,
            text: text.to_owned(),
        };
        let yaml = |anchors: &str, port: u16| {
            format!(
                "incoming:\n  listen: ['10.0.0.1:{port}']\ndnssec:\n  negative_trustanchors:{anchors}\nlogging:\n  loglevel: 3\n"
            )
        };
        let one = "\n    - name: 'demo.'\n      reason: 'served by zonesmith'";
        let told = Owed {
            zones: true,
            ..Owed::default()
        };
        let ended = Owed {
            recursor: true,
            ..Owed::default()
        };
        let new = file("recursor.yml", &yaml(one, 53));
        assert_eq!(Owed::of(&new, &yaml(" []", 53)), told);
        assert_eq!(Owed::of(&new, &yaml(one, 54)), ended);
        let lua = file(
            "recursor.lua",
            "addNTA(\"demo.\", \"served by zonesmith\")\n",
        );
        assert_eq!(Owed::of(&lua, ""), told);
        assert!(Owed::of(&file("pdns.conf", "local-port=1"), "").authoritative);
    }
}
