//! The target `quadlet`: Podman's units, one for each server, from Podman 4.4 on. Debian 12 has 4.3, which does not read them.

use std::fmt::Write as _;

use camino::Utf8PathBuf;

use super::containers::{self, Access, Container, Mount, USER};
use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::{Command, Rendered, When};
use crate::config::deploy::Choices;

/// Where Podman looks for an administrator's.
const UNITS: &str = "/etc/containers/systemd";

/// The daemon, the configurations, the units, and what starts them.
///
/// # Errors
/// The daemon's program or its socket is where containers cannot do with it.
pub fn render(facts: &Facts, choices: &Choices, place: &Place) -> anyhow::Result<Rendered> {
    let (mut rendered, containers) = containers::render(facts, choices, place)?;
    let configurations = rendered.within(&place.directory);
    let mut units: Vec<Utf8PathBuf> = Vec::new();
    for container in &containers {
        let item = Item::file(
            format!("{UNITS}/{}.container", container.name),
            text(container),
        );
        units.push(item.path.clone());
        rendered.items.push(item);
    }
    let names: Vec<String> = containers
        .iter()
        .map(|container| format!("{}.service", container.name))
        .collect();
    let systemctl = |words: &[&str]| -> Vec<String> {
        let words = ["systemctl"].iter().chain(words);
        let words = words.map(|&word| word.to_owned());
        words.chain(names.iter().cloned()).collect()
    };
    let command = |words: Vec<String>, reason: &str, when| Command {
        words,
        reason: reason.to_owned(),
        when,
    };
    rendered.commands.extend([
        Command::new(
            &["systemctl", "daemon-reload"],
            "have Podman make services of its units",
            When::Changed(units.clone()),
        ),
        command(
            systemctl(&["try-restart"]),
            "run the servers with what changed",
            When::Changed(configurations.into_iter().chain(units).collect()),
        ),
        // Podman's units are enabled by what stands in them.
        command(systemctl(&["start"]), "start the servers", When::Always),
    ]);
    rendered.undo.insert(
        0,
        command(systemctl(&["stop"]), "stop the servers", When::Always),
    );
    Ok(rendered)
}

fn text(container: &Container) -> String {
    let Container {
        name,
        description,
        image,
        arguments,
        mounts,
        is_privileged_port,
    } = container;
    let mut text = format!(
        "# {description}. Written by `zonesmith deploy quadlet`.\n\
         \n\
         [Unit]\n\
         Description={description}\n\
         # Before the daemon has a zone there is no socket to ask, and the server would end.\n\
         After=zonesmith.service\n\
         Wants=zonesmith.service\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Container]\n\
         ContainerName={name}\n\
         Image={image}\n\
         Exec={}\n\
         # The user of the image. It has no right but to listen at a port below 1024, where it does.\n\
         User={USER}\n\
         Group={USER}\n\
         DropCapability=all\n",
        arguments.join(" ")
    );
    if *is_privileged_port {
        text += "AddCapability=CAP_NET_BIND_SERVICE\n";
    }
    text += "NoNewPrivileges=true\n\
             # It writes nothing but sockets.\n\
             ReadOnly=true\n\
             # It answers at the addresses of the machine, and sees who asks.\n\
             Network=host\n\
             # Where SELinux rules, a container could not use a socket of the machine.\n\
             SecurityLabelDisable=true\n\
             # What it shares with the daemon, and no more.\n";
    for Mount { path, access } in mounts {
        let options = match access {
            Access::Read => ":ro",
            Access::Write => "",
        };
        // Writing to text cannot fail.
        let _ = writeln!(text, "Volume={path}:{path}{options}");
    }
    text += "\n\
             [Service]\n\
             # The daemon has it end when it is to listen elsewhere.\n\
             Restart=always\n\
             RestartSec=1\n\
             # An image may have to be fetched.\n\
             TimeoutStartSec=10min\n\
             \n\
             [Install]\n\
             WantedBy=multi-user.target\n";
    text
}
