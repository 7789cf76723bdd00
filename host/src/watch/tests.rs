use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;

/// Shorter than the poll: what is heard within it was heard by the watch.
const SOON: Duration = Duration::from_millis(1500);

/// Longer than quiet, much shorter than the poll.
const A_MOMENT: Duration = Duration::from_millis(400);

struct Watched {
    _watch: Watch,
    looks: mpsc::Receiver<()>,
}

impl Watched {
    async fn new(path: &Path) -> Self {
        let (look_again, mut looks) = mpsc::channel(1);
        let path = Utf8PathBuf::from_path_buf(path.to_path_buf()).unwrap();
        let watch = Watch::start(&[path], look_again);
        timeout(SOON, looks.recv())
            .await
            .expect("the look at the start")
            .unwrap();
        Self {
            _watch: watch,
            looks,
        }
    }

    async fn looks_again(&mut self, after: &str) {
        timeout(SOON, self.looks.recv())
            .await
            .unwrap_or_else(|_| panic!("no look after {after}"))
            .unwrap();
        assert!(
            timeout(A_MOMENT, self.looks.recv()).await.is_err(),
            "a second look after {after}"
        );
    }

    async fn stays_quiet(&mut self, after: &str) {
        assert!(
            timeout(A_MOMENT, self.looks.recv()).await.is_err(),
            "a look after {after}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_written_renamed_or_removed_is_looked_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.wasm");
    let mut watched = Watched::new(&file).await;
    fs::write(&file, "one").unwrap();
    watched.looks_again("it was created").await;
    for part in 0..5 {
        fs::write(&file, format!("half {part}")).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watched.looks_again("it was written in parts").await;
    let other = directory.path().join(".new");
    fs::write(&other, "two").unwrap();
    watched.stays_quiet("another file was written").await;
    fs::rename(&other, &file).unwrap();
    watched.looks_again("another was renamed onto it").await;
    fs::read(&file).unwrap();
    watched.stays_quiet("it was read").await;
    fs::remove_file(&file).unwrap();
    watched.looks_again("it was removed").await;
}

#[tokio::test]
async fn a_link_that_is_swapped_in_the_middle_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    for release in ["..1", "..2"] {
        fs::create_dir(at(release)).unwrap();
        fs::write(at(release).join("policy.wasm"), release).unwrap();
    }
    symlink("..1", at("..data")).unwrap();
    symlink("..data/policy.wasm", at("policy.wasm")).unwrap();
    let mut watched = Watched::new(&at("policy.wasm")).await;
    symlink("..2", at("..data_tmp")).unwrap();
    watched.stays_quiet("a link beside it appeared").await;
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    watched.looks_again("`..data` was swapped").await;
    fs::write(at("..2/policy.wasm"), "new").unwrap();
    watched
        .looks_again("the file behind the new link was written")
        .await;
    fs::remove_dir_all(at("..1")).unwrap();
    watched.stays_quiet("the old release was removed").await;
}

#[tokio::test]
async fn a_directory_of_the_path_may_be_a_link_or_come_later() {
    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    let mut watched = Watched::new(&at("current/lib/policy.wasm")).await;
    fs::create_dir_all(at("5/lib")).unwrap();
    fs::write(at("5/lib/policy.wasm"), "five").unwrap();
    watched.stays_quiet("another directory appeared").await;
    symlink(at("5"), at("current")).unwrap();
    watched
        .looks_again("the link to its directory appeared")
        .await;
    fs::write(at("5/lib/policy.wasm"), "six").unwrap();
    watched.looks_again("the file was written").await;
    fs::rename(at("5/lib"), at("5/old")).unwrap();
    watched.looks_again("its directory went away").await;
    fs::create_dir(at("5/lib")).unwrap();
    fs::write(at("5/lib/policy.wasm"), "seven").unwrap();
    watched.looks_again("its directory came back").await;
}

#[tokio::test]
async fn without_a_watch_the_poll_sees_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("policy.wasm");
    let (stop, heard) = std::sync::mpsc::channel();
    let (look_again, mut looks) = mpsc::channel(1);
    let paths = vec![file.clone()];
    let thread = thread::spawn(move || {
        let mut blind = Directories {
            watcher: None,
            watched: BTreeMap::new(),
            has_warned: true,
        };
        follow(&paths, &mut blind, &heard, &look_again);
    });
    looks.recv().await.unwrap();
    fs::write(&file, "one").unwrap();
    timeout(POLL_INTERVAL * 4, looks.recv())
        .await
        .expect("a look by poll")
        .unwrap();
    stop.send(Heard::Stop).unwrap();
    thread.join().unwrap();
    assert_eq!(
        looks.recv().await,
        None,
        "the thread is gone, and its end of the channel"
    );
}
