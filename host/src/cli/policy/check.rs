//! `zonesmith policy check`: what the daemon would say of a component, without a daemon: the same limits, the same checks
//! of every record, on a cluster of yours or on the demo's.

mod report;

use std::fs;
use std::sync::Arc;

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::Args;
use zonesmith_cluster::State;
use zonesmith_zone::record::ZoneDeclaration;
use zonesmith_zone::validate::{Quarantined, validate};
use zonesmith_zone::zone::Zone;
use zonesmith_zone::zones::Zones;

use self::report::{Report, Subject, Zones as ReportedZones};
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::policy::{
    Component, Configuration, Diagnostic, Engine, Instance, Refusal, Stage, embedded,
};

/// The cluster of the README, so that a policy can be tried before there is a cluster.
const DEMO: &[u8] = include_bytes!("../../../../examples/demo/cluster.json");

/// Settings of a policy without any.
const NO_SETTINGS: &str = "{}";

const EXAMPLES: &str = "\
Examples:
  zonesmith policy check site.wasm
  zonesmith policy check site.wasm --cluster /etc/zonesmith/cluster.json --settings site.settings.json

The exit code is 1 when the daemon would refuse the policy, when it fails for a service, or when \
one of its records would be quarantined. A policy that has no zones adds to those of the built-in one.";

/// Check a policy as the daemon would
///
/// Loads the component under the daemon's limits, has it name every service of a cluster, checks every record, and prints
/// what came of it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Check {
    /// The component
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,

    /// The state of a cluster: a cluster document, or what an OpenSVC agent prints [default: a built-in demo]
    #[arg(long, value_name = "CLUSTER.json")]
    cluster: Option<Utf8PathBuf>,

    /// Settings, a JSON file [default: NAME.settings.json beside NAME.wasm, if there is one]
    #[arg(long, value_name = "FILE")]
    settings: Option<Utf8PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let bytes = fs::read(&self.file).with_context(|| format!("read {}", self.file))?;
        let report = check(self.file.as_str(), &bytes, self.state()?, &self.settings()?)?;
        match self.format {
            Format::Json => output::print_json(&report)?,
            Format::Table => output::print(report.text())?,
        }
        Ok(if report.is_good() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    fn state(&self) -> anyhow::Result<State> {
        let text = self
            .cluster
            .as_ref()
            .map(|path| fs::read(path).with_context(|| format!("read {path}")))
            .transpose()?;
        let (_, state) =
            zonesmith_cluster::read(text.as_deref().unwrap_or(DEMO)).with_context(|| {
                format!(
                    "read the cluster in {}",
                    self.cluster
                        .as_deref()
                        .map_or("the demo", |path| path.as_str())
                )
            })?;
        Ok(state)
    }

    fn settings(&self) -> anyhow::Result<Arc<str>> {
        let beside = self.file.with_extension("settings.json");
        let path = match &self.settings {
            Some(path) => path,
            None if beside.exists() => &beside,
            None => return Ok(NO_SETTINGS.into()),
        };
        let text =
            fs::read_to_string(path).with_context(|| format!("read the settings in {path}"))?;
        serde_json::from_str::<serde::de::IgnoredAny>(&text)
            .with_context(|| format!("read the settings in {path}"))?;
        Ok(text.into())
    }
}

/// Everything there is to say of a policy on a cluster.
fn check(name: &str, bytes: &[u8], state: State, settings: &Arc<str>) -> anyhow::Result<Report> {
    let engine = Engine::new()?;
    let component = match Component::load(&engine, name, bytes) {
        Ok(component) => component,
        Err(refusal) => return Ok(Report::refused(name, bytes, refusal)),
    };
    let mut report = Report::of(name, bytes, &component);
    if let Err(refusal) = run(&engine, &component, state, settings, &mut report) {
        report.refused = Some(refusal.into());
    }
    Ok(report)
}

fn run(
    engine: &Engine,
    component: &Component,
    state: State,
    settings: &Arc<str>,
    report: &mut Report,
) -> Result<(), Refusal> {
    let cluster = Arc::new(state.cluster);
    report.cluster.clone_from(&cluster.name);
    let (mut instance, configuration) =
        Instance::start(component, Arc::clone(&cluster), Arc::clone(settings))?;
    let Configuration {
        zones: declared,
        records,
        diagnostics,
    } = configuration;
    let own = !declared.is_empty();
    let declared = if own {
        declared
    } else {
        embedded_zones(engine, &cluster)?
    };
    let (zones, nameservers) = zones_of(&declared)?;
    report.zones = ReportedZones {
        is_own: own,
        apexes: zones.iter().map(|zone| zone.apex().to_string()).collect(),
    };
    report.count(&Subject::Configuration, if own { nameservers } else { 0 });
    report.take(
        component,
        &Subject::Configuration,
        diagnostics,
        validated(records, &zones),
    );
    for (path, service) in &state.services {
        let subject = Subject::Service {
            path: path.to_string(),
            service,
        };
        match instance.synthesize(service) {
            Ok(synthesis) => report.take(
                component,
                &subject,
                synthesis.diagnostics,
                validated(synthesis.records, &zones),
            ),
            Err(failure) => report.fail(&subject, failure),
        }
    }
    Ok(())
}

/// How many records stand, and those that do not.
fn validated(
    records: Vec<zonesmith_zone::record::Record>,
    zones: &Zones,
) -> (usize, Vec<Quarantined>) {
    let (contribution, quarantined) = validate(records, zones);
    (contribution.len(), quarantined)
}

fn zones_of(declared: &[ZoneDeclaration]) -> Result<(Zones, usize), Refusal> {
    let mut zones = Vec::new();
    let mut nameservers = 0;
    for declaration in declared {
        let (zone, records) = Zone::declare(declaration).map_err(|reason| Refusal {
            stage: Stage::Validate,
            reason: format!("the zone {:?}: {reason}", declaration.apex),
        })?;
        nameservers += records.len();
        zones.push(zone);
    }
    Ok((Zones::new(zones), nameservers))
}

/// Those a policy without zones adds to.
fn embedded_zones(
    engine: &Engine,
    cluster: &Arc<zonesmith_cluster::Cluster>,
) -> Result<Vec<ZoneDeclaration>, Refusal> {
    let component = Component::load(engine, "default", embedded())?;
    Instance::start(&component, Arc::clone(cluster), NO_SETTINGS.into())
        .map(|(_, configuration)| configuration.zones)
}

#[cfg(test)]
mod tests;
