//! The daemon's configuration: whether it can be read. One that cannot leaves the daemon with what it was told before, and
//! keeps it from starting.

use super::check::Part;
use super::cure::{Cure, Edit};
use super::findings::Findings;
use super::scene::Scene;
use crate::config::file::ConfigurationError;
use crate::config::origin::Origin;

const UNDERSTOOD: &str = "the configuration is understood";

pub(super) fn check(scene: &Scene, findings: &mut Findings<'_>) {
    findings.begin(Part::Configuration);
    let file = &scene.asked.file;
    match &scene.asked.configuration {
        Ok(_) if file.exists() => findings.green(UNDERSTOOD, file.as_str()),
        Ok(_) => findings.green(
            UNDERSTOOD,
            format!("there is no {file}: everything is as it comes"),
        ),
        Err(error) => {
            let cure = cure(error);
            let seen = format!("{:#}", anyhow::anyhow!(error.to_string()));
            findings.red(UNDERSTOOD, seen, cure);
        }
    }
}

fn cure(error: &ConfigurationError) -> Cure {
    match error {
        ConfigurationError::Wrong {
            origin: Origin::File { path, line },
            ..
        } => Cure::edit(Edit::wrong(path.as_str(), *line)),
        ConfigurationError::Wrong {
            origin: Origin::Environment { variable },
            ..
        } => Cure::command(format!("unset {variable}")),
        ConfigurationError::Wrong { .. } => Cure::words("say it otherwise on the command line"),
        ConfigurationError::Read { path, .. } => Cure::words(format!(
            "{path} has to be a file that the daemon and you may read"
        )),
        ConfigurationError::Write { path, .. } => {
            Cure::words(format!("{path} has to be a file that you may write"))
        }
        ConfigurationError::Place(_) => {
            Cure::words("name the sockets: `socket.path` and `admin.path`")
        }
    }
}
