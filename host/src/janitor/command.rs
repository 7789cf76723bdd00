//! Orders cut into commands. One name that a server refuses cancels its whole command, so then they are tried one by one, and
//! the one that is refused gives way to everything at and below its parent: rather too much is forgotten than too little.

use super::order::{Item, Order, Reach};
use super::purge_error::PurgeError;

/// A way to one server.
pub(super) trait Transport: Send + Sync {
    /// Items that one command may have.
    const MOST_ITEMS: usize;

    /// Has the server forget all of these, or nothing. Says how many entries that were, where the server does.
    fn command(&self, items: &[Item<'_>]) -> impl Future<Output = Result<u64, PurgeError>> + Send;
}

/// What an order did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Entries that the server had, and forgot.
    pub(super) entries: u64,
    /// What it still has: the reason, of one of them.
    pub(super) problem: Option<String>,
    /// Where a better way failed: what it has to do when it works again, and this one could not. None: there is no better.
    pub(super) left: Option<Order>,
}

/// Sends all of these.
///
/// # Errors
/// The server does not answer as it should; some may have been purged.
pub(super) async fn send<T: Transport>(
    transport: &T,
    items: &[Item<'_>],
) -> Result<Done, PurgeError> {
    let mut done = Done::default();
    for items in items.chunks(T::MOST_ITEMS) {
        match transport.command(items).await {
            Ok(entries) => done.entries += entries,
            Err(PurgeError::Refused { .. }) => {
                for item in items {
                    one(transport, item, &mut done).await?;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

async fn one<T: Transport>(
    transport: &T,
    item: &Item<'_>,
    done: &mut Done,
) -> Result<(), PurgeError> {
    let refused = match transport.command(&[*item]).await {
        Ok(entries) => {
            done.entries += entries;
            return Ok(());
        }
        Err(error @ PurgeError::Refused { .. }) => error,
        Err(error) => return Err(error),
    };
    let Some(parent) = item.name.as_ref().parent() else {
        done.problem = Some(refused.to_string());
        return Ok(());
    };
    let around = Item {
        name: &parent.to_owned(),
        reach: Reach::Subtree,
    };
    match transport.command(&[around]).await {
        Ok(entries) => done.entries += entries,
        Err(PurgeError::Refused { .. }) => done.problem = Some(refused.to_string()),
        Err(error) => return Err(error),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use zonesmith_zone::name::Name;

    use super::*;

    /// Refuses every command with a name that has `bad` in it.
    struct Picky(Mutex<Vec<String>>);

    impl Transport for Picky {
        const MOST_ITEMS: usize = 3;

        async fn command(&self, items: &[Item<'_>]) -> Result<u64, PurgeError> {
            let words: Vec<_> = items.iter().map(Item::word).collect();
            let words = words.join(" ");
            self.0.lock().unwrap().push(words.clone());
            if words.contains("bad") {
                return Err(PurgeError::Refused {
                    address: "picky".to_owned(),
                    reply: words,
                });
            }
            Ok(1)
        }
    }

    #[tokio::test]
    async fn a_refused_name_cancels_nothing_but_itself_and_its_parent_goes_for_it() {
        let picky = Picky(Mutex::default());
        let names = ["a.demo", "bad.demo", "c.demo", "d.demo", "x.bad"];
        let names: Vec<_> = names
            .iter()
            .map(|name| Name::parse(name).unwrap())
            .collect();
        let items: Vec<_> = names
            .iter()
            .map(|name| Item {
                name,
                reach: Reach::Exact,
            })
            .collect();
        let done = send(&picky, &items).await.unwrap();
        let commands = [
            "a.demo. bad.demo. c.demo.",
            "a.demo.",
            "bad.demo.",
            "demo.$",
            "c.demo.",
            "d.demo. x.bad.",
            "d.demo.",
            "x.bad.",
            "bad.$",
        ];
        assert_eq!(*picky.0.lock().unwrap(), commands);
        assert_eq!(done.entries, 4);
        assert!(done.problem.unwrap().contains("x.bad."));
    }
}
