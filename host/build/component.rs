//! Compiles policies of this workspace to WebAssembly components while something else is being built.
//!
//! Shared by build scripts (`#[path = "…/host/build/component.rs"] mod component;`): the daemon's, which embeds the default
//! policy, and that of the tests, which builds policies that misbehave; and by the program that the playground's page is
//! built with. So one `cargo build` from a fresh clone is everything, nothing binary is committed, and a packager builds
//! all of it from source.
//!
//! A cargo inside a cargo has three traps. The outer one holds a lock on its target directory, so the inner one gets its own,
//! [`Workspace::target_directory`], shared by all profiles lest each compiles the same policies again. The outer one's
//! environment is meant for the host: flags for its linker, wrappers for its lints, coverage. All of that is taken away.
//! And paths of this machine would end up in the bytes, so they are renamed: the same source and compiler give the same
//! component everywhere.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use wit_component::ComponentEncoder;

/// What policies are compiled for. It has no operating system: a policy cannot even name what it must not have.
const TARGET: &str = "wasm32-unknown-unknown";

/// The profile they are compiled with, in the workspace's `Cargo.toml`. It is one of its own also because two cargos that
/// share a directory but not a profile do not wait for each other.
const PROFILE: &str = "policy";

/// Where the source of policies is.
pub(crate) struct Workspace {
    root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// The workspace one above `package`, the directory of the package that is being built.
    ///
    /// # Errors
    ///
    /// A sentence, if there is no workspace with policies around that package, as in one that was packed by `cargo package`.
    pub(crate) fn around(package: &Path) -> Result<Self, String> {
        // OUT_DIR is <target>/<profile>/build/<package>/out, with <target>/<triple>/<profile>/… where one was asked for.
        let out = PathBuf::from(variable("OUT_DIR")?);
        let target_directory = out.ancestors().nth(4).unwrap_or(&out).join("guest");
        Self::at(package.parent().unwrap_or(package), target_directory)
    }

    /// The workspace in `root`, whose policies are compiled in `target_directory`.
    ///
    /// # Errors
    ///
    /// As [`around`](Self::around).
    pub(crate) fn at(root: &Path, target_directory: PathBuf) -> Result<Self, String> {
        if !root.join("guest/Cargo.toml").is_file() {
            return Err(format!(
                "{} has no directory `guest`, the source of the embedded policy; build from a whole checkout, or hand in a \
                 policy that is already built: ZONESMITH_EMBED_POLICY=<file.wasm>",
                root.display()
            ));
        }
        Ok(Self {
            root: root.to_path_buf(),
            target_directory,
        })
    }

