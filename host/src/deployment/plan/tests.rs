//! What a plan finds, shows and does, below a root of its own.

use super::*;

fn disk() -> (tempfile::TempDir, Disk) {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap().to_owned();
    (directory, Disk::below(&root))
}

fn items(text: &str) -> Vec<Item> {
    let private = |item: Item| Item {
        mode: 0o640,
        ..item
    };
    vec![
        Item {
            mode: 0o750,
            ..Item::directory("/etc/z")
        },
        private(Item::file("/etc/z/pdns.conf", text)),
    ]
}

fn paths(items: &[Item]) -> Vec<Utf8PathBuf> {
    items.iter().map(|item| item.path.clone()).collect()
}

fn actions(plan: &Plan) -> Vec<(&str, Action)> {
    let steps = plan.steps().iter();
    steps
        .map(|step| (step.path.as_str(), step.action))
        .collect()
}

#[test]
fn what_was_done_is_not_done_again() {
    let (_directory, disk) = disk();
    let plan = Plan::of(disk.clone(), items("a\n"), &[]).unwrap();
    assert_eq!(
        actions(&plan),
        [
            ("/etc", Action::Make),
            ("/etc/z", Action::Make),
            ("/etc/z/pdns.conf", Action::Make)
        ]
    );
    plan.apply().unwrap();
    let file = fs::metadata(disk.at("/etc/z/pdns.conf".into())).unwrap();
    assert_eq!(file.mode() & PERMISSIONS, 0o640);
    let ours = plan.ours().to_vec();
    let again = Plan::of(disk.clone(), items("a\n"), &ours).unwrap();
    assert_eq!((again.changed().count(), again.diff()), (0, String::new()));
    let other = Plan::of(disk, items("b\n"), &ours).unwrap();
    assert_eq!(other.changed().collect::<Vec<_>>(), ["/etc/z/pdns.conf"]);
    assert!(other.diff().contains("\n-a\n+b\n"), "{}", other.diff());
}

#[test]
fn permissions_that_somebody_changed_are_set_again() {
    let (_directory, disk) = disk();
    Plan::of(disk.clone(), items("a\n"), &[])
        .unwrap()
        .apply()
        .unwrap();
    let place = disk.at("/etc/z/pdns.conf".into());
    fs::set_permissions(&place, fs::Permissions::from_mode(0o666)).unwrap();
    let plan = Plan::of(disk, items("a\n"), &paths(&items(""))).unwrap();
    assert_eq!(plan.changed().count(), 1);
    plan.apply().unwrap();
    assert_eq!(fs::metadata(&place).unwrap().mode() & PERMISSIONS, 0o640);
}

#[test]
fn what_is_not_ours_is_not_written_over() {
    let (_directory, disk) = disk();
    let place = disk.at("/etc/z/pdns.conf".into());
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "theirs\n").unwrap();
    let error = Plan::of(disk.clone(), items("a\n"), &[]).unwrap_err();
    assert!(error.to_string().contains("did not make it"), "{error}");
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    let error = Plan::of(disk, items("a\n"), &[]).unwrap_err();
    assert!(error.to_string().contains("it is no file"), "{error}");
}

#[test]
fn what_is_not_wanted_any_more_goes_and_what_others_made_stays() {
    let (_directory, disk) = disk();
    let mut all = items("a\n");
    all.push(Item::directory("/etc/y"));
    all.push(Item::file("/etc/y/forward.yml", "x\n"));
    Plan::of(disk.clone(), all.clone(), &[])
        .unwrap()
        .apply()
        .unwrap();
    let theirs = disk.at("/etc/z/theirs".into());
    fs::write(&theirs, "").unwrap();
    let plan = Plan::of(disk.clone(), Vec::new(), &paths(&all)).unwrap();
    plan.apply().unwrap();
    assert!(!disk.at("/etc/z/pdns.conf".into()).exists());
    assert!(!disk.at("/etc/y".into()).exists());
    assert!(theirs.exists());
}
