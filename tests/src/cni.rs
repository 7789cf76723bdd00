//! Networks that plugins of the Container Network Interface make: what a runtime does with a list of plugins, as section 3 of
//! the spec has it. Debian has plugins, but no runtime that would run them alone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::{Map, Value, json};

use crate::network::Network;
use crate::until;

/// Debian's `containernetworking-plugins`.
pub const PLUGINS: &str = "/usr/lib/cni";

/// A container's place in a network.
pub struct Attachment<'network> {
    /// The network of the runtime.
    pub host: &'network Network,
    /// That of the container.
    pub container: &'network Network,
    /// The list: `cniVersion`, `name`, `plugins`.
    pub list: Value,
    /// Where plugins are looked for, in order.
    pub path: Vec<PathBuf>,
    /// `CNI_CONTAINERID`
    pub id: String,
    /// `CNI_ARGS`
    pub arguments: String,
}

/// What a plugin said when it failed.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The plugin.
    pub plugin: String,
    /// Its word; null where it is none.
    pub error: Value,
    /// What it wrote beside.
    pub log: String,
}

impl Attachment<'_> {
    /// Runs the plugins in order, each with what the one before it made; the result of the last.
    ///
    /// # Errors
    /// The first that fails.
    pub fn add(&self) -> Result<Value, Failed> {
        let mut result = Value::Null;
        for plugin in self.plugins() {
            result = self.run("ADD", plugin, &result)?;
        }
        Ok(result)
    }

    /// Runs the plugins in order, each with the result of `ADD`.
    ///
    /// # Errors
    /// The first that fails.
    pub fn check(&self, result: &Value) -> Result<(), Failed> {
        for plugin in self.plugins() {
            self.run("CHECK", plugin, result)?;
        }
        Ok(())
    }

    /// Runs the plugins in reverse order, each with the result of `ADD`.
    ///
    /// # Errors
    /// The first that fails.
    pub fn del(&self, result: &Value) -> Result<(), Failed> {
        for plugin in self.plugins().iter().rev() {
            self.run("DEL", plugin, result)?;
        }
        Ok(())
    }

    fn plugins(&self) -> &[Value] {
        self.list
            .get("plugins")
            .and_then(Value::as_array)
            .expect("a list of plugins")
    }

    /// Runs one plugin with the configuration that is made of its own.
    ///
    /// # Errors
    /// It fails.
    ///
    /// # Panics
    /// When there is none.
    pub fn run(&self, command: &str, plugin: &Value, previous: &Value) -> Result<Value, Failed> {
        let name = plugin
            .get("type")
            .and_then(Value::as_str)
            .expect("the type of a plugin");
        let file = self.path.iter().map(|directory| directory.join(name));
        let file = file.into_iter().find(|file| file.exists());
        let file = file.unwrap_or_else(|| {
            panic!(
                "no plugin {name} in {:?}; tests/run installs them",
                self.path
            )
        });
        let mut input: Map<String, Value> = plugin.as_object().cloned().expect("an object");
        for key in ["cniVersion", "name"] {
            let value = self.list.get(key).cloned().unwrap_or_default();
            input.insert(key.to_owned(), value);
        }
        if !previous.is_null() {
            input.insert("prevResult".to_owned(), previous.clone());
        }
        let path: Vec<_> = self
            .path
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let mut child = self
            .host
            .command(&file)
            .env("CNI_COMMAND", command)
            .env("CNI_CONTAINERID", &self.id)
            .env("CNI_NETNS", namespace(self.container))
            .env("CNI_IFNAME", "eth0")
            .env("CNI_ARGS", &self.arguments)
            .env("CNI_PATH", path.join(":"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run a plugin");
        let mut stdin = child.stdin.take().expect("its input");
        stdin
            .write_all(Value::Object(input).to_string().as_bytes())
            .expect("tell a plugin its configuration");
        drop(stdin);
        let output = child.wait_with_output().expect("hear a plugin");
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if output.status.success() {
            return Ok(said);
        }
        Err(Failed {
            plugin: name.to_owned(),
            error: said,
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// Where a network's namespace is.
#[must_use]
pub fn namespace(network: &Network) -> PathBuf {
    format!("/proc/{}/ns/net", network.id()).into()
}

/// A list that makes a bridge with addresses of `10.61.0.0/24`, and has this plugin after it. `leases` is where addresses are
/// remembered.
#[must_use]
pub fn bridge_and(version: &str, plugin: &Value, leases: &Path) -> Value {
    json!({
        "cniVersion": version,
        "name": "front",
        "plugins": [
            {
                "type": "bridge", "bridge": "front0", "isGateway": true,
                "ipam": {
                    "type": "host-local", "dataDir": leases, "ranges": [[{ "subnet": "10.61.0.0/24" }]],
                    "routes": [{ "dst": "0.0.0.0/0" }],
                },
            },
            plugin,
        ],
    })
}

/// Somebody in a network who has a file of his own as `/etc/resolv.conf`, as containers have; ends with this value.
pub struct Inhabitant<'network> {
    network: &'network Network,
    child: Child,
}

impl<'network> Inhabitant<'network> {
    /// Moves in.
    ///
    /// # Panics
    /// When that cannot be.
    #[must_use]
    pub fn of(network: &'network Network, file: &Path) -> Self {
        let child = network
            .command("unshare")
            .args([
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$1\" /etc/resolv.conf && exec cat",
                "sh",
            ])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("run a shell");
        let inhabitant = Self { network, child };
        let name = format!("/proc/{}/comm", inhabitant.child.id());
        until(
            "a file is mounted",
            || {
                let name = std::fs::read_to_string(&name).unwrap_or_default();
                (name.trim() == "cat").then_some(())
            },
            String::new,
        );
        inhabitant
    }

    /// What a program prints for him.
    #[must_use]
    pub fn say(&self, words: &[&str]) -> crate::answer::Answer {
        let id = self.child.id().to_string();
        let mut all = vec!["--mount", "--target", &id, "--"];
        all.extend(words);
        self.network.run("nsenter", &all)
    }
}

impl Drop for Inhabitant<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
