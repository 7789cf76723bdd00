//! `zonesmith config show`: every key, its value and who said it, what the source says of the cluster included.

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use crate::admin::client::Client;
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::config::template::template;
use crate::config::{Configuration, Origin};
use crate::snapshot::report::Status;

const EXAMPLES: &str = "\
Examples:
  zonesmith config show
  zonesmith config show --format json | jq -r '.[] | select(.key == \"socket.path\").value'
  zonesmith config show --template > zonesmith.toml   every key, explained and commented out

A value comes from the command line, else the environment, else the file, else the default. What a \
running daemon's source says of the cluster is shown where the configuration says nothing.";

/// Print every key, its value and where it comes from
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Show {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Print a configuration file to begin with instead
    #[arg(long, conflicts_with = "format")]
    template: bool,

    #[command(flatten)]
    reach: Reach,
}

/// A key as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::cli) struct Shown {
    pub(in crate::cli) key: &'static str,
    pub(in crate::cli) value: Value,
    origin: String,
}

impl Show {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        if self.template {
            output::print(template())?;
            return Ok(Exit::Done);
        }
        let all = in_force(&self.reach, environment)?;
        match self.format {
            Format::Json => output::print_json(&all)?,
            Format::Table => output::print(table(&all))?,
        }
        Ok(Exit::Done)
    }
}

/// Every key as it is in force, with the word of a running daemon's source.
pub(in crate::cli) fn in_force(
    reach: &Reach,
    environment: &Environment,
) -> anyhow::Result<Vec<Shown>> {
    let configuration = reach.configuration(environment)?;
    let status = Client::new(&configuration.admin_path.value).status().ok();
    Ok(shown(&configuration, status.as_ref()))
}

fn shown(configuration: &Configuration, status: Option<&Status>) -> Vec<Shown> {
    configuration
        .values()
        .into_iter()
        .map(
            |(key, value, origin)| match status.and_then(|status| from_daemon(key, status)) {
                Some((value, source)) if *origin == Origin::Default => Shown {
                    key,
                    value,
                    origin: source,
                },
                Some(_) | None => Shown {
                    key,
                    value,
                    origin: origin.to_string(),
                },
            },
        )
        .collect()
}

/// What a running daemon goes by under a key, if it knows better than the configuration: its source's word, or its own
/// command line.
fn from_daemon(key: &str, status: &Status) -> Option<(Value, String)> {
    let cluster = &status.cluster;
    let (value, origin) = match key {
        "source" => {
            let source = &status.sources.first()?.source;
            (json!(source), "running daemon")
        }
        "cluster.name" => (json!(cluster.name), &*cluster.name_origin),
        "cluster.dns" => (json!(cluster.nameservers), &*cluster.nameservers_origin),
        "cluster.networks" => (json!(cluster.networks), &*cluster.networks_origin),
        _ => return None,
    };
    (!origin.is_empty()).then(|| (value, origin.to_owned()))
}

impl Shown {
    /// The value as a person would write it.
    pub(in crate::cli) fn text(&self) -> String {
        text(&self.value)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(" "),
        // A policy without settings is its file.
        Value::Object(fields) if fields.len() == 1 => fields.values().map(text).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn table(all: &[Shown]) -> Table {
    let mut table = Table::with_head(["KEY", "VALUE", "ORIGIN"]);
    for shown in all {
        let value = if shown.value.is_null() {
            "-".to_owned()
        } else {
            shown.text()
        };
        table.push([shown.key.to_owned(), value, shown.origin.clone()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use toml_edit::value;

    use super::*;
    use crate::snapshot::report::{ClusterStatus, SourceStatus};

    #[test]
    fn what_the_configuration_leaves_open_is_shown_with_the_word_of_the_source() {
        let environment = Environment::from([
            ("ZONESMITH_CONFIG", "/dev/null"),
            ("ZONESMITH_CLUSTER_NAME", "mine"),
        ]);
        let layers = Reach {
            socket: Some("/s/pdns.sock".into()),
            admin: Some("/s/admin.sock".into()),
            ..Reach::default()
        }
        .layers(crate::config::place::Role::Client, &environment)
        .unwrap()
        .with("state-dir", "--state-dir", Some(value("/state")));
        let configuration = Configuration::load(layers).unwrap();
        let source = SourceStatus {
            source: "file:/srv/cluster.json".into(),
            ..SourceStatus::default()
        };
        let cluster = ClusterStatus {
            name: "theirs".into(),
            name_origin: "file:/srv/cluster.json".into(),
            nameservers: vec!["10.0.0.1".into(), "10.0.0.2".into()],
            nameservers_origin: "file:/srv/cluster.json".into(),
            ..ClusterStatus::default()
        };
        let status = Status {
            cluster,
            sources: vec![source],
            ..Status::default()
        };
        assert_snapshot!(table(&shown(&configuration, Some(&status))).to_string(), @r#"
        KEY                         VALUE                   ORIGIN
        source                      file:/srv/cluster.json  running daemon
        state-dir                   /state                  --state-dir
        trusted-keys                -                       default
        opensvc.ca                  -                       default
        opensvc.token-file          -                       default
        opensvc.certificate         -                       default
        opensvc.key                 -                       default
        opensvc.keep-dropped-peers  false                   default
        etcd.ca                     -                       default
        etcd.certificate            -                       default
        etcd.key                    -                       default
        etcd.user                   -                       default
        etcd.password-file          -                       default
        socket.path                 /s/pdns.sock            --socket
        socket.mode                 0660                    default
        socket.owner                -                       default
        socket.group                -                       default
        admin.path                  /s/admin.sock           --admin
        admin.metrics               -                       default
        admin.watch                 -                       default
        notify.also                                         default
        notify.source               -                       default
        notify.key                  -                       default
        janitor.authoritative                               default
        janitor.recursors                                   default
        janitor.off                 false                   default
        powerdns.control-socket     -                       default
        powerdns.query-cache-ttl    20                      default
        powerdns.listen             -                       default
        recursor.listen             -                       default
        deploy.directory            -                       default
        deploy.sockets              -                       default
        deploy.port                 5300                    default
        deploy.listen                                       default
        deploy.non-local-bind       false                   default
        deploy.allow-from           -                       default
        deploy.forward                                      default
        deploy.forward-upstream                             default
        deploy.forward-all          false                   default
        deploy.udp-size             1232                    default
        deploy.powerdns-version     -                       default
        deploy.recursor-version     -                       default
        cluster.name                mine                    ZONESMITH_CLUSTER_NAME
        cluster.dns                 10.0.0.1 10.0.0.2       file:/srv/cluster.json
        cluster.networks            -                       default
        limits.max-removal-share    0.5                     default
        log.level                   info                    default
        log.format                  text                    default
        policy                      default                 default
        zones                       -                       default
        "#);
    }
}
