use super::*;

/// A cluster document: its name, a node, and services with a label that tells who said them.
fn state(name: &str, node: &str, services: &[&str]) -> State {
    let services: Vec<String> = services
        .iter()
        .map(|path| format!(r#""{path}": {{"labels": {{"by": "{node}"}}}}"#))
        .collect();
    let text = format!(
        r#"{{"cluster": {{"name": "{name}", "dns": ["10.0.0.1"], "nodes": {{"{node}": {{}}}}}}, "services": {{{}}}}}"#,
        services.join(", ")
    );
    let read = zonesmith_cluster::read(text.as_bytes());
    read.map(|(_, state)| state).unwrap_or_default()
}

fn name(text: &str) -> SourceName {
    text.into()
}

fn key(text: &str) -> Option<ServiceKey> {
    let (cluster, path) = text.split_once(':')?;
    Some(ServiceKey {
        cluster: ClusterKey::of(cluster),
        path: path.parse().ok()?,
    })
}

/// Who says a service.
fn by(clusters: &Clusters, service: &str) -> Option<String> {
    let service = clusters.service(&key(service)?)?;
    service.labels.first().map(|(_, by)| by.to_string())
}

fn keys(keys: &[ServiceKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

#[test]
fn sources_of_one_name_are_one_cluster_in_which_the_first_stands() {
    let (a, b) = (name("a"), name("b"));
    let mut clusters = Clusters::default();
    clusters.list(&[a.clone(), b.clone()]);
    let change = clusters
        .take_state(&b, state("CLUSTER1.", "n2", &["web", "db"]))
        .unwrap();
    assert!(change.are_other_clusters && change.is_configuring);
    assert_eq!(by(&clusters, "cluster1:web").as_deref(), Some("n2"));
    clusters
        .take_state(&a, state("cluster1", "n1", &["web"]))
        .unwrap();
    let [only] = clusters.all() else {
        panic!("one cluster");
    };
    assert_eq!((&only.first, only.contested.len()), (&a, 1));
    let nodes: Vec<_> = only.cluster.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(nodes, ["n1", "n2"]);
    assert_eq!(clusters.count(only), 2);
    let all: Vec<_> = clusters
        .services(only)
        .map(|service| service.path.as_str())
        .collect();
    assert_eq!(all, ["root/svc/web", "root/svc/db"]);
    assert_eq!(by(&clusters, "cluster1:web").as_deref(), Some("n1"));

    // The first drops it: the second's comes up.
    let change = clusters
        .take_state(&a, state("cluster1", "n1", &[]))
        .unwrap();
    assert_eq!(
        (keys(&change.changed), keys(&change.removed)),
        (vec!["cluster1:root/svc/web".to_owned()], vec![])
    );
    assert!(!change.are_other_clusters && !change.is_configuring);
    assert_eq!(by(&clusters, "cluster1:web").as_deref(), Some("n2"));
    assert!(clusters.all()[0].contested.is_empty());
}

#[test]
fn a_change_behind_an_earlier_source_changes_nothing() {
    let (a, b) = (name("a"), name("b"));
    let mut clusters = Clusters::default();
    clusters.list(&[a.clone(), b.clone()]);
    clusters.take_state(&a, state("cluster1", "n1", &["web"]));
    clusters.take_state(&b, state("cluster1", "n2", &["db"]));
    let service = |node, path: &str| {
        let mut state = state("cluster1", node, &[path]);
        state.services.pop_first()
    };
    let (path, web) = service("n2", "web").unwrap();
    let change = clusters
        .take_changes(&b, vec![(path.clone(), Some(web))])
        .unwrap();
    assert_eq!(change, Change::default());
    assert_eq!(clusters.all()[0].contested.len(), 1);
    let change = clusters
        .take_changes(&a, vec![(path.clone(), None)])
        .unwrap();
    assert_eq!(keys(&change.changed), ["cluster1:root/svc/web"]);
    assert!(clusters.all()[0].contested.is_empty());
    let change = clusters.take_changes(&b, vec![(path, None)]).unwrap();
    assert_eq!(keys(&change.removed), ["cluster1:root/svc/web"]);
}

#[test]
fn different_names_are_different_clusters_and_one_name_for_all_makes_them_one() {
    let (a, b) = (name("a"), name("b"));
    let mut clusters = Clusters::default();
    clusters.list(&[a.clone(), b.clone()]);
    clusters.take_state(&b, state("cluster2", "n2", &["web"]));
    clusters.take_state(&a, state("cluster1", "n1", &["web"]));
    let names = |clusters: &Clusters| -> Vec<String> {
        let all = clusters.all().iter();
        all.map(|member| member.key.to_string()).collect()
    };
    assert_eq!(names(&clusters), ["cluster1", "cluster2"]);
    assert_eq!(by(&clusters, "cluster2:web").as_deref(), Some("n2"));
    let change = clusters.take_override(Override {
        name: Some("site".to_owned()),
        ..Override::default()
    });
    assert!(change.are_other_clusters);
    assert_eq!(names(&clusters), ["site"]);
    assert_eq!(by(&clusters, "site:web").as_deref(), Some("n1"));
    let change = clusters.take_override(Override::default());
    assert!(change.are_other_clusters);
    assert_eq!(names(&clusters), ["cluster1", "cluster2"]);
}

#[test]
fn a_source_that_is_not_listed_any_more_takes_what_it_said_with_it() {
    let (a, b) = (name("a"), name("b"));
    let mut clusters = Clusters::default();
    clusters.list(&[a.clone(), b.clone()]);
    clusters.take_state(&a, state("cluster1", "n1", &["web"]));
    clusters.take_state(&b, state("cluster1", "n2", &["web", "db"]));
    let change = clusters.list(std::slice::from_ref(&b));
    assert!(change.are_other_clusters);
    assert_eq!(by(&clusters, "cluster1:web").as_deref(), Some("n2"));
    assert_eq!(
        clusters.take_state(&a, state("cluster1", "n1", &["web"])),
        None,
        "late words of it count no more"
    );
    let change = clusters.list(std::slice::from_ref(&b));
    assert_eq!(change, Change::default());
}

#[test]
fn a_cluster_without_a_name_is_off_alone() {
    let (a, b) = (name("a"), name("b"));
    let mut clusters = Clusters::default();
    clusters.take_state(&a, state("", "n1", &["web"]));
    clusters.take_state(&b, state("", "n2", &["web"]));
    assert_eq!((clusters.all().len(), clusters.serving().count()), (2, 0));
    clusters.take_state(&b, state("cluster2", "n2", &["web"]));
    assert_eq!(clusters.serving().count(), 1);
}
