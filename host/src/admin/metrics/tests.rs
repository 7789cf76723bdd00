use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::snapshot::report::{
    CacheStatus, ClusterStatus, MasterFileStatus, PolicyStatus, SourceStatus, ZoneStatus,
};
use crate::snapshot::selection::SelectionStatus;
use crate::telemetry::counters::counters;

/// A daemon of which every row has something to say.
fn status() -> Status {
    Status {
        version: "1.2.3".into(),
        zones: vec![ZoneStatus {
            apex: "demo.".into(),
            serial: 4_000_000_000,
            ..ZoneStatus::default()
        }],
        names: 7,
        clusters: vec![ClusterStatus {
            name: "demo".into(),
            services: 3,
            ..ClusterStatus::default()
        }],
        policies: vec![PolicyStatus {
            name: "de\"fault".into(),
            ..PolicyStatus::default()
        }],
        shadow: Some(Box::default()),
        selection: Some(SelectionStatus {
            failures: 2,
            ..SelectionStatus::default()
        }),
        sources: vec![SourceStatus {
            source: "file:x.json".into(),
            state: "live".into(),
            age: Some(3),
            ..SourceStatus::default()
        }],
        caches: vec![CacheStatus {
            target: "/control".into(),
            role: "recursor".into(),
            behind: Some(1500),
            ..CacheStatus::default()
        }],
        master_files: vec![MasterFileStatus {
            state: "failing".into(),
            ..MasterFileStatus::default()
        }],
        ..Status::default()
    }
}

/// The names that a page has samples of.
fn sampled(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(str::to_owned)
        .collect()
}

fn kind(metric: &Metric) -> &'static str {
    match metric.reading {
        Reading::Gauge(_) => "gauge",
        Reading::Counter(_) => "counter",
        Reading::Counted(_) if metric.name.ends_with("_seconds") => "histogram",
        Reading::Counted(_) => "counter",
    }
}

/// As it is exported.
fn exported(metric: &Metric) -> String {
    match kind(metric) {
        "counter" => format!("{PREFIX}_{}_total", metric.name),
        _ => format!("{PREFIX}_{}", metric.name),
    }
}

fn count_something() {
    let counters = counters();
    counters.called("synthesize", "ok", std::time::Duration::from_micros(20));
    let source = std::sync::Arc::from("file:x.json");
    counters.retried(&source);
    counters.heard(&source, crate::telemetry::counters::SourceWord::State);
    let janitor = crate::telemetry::counters::janitor::counters();
    let target = std::sync::Arc::from("/control");
    janitor.ordered(&target, 1, 0, true);
    janitor.purged_after(&target, std::time::Duration::from_millis(3));
}

#[test]
fn every_row_is_exported_and_nothing_else() {
    count_something();
    let page = page(&status(), counters()).unwrap();
    let sampled = sampled(&page);
    for metric in TABLE {
        let name = exported(metric);
        let sample = match kind(metric) {
            "histogram" => format!("{name}_bucket"),
            _ => name,
        };
        assert!(sampled.contains(&sample), "{sample} is missing:\n{page}");
    }
    let known: BTreeSet<_> = TABLE
        .iter()
        .flat_map(|metric| {
            let name = exported(metric);
            ["", "_bucket", "_sum", "_count"].map(|end| format!("{name}{end}"))
        })
        .collect();
    assert!(
        sampled.is_subset(&known),
        "{:?}",
        sampled.difference(&known)
    );
    for line in [
        "zonesmith_build_info{version=\"1.2.3\"} 1.0",
        "zonesmith_cluster_services{cluster=\"demo\"} 3.0",
        "zonesmith_source_retries_total{source=\"file:x.json\"} 1",
        "zonesmith_zone_serial{zone=\"demo.\"} 4000000000.0",
        "zonesmith_policy_info{policy=\"de\\\"fault\",version=\"\",digest=\"\"} 1.0",
        "zonesmith_cache_behind_seconds{target=\"/control\",role=\"recursor\"} 1.5",
        "zonesmith_master_files{state=\"failing\"} 1.0",
        "zonesmith_selections_total{outcome=\"not-asked\"} 0",
        "zonesmith_selection_failures 2.0",
        "zonesmith_source_state{source=\"file:x.json\",state=\"failing\"} 0.0",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(page.ends_with("# EOF\n"));
}

/// The table as people read it.
fn documentation() -> String {
    let mut text = String::from(
        "# Metrics\n\n\
         What `GET /metrics` exports, on the admin socket and, where `admin.metrics` names an address, there too. Counters \
         begin at 0 with the daemon; those of the backend with its socket.\n\n\
         Values of labels are from closed sets, or they are configured: no service, no name and no client is a label.\n\n\
         | metric | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for metric in TABLE {
        let labels = metric
            .labels
            .iter()
            .map(|(name, values)| format!("`{name}`: {values}"));
        let labels = labels.collect::<Vec<_>>().join("; ");
        let _ = writeln!(
            text,
            "| `{}` | {} | {labels} | {} |",
            exported(metric),
            kind(metric),
            metric.help
        );
    }
    text
}

fn file(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_documentation_is_the_table() {
    let path = file("docs/metrics.md");
    let text = documentation();
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        std::fs::write(path, text).unwrap();
        panic!(
            "host/docs/metrics.md was not the table; it has been written anew, look at the difference"
        );
    }
}

/// The words of a text that are names of ours.
fn named(text: &str) -> BTreeSet<String> {
    text.split(|one: char| !(one.is_ascii_alphanumeric() || one == '_'))
        .filter(|word| word.starts_with("zonesmith_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_dashboard_and_the_alerts_name_only_what_is_exported() {
    let exported: BTreeSet<_> = TABLE
        .iter()
        .flat_map(|metric| match kind(metric) {
            "histogram" => ["_bucket", "_sum", "_count"]
                .map(|end| format!("{}{end}", exported(metric)))
                .to_vec(),
            _ => vec![exported(metric)],
        })
        .collect();
    for path in ["etc/alerts.yaml", "etc/grafana-dashboard.json"] {
        let text = std::fs::read_to_string(file(path)).unwrap();
        let named = named(&text);
        assert!(named.len() > 5, "{path} names {named:?}");
        assert!(
            named.is_subset(&exported),
            "{path} names what is not exported: {:?}",
            named.difference(&exported)
        );
    }
    let dashboard = std::fs::read_to_string(file("etc/grafana-dashboard.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&dashboard).unwrap();
}
