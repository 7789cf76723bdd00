//! A change on its way: a name is published, asked for at every server so that it is in their caches, changed, and asked for
//! until the change is there; and the same when it goes. Whatever settings and control sockets say, this is what clients see.
//!
//! The name is the daemon's to take away again, after some seconds, also when we are ended in the middle. Each step makes a new
//! generation, and so may move the zone's serial.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::time::sleep;
use zonesmith_zone::name::Name;
use zonesmith_zone::rdata::rtype;

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::reached::purge;
use super::scene::{Scene, sentence};
use crate::name_server::ask;
use crate::name_server::message::{Question, Role, Word};

/// How long a change may take before it counts as lost. Shorter than servers keep the name: what arrives was purged.
const PATIENCE: Duration = Duration::from_secs(4);

/// How long it should take at most: a purge takes milliseconds, and is repeated within the second.
const SOON: Duration = Duration::from_secs(1);

/// The first pause between two questions, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(50));

const ARRIVE: &str = "changes arrive at clients";

pub(super) async fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Purges);
    if !scene.asked.probes {
        return findings.skipped(
            ARRIVE,
            "not wanted: a name would have to be published for a moment",
        );
    }
    let servers = servers(scene);
    let Some(zone) = scene
        .zones()
        .into_iter()
        .next()
        .filter(|_| !servers.is_empty())
    else {
        return findings.skipped(ARRIVE, "no server answers");
    };
    let probed = watch(scene, &zone, &servers, findings).await;
    // It would go by itself, somewhat later.
    let ended = scene.client.end_probe().await;
    match (probed, ended) {
        (Ok(Some(name)), Ok(_)) => gone(scene, &name, &servers, findings).await,
        (Err(error), _) => {
            let cure = Cure::words("the daemon says why it does not publish it; its log says more");
            findings.red(ARRIVE, sentence(&error), cure);
        }
        (Ok(None), _) | (Ok(Some(_)), Err(_)) => {}
    }
}

/// A server to ask.
#[derive(Debug, Clone, Copy)]
struct Asked {
    role: Role,
    at: SocketAddr,
}

impl Asked {
    fn text(self) -> String {
        let role = match self.role {
            Role::Authoritative => "authoritative server",
            Role::Recursor => "recursor",
        };
        format!("{role} at {}", self.at)
    }
}

/// The authoritative ones first: who asks a recursor too early fills its cache with what was before.
fn servers(scene: &Scene) -> Vec<Asked> {
    let of = |role, places: &[SocketAddr]| {
        let places = places.iter();
        places.map(|&at| Asked { role, at }).collect::<Vec<_>>()
    };
    let mut servers = of(Role::Authoritative, &scene.authoritative_at);
    servers.extend(of(Role::Recursor, &scene.recursors_at));
    servers
}

/// Publishes the name, and changes it. The name, where all went well.
async fn watch(
    scene: &Scene,
    zone: &Name,
    servers: &[Asked],
    findings: &mut Findings<'_>,
) -> anyhow::Result<Option<Name>> {
    let first = scene.client.probe(&zone.to_string()).await?;
    let name = Name::parse(&first.name)?;
    let mut holding = Vec::new();
    for &server in servers {
        match until(server, &name, Some(&first.content)).await {
            Ok(_) => holding.push(server),
            Err(instead) => {
                let seen = format!(
                    "a new name is not there after {} s: {instead}",
                    PATIENCE.as_secs()
                );
                findings.red(
                    format!("changes arrive at the {}", server.text()),
                    seen,
                    purge(scene),
                );
            }
        }
    }
    let second = scene.client.probe(&zone.to_string()).await?;
    let mut all_good = holding.len() == servers.len();
    for server in holding {
        let check = format!("changes arrive at the {}", server.text());
        match until(server, &name, Some(&second.content)).await {
            Ok(after) if after <= SOON => findings.green(check, format!("after {}", text(after))),
            Ok(after) => {
                let seen = format!("only after {}", text(after));
                findings.yellow(check, seen, purge(scene));
            }
            Err(instead) => {
                all_good = false;
                let seen = format!(
                    "it still has the old answer after {} s: {instead}",
                    PATIENCE.as_secs()
                );
                findings.red(check, seen, purge(scene));
            }
        }
    }
    Ok(all_good.then_some(name))
}

async fn gone(scene: &Scene, name: &Name, servers: &[Asked], findings: &mut Findings<'_>) {
    const GOES: &str = "what goes is gone at every server";
    let begun = Instant::now();
    for &server in servers {
        if let Err(instead) = until(server, name, None).await {
            let seen = format!("{}: {instead}", server.text());
            return findings.red(GOES, seen, purge(scene));
        }
    }
    findings.green(GOES, format!("after {}", text(begun.elapsed())));
}

/// Asks until the name says this, or is gone. How long that took, or what there is instead.
async fn until(server: Asked, name: &Name, wanted: Option<&str>) -> Result<Duration, String> {
    let question = Question::new(name, Some(rtype::TXT), server.role)?;
    let begun = Instant::now();
    let (mut pause, longest) = PAUSES;
    loop {
        let instead = match (ask(server.at, &question.again()).await, wanted) {
            (Ok(Word::NoSuchName), None) => return Ok(begun.elapsed()),
            (Ok(Word::Records(records)), None) if records.is_empty() => return Ok(begun.elapsed()),
            (Ok(Word::Records(records)), Some(wanted))
                if records.iter().any(|record| record.content == wanted) =>
            {
                return Ok(begun.elapsed());
            }
            (Ok(Word::Records(_)), _) => format!("{name} is as it was"),
            (Ok(Word::NoSuchName), Some(_)) => format!("there is no name {name}"),
            (Ok(Word::Neither(reason)) | Err(reason), _) => reason,
        };
        if begun.elapsed() > PATIENCE {
            return Err(instead);
        }
        sleep(pause).await;
        pause = longest.min(pause * 2);
    }
}

fn text(duration: Duration) -> String {
    if duration < SOON {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
