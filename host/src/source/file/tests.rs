use std::os::unix::fs::symlink;

use tokio::time::{sleep, timeout};

use super::*;

/// Generous: only a failing test waits for it.
const DEADLINE: Duration = Duration::from_secs(20);

struct Followed {
    _directory: tempfile::TempDir,
    folder: Utf8PathBuf,
    updates: mpsc::Receiver<SourceUpdate>,
}

/// Follows `cluster.json` in a directory prepared by `prepare`.
fn follow_in(prepare: impl FnOnce(&Utf8Path)) -> Followed {
    let directory = tempfile::tempdir().unwrap();
    let folder = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    prepare(&folder);
    let (sender, updates) = mpsc::channel(4);
    let path = folder.join("cluster.json");
    tokio::spawn(async move { follow(&path, &sender).await });
    Followed {
        _directory: directory,
        folder,
        updates,
    }
}

impl Followed {
    async fn next(&mut self) -> String {
        match timeout(DEADLINE, self.updates.recv())
            .await
            .expect("an update in time")
            .expect("a source that lives")
        {
            SourceUpdate::State { state, .. } => state.cluster.name,
            changes @ SourceUpdate::Changes { .. } => {
                panic!("a file tells no changes: {changes:?}")
            }
            SourceUpdate::Failed { error } => error,
        }
    }
}

fn document(name: &str) -> String {
    format!(r#"{{ "cluster": {{ "name": "{name}" }} }}"#)
}

#[tokio::test]
async fn a_file_is_followed_through_writes_and_renames() {
    let mut followed =
        follow_in(|folder| fs::write(folder.join("cluster.json"), document("one")).unwrap());
    assert_eq!(followed.next().await, "one");
    fs::write(followed.folder.join("cluster.json"), document("two")).unwrap();
    assert_eq!(followed.next().await, "two");
    fs::write(followed.folder.join("next"), document("three")).unwrap();
    fs::rename(
        followed.folder.join("next"),
        followed.folder.join("cluster.json"),
    )
    .unwrap();
    assert_eq!(followed.next().await, "three");
}

#[tokio::test]
async fn a_symbolic_link_is_followed_when_it_is_swapped() {
    let mut followed = follow_in(|folder| {
        for name in ["one", "two"] {
            fs::create_dir(folder.join(name)).unwrap();
            fs::write(folder.join(name).join("cluster.json"), document(name)).unwrap();
        }
        symlink("one", folder.join("data")).unwrap();
        symlink("data/cluster.json", folder.join("cluster.json")).unwrap();
    });
    assert_eq!(followed.next().await, "one");
    symlink("two", followed.folder.join("next")).unwrap();
    fs::rename(followed.folder.join("next"), followed.folder.join("data")).unwrap();
    assert_eq!(followed.next().await, "two");
}

#[tokio::test]
async fn a_missing_file_is_waited_for_and_a_broken_one_named_once() {
    let mut followed = follow_in(|_| {});
    assert_eq!(
        followed.next().await,
        "there is no such file yet; waiting for it"
    );
    fs::write(
        followed.folder.join("cluster.json"),
        "{ \"cluster\":\n{ \"name\"",
    )
    .unwrap();
    let broken = followed.next().await;
    assert!(broken.starts_with("line 2"), "{broken}");
    // The same text again says nothing new.
    fs::write(
        followed.folder.join("cluster.json"),
        "{ \"cluster\":\n{ \"name\"",
    )
    .unwrap();
    fs::write(followed.folder.join("other"), "").unwrap();
    sleep(2 * QUIET).await;
    assert!(followed.updates.try_recv().is_err());
    fs::write(followed.folder.join("cluster.json"), document("whole")).unwrap();
    assert_eq!(followed.next().await, "whole");
}

#[tokio::test]
async fn a_file_that_breaks_and_comes_back_is_told_again() {
    let mut followed =
        follow_in(|folder| fs::write(folder.join("cluster.json"), document("one")).unwrap());
    assert_eq!(followed.next().await, "one");
    fs::write(followed.folder.join("cluster.json"), "{").unwrap();
    assert!(followed.next().await.contains("line 1"));
    fs::write(followed.folder.join("cluster.json"), document("one")).unwrap();
    assert_eq!(followed.next().await, "one", "so that the error goes away");
}

#[tokio::test]
async fn half_of_a_file_is_no_news() {
    let mut followed =
        follow_in(|folder| fs::write(folder.join("cluster.json"), document("one")).unwrap());
    assert_eq!(followed.next().await, "one");
    let whole = document("two");
    let (half, _) = whole.split_at(whole.len() / 2);
    fs::write(followed.folder.join("cluster.json"), half).unwrap();
    sleep(QUIET / 4).await;
    fs::write(followed.folder.join("cluster.json"), &whole).unwrap();
    assert_eq!(followed.next().await, "two", "and nothing of the half");
}

#[tokio::test]
async fn a_source_nobody_listens_to_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("cluster.json")).unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let follower = tokio::spawn(async move { follow(&path, &sender).await });
    drop(receiver);
    timeout(DEADLINE, follower).await.expect("in time").unwrap();
}
