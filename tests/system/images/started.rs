//! The containers, started by `crun` as Podman and Docker would have it do: as the user, with the rights and the mounts that are
//! said, on a root that nobody can write to. Of the images, only the programs are another maker's: Debian's.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use zonesmith_tests::daemon::{Daemon, Start};
use zonesmith_tests::document::everything;
use zonesmith_tests::network::Network;
use zonesmith_tests::until;

use super::{at, deploy, of, runs, services};
use crate::BINARY;

/// A container; it ends with this value.
struct Container<'a> {
    network: &'a Network,
    bundle: PathBuf,
    child: Child,
}

/// Debian's testing, where its libraries and programs are.
fn later() -> PathBuf {
    let beside = Path::new(BINARY).ancestors().nth(2).unwrap();
    beside.join("later/testing/usr")
}

fn libraries() -> String {
    let entries = fs::read_dir(later().join("lib")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names = names.filter(|name| name.ends_with("-linux-gnu"));
    format!("/usr/lib/{}", names.next().unwrap())
}

/// The words that run what the image would.
fn program(name: &str) -> Vec<String> {
    let libraries = libraries();
    let on_disk = later().join(libraries.trim_start_matches("/usr/"));
    let entries = fs::read_dir(on_disk).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut loaders = names.filter(|name| name.starts_with("ld-linux"));
    let loader = format!("{libraries}/{}", loaders.next().unwrap());
    let mut words = vec![loader, "--library-path".to_owned(), libraries.clone()];
    if name == "zonesmith-powerdns" {
        words.push("/usr/sbin/pdns_server".to_owned());
        words.push(format!("--module-dir={libraries}/pdns"));
    } else {
        words.push("/usr/sbin/pdns_recursor".to_owned());
    }
    words
}

/// What is wanted of a runtime.
struct Wanted {
    name: String,
    arguments: Vec<String>,
    /// `USER:GROUP`
    user: String,
    rights: Vec<String>,
    /// Paths of the machine, and whether they may be written to.
    shared: Vec<(String, bool)>,
}

impl Wanted {
    /// Of `podman run` with these words.
    fn of_podman(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let added = of(&words, "--cap-add");
        Self {
            name: of(&words, "--name")[0].to_owned(),
            arguments: words
                .last()
                .map(|&word| word.to_owned())
                .into_iter()
                .collect(),
            user: of(&words, "--user")[0].to_owned(),
            rights: added.iter().map(|right| right.to_uppercase()).collect(),
            shared: of(&words, "-v")
                .iter()
                .map(|volume| {
                    let parts: Vec<&str> = volume.split(':').collect();
                    assert_eq!(parts[0], parts[1], "the same path in both");
                    (parts[0].to_owned(), parts.get(2) != Some(&"ro"))
                })
                .collect(),
        }
    }

    /// Of a service as Compose reads it.
    fn of_compose(name: &str, service: &Value) -> Self {
        let texts = |value: &Value| -> Vec<String> {
            let texts = value.as_array().into_iter().flatten();
            texts
                .map(|text| text.as_str().unwrap().to_owned())
                .collect()
        };
        Self {
            name: name.to_owned(),
            arguments: texts(&service["command"]),
            user: service["user"].as_str().unwrap().to_owned(),
            rights: texts(&service["cap_add"])
                .iter()
                .map(|right| format!("CAP_{right}"))
                .collect(),
            shared: service["volumes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|volume| {
                    assert_eq!(volume["source"], volume["target"], "the same path in both");
                    (
                        volume["source"].as_str().unwrap().to_owned(),
                        volume["read_only"] != true,
                    )
                })
                .collect(),
        }
    }

    /// The configuration of a bundle; paths of the machine are below `root`.
    fn configuration(&self, root: &Path) -> Value {
        let mut run = program(&self.name);
        run.extend(self.arguments.iter().cloned());
        let (user, group) = self.user.split_once(':').unwrap();
        let number = |text: &str| text.parse::<u32>().unwrap();
        // Podman gives a user that is not root what was added. Docker does not, and has none here that wants it.
        let beyond_root = if user == "0" { &[][..] } else { &self.rights };
        let bind = |source: &Path, target: &str, is_writable: bool| {
            let access = if is_writable { "rw" } else { "ro" };
            json!({ "type": "bind", "source": source, "destination": target, "options": ["bind", access] })
        };
        let mut mounts = vec![
            json!({ "type": "proc", "source": "proc", "destination": "/proc" }),
            json!({ "type": "tmpfs", "source": "tmpfs", "destination": "/dev", "options": ["mode=755"] }),
            bind(&later(), "/usr", false),
        ];
        for (path, is_writable) in &self.shared {
            mounts.push(bind(
                &root.join(path.trim_start_matches('/')),
                path,
                *is_writable,
            ));
        }
        json!({
            "ociVersion": "1.0.0",
            "process": {
                "cwd": "/",
                "args": run,
                "env": ["PATH=/usr/sbin:/usr/bin"],
                "user": { "uid": number(user), "gid": number(group) },
                "noNewPrivileges": true,
                "capabilities": {
                    "bounding": self.rights, "effective": self.rights, "permitted": self.rights,
                    "inheritable": beyond_root, "ambient": beyond_root,
                },
            },
            "root": { "path": "rootfs", "readonly": true },
            "mounts": mounts,
            "linux": { "namespaces": [{ "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }] },
        })
    }
}

impl<'a> Container<'a> {
    fn start(network: &'a Network, place: &Path, wanted: &Wanted, root: &Path) -> Self {
        let bundle = place.join(&wanted.name);
        let inside = bundle.join("rootfs");
        for folder in [
            "usr",
            "proc",
            "dev",
            "etc/zonesmith/powerdns",
            "run/zonesmith-dns",
        ] {
            fs::create_dir_all(inside.join(folder)).unwrap();
        }
        // As the makers' images have them.
        fs::write(inside.join("etc/passwd"), "pdns:x:953:953::/:/bin/sh\n").unwrap();
        fs::write(inside.join("etc/group"), "pdns:x:953:\n").unwrap();
        let configuration = wanted.configuration(root);
        fs::write(bundle.join("config.json"), configuration.to_string()).unwrap();
        let mut command = crun(network, &bundle, &["run"]);
        let log = fs::File::create(bundle.join("log")).unwrap();
        let child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            network,
            bundle,
            child,
        }
    }

    fn log(&self) -> String {
        let log = fs::read_to_string(self.bundle.join("log")).unwrap_or_default();
        format!("{}: {log}", self.bundle.display())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        let _ = crun(self.network, &self.bundle, &["delete", "--force"]).output();
        let _ = self.child.wait();
    }
}

/// crun looks at what the machine's control groups are, though it is to use none: it sees an empty directory there.
fn crun(network: &Network, bundle: &Path, words: &[&str]) -> Command {
    let script = "mount -t tmpfs none /sys/fs/cgroup && exec crun \"$@\"";
    let mut command = network.command("unshare");
    command
        .current_dir(bundle)
        .args([
            "--mount",
            "sh",
            "-c",
            script,
            "crun",
            "--cgroup-manager=disabled",
        ])
        .arg(format!(
            "--root={}",
            bundle.with_extension("state").display()
        ))
        .args(words)
        .arg(bundle.file_name().unwrap())
        .stdin(Stdio::null());
    command
}

/// The directories that tmpfiles.d(5) is told of, made by its own program.
fn make_directories(root: &Path) {
    // It looks for the daemon's user there.
    fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/:/bin/sh\nzonesmith:x:0:0::/:/bin/sh\n",
    )
    .unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\n").unwrap();
    let made = Command::new("systemd-tmpfiles")
        .arg(format!("--root={}", root.display()))
        .args(["--create", "zonesmith-containers.conf"])
        .output()
        .unwrap_or_else(|error| panic!("run systemd-tmpfiles: {error}"));
    let error = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success() && error.is_empty(), "{error}");
}

