use insta::assert_snapshot;
use toml_edit::value;

use super::environment::Environment;
use super::file::ConfigurationFile;
use super::place::Role;
use super::*;

fn load(text: &str, environment: Environment) -> Result<Configuration, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("zonesmith.toml")).unwrap();
    std::fs::write(&path, text).unwrap();
    let layers =
        Layers::read(Role::Client, environment, Some(&path)).map_err(|error| error.to_string());
    let loaded = layers
        .map(|layers| layers.with("admin.path", "--admin", Some(value("here.sock"))))
        .and_then(|layers| Configuration::load(layers).map_err(|error| error.to_string()));
    let folder = format!("{}/", directory.path().display());
    loaded.map_err(|error| error.replace(&folder, ""))
}

#[test]
fn the_nearest_layer_wins_and_is_named() {
    let text = "source = \"file:cluster.json\"\nstate-dir = \"/state\"\n[socket]\npath = \"pdns.sock\"\nmode = \"0666\"\n[admin]\npath = \"x\"";
    let environment = Environment::from([
        ("ZONESMITH_SOCKET", "/elsewhere/pdns.sock"),
        ("ZONESMITH_CLUSTER_DNS", "10.0.0.1, 10.0.0.2"),
    ]);
    let configuration = load(text, environment).unwrap();
    let folder = format!("{}/", configuration.file().parent().unwrap());
    let shown: Vec<String> = configuration
        .values()
        .into_iter()
        .map(|(key, value, origin)| format!("{key} = {value} ({origin})").replace(&folder, ""))
        .collect();
    assert_snapshot!(shown.join("\n"), @r#"
    source = "file:cluster.json" (zonesmith.toml:1)
    state-dir = "/state" (zonesmith.toml:2)
    trusted-keys = null (default)
    opensvc.ca = null (default)
    opensvc.token-file = null (default)
    opensvc.certificate = null (default)
    opensvc.key = null (default)
    opensvc.keep-dropped-peers = false (default)
    etcd.ca = null (default)
    etcd.certificate = null (default)
    etcd.key = null (default)
    etcd.user = null (default)
    etcd.password-file = null (default)
    socket.path = "/elsewhere/pdns.sock" (ZONESMITH_SOCKET)
    socket.mode = "0666" (zonesmith.toml:5)
    socket.owner = null (default)
    socket.group = null (default)
    admin.path = "here.sock" (--admin)
    admin.metrics = null (default)
    admin.watch = null (default)
    notify.also = [] (default)
    notify.source = null (default)
    notify.key = null (default)
    janitor.authoritative = [] (default)
    janitor.recursors = [] (default)
    janitor.off = false (default)
    powerdns.control-socket = null (default)
    powerdns.query-cache-ttl = 20 (default)
    powerdns.listen = null (default)
    recursor.listen = null (default)
    deploy.directory = null (default)
    deploy.sockets = null (default)
    deploy.port = 5300 (default)
    deploy.listen = [] (default)
    deploy.non-local-bind = false (default)
    deploy.allow-from = null (default)
    deploy.forward = [] (default)
    deploy.forward-upstream = [] (default)
    deploy.forward-all = false (default)
    deploy.udp-size = 1232 (default)
    deploy.powerdns-version = null (default)
    deploy.recursor-version = null (default)
    cluster.name = null (default)
    cluster.dns = ["10.0.0.1","10.0.0.2"] (ZONESMITH_CLUSTER_DNS)
    cluster.networks = null (default)
    limits.max-removal-share = 0.5 (default)
    log.level = "info" (default)
    log.format = "text" (default)
    policy = [{"file":"default"}] (default)
    zones = null (default)
    "#);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, error) in [
        (
            "sorce = \"x\"",
            "zonesmith.toml:1: there is no key `sorce`; did you mean `source`?",
        ),
        (
            "\n[cluster]\nnds = []",
            "zonesmith.toml:3: there is no key `cluster.nds`; did you mean `cluster.dns`?",
        ),
        (
            "[clutser]\ndns = []",
            "zonesmith.toml:1: there is no key `clutser`; `zonesmith config show` lists them all",
        ),
        (
            "cluster = 1",
            "zonesmith.toml:1: `cluster` is a section: `[cluster]`, then a key a line",
        ),
        (
            "[cluster]\ndns = [\n\"10.0.0.1\",\n\"n1\"]",
            "zonesmith.toml:4: `cluster.dns` needs an IP address, not \"n1\"",
        ),
        (
            "[cluster]\ndns = [\"::1\", \"0::1\"]",
            "zonesmith.toml:2: `cluster.dns` lists ::1 twice",
        ),
        (
            "[cluster]\ndns = \"10.0.0.1\"",
            "zonesmith.toml:2: `cluster.dns` needs a list of addresses such as [\"10.0.0.1\"], not \"10.0.0.1\"",
        ),
        (
            "source = \"etcd:x\"",
            "zonesmith.toml:1: `source` `etcd:x` is no source this version reads; write `file:PATH`, `opensvc:` for the agent of this node, or `etcd:http://HOST:2379/PREFIX`",
        ),
        (
            "[[policy]]\nfile = \"a.wasm\"\n[[policy]]\nfiel = \"b.wasm\"",
            "zonesmith.toml:4: `policy` has no key `fiel`; did you mean `file`?",
        ),
        (
            "[[policy]]\nsettings = \"b.json\"",
            "zonesmith.toml:1: `policy` needs a `file`: a component, or `default`",
        ),
        (
            "[[policy]]\nfile = \"default\"\n[[policy]]\nfile = \"default\"",
            "zonesmith.toml:1: `policy` lists default twice",
        ),
        (
            "trusted-keys = []",
            "zonesmith.toml:1: `trusted-keys` lists no key; leave the key out to believe every component",
        ),
        (
            "trusted-keys = [\n\"RWQ\"]",
            "zonesmith.toml:2: `trusted-keys` needs a list of public keys, each as the last line of its `.pub` file, not \"RWQ\"",
        ),
        (
            "[[policy]]\nfile = \"a.wasm\"\ndigest = \"sha256:0\"",
            "zonesmith.toml:3: `policy` needs `sha256:` and 64 hexadecimal digits as `digest`, not \"sha256:0\"",
        ),
        (
            "[socket]\nmode = 660",
            "zonesmith.toml:2: `socket.mode` needs octal permissions such as \"0660\", not 660",
        ),
        (
            "[log]\nlevel = \"loud=very\"",
            "zonesmith.toml:2: `log.level` needs a level (error, warn, info, debug, trace) or a filter such as \"info,zonesmith::policy=debug\", not \"loud=very\"",
        ),
    ] {
        assert_eq!(
            load(text, Environment::default()).unwrap_err(),
            error,
            "for {text}"
        );
    }
    let broken = load("a = ", Environment::default()).unwrap_err();
    assert!(broken.starts_with("zonesmith.toml:1: "), "{broken}");
    let variable = load(
        "",
        Environment::from([("ZONESMITH_MAX_REMOVAL_SHARE", "much")]),
    )
    .unwrap_err();
    assert_eq!(
        variable,
        "ZONESMITH_MAX_REMOVAL_SHARE: `limits.max-removal-share` needs a number from 0 to 1, not \"much\""
    );
}

