//! Which sources are followed: those the configuration lists, each in a task of its own, so that none waits for another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;
use tracing::info;

use super::sources;
use crate::config::Configuration;
use crate::memory::Memory;
use crate::source::{Access, SourceAddress};
use crate::synthesis::Handle;

/// The sources that are followed. Clones share them.
#[derive(Clone)]
pub(super) struct Following {
    synthesis: Handle,
    memory: Memory,
    sources: Arc<Mutex<Vec<Followed>>>,
}

/// A source, and what follows it.
struct Followed {
    address: SourceAddress,
    access: Access,
    /// Not any more: its task is ending, and a next one has to wait until it has let go of what is kept of the source.
    is_listed: bool,
    task: JoinHandle<()>,
}

impl Following {
    /// Follows what is listed until [`Following::stop`].
    pub(super) fn start(configuration: &Configuration, synthesis: Handle, memory: Memory) -> Self {
        let following = Self {
            synthesis,
            memory,
            sources: Arc::default(),
        };
        following.set(configuration);
        following
    }

    /// The configuration was read again. A source that is listed as before, and reached as before, notices nothing; one that
    /// is reached in another way is followed anew, and what it said stands until it speaks.
    pub(super) fn set(&self, configuration: &Configuration) {
        let (listed, access) = (&configuration.sources.value, configuration.access());
        let mut sources = self.lock();
        let mut before = std::mem::take(&mut *sources);
        // The writer first: it hears only who is listed, so the last words of one that is not come too late.
        let names = listed.iter().map(|address| sources::name(address).into());
        self.synthesis.list_sources(names.collect());
        for address in listed {
            let known = before
                .iter()
                .position(|followed| followed.address == *address);
            let known = known.map(|at| before.swap_remove(at));
            let followed = match known {
                Some(known) if known.is_listed && known.access.is_same_for(address, &access) => {
                    known
                }
                known => {
                    if known.as_ref().is_some_and(|known| known.is_listed) {
                        info!(source = %address, "the source is reached in another way now");
                    }
                    self.follow(address, &access, known.map(|known| known.task))
                }
            };
            sources.push(followed);
        }
        for mut gone in before {
            if std::mem::take(&mut gone.is_listed) {
                info!(source = %gone.address, "the source is not listed any more");
                gone.task.abort();
            }
            if !gone.task.is_finished() {
                sources.push(gone);
            }
        }
    }

    fn follow(
        &self,
        address: &SourceAddress,
        access: &Access,
        before: Option<JoinHandle<()>>,
    ) -> Followed {
        let follow = sources::follow(
            address.clone(),
            access.clone(),
            self.synthesis.clone(),
            self.memory.clone(),
        );
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                before.abort();
                // That it was ended is what we wanted.
                let _ = before.await;
            }
            follow.await;
        });
        Followed {
            address: address.clone(),
            access: access.clone(),
            is_listed: true,
            task,
        }
    }

    /// What sources said that have not been listed for long is not kept any more.
    pub(super) fn forget_others(&self) {
        let followed = self.lock();
        let keys: Vec<_> = followed
            .iter()
            .map(|followed| sources::key(&followed.address))
            .collect();
        drop(followed);
        self.memory.forget_others(&keys);
    }

    /// Follows nothing any more; what was said stands.
    pub(super) fn stop(&self) {
        for followed in self.lock().drain(..) {
            followed.task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Followed>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