/// The daemon on the socket that the containers have.
fn serve(root: &Path) -> Daemon {
    let socket = root.join("run/zonesmith-dns/backend/pdns.sock");
    let sockets = root.join("run/zonesmith-dns");
    Start {
        arguments: ["--socket", socket.to_str().unwrap(), "--socket-group", "953"]
            .map(str::to_owned)
            .to_vec(),
        configuration: format!(
            "[janitor]\nauthoritative = [\"{0}/authoritative/pdns.controlsocket\"]\nrecursors = [\"{0}/recursor/pdns_recursor.controlsocket\"]\n",
            sockets.display()
        ),
        ..Start::new(BINARY, &everything("demo"))
    }
    .spawn()
}

#[test]
#[ignore = "needs root, crun and programs of a later Debian"]
fn the_servers_answer_in_podmans_containers_that_may_do_nothing_else() {
    let place = deploy("quadlet", &everything("demo"), &[]);
    let wanted: Vec<Wanted> = runs(&place)
        .iter()
        .map(|line| Wanted::of_podman(line))
        .collect();
    expect_answers(&place, &wanted);
}

#[test]
#[ignore = "needs root, crun and programs of a later Debian"]
fn the_servers_answer_in_dockers_containers_that_may_do_nothing_else() {
    let place = deploy("compose", &everything("demo"), &[]);
    let read = services(&place);
    let wanted: Vec<Wanted> = read
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, service)| Wanted::of_compose(name, service))
        .collect();
    expect_answers(&place, &wanted);
}

