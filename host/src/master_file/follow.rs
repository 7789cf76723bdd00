//! Looking again: whatever noticed that something may have happened to a file, the digests of what was read decide. What
//! was good stays until something better is there, and what is wrong is logged once.

use std::sync::Arc;

use camino::Utf8PathBuf;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use super::content::{Content, Seen, is_unchanged};
use super::{Followed, Listed};
use crate::watch::Watch;

/// The files of a site, each with what was read of it last.
pub struct Follower {
    files: Vec<File>,
}

struct File {
    followed: Followed,
    /// What the last look read, of the file itself and of what it includes.
    seen: Seen,
}

impl Follower {
    /// Reads all of `listed`.
    #[must_use]
    pub fn new(listed: Vec<Listed>) -> Self {
        let mut follower = Self { files: Vec::new() };
        let _ = follower.look(listed);
        follower
    }

    /// Reads again what changed of these files, and no others; says whether there is anything new.
    pub fn look(&mut self, listed: Vec<Listed>) -> bool {
        let mut is_new = listed.len() != self.files.len();
        let mut before: Vec<_> = std::mem::take(&mut self.files)
            .into_iter()
            .map(Some)
            .collect();
        for (place, listed) in listed.into_iter().enumerate() {
            let known = before.iter_mut().position(|file| {
                file.as_ref()
                    .is_some_and(|file| file.followed.listed == listed)
            });
            is_new |= known != Some(place);
            let known = known
                .and_then(|at| before.get_mut(at))
                .and_then(Option::take);
            let mut file = known.unwrap_or_else(|| File::new(listed));
            is_new |= file.look();
            self.files.push(file);
        }
        is_new
    }

    /// The files as they are now, in the order of the configuration.
    #[must_use]
    pub fn now(&self) -> Arc<[Followed]> {
        self.files
            .iter()
            .map(|file| file.followed.clone())
            .collect()
    }

