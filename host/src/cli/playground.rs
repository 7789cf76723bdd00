//! `zonesmith playground`: the page that runs policies in a browser, with what a daemon says.
//!
//! - `browser`: shows it to the person who asked

mod browser;

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use camino::Utf8PathBuf;
use clap::Args;
use tokio::net::TcpListener;

use self::browser::Opened;
use super::Exit;
use super::follow::until_ended;
use super::output;
use super::reach::Reach;
use crate::config::environment::Environment;
use crate::playground::page::Page;
use crate::playground::{Live, Playground, Token, serve};

const EXAMPLES: &str = "\
Examples:
  zonesmith playground                                    with the daemon that runs here
  zonesmith playground --no-open --listen 127.0.0.1:8080  on a node without a browser; then, where
                                                          one is: ssh -L 8080:127.0.0.1:8080 NODE
  zonesmith playground --page examples/playground/dist    a page that was built from its source

The page is given the state of the cluster, as `zonesmith record` writes it, and the policies that are live, with their settings. \
All that is tried there stays in the browser: the daemon is only read.

The address holds a token that is another one each time: who has it reads the same as you.";

/// Try policies on your cluster, in the browser
///
/// Serves the playground's page on this machine's loopback until it is ended, and shows it in a browser. Without a daemon it
/// begins with its examples.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Serve {
    /// The built page, in place of the one in this program
    #[arg(long, value_name = "DIR")]
    page: Option<Utf8PathBuf>,

    /// Where it is served: an address of loopback; port 0 is a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,

    /// Which cluster, where the daemon has several
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,

    /// Show it in a browser, also where nobody sits at a terminal
    #[arg(long, overrides_with = "no_open")]
    open: bool,

    /// Print the address alone
    #[arg(long)]
    no_open: bool,

    #[command(flatten)]
    reach: Reach,
}

impl Serve {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let playground = Playground {
            page: self.find_page()?,
            live: self.find_daemon(environment)?,
            token: Token::random()?,
        };
        let wanted = match (self.open, self.no_open) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        until_ended(async {
            let listener = TcpListener::bind(self.listen)
                .await
                .with_context(|| format!("listen on {}", self.listen))?;
            let listen = listener.local_addr().context("know the own address")?;
            let address = playground.address(listen);
            output::print(format_args!("{address}\n"))?;
            // Until the end: the browser may take its time.
            let _opened = browser::is_wanted(wanted, environment)
                .then(|| Opened::open(&address, environment))
                .transpose()
                .unwrap_or_else(|error| {
                    output::remark(format_args!("{error:#}; open the address above"));
                    None
                });
            output::remark("Ctrl-C ends it");
            serve(listener, playground).await
        })
    }

    fn find_page(&self) -> anyhow::Result<Page> {
        if let Some(directory) = &self.page {
            return Page::of_directory(directory);
        }
        let Some(page) = Page::embedded() else {
            bail!(
                "this program was built without the playground's page: take a released one, which has it; or build the page, \
                 `npm ci && npm run build` in examples/playground of the source, and name it: \
                 `zonesmith playground --page examples/playground/dist`"
            );
        };
        Ok(page)
    }

    /// The daemon, if one runs. One that was named must.
    fn find_daemon(&self, environment: &Environment) -> anyhow::Result<Option<Live>> {
        let client = self.reach.admin(environment)?;
        let status = match client.status() {
            Ok(status) => status,
            Err(error) => {
                let Reach {
                    config,
                    socket,
                    admin,
                } = &self.reach;
                if [config, socket, admin].into_iter().any(Option::is_some)
                    || self.cluster.is_some()
                {
                    return Err(error);
                }
                output::remark("no daemon answers here: the page begins with its examples");
                return Ok(None);
            }
        };
        let names: Vec<_> = status.clusters.iter().map(|one| &*one.name).collect();
        if self.cluster.is_none() && names.len() > 1 {
            bail!(
                "the daemon has several clusters: {}; name one with --cluster",
                names.join(", ")
            );
        }
        Ok(Some(Live {
            client,
            cluster: self.cluster.clone(),
        }))
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "an address and a port are wanted: 127.0.0.1:8080".to_owned())?;
    if !address.ip().is_loopback() {
        return Err(
            "the page shows the cluster's state and is served on loopback alone; from elsewhere, forward a port: \
             `ssh -L 8080:127.0.0.1:8080 NODE`"
                .to_owned(),
        );
    }
    Ok(address)
}
