//! Walks the way of an answer, from the configuration to the resolvers of containers, and says of each thing on it how it is
//! and what mends it.
//!
//! ```text
//!  configuration → daemon → pdns.sock → authoritative server → recursor → purges → name servers of the cluster → resolvers
//! ```
//!
//! What a server does counts, not what its files say: it is asked as a client would, and its control socket for the settings
//! that it runs with. Settings name the cause of what was seen, and tell what would go wrong later. Nothing is changed, but
//! for a name that is published for some seconds (`purges`), and nothing is repaired: a cure is for people to read first.
//!
//! **Invariant:** what is not green has a cure, in words where no command can do it.
//!
//! - [`check`]: what was looked at, and what was seen; [`cure`]: what mends it; `findings`: all of them, told as they come
//! - [`scene`]: what is known before anything is judged
//! - `configuration`, `daemon`, `sources`, `promoted`, `socket`, `authoritative`, `recursor`, `purges`, `deployed`,
//!   `name_servers`, `resolvers`: a part each
//! - `control`: servers of this machine by their control sockets; `reached`: whether the daemon reaches them; `settings`: what
//!   they run with; `forwards`: the recursor's
//! - `fault`: a setting that is not as it should be
//! - `process`: whom a process runs as, and what it may use; `machine`: addresses and units of this machine

mod authoritative;
pub mod check;
mod configuration;
mod control;
pub mod cure;
mod daemon;
mod deployed;
mod fault;
mod findings;
mod forwards;
mod machine;
mod name_servers;
mod process;
mod promoted;
mod purges;
mod reached;
mod recursor;
mod resolvers;
pub mod scene;
mod settings;
mod socket;
mod sources;

use self::check::Check;
use self::findings::Findings;
use self::scene::{Asked, Scene};

/// Looks at everything; `tell` is told of each check when it is done.
pub async fn walk(asked: Asked, tell: &mut dyn FnMut(&Check)) -> Vec<Check> {
    let mut findings = Findings::new(tell);
    let mut scene = Scene::look(asked).await;
    configuration::check(&scene, &mut findings);
    daemon::check(&scene, &mut findings);
    sources::check(&scene, &mut findings);
    promoted::check(&scene, &mut findings);
    socket::check(&scene, &mut findings);
    authoritative::check(&mut scene, &mut findings).await;
    recursor::check(&mut scene, &mut findings).await;
    purges::check(&scene, &mut findings).await;
    deployed::check(&scene, &mut findings);
    name_servers::check(&scene, &mut findings).await;
    resolvers::check(&scene, &mut findings);
    findings.all()
}
