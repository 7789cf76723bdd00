//! `zonesmith policy diff`: what a candidate would change, tried here, so that the daemon has nothing to do with it.

mod difference;
mod replay;
mod stacks;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;
use serde::Serialize;
use zonesmith_cluster::State;
use zonesmith_zone::comparison::compare;

use self::difference::Difference;
use self::replay::Replay;
use self::stacks::{Against, PolicyWord, Stacks};
use super::given;
use crate::cli::Exit;
use crate::cli::output::{self, Format};
use crate::cli::paint::Paint;
use crate::cli::reach::Reach;
use crate::config::environment::Environment;
use crate::kit::followed::{Followed, Given};
use crate::kit::history;
use crate::policy::{Engine, Refusal};

const EXAMPLES: &str = "\
Examples:
  zonesmith policy diff site.wasm                       in the daemon's stack, on its cluster as it is now
  zonesmith policy diff site.wasm --replace default     in the place of another policy
  zonesmith policy diff new.wasm --against old.wasm --cluster cluster.json    two components, without a daemon
  zonesmith policy diff site.wasm --replay cluster.history    over what `zonesmith record --history` recorded

The candidate takes the place of the policy that calls itself the same, or of the one named with --replace; otherwise it goes \
last. The exit code is 0 when nothing changes, 3 when something does, 1 when that cannot be told: the candidate is refused, for \
one. docs/policy-diff.md has more.";

/// Show what a policy would change, without loading it
///
/// Runs the live policies and the candidate side by side over the cluster as the daemon knows it, under the daemon's limits, and
/// prints the names and records that would come, go or change, each with the policy, the rule and the service that makes it; and
/// what would not be served any more, or newly: conflicts, quarantined records, services that the policy fails for. The daemon is
/// only asked, and nothing in it changes.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Diff {
    /// The candidate, a component; `default` is the built-in policy
    #[arg(value_name = "CANDIDATE")]
    candidate: Utf8PathBuf,

    /// Compare with this component instead of the live policies
    #[arg(long, value_name = "FILE|live", default_value = "live")]
    against: Against,

    /// Settings of the candidate [default: NAME.settings.json beside NAME.wasm, else those of the policy whose place it takes]
    #[arg(long, value_name = "FILE")]
    settings: Option<Utf8PathBuf>,

    /// The live policy whose place the candidate takes [default: the one that calls itself the same]
    #[arg(long, value_name = "NAME")]
    replace: Option<String>,

    /// A cluster document instead of the cluster as the daemon knows it
    #[arg(long, value_name = "CLUSTER.json")]
    cluster: Option<Utf8PathBuf>,

    /// A history instead of the cluster as it is: what the candidate would have done, change by change
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cluster", "cluster_name"])]
    replay: Option<Utf8PathBuf>,

    /// Which cluster, where the daemon has several
    #[arg(long, value_name = "NAME", conflicts_with = "cluster")]
    cluster_name: Option<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    reach: Reach,
}

/// What is printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Report {
    cluster: String,
    before: Vec<PolicyWord>,
    after: Vec<PolicyWord>,
    #[serde(flatten)]
    difference: Difference,
}

impl Diff {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        let engine = Engine::new()?;
        let mut recorded = None;
        let state = match &self.replay {
            Some(path) => {
                let mut history = history::Reader::open(path)?;
                let first = replay::first(&mut history, path.as_str())?;
                let state = first.state.clone();
                recorded = Some((first, history));
                state
            }
            None => self.state(environment)?,
        };
        let stacks = self.stacks(&engine, &state, environment)?;
        let before = begin(&stacks.before, state.clone(), "what it is compared with")?;
        let after = begin(&stacks.after, state, "the candidate")?;
        let paint = Paint::of(environment);
        if let Some((first, mut history)) = recorded {
            let differs = Replay::run(before, after, &first, &mut history, self.format, paint)?;
            return Ok(if differs { Exit::Differs } else { Exit::Done });
        }
        let comparison = compare(before.side(), after.side());
        let report = Report {
            cluster: after.state().cluster.name.clone(),
            before: stacks.before.iter().map(PolicyWord::of).collect(),
            after: stacks.after.iter().map(PolicyWord::of).collect(),
            difference: Difference::of(&comparison),
        };
        match self.format {
            Format::Json => output::print_json(&report)?,
            Format::Table => output::print(report.text(paint))?,
        }
        Ok(if comparison.is_empty() {
            Exit::Done
        } else {
            Exit::Differs
        })
    }

    fn state(&self, environment: &Environment) -> anyhow::Result<State> {
        if let Some(path) = &self.cluster {
            return given::state(path);
        }
        let client = self.reach.admin(environment)?;
        let document = client.cluster(self.cluster_name.as_deref())?;
        let text = serde_json::to_vec(&document).context("write the document")?;
        let (_, state) = zonesmith_cluster::read(&text).context("read the daemon's cluster")?;
        Ok(state)
    }

    fn stacks(
        &self,
        engine: &Engine,
        state: &State,
        environment: &Environment,
    ) -> anyhow::Result<Stacks> {
        let settings = self.settings.as_deref();
        match &self.against {
            Against::File(file) => {
                if self.replace.is_some() {
                    anyhow::bail!("--replace names a live policy: leave --against out");
                }
                Stacks::of_files(engine, &self.candidate, settings, file, state)
            }
            Against::Live => {
                let client = self.reach.admin(environment)?;
                let replace = self.replace.as_deref();
                Stacks::of_live(engine, &client, &self.candidate, settings, replace)
            }
        }
    }
}

fn begin(stack: &[Given], state: State, who: &str) -> anyhow::Result<Followed> {
    let refused = |refusal: Refusal| anyhow::anyhow!("{who} is refused at {refusal}");
    Followed::begin(stack, state).map_err(refused)
}

impl Report {
    fn text(&self, paint: Paint) -> String {
        let Self {
            cluster,
            before,
            after,
            difference,
        } = self;
        let stack = |words: &[PolicyWord]| {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            words.join(", ")
        };
        let (before, after) = (stack(before), stack(after));
        let text = difference.text(paint);
        format!("cluster  {cluster}\nbefore   {before}\nafter    {after}\n\n{text}")
    }
}
