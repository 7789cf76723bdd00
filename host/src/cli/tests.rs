use clap::CommandFactory;

use super::*;

#[test]
fn the_table_of_commands_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_command_lines_that_the_agents_users_know_are_understood() {
    for line in [
        "zonesmith daemon dns dump",
        "zonesmith daemon dns dump --format json",
        "zonesmith cluster set --kw cluster.dns+=10.0.0.1 --kw cluster.dns+=10.0.0.2",
        "zonesmith cluster get --kw cluster.dns",
        "zonesmith deploy opensvc --env port=1216",
        "zonesmith serve cluster.json --policy a.wasm --policy default --socket /tmp/x --socket-group pdns --log debug",
        "zonesmith serve --source file:cluster.json",
        "zonesmith serve -",
        "zonesmith lookup web.demo a --socket /tmp/x",
        "zonesmith dump demo --format zone",
        "zonesmith pipe --socket /tmp/x --timeout 500",
        "zonesmith watch web.demo 10.in-addr.arpa --since 7 --format json",
        "zonesmith wait web.demo SRV 0 10 80 web.demo --timeout 0.5",
        "zonesmith wait 10.0.0.1 --gone",
        "zonesmith wait web.demo --through all",
        "zonesmith wait web.demo A 10.0.0.5 --through auth --server 127.0.0.1 --server [::1]:5301",
        "zonesmith doctor --format json --no-probe --authoritative 127.0.0.1 --recursor [::1]:5301",
        "zonesmith policy build . -o x.wasm",
        "zonesmith policy reload --force",
        "zonesmith playground --page dist --listen [::1]:8080 --no-open --open --cluster demo",
        "zonesmith config set cluster.dns-=10.0.0.1",
        "zonesmith config show --template",
        "zonesmith completions fish",
    ] {
        let parsed = Cli::try_parse_from(line.split(' '));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
    for line in [
        "zonesmith",
        "zonesmith serve a.json --source file:b.json",
        "zonesmith cluster set",
        "zonesmith lookup",
        "zonesmith pipe --timeout 0",
        "zonesmith playground --listen 10.0.0.1:80",
        "zonesmith playground --listen 127.0.0.1",
        "zonesmith wait web.demo --timeout -1",
        "zonesmith wait web.demo --server 127.0.0.1",
        "zonesmith wait web.demo --through auth --server demo",
    ] {
        assert_eq!(
            Cli::try_parse_from(line.split(' '))
                .unwrap_err()
                .exit_code(),
            2,
            "{line}"
        );
    }
}

#[test]
fn every_command_has_a_sentence_and_hidden_are_only_the_agents() {
    let command = Cli::command();
    for sub in command.get_subcommands() {
        assert!(
            sub.get_about().is_some() || sub.is_hide_set(),
            "{}",
            sub.get_name()
        );
    }
    let hidden: Vec<&str> = command
        .get_subcommands()
        .filter(|sub| sub.is_hide_set())
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(hidden, ["daemon", "cluster"]);
}