#[test]
fn policies_are_a_stack_with_their_settings() {
    let text = "[[policy]]\nfile = \"site.wasm\"\n[[policy]]\nfile = \"/srv/other.wasm\"\nsettings = \"other.json\"\n[[policy]]\nfile = \"default\"\n[policy.settings]\nkinds = [\"svc\", \"vol\"]";
    let configuration = load(text, Environment::default()).unwrap();
    let folder = configuration.file().parent().unwrap().to_owned();
    assert_eq!(
        configuration.policies.value,
        [
            PolicyEntry {
                file: PolicyFile::Path(folder.join("site.wasm")),
                settings: PolicySettings::Beside(folder.join("site.settings.json")),
                digest: None,
            },
            PolicyEntry {
                file: PolicyFile::Path("/srv/other.wasm".into()),
                settings: PolicySettings::File(folder.join("other.json")),
                digest: None,
            },
            PolicyEntry {
                file: PolicyFile::Embedded,
                settings: PolicySettings::Inline("{\"kinds\":[\"svc\",\"vol\"]}".into()),
                digest: None,
            },
        ]
    );
}

#[test]
fn what_is_wrong_with_a_master_file_s_entry_is_named_with_its_line() {
    for (text, error) in [
        (
            "[[zones]]\napex = \"a\"",
            "zonesmith.toml:1: `zones` needs the path of a master file under `file`",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"",
            "zonesmith.toml:1: `zones` needs the name at the top of the zone under `apex`",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"\napex = \"a..b\"",
            "zonesmith.toml:3: `zones` cannot have the apex `a..b`: the name has an empty label",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"\napex = \"a\"\nmerge = \"yes\"",
            "zonesmith.toml:4: `zones` needs `merge = true` or `merge = false`, not \"yes\"",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"\napex = \"a\"\nmerged = true",
            "zonesmith.toml:4: `zones` has no key `merged`; did you mean `merge`?",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"\napex = \"a\"\n[[zones]]\nfile = \"b.zone\"\napex = \"A.\"",
            "zonesmith.toml:4: `zones` lists the zone a. twice; `merge = true` adds the records of a second file to it",
        ),
        (
            "[[zones]]\nfile = \"a.zone\"\napex = \"a\"\n[[zones]]\nfile = \"a.zone\"\napex = \"a\"\nmerge = true",
            "zonesmith.toml:4: `zones` lists a.zone for a. twice",
        ),
        (
            "zones = [\"a.zone\"]",
            "zonesmith.toml:1: `zones` needs tables: `[[zones]]`, then `apex = \"…\"` and `file = \"…\"`, not \"a.zone\"",
        ),
    ] {
        assert_eq!(
            load(text, Environment::default()).unwrap_err(),
            error,
            "for {text}"
        );
    }
}

#[test]
fn zones_are_files_for_an_apex() {
    let text = "[[zones]]\napex = \"Example.com\"\nfile = \"example.com.zone\"\n[[zones]]\napex = \"cluster1.\"\nfile = \"/srv/extra\"\nmerge = true";
    let configuration = load(text, Environment::default()).unwrap();
    let folder = configuration.file().parent().unwrap().to_owned();
    let entry = |apex: &str, file: Utf8PathBuf, merge| ZoneEntry {
        apex: zonesmith_zone::Name::parse(apex).unwrap(),
        file,
        merge,
    };
    assert_eq!(
        configuration.zones.value,
        [
            entry("example.com", folder.join("example.com.zone"), false),
            entry("cluster1", "/srv/extra".into(), true),
        ]
    );
}

#[test]
fn the_file_is_replaced_whole_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("etc/zonesmith.toml")).unwrap();
    ConfigurationFile::replace(&path, "[cluster]\nname = \"one\"\n").unwrap();
    let layers = Layers::read(Role::Client, Environment::default(), Some(&path)).unwrap();
    let first = Configuration::load(layers).unwrap();
    ConfigurationFile::replace(&path, "[cluster]\nname = \"two\"\n").unwrap();
    assert_eq!(first.cluster_override().name.as_deref(), Some("one"));
    assert_eq!(
        first.reread().unwrap().cluster_override().name.as_deref(),
        Some("two")
    );
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no leftovers"
    );
}
