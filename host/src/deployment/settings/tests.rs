//! What is set, what stands there after it, and what comes back.

use super::*;

const PATH: &str = "/etc/zonesmith/zonesmith.toml";

fn set(text: Option<&str>, keys: &[(&'static str, &str)]) -> anyhow::Result<Edited> {
    set_again(text, keys, None)
}

fn set_again(
    text: Option<&str>,
    keys: &[(&'static str, &str)],
    earlier: Option<&Before>,
) -> anyhow::Result<Edited> {
    let keys: Vec<_> = keys
        .iter()
        .map(|&(key, value)| (key, value.to_owned()))
        .collect();
    super::set(PATH.into(), text, &keys, earlier)
}

#[test]
fn what_stood_there_comes_back_as_it_was_written() {
    let text = "source = \"file:/a\" # mine\n\n[deploy]\nport = 5301 # old\n";
    let first = set(
        Some(text),
        &[("deploy.port", "5300"), ("socket.group", "pdns")],
    )
    .unwrap();
    assert!(first.text.contains("port = 5300") && first.text.contains("group = \"pdns\""));
    let second = set(
        Some(&first.text),
        &[("deploy.port", "5302"), ("deploy.udp-size", "4096")],
    );
    let second = second.unwrap();
    let before = second.before.after(&first.before);
    let restored = before.restore(PATH.into(), &second.text).unwrap();
    assert_eq!(restored.as_deref(), Some(text));
}

#[test]
fn a_file_of_ours_goes_unless_somebody_wrote_in_it() {
    let made = set(None, &[("deploy.port", "5301"), ("source", "file:/a")]).unwrap();
    let restored = made.before.restore(PATH.into(), &made.text).unwrap();
    assert_eq!(restored, None);
    let edited = format!("{}\n[[policy]]\nfile = \"default\"\n", made.text);
    let restored = made.before.restore(PATH.into(), &edited).unwrap().unwrap();
    assert!(
        restored.contains("[[policy]]") && !restored.contains("\nport = 5301"),
        "{restored}"
    );
}

#[test]
fn the_same_again_is_the_same_text() {
    let keys = [
        ("deploy.port", "5301"),
        ("janitor.recursors", "/run/a"),
        ("deploy.forward-all", "true"),
    ];
    let made = set(None, &keys).unwrap();
    assert_eq!(set(Some(&made.text), &keys).unwrap().text, made.text);
}

#[test]
fn nothing_is_set_in_a_file_that_was_wrong_before() {
    let error = set(Some("prot = 1\n"), &[("deploy.port", "1")]).unwrap_err();
    assert!(
        format!("{error:#}").contains("there is no key `prot`"),
        "{error:#}"
    );
    let error = set(None, &[("deploy.port", "0")]).unwrap_err();
    assert!(
        error.to_string().contains("`deploy.port` needs a port"),
        "{error:#}"
    );
}

#[test]
fn a_server_takes_the_place_of_the_one_before_and_others_stay() {
    let line = |edited: &Edited| {
        let mut lines = edited.text.lines();
        let line = lines.find(|line| line.starts_with("recursors"));
        line.unwrap_or_default().to_owned()
    };
    for (text, first_line, second_line) in [
        (
            "",
            "recursors = [\"/a|notify:10.0.0.1\"]",
            "recursors = [\"/a|notify:10.0.0.2\"]",
        ),
        (
            "[janitor]\nrecursors = [\"/b | notify:10.0.0.9\"] # far\n",
            "recursors = [\"/b | notify:10.0.0.9\", \"/a|notify:10.0.0.1\"] # far",
            "recursors = [\"/b | notify:10.0.0.9\", \"/a|notify:10.0.0.2\"] # far",
        ),
    ] {
        let first = set(Some(text), &[("janitor.recursors", "/a|notify:10.0.0.1")]).unwrap();
        assert_eq!(line(&first), first_line);
        let next = [("janitor.recursors", "/a|notify:10.0.0.2")];
        let second = set_again(Some(&first.text), &next, Some(&first.before)).unwrap();
        assert_eq!(line(&second), second_line);
        let before = second.before.after(&first.before);
        let restored = before.restore(PATH.into(), &second.text).unwrap();
        assert_eq!(restored.as_deref(), Some(text));
    }
}
