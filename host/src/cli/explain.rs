//! `zonesmith explain`: why a name answers what it answers, or why it does not.

use clap::Args;

use super::Exit;
use super::output::{self, Format};
use super::reach::Reach;
use crate::config::environment::Environment;
use crate::explain::Status;

const EXAMPLES: &str = "\
Examples:
  zonesmith explain web.shop.svc.demo            what made each of its records
  zonesmith explain web.shop.svc.demo AAAA       why it has no record of this type
  zonesmith explain wep.shop.svc.demo            why there is no such name, and which are like it
  zonesmith explain web.shop.svc.demo A --client 10.22.0.0/16
                                                 which of its records a client there is given
  zonesmith explain 10.22.0.5                    what made the name of an address

Each record is followed by the rule of the policy that made it, the resource, instance, service and source it comes from, and \
the generation since which it is served as it is; generations count from the start of the daemon.

The same is told over PowerDNS: pdnsutil backend-cmd 1 \"explain NAME [TYPE]\". The exit code is 1 when there is no such record.";

/// Say why a name answers what it answers
///
/// Tells of each record which policy, rule, service and resource made it, and since when; of a name that is not there, why: no
/// such service, something that is down, a record that failed a check or lost against another, and the names that are like it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Explain {
    /// A name, or an address
    name: String,

    /// A type of records: A, AAAA, SRV, PTR, …
    #[arg(value_name = "TYPE")]
    rtype: Option<String>,

    /// Whom an answer would be for, a network or an address: where a policy chooses which records a client is given
    #[arg(long, value_name = "NETWORK")]
    client: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

impl Explain {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let client = self.reach.admin(environment)?;
        let explanation =
            client.explain(&self.name, self.rtype.as_deref(), self.client.as_deref())?;
        match self.format {
            Format::Json => output::print_json(&explanation)?,
            Format::Table => output::print(&explanation)?,
        }
        Ok(if explanation.status == Status::Found {
            Exit::Done
        } else {
            Exit::Failed
        })
    }
}