/// Both servers answer, and both are purged.
fn expect_answers(place: &TempDir, wanted: &[Wanted]) {
    let root = place.path().join("root");
    // Others may pass: the daemon's part of the machine is in a private directory here.
    for folder in [place.path(), &root] {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    make_directories(&root);
    give_to_the_group(&at(place, "etc/zonesmith/powerdns"));
    let daemon = serve(&root);
    until(
        "the daemon's socket is there",
        || {
            root.join("run/zonesmith-dns/backend/pdns.sock")
                .exists()
                .then_some(())
        },
        || daemon.log(),
    );
    let own: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "fd00::53".parse().unwrap()];
    let network = Network::with(&own);
    let containers: Vec<Container<'_>> = wanted
        .iter()
        .map(|wanted| Container::start(&network, place.path(), wanted, &root))
        .collect();
    let log = || containers.iter().map(Container::log).collect::<String>();
    let dig = |words: &[&str]| {
        network
            .run("dig", &[words, &["+short", "+tries=1", "+time=1"]].concat())
            .output
    };
    for address in ["10.0.0.1", "fd00::53"] {
        let at = format!("@{address}");
        for words in [
            ["-p", "5300", &at, "api.shop.svc.demo"],
            ["-p", "53", &at, "api.shop.svc.demo"],
        ] {
            until(
                &format!("{words:?} is answered"),
                || dig(&words).contains("10.22.1.5").then_some(()),
                || format!("{}\n{}", dig(&words), log()),
            );
        }
    }
    // Both are purged by sockets of theirs.
    daemon.set_cluster(&everything("demo").service("shop/svc/api", "10.22.1.9"));
    for port in ["5300", "53"] {
        let words = ["-p", port, "@10.0.0.1", "api.shop.svc.demo"];
        until(
            &format!("{words:?} is answered anew"),
            || dig(&words).contains("10.22.1.9").then_some(()),
            || format!("{}\n{}\n{}", dig(&words), log(), daemon.log()),
        );
    }
}

/// As the deployment of a machine does: the configurations are the group's to read.
fn give_to_the_group(directory: &Path) {
    let paths = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for path in paths.chain([directory.to_owned()]) {
        std::os::unix::fs::chown(path, None, Some(953)).unwrap();
    }
}
