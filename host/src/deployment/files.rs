//! The target `files`: configurations alone, for whoever runs the servers in a way of their own.

use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::servers::{self, Versions};
use super::{Command, Rendered, When};
use crate::config::deploy::Choices;
use crate::power_dns::program::Program;

/// Keys of the configuration that are set where they are not. The control sockets are beside the configurations: nobody else
/// makes a directory for them.
#[must_use]
pub fn defaults(place: &Place) -> Vec<(&'static str, String)> {
    vec![
        ("deploy.directory", place.directory.to_string()),
        ("deploy.sockets", place.directory.to_string()),
    ]
}

/// Directories and files; how to run the servers is advice.
///
/// # Errors
/// A server is not installed, and no version of it is named.
pub fn render(facts: &Facts, choices: &Choices, place: &Place) -> anyhow::Result<Rendered> {
    let versions = Versions::find(choices, place)?;
    let directories = [&place.directory, &place.authoritative(), &place.recursor()];
    let mut items: Vec<Item> = directories.map(Item::directory).into();
    for file in servers::render(facts, choices, place, &versions) {
        items.push(Item::file(place.directory.join(file.name), file.text));
    }
    let option = format!("--config-dir={}", place.directory);
    let run = |program: Program, reason: &str| {
        Command::new(&[program.name(), &option], reason, When::ByHand)
    };
    Ok(Rendered {
        items,
        commands: vec![
            run(
                Program::Authoritative,
                "answer for the zones of the cluster",
            ),
            run(
                Program::Recursor,
                "answer everybody, for all names; port 53 takes the right to it (CAP_NET_BIND_SERVICE)",
            ),
        ],
        advice: vec![format!(
            "whoever runs the servers has to run them again when they end: the daemon ends one whose configuration it has changed. \
             It keeps {} right where it may write to it.",
            place.directory
        )],
        ..Rendered::default()
    })
}
