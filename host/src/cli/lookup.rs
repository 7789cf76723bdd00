//! `zonesmith lookup`: what is served under a name, without a DNS server between.

use clap::Args;
use serde::Serialize;

use super::Exit;
use super::ask::{self, Answers, Known, Row};
use super::output::{self, Format, Table};
use super::reach::Reach;
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith lookup web.shop.svc.demo              everything under a name
  zonesmith lookup _http._tcp.web.shop.svc.demo SRV
  zonesmith lookup 10.22.0.5                      the name of an address
  zonesmith lookup demo SOA --format json

NXDOMAIN: there is no such name (exit code 1). NODATA: the name is there, but has no record of this type.
ENT, an empty non-terminal: only names below it have records; DNS answers NODATA.";

/// Ask for a name
///
/// Asks the daemon as PowerDNS does, and prints the records. The name is absolute, with or without its last dot, in any
/// case; for an address its reverse name is asked.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Lookup {
    /// A name, or an address
    name: String,

    /// A type of records: A, AAAA, SRV, PTR, …
    #[arg(value_name = "TYPE")]
    rtype: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

/// The answer, as JSON has it.
#[derive(Debug, Serialize)]
struct Answer {
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    status: &'static str,
    records: Vec<Row>,
}

impl Lookup {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let mut daemon = self.reach.connect(environment)?;
        let answer = self.answer(&mut daemon)?;
        match self.format {
            Format::Json => output::print_json(&answer)?,
            Format::Table => output::print(answer.text())?,
        }
        Ok(if answer.status == "NXDOMAIN" {
            Exit::Failed
        } else {
            Exit::Done
        })
    }

    fn answer(&self, daemon: &mut impl Answers) -> anyhow::Result<Answer> {
        let (name, is_address) = match self.name.parse() {
            Ok(address) => (
                zonesmith_zone::reverse::reverse_name(address).to_string(),
                true,
            ),
            Err(_) => (ask::with_last_dot(self.name.clone()), false),
        };
        let wanted = self
            .rtype
            .as_deref()
            .map(str::to_uppercase)
            .unwrap_or_else(|| (if is_address { "PTR" } else { "ANY" }).to_owned());
        let (status, records) = match ask::lookup(daemon, &name)? {
            Known::NoSuchName => ("NXDOMAIN", Vec::new()),
            Known::EmptyNonTerminal => ("ENT", Vec::new()),
            Known::Records(rows) => {
                // An alias answers for every type.
                let fits =
                    |row: &Row| wanted == "ANY" || row.qtype == wanted || row.qtype == "CNAME";
                let rows: Vec<Row> = rows.into_iter().filter(fits).collect();
                (if rows.is_empty() { "NODATA" } else { "NOERROR" }, rows)
            }
        };
        Ok(Answer {
            name,
            rtype: wanted,
            status,
            records,
        })
    }
}

impl Answer {
    fn text(&self) -> String {
        let name = &self.name;
        match self.status {
            "NXDOMAIN" => format!("NXDOMAIN: there is no name {name}\n"),
            "ENT" => format!("ENT: {name} has no records, names below it have\n"),
            "NODATA" => format!(
                "NODATA: {name} is there, but has no record of type {}\n",
                self.rtype
            ),
            _ => {
                let mut table = Table::default();
                for row in &self.records {
                    table.push(row.columns());
                }
                table.to_string()
            }
        }
    }
}

impl Row {
    /// As the agent prints it: name, class, type, TTL, content.
    pub(super) fn columns(&self) -> [String; 5] {
        [
            self.qname.clone(),
            "IN".into(),
            self.qtype.clone(),
            self.ttl.to_string(),
            self.content.clone(),
        ]
    }
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
            web.demo. 60 A 10.22.0.5
            web.demo. 60 A 10.22.0.6
            alias.demo. 60 CNAME web.demo.
            svc.demo. 60 ENT
            5.0.22.10.in-addr.arpa. 60 PTR web.demo.",
        )
    }

    fn lookup(name: &str, rtype: Option<&str>) -> String {
        let lookup = Lookup {
            name: name.into(),
            rtype: rtype.map(Into::into),
            format: Format::Table,
            reach: Reach::default(),
        };
        lookup.answer(&mut daemon()).unwrap().text()
    }

    #[test]
    fn each_answer_says_clearly_what_it_is() {
        let asked = [
            ("web.demo", None),
            ("web.demo.", Some("a")),
            ("web.demo", Some("AAAA")),
            ("alias.demo", Some("A")),
            ("svc.demo", None),
            ("no.demo", None),
            ("10.22.0.5", None),
        ];
        let text: String = asked
            .into_iter()
            .map(|(name, rtype)| lookup(name, rtype))
            .collect();
        assert_snapshot!(text, @r"
        web.demo.  IN  A  60  10.22.0.5
        web.demo.  IN  A  60  10.22.0.6
        web.demo.  IN  A  60  10.22.0.5
        web.demo.  IN  A  60  10.22.0.6
        NODATA: web.demo. is there, but has no record of type AAAA
        alias.demo.  IN  CNAME  60  web.demo.
        ENT: svc.demo. has no records, names below it have
        NXDOMAIN: there is no name no.demo.
        5.0.22.10.in-addr.arpa.  IN  PTR  60  web.demo.
        ");
    }
}
