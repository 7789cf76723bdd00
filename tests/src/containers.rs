//! Containers that a real runtime makes, `crun`, of the programs of busybox: in a network of the test, joined to it by a hook,
//! as runtimes without networks of their own do it.
//!
//! What hooks say goes into a file of the bundle (crun's annotation `run.oci.hooks.stderr`), as crun's own words do.
//!
//! crun looks at what the machine's control groups are and may refuse them, though it is to use none: it sees an empty
//! directory there.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::answer::Answer;
use crate::network::Network;
use crate::until;

/// Debian's `busybox-static`.
const BUSYBOX: &str = "/bin/busybox";

/// Its programs that a container has.
const PROGRAMS: [&str; 5] = ["sh", "cat", "ping", "nslookup", "wget"];

/// Joins a container to the network that the runtime is in: `link ADDRESS-HERE ADDRESS-THERE`, its state on the standard input.
const LINK: &str = r#"#!/bin/sh
set -e
pid=$(jq .pid)
ip link add "veth$pid" type veth peer name eth0 netns "$pid"
ip address add "$1" peer "$2" dev "veth$pid"
ip link set "veth$pid" up
nsenter --net="/proc/$pid/ns/net" sh -e -c "
    ip link set lo up
    ip address add $2 peer $1 dev eth0
    ip link set eth0 up
    ip route add default via $1
"
"#;

/// The network that a container is in.
#[derive(Debug, Clone, Copy)]
pub enum Inside {
    /// One of its own, with these ends of a link.
    Linked(Ipv4Addr, Ipv4Addr),
    /// That of the runtime.
    Host,
}

/// A bundle of a container, not run yet.
pub struct Bundle<'network> {
    network: &'network Network,
    directory: TempDir,
    link: Vec<Value>,
    config: Value,
}

/// A running container; it ends with this value.
pub struct Container<'network> {
    bundle: Bundle<'network>,
    id: String,
    child: Child,
}