    fn paths(&self) -> Vec<Utf8PathBuf> {
        let mut paths: Vec<_> = self
            .files
            .iter()
            .flat_map(|file| file.seen.iter().map(|(path, _)| path.clone()))
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

impl File {
    fn new(listed: Listed) -> Self {
        Self {
            followed: Followed {
                listed,
                content: None,
                faults: Arc::default(),
            },
            seen: Seen::new(),
        }
    }

    /// Reads again what is not as it was; says whether it was not.
    fn look(&mut self) -> bool {
        if is_unchanged(&self.seen) {
            return false;
        }
        let Followed {
            listed,
            content,
            faults,
        } = &mut self.followed;
        let (file, zone) = (&listed.file, &listed.apex);
        let (seen, read) = Content::read(listed);
        self.seen = seen;
        match read {
            Ok(read) => {
                info!(%file, %zone, records = read.contribution.len(), files = read.files.len(), "the master file was read");
                *content = Some(Arc::new(read));
                *faults = Arc::default();
            }
            Err(wrong) => {
                let error = wrong.first().map_or("", String::as_str);
                let stays = if content.is_some() {
                    "what was read last stays served"
                } else {
                    "nothing of it is served"
                };
                warn!(%file, %zone, error, faults = wrong.len(), "the master file is not good; {stays}");
                *faults = wrong.into();
            }
        }
        true
    }
}

/// Follows the files until nobody lists them any more: looks when something may have happened to one of them, and when
/// `listed` says so, even the same again. `tell` is given all of them whenever one is new.
pub async fn follow(
    mut follower: Follower,
    mut listed: watch::Receiver<Vec<Listed>>,
    tell: impl Fn(Arc<[Followed]>) + Send,
) {
    let (look_again, mut looks) = mpsc::channel(1);
    // A watch looks at its start: between the first read and now something may have happened.
    let mut watched = Watched::start(follower.paths(), &look_again);
    loop {
        tokio::select! {
            changed = listed.changed() => if changed.is_err() { return },
            looked = looks.recv() => if looked.is_none() { return },
        }
        let now = listed.borrow_and_update().clone();
        let look = tokio::task::spawn_blocking(move || {
            let is_new = follower.look(now);
            (follower, is_new)
        });
        let is_new;
        (follower, is_new) = match look.await {
            Ok(looked) => looked,
            Err(error) => return warn!(%error, "master files are not followed any more"),
        };
        if is_new {
            tell(follower.now());
        }
        let paths = follower.paths();
        if paths != watched.paths {
            watched = Watched::start(paths, &look_again);
        }
    }
}

/// The files that are watched at present.
struct Watched {
    paths: Vec<Utf8PathBuf>,
    _watch: Option<Watch>,
}

impl Watched {
    fn start(paths: Vec<Utf8PathBuf>, look_again: &mpsc::Sender<()>) -> Self {
        let watch = (!paths.is_empty()).then(|| Watch::start(&paths, look_again.clone()));
        Self {
            paths,
            _watch: watch,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;
    use zonesmith_zone::name::Name;

    use super::super::Role;
    use super::*;

    const GOOD: &str = "$TTL 1h\n@ SOA ns hostmaster 7 2h 1h 5d 1d\n@ NS ns\nns A 10.0.0.1\n";

    fn listed(folder: &Utf8Path, file: &str, role: Role) -> Listed {
        Listed {
            apex: Name::parse("example.com").unwrap(),
            file: folder.join(file),
            role,
        }
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[test]
    fn a_bad_file_keeps_what_was_good_and_says_where_it_is_bad() {
        let (_directory, folder) = folder();
        let list = vec![listed(&folder, "zone", Role::Zone)];
        fs::write(folder.join("zone"), GOOD).unwrap();
        let mut follower = Follower::new(list.clone());
        let first = follower.now();
        let content = first[0].content.clone().unwrap();
        assert_eq!(
            (content.contribution.len(), &*first[0].faults),
            (2, &[][..])
        );
        assert!(!follower.look(list.clone()), "nothing happened");

        fs::write(
            folder.join("zone"),
            format!("{GOOD}www A 10.0.0.300\nalso AAAA nothing\n"),
        )
        .unwrap();
        assert!(follower.look(list.clone()));
        let bad = follower.now();
        assert!(Arc::ptr_eq(&content, bad[0].content.as_ref().unwrap()));
        let faults = bad[0].faults.join("\n").replace(folder.as_str(), "");
        assert!(
            faults.contains("/zone:5: ") && faults.contains("/zone:6: "),
            "{faults}"
        );
        assert!(!follower.look(list.clone()), "it is as bad as before");

        fs::write(folder.join("zone"), GOOD).unwrap();
        assert!(follower.look(list));
        assert!(follower.now()[0].faults.is_empty());
    }

    #[test]
    fn an_included_file_is_followed_also_before_it_is_there() {
        let (_directory, folder) = folder();
        let list = vec![listed(&folder, "zone", Role::Zone)];
        fs::write(folder.join("zone"), format!("{GOOD}$INCLUDE hosts\n")).unwrap();
        let mut follower = Follower::new(list.clone());
        assert_eq!(follower.now()[0].faults.len(), 1);
        assert!(follower.paths().contains(&folder.join("hosts")));
        fs::write(folder.join("hosts"), "www 60 A 10.0.0.2\n").unwrap();
        assert!(follower.look(list));
        let content = follower.now()[0].content.clone().unwrap();
        assert_eq!(content.contribution.len(), 3);
        let places: Vec<_> = content
            .contribution
            .iter()
            .map(|(_, record)| content.place(record.origin).replace(folder.as_str(), ""))
            .collect();
        assert_eq!(places, ["/zone:3", "/zone:4", "/hosts:1"]);
    }

    #[test]
    fn a_zone_of_its_own_has_soa_and_ns_and_a_merged_one_needs_neither() {
        let (_directory, folder) = folder();
        for (text, role, fault) in [
            ("www 60 A 10.0.0.1\n", Role::Merge, None),
            ("www 60 A 10.0.0.1\n", Role::Zone, Some("has no SOA")),
            ("@ 60 SOA ns h 1 2 3 4 5\n", Role::Zone, Some("has no NS")),
            (
                "www 60 SOA ns h 1 2 3 4 5\n",
                Role::Zone,
                Some("zone:1: the SOA is that of"),
            ),
        ] {
            fs::write(folder.join("zone"), text).unwrap();
            let followed = Follower::new(vec![listed(&folder, "zone", role)]).now();
            let faults = followed[0].faults.join("\n");
            assert_eq!(faults.is_empty(), fault.is_none(), "{text}: {faults}");
            assert!(
                faults.contains(fault.unwrap_or_default()),
                "{text}: {faults}"
            );
        }
        fs::write(
            folder.join("zone"),
            format!("{GOOD}elsewhere.org. A 10.0.0.3\n"),
        )
        .unwrap();
        let followed = Follower::new(vec![listed(&folder, "zone", Role::Merge)]).now();
        let content = followed[0].content.as_ref().unwrap();
        assert_eq!((content.quarantined.len(), content.remarks.len()), (1, 1));
        assert!(
            content
                .place(content.quarantined[0].origin)
                .ends_with("zone:5")
        );
    }
}
