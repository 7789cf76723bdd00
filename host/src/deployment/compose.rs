//! Target `compose`: both containers for Docker's or Podman's `compose`, as the Compose Specification has them.
//!
//! Docker gives a right to a user that is not root by nothing but the program file, and no file has one when no new ones may
//! be gained. So a server that listens at a port below 1024 begins as root with that right and those to become somebody
//! else, opens its ports, and becomes the user of the image, which has no right at all.

use super::containers::{self, Access, Container, Mount, USER};
use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::{Command, Rendered, When};
use crate::config::deploy::Choices;

/// The daemon, the configurations, the file, and what starts the containers in it.
///
/// # Errors
/// The daemon's program or its socket is where containers cannot do with it.
pub fn render(facts: &Facts, choices: &Choices, place: &Place) -> anyhow::Result<Rendered> {
    let (mut rendered, containers) = containers::render(facts, choices, place)?;
    let configurations = rendered.within(&place.directory);
    // Beside the daemon's configuration.
    let file = place.configuration.with_file_name("compose.yaml");
    rendered.items.push(Item::file(&file, text(&containers)));
    let compose = |words: &[&str], reason, when| {
        let before = ["docker", "compose", "--file", file.as_str()];
        let words: Vec<&str> = before.iter().chain(words).copied().collect();
        Command::new(&words, reason, when)
    };
    rendered.commands.extend([
        compose(&["up", "--detach"], "run the servers", When::Always),
        compose(
            &["restart"],
            "run them with what changed",
            When::Changed(configurations),
        ),
    ]);
    rendered.undo.insert(
        0,
        compose(&["down"], "take the containers away", When::Always),
    );
    Ok(rendered)
}

fn text(containers: &[Container]) -> String {
    let services: String = containers.iter().map(service).collect();
    format!(
        "# PowerDNS and its recursor in containers. Written by `zonesmith deploy compose`.\n\
         \n\
         name: zonesmith\n\
         services:\n\
         {services}"
    )
}

fn service(container: &Container) -> String {
    let Container {
        name,
        description,
        image,
        arguments,
        mounts,
        is_privileged_port,
    } = container;
    let mut command = arguments.clone();
    let (user, capabilities, reason) = if *is_privileged_port {
        command.extend(BECOMES.map(str::to_owned));
        let reason = "Root for as long as it opens its ports; then the user of the image, without any right.";
        (
            format!("0:{USER}"),
            &["NET_BIND_SERVICE", "SETGID", "SETUID"][..],
            reason,
        )
    } else {
        (
            format!("{USER}:{USER}"),
            &[][..],
            "The user of the image, without any right.",
        )
    };
    let capabilities = match capabilities {
        [] => String::new(),
        some => format!("    cap_add: [{}]\n", some.join(", ")),
    };
    let command: Vec<String> = command.iter().map(|word| format!("'{word}'")).collect();
    format!(
        "  # {description}.\n  \
           {name}:\n    \
             container_name: {name}\n    \
             image: {image}\n    \
             command: [{}]\n    \
             # {reason}\n    \
             user: '{user}'\n    \
             cap_drop: [ALL]\n\
         {capabilities}    \
             # The latter for where SELinux rules: a container could not use a socket of the machine.\n    \
             security_opt: ['no-new-privileges:true', 'label:disable']\n    \
             # It writes nothing but sockets.\n    \
             read_only: true\n    \
             # It answers at the addresses of the machine, and sees who asks.\n    \
             network_mode: host\n    \
             # The daemon has it end when it is to listen elsewhere.\n    \
             restart: always\n    \
             # What it shares with the daemon, and no more.\n    \
             volumes:\n\
         {}",
        command.join(", "),
        mounts.iter().map(volume).collect::<String>(),
    )
}

/// Whom it becomes when its ports are open, by the names that the image has.
pub(super) const BECOMES: [&str; 2] = ["--setuid=pdns", "--setgid=pdns"];

fn volume(Mount { path, access }: &Mount) -> String {
    let read_only = match access {
        Access::Read => "        read_only: true\n",
        Access::Write => "",
    };
    // A directory that is missing is a mistake, and none is made in its place.
    format!(
        "      - type: bind\n        source: '{path}'\n        target: '{path}'\n{read_only}        bind: {{ create_host_path: false }}\n"
    )
}
