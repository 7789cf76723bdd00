//! Target `opensvc`: the service `system/svc/dns` of an OpenSVC cluster, as its agent's own DNS has it: a flex service on the nodes
//! of `cluster.dns`, one container for each server. The janitor is in the daemon, so there is no container for it.
//!
//! An agent looks at its containers every few minutes, so a server that ended would be missed for as long. A shell in the
//! container runs it again. The engine may be Docker, so rights are those of the target `compose`.

use super::compose::BECOMES;
use super::containers::{self, Access, Container, Mount, USER};
use super::facts::Facts;
use super::item::Item;
use super::place::Place;
use super::{Command, Rendered, When};
use crate::config::deploy::Choices;

/// The service, by the name that its users know.
pub const SERVICE: &str = "system/svc/dns";

/// The daemon, the configurations, the service's configuration, and what makes the service.
///
/// # Errors
/// The daemon's program or its socket is where containers cannot do with it.
pub fn render(facts: &Facts, choices: &Choices, place: &Place) -> anyhow::Result<Rendered> {
    let (mut rendered, containers) = containers::render(facts, choices, place)?;
    // Beside the daemon's configuration.
    let file = place.configuration.with_file_name("system-svc-dns.conf");
    let item = Item::file(&file, text(choices.port, &containers));
    rendered.items.push(item);
    let port = format!("port={}", choices.port);
    let om = |words: &[&str], reason, when| {
        let words: Vec<&str> = ["om", SERVICE].iter().chain(words).copied().collect();
        Command::new(&words, reason, when)
    };
    let [server, recursor] = &containers;
    // Words that both generations of the agent know.
    rendered.commands.extend([
        om(
            &["deploy", "--config", file.as_str(), "--env", &port],
            "make the service, once for the whole cluster",
            When::Unless(["om", SERVICE, "print", "config"].map(str::to_owned).into()),
        ),
        om(
            &[
                "set",
                "--kw",
                &format!("env.{port}"),
                "--kw",
                &format!("container#server.image={}", server.image),
                "--kw",
                &format!("container#recursor.image={}", recursor.image),
            ],
            "have it know what changed",
            When::Changed(vec![file]),
        ),
        om(
            &["restart"],
            "run the containers with what changed, where they ran before",
            When::ByHand,
        ),
    ]);
    rendered.undo.push(om(
        &["purge"],
        "take the service away, if this is the last node",
        When::ByHand,
    ));
    Ok(rendered)
}

fn text(port: u16, [server, recursor]: &[Container; 2]) -> String {
    format!(
        "# PowerDNS and its recursor as a service of the cluster. Written by `zonesmith deploy opensvc`.\n\
         # The daemon, zonesmith.service, runs on each of these nodes.\n\
         \n\
         [DEFAULT]\n\
         nodes = {{dnsnodes}}\n\
         topology = flex\n\
         flex_min = {{#nodes}}\n\
         orchestrate = ha\n\
         {}\
         {}\
         \n\
         [sync#i0]\n\
         disable = true\n\
         \n\
         [env]\n\
         port = {port}\n",
        section(
            "server",
            "pdns_server",
            server,
            &["--local-port={env.port}"]
        ),
        section("recursor", "pdns_recursor", recursor, &[]),
    )
}

fn section(id: &str, program: &str, container: &Container, more: &[&str]) -> String {
    let Container {
        name: _,
        description: _,
        image,
        arguments,
        mounts,
        is_privileged_port,
    } = container;
    let (user, capabilities, becomes): (_, _, &[&str]) = if *is_privileged_port {
        let capabilities = " --cap-add NET_BIND_SERVICE --cap-add SETGID --cap-add SETUID";
        (format!("0:{USER}"), capabilities, &BECOMES)
    } else {
        (format!("{USER}:{USER}"), "", &[])
    };
    let words = arguments.iter().map(String::as_str);
    let words: Vec<&str> = words.chain(more.iter().chain(becomes).copied()).collect();
    let volumes: Vec<String> = mounts.iter().map(volume).collect();
    format!(
        "\n\
         [container#{id}]\n\
         type = oci\n\
         image = {image}\n\
         netns = host\n\
         userns = host\n\
         user = {user}\n\
         read_only = true\n\
         rm = true\n\
         run_args = --cap-drop ALL{capabilities} --security-opt no-new-privileges --security-opt label=disable\n\
         volume_mounts = {}\n\
         entrypoint = /bin/sh\n\
         command = -c \"trap exit TERM; while :; do /usr/local/sbin/{program} {} & wait; sleep 1; done\"\n\
         restart = 2\n\
         start_timeout = 10m\n",
        volumes.join(" "),
        words.join(" "),
    )
}

fn volume(Mount { path, access }: &Mount) -> String {
    let options = match access {
        Access::Read => "ro",
        Access::Write => "rw",
    };
    format!("{path}:{path}:{options}")
}
