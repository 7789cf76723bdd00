//! The state file, while one daemon hands over to another: the one that runs gives it up, the one that follows opens it,
//! or the first one takes it back.
//!
//! Meanwhile the handles stay: who asks waits a moment, and gets an error only when the file does not come back. The
//! follower has handles before it has the file, since zones are built out of keys and serials: until then they show a copy
//! in memory, and what is written to them is lost, as it is only its own serials, which nobody has seen.

use std::sync::{Arc, PoisonError, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use redb::Database;

use super::content::{Content, Import};
use super::{FILE, Store, StoreError, close, guarded};

/// How long somebody waits for a file that is away. PowerDNS waits two seconds for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether the file is back; it is away for milliseconds.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl Store {
    /// A copy in memory of what another daemon keeps in `directory`, until [`Store::fetch`].
    ///
    /// # Errors
    /// There is something wrong with the content.
    pub fn copied(directory: &Utf8Path, content: &Content) -> Result<Self, StoreError> {
        let mut store = Self::in_memory()?;
        if let Some(open) = Arc::get_mut(&mut store.open) {
            open.path = directory.join(FILE);
        }
        store.import(content, Import::Replacing)?;
        Ok(store)
    }

    /// Closes the file, after what is being written to it. Everybody who asks now waits.
    pub fn lend(&self) {
        close(self.changed().take());
    }

    /// Opens the file of the state's directory, for all handles, in place of what they have.
    ///
    /// # Errors
    /// As [`Store::open`]: then they have what they had.
    pub fn fetch(&self) -> Result<(), StoreError> {
        let directory = self.path().parent().unwrap_or_else(|| Utf8Path::new("."));
        // Nobody else has this one yet.
        let database = Self::open(directory)?.changed().take();
        close(std::mem::replace(&mut *self.changed(), database));
        Ok(())
    }

    /// Does something with the file, as soon as it is here.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let present = self.open.database.read();
            let present = present.unwrap_or_else(PoisonError::into_inner);
            if let Some(database) = &*present {
                return guarded(|| work(database)).map_err(|error| self.failed(error));
            }
            drop(present);
            if Instant::now() >= deadline {
                return Err(StoreError::Lent {
                    path: self.path().to_owned(),
                });
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    fn changed(&self) -> RwLockWriteGuard<'_, Option<Database>> {
        self.open
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use camino::Utf8PathBuf;
    use zonesmith_zone::name::Name;

    use super::*;

    fn kept(serial: u32) -> Vec<(Name, u32)> {
        vec![(Name::parse("cluster1").unwrap(), serial)]
    }

    #[test]
    fn the_file_goes_to_another_daemon_and_its_copy_becomes_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let first = Store::open(&path).unwrap();
        first.save_serials(&kept(7)).unwrap();
        let second = Store::copied(&path, &first.export().unwrap()).unwrap();
        let shared = second.clone();
        let has = |store: &Store, serial| {
            let serials: HashMap<_, _> = kept(serial).into_iter().collect();
            assert_eq!(store.serials().unwrap(), serials);
        };
        has(&second, 7);

        first.save_serials(&kept(8)).unwrap();
        second.save_serials(&kept(70)).unwrap();
        let refused = second.fetch().unwrap_err();
        assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
        has(&second, 70);

        first.lend();
        second.fetch().unwrap();
        has(&shared, 8);
        let lent = first.serials().unwrap_err();
        assert!(matches!(lent, StoreError::Lent { .. }), "{lent}");

        drop((second, shared));
        first.fetch().unwrap();
        has(&first, 8);
    }

    #[test]
    fn who_asks_while_the_file_is_away_waits_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let store = Store::open(&path).unwrap();
        store.lend();
        let asking = store.clone();
        let asked = thread::spawn(move || asking.save_serials(&kept(9)));
        store.fetch().unwrap();
        asked.join().unwrap().unwrap();
        assert_eq!(store.serials().unwrap().len(), 1);
    }
}
