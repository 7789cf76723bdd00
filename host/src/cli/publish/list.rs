//! `zonesmith publish list`: which keys are there, and how long they have without their publisher.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::{Place, runtime};
use crate::cli::Exit;
use crate::cli::output::{self, Format, Table};
use crate::config::environment::Environment;
use crate::etcd::connection::open_any;

/// Show what is published, and by which leases
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

/// A key, as JSON has it.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    /// Octets of its value.
    size: usize,
    /// Hexadecimal, as etcd's tools have it; none: it stays.
    lease: Option<String>,
    /// Seconds until it goes, unless somebody keeps it.
    left: Option<u32>,
    /// Of how many.
    ttl: Option<u32>,
}

impl List {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let access = self.place.configuration(environment)?.access().etcd;
        let address = self.place.address()?;
        let rows = runtime()?.block_on(async {
            let (_, connection) = open_any(&address, &access).await?;
            let mut keys = Vec::new();
            connection
                .read(&address, |entry| {
                    let key = String::from_utf8_lossy(&entry.key).into_owned();
                    keys.push((key, entry.value.len(), entry.lease));
                })
                .await?;
            let mut leases = BTreeMap::new();
            for (_, _, lease) in &keys {
                if *lease != 0 && !leases.contains_key(lease) {
                    leases.insert(*lease, connection.time_left(*lease).await?);
                }
            }
            let rows = keys.into_iter().map(|(key, size, lease)| {
                let time = leases.get(&lease).copied().flatten();
                Row {
                    key,
                    size,
                    lease: (lease != 0).then(|| format!("{lease:x}")),
                    left: time.map(|(left, _)| left),
                    ttl: time.map(|(_, ttl)| ttl),
                }
            });
            anyhow::Ok(rows.collect::<Vec<_>>())
        })?;
        match self.place.format {
            Format::Json => output::print_json(&rows)?,
            Format::Table => output::print(table(&rows))?,
        }
        Ok(Exit::Done)
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::with_head(["KEY", "OCTETS", "LEASE", "LEFT"]);
    for row in rows {
        let left = row.left.zip(row.ttl);
        table.push([
            row.key.clone(),
            row.size.to_string(),
            row.lease.clone().unwrap_or_else(|| "-".to_owned()),
            left.map_or_else(
                || "-".to_owned(),
                |(left, ttl)| format!("{left} of {ttl} s"),
            ),
        ]);
    }
    table
}
