//! Prometheus's own tool reads what is exported, and the alert rules.

use std::io::Write as _;
use std::process::{Command, Stdio};

use zonesmith_tests::admin::ask;
use zonesmith_tests::answer::Answer;
use zonesmith_tests::daemon::Start;
use zonesmith_tests::document::everything;

use crate::BINARY;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn promtool(arguments: &[&str], input: &str) -> Answer {
    let mut child = Command::new("promtool")
        .args(arguments)
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    Answer::of(&child.wait_with_output().unwrap())
}

/// The page in the format before OpenMetrics, which the tool reads: there a counter is described under its whole name.
fn in_the_older_format(page: &str) -> String {
    let counters: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::new();
    for line in page.lines().filter(|line| *line != "# EOF") {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(&name) => {
                text.push_str(&format!("# {what} {name}_total {rest}"));
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[test]
#[ignore = "needs promtool"]
fn prometheus_reads_what_is_exported() {
    let daemon = Start::new(BINARY, &everything("demo")).serve();
    let page = ask(&daemon.admin_path(), "GET /metrics").body;
    assert!(page.ends_with("# EOF\n"), "{page}");
    let answer = promtool(&["check", "metrics"], &in_the_older_format(&page));
    assert_eq!(answer.code, 0, "{answer:?}\n{page}");
}

#[test]
#[ignore = "needs promtool"]
fn prometheus_understands_the_alert_rules() {
    let answer = promtool(&["check", "rules", "host/etc/alerts.yaml"], "");
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.output.contains("SUCCESS"), "{answer:?}");
}
