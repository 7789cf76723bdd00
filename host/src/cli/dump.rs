//! `zonesmith dump`: every record, from the daemon's `list`, which is also what a zone transfer is made of.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::Exit;
use super::ask::{self, Answers, Row};
use super::output::{self, Table};
use super::reach::Reach;
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith dump                                  every record, a line each
  zonesmith dump demo --format zone > demo.zone   a master file that `named-checkzone demo demo.zone` accepts
  zonesmith dump --format json | jq '.[].qname'";

/// Print zones
///
/// Prints every record of one zone, or of all of them, reverse zones included.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Dump {
    /// The apex of a zone [default: all zones]
    zone: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: DumpFormat,

    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum DumpFormat {
    /// For people: a line a record, sorted
    #[default]
    Table,
    /// A master file (RFC 1035 section 5), the SOA first
    Zone,
    /// For programs: a list of records
    Json,
}

/// A zone and its records, in the daemon's order: that of the names, the apex first.
struct Zone {
    apex: String,
    rows: Vec<Row>,
}

impl Dump {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let mut daemon = self.reach.connect(environment)?;
        let zones = self.zones(&mut daemon)?;
        match self.format {
            DumpFormat::Json => output::print_json(
                &zones
                    .into_iter()
                    .flat_map(|zone| zone.rows)
                    .collect::<Vec<_>>(),
            )?,
            DumpFormat::Table => output::print(table(zones))?,
            DumpFormat::Zone => {
                output::print(zones.iter().map(master_file).collect::<Vec<_>>().join("\n"))?;
            }
        }
        Ok(Exit::Done)
    }

    fn zones(&self, daemon: &mut impl Answers) -> anyhow::Result<Vec<Zone>> {
        let all = daemon.zones()?;
        let apexes = match &self.zone {
            None => all,
            Some(name) => {
                let name = ask::with_last_dot(name.clone());
                let Some(apex) = all.iter().find(|apex| apex.eq_ignore_ascii_case(&name)) else {
                    bail!("there is no zone {name}; there are {}", all.join(" "));
                };
                vec![apex.clone()]
            }
        };
        apexes
            .into_iter()
            .map(|apex| Zone::read(daemon, apex))
            .collect()
    }
}

impl Zone {
    fn read(daemon: &mut impl Answers, apex: String) -> anyhow::Result<Self> {
        let mut rows = daemon.list(&apex)?;
        // Stable: a master file begins with its SOA (RFC 1035 section 5.2); the rest is in order already.
        rows.sort_by_key(|row| row.qtype != "SOA");
        Ok(Self { apex, rows })
    }
}

fn master_file(zone: &Zone) -> String {
    let mut text = format!("; {} records of the zone {}\n", zone.rows.len(), zone.apex);
    for Row {
        qname,
        qtype,
        ttl,
        content,
    } in &zone.rows
    {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{qname} {ttl} IN {qtype} {content}");
    }
    text
}

fn table(zones: Vec<Zone>) -> Table {
    let mut rows: Vec<Row> = zones.into_iter().flat_map(|zone| zone.rows).collect();
    rows.sort_by_cached_key(place);
    let mut table = Table::default();
    for row in &rows {
        table.push(row.columns());
    }
    table
}

/// Reverse names last, since nobody came for them; else from the root to the leaf, so that a name stands above those
/// below it; an apex begins with SOA and NS.
fn place(row: &Row) -> impl Ord + use<> {
    let labels: Vec<String> = row
        .qname
        .to_ascii_lowercase()
        .rsplit('.')
        .map(str::to_owned)
        .collect();
    let is_reverse = labels.iter().any(|label| label == "arpa");
    let rank = (row.qtype != "SOA", row.qtype != "NS");
    (
        is_reverse,
        labels,
        rank,
        row.qtype.clone(),
        row.content.clone(),
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::ask::Scripted;
    use super::*;

    fn daemon() -> Scripted {
        Scripted::new(
            &["demo.", "10.in-addr.arpa."],
            "
            demo. 60 SOA dns.demo. contact.demo. 1 7200 3600 432000 86400
            demo. 60 NS ns1.demo.
            web.shop.demo. 60 A 10.0.0.7
            web.shop.demo. 60 TXT \"two words\" \"x\"
            ns1.demo. 60 A 10.0.0.1
            7.0.0.10.in-addr.arpa. 60 PTR web.shop.demo.
            10.in-addr.arpa. 60 SOA dns.demo. contact.demo. 1 7200 3600 432000 86400",
        )
    }

    fn zones(zone: Option<&str>) -> anyhow::Result<Vec<Zone>> {
        Dump {
            zone: zone.map(Into::into),
            format: DumpFormat::Table,
            reach: Reach::default(),
        }
        .zones(&mut daemon())
    }

    #[test]
    fn a_table_is_sorted_as_names_are() {
        assert_snapshot!(table(zones(None).unwrap()).to_string(), @r#"
        demo.                   IN  SOA  60  dns.demo. contact.demo. 1 7200 3600 432000 86400
        demo.                   IN  NS   60  ns1.demo.
        ns1.demo.               IN  A    60  10.0.0.1
        web.shop.demo.          IN  A    60  10.0.0.7
        web.shop.demo.          IN  TXT  60  "two words" "x"
        10.in-addr.arpa.        IN  SOA  60  dns.demo. contact.demo. 1 7200 3600 432000 86400
        7.0.0.10.in-addr.arpa.  IN  PTR  60  web.shop.demo.
        "#);
    }

    #[test]
    fn a_master_file_begins_with_the_soa() {
        assert_snapshot!(master_file(&zones(Some("DEMO")).unwrap()[0]), @r#"
        ; 5 records of the zone demo.
        demo. 60 IN SOA dns.demo. contact.demo. 1 7200 3600 432000 86400
        demo. 60 IN NS ns1.demo.
        web.shop.demo. 60 IN A 10.0.0.7
        web.shop.demo. 60 IN TXT "two words" "x"
        ns1.demo. 60 IN A 10.0.0.1
        "#);
        let reverse = zones(Some("10.in-addr.arpa.")).unwrap();
        assert_eq!(reverse[0].rows[0].qtype, "SOA", "first, wherever it was");
    }

    #[test]
    fn a_zone_that_is_not_served_is_refused_with_those_that_are() {
        let error = zones(Some("domo")).err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no zone domo.; there are demo. 10.in-addr.arpa."
        );
    }
}