impl<'network> Bundle<'network> {
    /// A root with a few programs. The container's own waits for the end of its standard input.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(network: &'network Network, inside: Inside, annotations: &Value) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("bundle-")
            .tempdir()
            .expect("make a directory");
        let root = directory.path().join("rootfs");
        for folder in ["bin", "dev", "etc", "proc"] {
            fs::create_dir_all(root.join(folder)).expect("make a root");
        }
        fs::copy(BUSYBOX, root.join("bin/busybox"))
            .unwrap_or_else(|error| panic!("copy {BUSYBOX}: {error}; tests/run installs it"));
        for program in PROGRAMS {
            symlink("busybox", root.join("bin").join(program)).expect("link a program");
        }
        let link = directory.path().join("link");
        fs::write(&link, LINK).expect("write a hook");
        fs::set_permissions(&link, fs::Permissions::from_mode(0o755)).expect("make it a program");
        let mut namespaces = vec![json!({ "type": "pid" }), json!({ "type": "mount" })];
        let mut linking = Vec::new();
        if let Inside::Linked(here, there) = inside {
            namespaces.push(json!({ "type": "network" }));
            let args = ["link".to_owned(), here.to_string(), there.to_string()];
            linking.push(json!({ "path": link, "args": args, "env": [path()] }));
        }
        let capabilities = ["CAP_NET_RAW"];
        let config = json!({
            "ociVersion": "1.0.0",
            "process": {
                "user": { "uid": 0, "gid": 0 }, "cwd": "/", "args": ["cat"], "env": ["PATH=/bin"],
                "capabilities": {
                    "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
                },
            },
            "root": { "path": "rootfs", "readonly": true },
            "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"] },
            ],
            "linux": { "namespaces": namespaces },
            "annotations": annotations,
        });
        Self {
            network,
            directory,
            link: linking,
            config,
        }
    }

    /// A file in the container's root, as the host sees it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join("rootfs").join(name)
    }

    /// Gives it a file as its `/etc/resolv.conf`, beside its root, as podman does; where that is.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn mount(&mut self, text: &str) -> PathBuf {
        let path = self.directory.path().join("resolv.conf");
        fs::write(&path, text).expect("write a file");
        fs::write(self.file("etc/resolv.conf"), "").expect("write what is mounted over");
        if let Some(mounts) = self
            .config
            .pointer_mut("/mounts")
            .and_then(Value::as_array_mut)
        {
            mounts.push(json!({
                "destination": "/etc/resolv.conf", "type": "bind", "source": path, "options": ["bind", "ro"],
            }));
        }
        path
    }

    /// Runs it with this hook, before it begins and after it ended, until its program runs.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn run(self, hook: &Value) -> Container<'network> {
        self.run_at("createRuntime", hook)
    }

    /// The same, with the hook at this stage.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn run_at(mut self, stage: &str, hook: &Value) -> Container<'network> {
        let mut hooks = Map::new();
        let links = self.link.iter().map(|link| ("createRuntime", link));
        for (stage, hook) in links.chain([(stage, hook), ("poststop", hook)]) {
            let list = hooks.entry(stage).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(hook.clone());
            }
        }
        let log = self.directory.path().join("log");
        if let Some(annotations) = self.config.pointer_mut("/annotations") {
            annotations["run.oci.hooks.stderr"] = json!(log);
        }
        if let Some(config) = self.config.as_object_mut() {
            config.insert("hooks".to_owned(), Value::Object(hooks));
        }
        let path = self.directory.path().join("config.json");
        fs::write(path, self.config.to_string()).expect("write a bundle");
        let name = self.directory.path().file_name().unwrap_or_default();
        let id = name.to_string_lossy().into_owned();
        let child = self
            .crun(&[
                "run",
                "--bundle",
                &self.directory.path().display().to_string(),
                &id,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(appending(&log))
            .spawn()
            .unwrap_or_else(|error| panic!("run crun: {error}; tests/run installs it"));
        let mut container = Container {
            bundle: self,
            id,
            child,
        };
        let log = || fs::read_to_string(&log).unwrap_or_default();
        until(
            "a container runs",
            || {
                let ended = container.child.try_wait().expect("look at crun");
                assert!(ended.is_none(), "crun ended, {ended:?}: {}", log());
                let state = Answer::of(&container.crun(&["state"]).output().expect("ask crun"));
                state.output.contains("\"running\"").then_some(())
            },
            log,
        );
        container
    }

    /// crun, as far as it does not name a container.
    fn crun(&self, arguments: &[&str]) -> Command {
        let state = self.directory.path().join("state");
        let mut command = self.network.command("unshare");
        command.args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs none /sys/fs/cgroup && exec crun \"$@\"",
            "crun",
            "--root",
        ]);
        command
            .arg(state)
            .arg("--cgroup-manager=disabled")
            .args(arguments);
        command
    }
}

impl Container<'_> {
    fn crun(&self, arguments: &[&str]) -> Command {
        let mut command = self.bundle.crun(arguments);
        command.arg(&self.id);
        command
    }

    /// What a program of it prints.
    ///
    /// # Panics
    /// When crun cannot be run.
    #[must_use]
    pub fn say(&self, words: &[&str]) -> Answer {
        let mut command = self.crun(&["exec"]);
        Answer::of(
            &command
                .args(words)
                .output()
                .expect("run a program in a container"),
        )
    }

    /// What crun and the hooks said.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.bundle.directory.path().join("log")).unwrap_or_default()
    }

    /// A file in the container's root, as the host sees it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.bundle.file(name)
    }

    /// Ends it, and waits until its hooks have run.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn end(&mut self) {
        drop(self.child.stdin.take());
        let ended = until(
            "a container ends",
            || self.child.try_wait().expect("wait for crun"),
            String::new,
        );
        assert!(ended.success(), "{ended}: {}", self.log());
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // It may be gone, which is fine.
        let _ = self.crun(&["delete", "--force"]).output();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The log, with what others write to it.
fn appending(log: &Path) -> File {
    let options = File::options().create(true).append(true).open(log);
    options.expect("open a log")
}

/// Where the programs of hooks are.
#[must_use]
pub fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("PATH={path}:/usr/sbin:/sbin")
}

/// A hook: a program with these words after its own.
#[must_use]
pub fn hook(program: &str, words: &[String]) -> Value {
    let mut args = vec![program.to_owned()];
    args.extend_from_slice(words);
    json!({ "path": program, "args": args, "env": [path()] })
}
