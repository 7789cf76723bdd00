//! What `zonesmith deploy` wrote: whether it is as it would be written now. The daemon writes it anew when the cluster changes;
//! by hand it is changed for as long as that.

use std::net::IpAddr;

use camino::Utf8Path;

use super::check::Part;
use super::cure::Cure;
use super::findings::Findings;
use super::scene::Scene;
use crate::config::Configuration;
use crate::deployment::facts::{Facts, own_addresses, prefix_of};
use crate::deployment::manifest::Manifest;
use crate::deployment::place::Place;
use crate::deployment::plan::Disk;
use crate::deployment::servers::{self, Versions};
use crate::snapshot::report::{ServingState, Status};

const WRITTEN: &str = "the configurations of the servers are as they are deployed";

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Deployment);
    let Some(configuration) = scene.configuration() else {
        return findings.skipped(WRITTEN, "the configuration is not understood");
    };
    let choices = configuration.choices();
    let Some(directory) = &choices.directory else {
        return findings.skipped(
            WRITTEN,
            "nothing is: `zonesmith deploy` sets up both servers",
        );
    };
    let status = scene.status();
    let Some(status) = status.filter(|status| status.state == ServingState::Serving) else {
        return findings.skipped(WRITTEN, "no daemon says what they depend on");
    };
    let mut place = Place::of(configuration, &choices, Utf8Path::new("zonesmith"));
    place.programs.clone_from(&scene.asked.programs);
    if let Some(socket) = &status.socket {
        place.backend = socket.into();
    }
    let versions = match Versions::find(&choices, &place) {
        Ok(versions) => versions,
        Err(error) => {
            let cure = Cure::words(
                "install it, or say its version in `deploy.powerdns-version` and `deploy.recursor-version`",
            );
            return findings.red(
                "the programs of PowerDNS are installed",
                error.to_string(),
                cure,
            );
        }
    };
    let wanted = servers::render(&facts(status), &choices, &place, &versions);
    let differs = wanted.iter().filter(|file| {
        let found = std::fs::read_to_string(directory.join(file.name));
        found.ok().as_deref() != Some(&file.text)
    });
    let names: Vec<_> = differs.map(|file| file.name).collect();
    if names.is_empty() {
        return findings.green(WRITTEN, format!("{directory}, {} files", wanted.len()));
    }
    let seen = format!(
        "in {directory}, others than they would be: {}",
        names.join(", ")
    );
    findings.yellow(WRITTEN, seen, Cure::command(command(scene, configuration)));
}

/// What deploys it again.
pub(super) fn command(scene: &Scene, configuration: &Configuration) -> String {
    let manifest = Manifest::read(&Disk::of_machine(), configuration.file());
    let target = manifest.ok().flatten();
    let target = target.map_or_else(
        || "files".to_owned(),
        |manifest| manifest.target.to_string(),
    );
    scene.command(&format!("deploy {target}"))
}

fn facts(status: &Status) -> Facts {
    let mut facts = Facts::default();
    for cluster in &status.clusters {
        let addresses = cluster.nameservers.iter();
        let addresses: Vec<IpAddr> = addresses.filter_map(|text| text.parse().ok()).collect();
        let networks = cluster.networks.iter();
        let networks: Vec<_> = networks.filter_map(|text| prefix_of(text)).collect();
        facts.add(&cluster.name, &addresses, &networks);
    }
    let zones = status.zones.iter();
    facts.zones = zones
        .filter_map(|zone| zonesmith_zone::name::Name::parse(&zone.apex).ok())
        .collect();
    facts.own = own_addresses().unwrap_or_default();
    facts
}
