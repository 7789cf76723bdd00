//! What goes on with one server: it is told what it has to forget, one order at a time, in the order in which it was asked.
//! What comes meanwhile is one order, the next.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tracing::{debug, info, warn};
use zonesmith_zone::name::Name;

use super::target::{Server, Target};
use crate::telemetry::counters::janitor::counters;

/// The apexes of the zones that are served.
pub(super) type Zones = Arc<ArcSwap<Box<[Name]>>>;

/// Tells the server for ever. Says when an authoritative server forgot whole zones, since it may have told a recursor before.
pub(super) async fn work(target: Arc<Target>, zones: Zones, came_back: mpsc::Sender<()>) {
    loop {
        let work = match target.take(&zones.load()) {
            Ok(work) => work,
            Err(due) => {
                let due = async {
                    match due {
                        Some(due) => sleep_until(due.into()).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = target.wake.notified() => {}
                    () = due => {}
                }
                continue;
            }
        };
        let done = if work.order.is_empty() && work.looks {
            target.obey(&work.order).await
        } else if work.order.is_empty() {
            Ok(super::command::Done::default())
        } else {
            let done = target.obey(&work.order).await;
            let extent = &work.order.extent;
            let names = extent.names.len() + work.order.moved.len();
            let subtrees = extent.subtrees.len();
            counters().ordered(&target.label, names, subtrees, done.is_ok());
            done
        };
        match &done {
            Ok(done) => debug!(target = %target.server, entries = done.entries, "purged"),
            Err(error) => debug!(target = %target.server, %error, "not purged"),
        }
        let was_failing = target.state().failures > 0;
        let settled = match done {
            Ok(done) => target.settle(work, Ok(done)),
            Err(error) => {
                let settled = target.settle(work, Err(&error));
                if settled.is_news {
                    warn!(target = %target.server, %error, "caches cannot be purged there; it is tried again, then for whole zones");
                }
                settled
            }
        };
        if was_failing && settled.forgot_zones {
            info!(target = %target.server, "caches can be purged there again: whole zones were");
        }
        for lag in settled.lags {
            counters().purged_after(&target.label, lag);
        }
        if settled.forgot_zones && matches!(target.server, Server::Authoritative(_)) {
            // Nobody there: the janitor ended.
            let _ = came_back.send(()).await;
        }
    }
}
