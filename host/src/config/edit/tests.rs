use insta::assert_snapshot;
use toml_edit::DocumentMut;

use super::*;

const FILE: &str = "\
# The site's own.
source = \"file:cluster.json\" # shared

[cluster]
# In Vienna.
dns = [\"10.0.0.1\", \"fd00::1\"] # ours
";

fn edited(text: &str, edits: &[&str]) -> Result<(String, Vec<String>), String> {
    let mut document = text.parse::<DocumentMut>().unwrap();
    let mut changes = Vec::new();
    for edit in edits {
        let change = edit
            .parse::<Edit>()
            .and_then(|edit| edit.apply(&mut document))
            .map_err(|error| format!("{error:#}"))?;
        changes.push(change.to_string());
    }
    Ok((document.to_string(), changes))
}

#[test]
fn each_operator_does_to_a_list_what_the_agents_did() {
    for (edit, after) in [
        (
            "cluster.dns=10.0.0.9",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.9",
        ),
        (
            "cluster.dns=10.0.0.9 10.0.0.8",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.9 10.0.0.8",
        ),
        ("cluster.dns=", "cluster.dns: 10.0.0.1 fd00::1 → (empty)"),
        (
            "cluster.dns+=10.0.0.2",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.1 fd00::1 10.0.0.2",
        ),
        (
            "cluster.dns+=10.0.0.1",
            "cluster.dns: 10.0.0.1 fd00::1, unchanged",
        ),
        (
            "cluster.dns|=10.0.0.1",
            "cluster.dns: 10.0.0.1 fd00::1, unchanged",
        ),
        (
            "cluster.dns|=10.0.0.2",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.1 fd00::1 10.0.0.2",
        ),
        (
            "cluster.dns-=FD00:0::1",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.1",
        ),
        (
            "cluster.dns-=10.0.0.7",
            "cluster.dns: 10.0.0.1 fd00::1, unchanged",
        ),
        (
            "cluster.dns^=10.0.0.1",
            "cluster.dns: 10.0.0.1 fd00::1 → fd00::1",
        ),
        (
            "cluster.dns^=10.0.0.3",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.1 fd00::1 10.0.0.3",
        ),
        (
            "cluster.dns[0]=10.0.0.3",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.3 10.0.0.1 fd00::1",
        ),
        (
            "cluster.dns[9]=10.0.0.3",
            "cluster.dns: 10.0.0.1 fd00::1 → 10.0.0.1 fd00::1 10.0.0.3",
        ),
    ] {
        assert_eq!(edited(FILE, &[edit]).unwrap().1, [after], "after {edit}");
    }
}

#[test]
fn comments_and_the_rest_of_the_file_stay() {
    let (text, _) = edited(
        FILE,
        &[
            "cluster.dns-=10.0.0.1",
            "cluster.dns+=10.0.0.2",
            "source=file:/srv/cluster.json",
            "cluster.name=Prod.Example",
        ],
    )
    .unwrap();
    assert_snapshot!(text, @r#"
    # The site's own.
    source = ["file:/srv/cluster.json"] # shared

    [cluster]
    # In Vienna.
    dns = ["fd00::1", "10.0.0.2"] # ours
    name = "Prod.Example"
    "#);
}

#[test]
fn a_file_begins_with_its_first_key() {
    let (text, changes) = edited(
        "",
        &[
            "cluster.dns+=10.0.0.1",
            "cluster.dns+=10.0.0.2",
            "limits.max-removal-share=0.2",
        ],
    )
    .unwrap();
    assert_snapshot!(text, @r#"
    [cluster]
    dns = ["10.0.0.1", "10.0.0.2"]

    [limits]
    max-removal-share = 0.2
    "#);
    assert_eq!(changes[0], "cluster.dns: (not set) → 10.0.0.1");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_cure() {
    for (edit, error) in [
        (
            "cluster.dns",
            "`cluster.dns` sets nothing: write KEY=VALUE, or KEY+=VALUE to add to a list",
        ),
        (
            "cluster.nds+=10.0.0.1",
            "there is no key `cluster.nds`; did you mean `cluster.dns`?",
        ),
        (
            "cluster.dns+=n1",
            "`cluster.dns` needs an IP address, not \"n1\"",
        ),
        (
            "cluster.name+=x",
            "`cluster.name` holds one value: write cluster.name=VALUE",
        ),
        (
            "socket.mode=rw",
            "`socket.mode` needs octal permissions such as \"0660\", not \"rw\"",
        ),
        (
            "limits.max-removal-share=50%",
            "`limits.max-removal-share` needs a number from 0 to 1, not \"50%\"",
        ),
        (
            "policy+=x.wasm",
            "`policy` is a list of tables: write it in the file by hand",
        ),
    ] {
        assert_eq!(edited(FILE, &[edit]).unwrap_err(), error, "for {edit}");
    }
}
