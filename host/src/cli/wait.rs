//! `zonesmith wait`: until a name is there, or gone: in what is served, and where clients ask for it.
//!
//! | room | job |
//! |---|---|
//! | [`wanted`] | what is waited for, and whether an answer is it |
//! | [`served`] | until the daemon serves it |
//! | [`through`] | until name servers answer it |
//! | [`servers`] | which name servers these are |
//! | [`progress`] | how far each is, for people and for programs |

mod progress;
mod served;
mod servers;
mod through;
mod wanted;

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use self::servers::{Place, Through};
use self::wanted::Wanted;
use super::Exit;
use super::output::{self, Format};
use super::reach::Reach;
use crate::config::environment::Environment;

const EXAMPLES: &str = "\
Examples:
  zonesmith wait web.shop.svc.demo                     any record
  zonesmith wait web.shop.svc.demo A 10.22.0.5         exactly this one, beside others
  zonesmith wait web.shop.svc.demo --gone --timeout 10
  zonesmith wait web.shop.svc.demo A 10.22.0.5 --through recursor
                                                       and every recursor answers it
  zonesmith wait web.shop.svc.demo --through auth --server 127.0.0.1
                                                       and this server does

The exit code is 0 when it is so, 1 when it was not until the end: then it says what is there instead, and at which \
servers.";

/// Wait until a name is served, or is not any more
///
/// Waits for the daemon, too, when it is not there yet. What is served here may still be another in the caches of name
/// servers: --through waits for these, too.
///
/// Name servers are asked once the daemon serves it: a recursor that is asked too early would remember that it is not there.
/// With --server no daemon is needed; where one is there and serves the name's zone, it is waited for first all the same.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Wait {
    /// A name, or an address
    name: String,

    /// A type of records: A, AAAA, SRV, PTR, …
    #[arg(value_name = "TYPE")]
    rtype: Option<String>,

    /// What one of the records is to say, as in a master file
    #[arg(value_name = "VALUE", num_args = 0..)]
    value: Vec<String>,

    /// Until it is not there
    #[arg(long)]
    gone: bool,

    /// How many seconds at most
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    timeout: f64,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    asked: Asked,

    #[command(flatten)]
    reach: Reach,
}

/// Which name servers are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Name servers")]
struct Asked {
    /// Until every name server of the cluster (`cluster.dns`) answers it, too
    #[arg(long, value_enum, value_name = "WHICH")]
    through: Option<Through>,

    /// Ask this one instead, with its port where it is another; may be given more than once
    #[arg(long, value_name = "ADDR[:PORT]", requires = "through")]
    server: Vec<Place>,

    /// Where authoritative servers listen
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 5300,
        requires = "through"
    )]
    auth_port: u16,

    /// Where recursors listen
    #[arg(long, value_name = "PORT", default_value_t = 53, requires = "through")]
    recursor_port: u16,
}

impl Wait {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let client = self.reach.admin(environment)?;
        let wanted = Wanted::read(&self.name, self.rtype.as_deref(), &self.value, self.gone)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start a runtime")?;
        let end = Instant::now() + Duration::from_secs_f64(self.timeout);
        if let Some(through) = self.asked.through {
            let asked = servers::Asked::read(
                through,
                &self.asked.server,
                self.asked.auth_port,
                self.asked.recursor_port,
            )?;
            let waiting = through::Waiting {
                client,
                wanted,
                asked,
                end,
                seconds: self.timeout,
                format: self.format,
            };
            return runtime.block_on(waiting.run());
        }
        let (is_so, last) = runtime.block_on(served::wait(&wanted, &client, end));
        match self.format {
            Format::Json => output::print_json(&json!({
                "waited-for": wanted.text(),
                "is-so": is_so,
                "found": last.as_ref().ok(),
                "error": last.as_ref().err(),
            }))?,
            Format::Table if is_so => {}
            Format::Table => {
                output::remark(wanted.still_not_so(self.timeout, &served::instead(&last)));
            }
        }
        Ok(if is_so { Exit::Done } else { Exit::Failed })
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    /// A week: longer than anyone waits, and no deadline that cannot be written.
    const LONGEST: f64 = 604_800.0;
    match text.parse() {
        Ok(seconds) if (0.0..=LONGEST).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err(format!("a number of seconds from 0 to {LONGEST}")),
    }
}