    /// Tells cargo what makes the components of `sources` change: directories and files of the workspace, those all policies
    /// depend on left out.
    pub(crate) fn watch(&self, sources: &[&str]) {
        let common = [
            "Cargo.toml",
            "Cargo.lock",
            "guest/Cargo.toml",
            "guest/src",
            "wit",
            "host/build",
        ];
        for source in common.iter().chain(sources) {
            let path = self.root.join(source);
            // A path that is not there would make cargo run the script every time.
            if path.exists() {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }

    /// Compiles `packages`, all in one go, and gives the bytes of their components in the same order.
    ///
    /// # Errors
    ///
    /// A sentence; what the compiler had to say was printed before it.
    pub(crate) fn build(&self, packages: &[&str]) -> Result<Vec<Vec<u8>>, String> {
        // Cargo sets both for build scripts, and the second for what it runs.
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        self.require_target(&rustc)?;
        let mut cargo = Command::new(variable("CARGO")?);
        cargo
            .current_dir(&self.root)
            .arg("build")
            .arg("--lib")
            .arg("--locked");
        // Said, not searched for: cargo looks upwards, and would find another workspace around an unpacked package.
        cargo
            .arg("--manifest-path")
            .arg(self.root.join("Cargo.toml"));
        cargo
            .args(["--profile", PROFILE, "--target", TARGET])
            .arg("--target-dir")
            .arg(&self.target_directory);
        for package in packages {
            cargo.args(["--package", package]);
        }
        scrub(&mut cargo);
        // A user's `build.build-dir` would overrule `--target-dir`, into the directory that is locked.
        cargo.env("CARGO_BUILD_BUILD_DIR", &self.target_directory);
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.flags()?);

        let status = cargo
            .status()
            .map_err(|error| format!("run cargo for the policies: {error}"))?;
        if !status.success() {
            return Err(format!(
                "the policies ({}) do not compile for {TARGET}: see above",
                packages.join(", ")
            ));
        }
        packages
            .iter()
            .map(|package| self.encode(package))
            .collect()
    }

    fn encode(&self, package: &str) -> Result<Vec<u8>, String> {
        let file = format!("{}.wasm", package.replace('-', "_"));
        let path = self.target_directory.join(TARGET).join(PROFILE).join(file);
        let module =
            fs::read(&path).map_err(|error| format!("read {}: {error}", path.display()))?;
        ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .map_err(|error| format!("make a component of {package}: {error:#}"))
    }

    /// The compiler's flags, in cargo's encoding. Set even if there were none to set: this outranks what a configuration file
    /// has for the host (another linker, `target-cpu=native`), which is an error or other bytes here.
    fn flags(&self) -> Result<OsString, String> {
        let cargo_home = match env::var_os("CARGO_HOME") {
            Some(home) => PathBuf::from(home),
            None => {
                PathBuf::from(variable("HOME").or_else(|_| variable("USERPROFILE"))?).join(".cargo")
            }
        };
        let mut flags = OsString::new();
        for (from, to) in [
            (self.root.as_path(), "/zonesmith"),
            (cargo_home.as_path(), "/cargo"),
        ] {
            if !flags.is_empty() {
                flags.push("\x1f");
            }
            flags.push("--remap-path-prefix=");
            flags.push(from);
            flags.push("=");
            flags.push(to);
        }
        Ok(flags)
    }

    /// Sees to it that the compiler knows the target: its own message would be about a crate nobody asked for.
    fn require_target(&self, rustc: &OsStr) -> Result<(), String> {
        if self.has_target(rustc) {
            return Ok(());
        }
        // What the user set against unasked installations (`RUSTUP_AUTO_INSTALL=0`) does not count: this build was asked for.
        let offline =
            env::var_os("CARGO_NET_OFFLINE").is_some_and(|value| value == "true" || value == "1");
        if !offline && env::var_os("RUSTUP_TOOLCHAIN").is_some() {
            println!(
                "cargo::warning=the Rust target {TARGET} is missing; running `rustup target add {TARGET}`"
            );
            let added = Command::new("rustup")
                .args(["target", "add", TARGET])
                .status();
            if added.is_ok_and(|status| status.success()) && self.has_target(rustc) {
                return Ok(());
            }
        }
        Err(format!(
            "the policies need the Rust target {TARGET}: run `rustup target add {TARGET}`, or install your distribution's \
             package of it (Debian: libstd-rust-dev-wasm32), or hand in a policy that is already built: \
             ZONESMITH_EMBED_POLICY=<file.wasm>"
        ))
    }

    fn has_target(&self, rustc: &OsStr) -> bool {
        let mut command = Command::new(rustc);
        command
            .current_dir(&self.root)
            .args(["--print", "target-libdir", "--target", TARGET]);
        let Ok(output) = command.output() else {
            return false;
        };
        // It prints where the target would be, too.
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    }
}

/// Writes `bytes` to `path` unless it has them already: what includes that file is not compiled again for nothing.
///
/// # Errors
///
/// A sentence that names the file.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|error| format!("write {}: {error}", path.display()))
}

/// An environment variable that cargo sets for build scripts and for what it runs.
///
/// # Errors
///
/// A sentence that names it.
pub(crate) fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("{name} is not set: run this through cargo"))
}

/// Takes away what the environment says about building for the host.
fn scrub(cargo: &mut Command) {
    const TAKEN: [&str; 5] = [
        "RUSTFLAGS",
        "RUSTDOCFLAGS",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "LLVM_PROFILE_FILE",
    ];
    // How to reach the network and the sources, and the tokens by which parallel jobs are counted.
    const KEPT: [&str; 6] = [
        "CARGO_HOME",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTR",
        "CARGO_SOURCE_",
    ];
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_cargo =
            text.starts_with("CARGO_") && !KEPT.iter().any(|kept| text.starts_with(kept));
        if of_cargo || TAKEN.contains(&text) {
            cargo.env_remove(&name);
        }
    }
}
