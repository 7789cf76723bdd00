//! Registries of containers: Debian's `docker-registry` on the loopback, and one that answers what a test says.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::until;

/// Who may ask a registry that asks for a password.
pub const USER: &str = "ana";
/// Her password.
pub const PASSWORD: &str = "correct horse";
/// The line of her in the registry's file.
const LINE: &str = "ana:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";

/// A real registry; it ends with this value.
pub struct Registry {
    directory: TempDir,
    process: Child,
    address: String,
    is_secure: bool,
}

impl Registry {
    /// Runs one until it listens. A secure one wants a password, and speaks TLS.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn start(is_secure: bool) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("zonesmith-registry-")
            .tempdir()
            .expect("make a directory");
        let path = |name: &str| directory.path().join(name).display().to_string();
        let mut configuration = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp:\n  addr: 127.0.0.1:0\n",
            path("data")
        );
        if is_secure {
            certificate(directory.path());
            fs::write(path("passwords"), LINE).expect("write the passwords");
            configuration += &format!(
                "  tls: {{certificate: {}, key: {}}}\nauth: {{htpasswd: {{realm: test, path: {}}}}}\n",
                path("server.pem"),
                path("server.key"),
                path("passwords")
            );
        }
        fs::write(path("configuration.yml"), configuration).expect("write the configuration");
        let log = File::create(path("log")).expect("open the log");
        let process = Command::new("docker-registry")
            .args(["serve", &path("configuration.yml")])
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("run docker-registry: {error}"));
        let log = path("log");
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let address = until(
            "the registry listens",
            || {
                let said = said();
                let (_, after) = said.split_once("listening on ")?;
                let (address, _) = after.split_once([',', '"'])?;
                Some(address.to_owned())
            },
            said,
        );
        Self {
            directory,
            process,
            address,
            is_secure,
        }
    }

    /// A place in it: `127.0.0.1:5000/dns/site:1`.
    #[must_use]
    pub fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    /// Who asks it: address and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The certificate of the authority that signed its own.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// What is under a path of it, asked by `curl`.
    ///
    /// # Panics
    /// When it says no.
    #[must_use]
    pub fn get(&self, path: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--insecure"])
            .args(["--user", &format!("{USER}:{PASSWORD}")])
            .args([
                "--header",
                "Accept: application/vnd.oci.image.manifest.v1+json",
            ])
            .args([
                "--header",
                "Accept: application/vnd.oci.image.index.v1+json",
            ])
            .arg(format!("{scheme}://{}/v2/{path}", self.address))
            .output()
            .unwrap_or_else(|error| panic!("run curl: {error}"));
        assert!(output.status.success(), "get {path}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Where it keeps a blob.
    #[must_use]
    pub fn blob(&self, digest: &str) -> PathBuf {
        let digits = digest.trim_start_matches("sha256:");
        let folder = digits.get(..2).unwrap_or_default();
        self.directory
            .path()
            .join("data/docker/registry/v2/blobs/sha256")
            .join(folder)
            .join(digits)
            .join("data")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended already, which is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `ca.pem`, and `server.pem` with `server.key`, for the loopback.
fn certificate(directory: &Path) {
    fs::write(directory.join("names"), "subjectAltName=IP:127.0.0.1\n").expect("write a file");
    for words in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=registry -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    ] {
        let output = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(directory)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("run openssl: {error}"));
        assert!(output.status.success(), "openssl {words}: {output:?}");
    }
}

/// What a made-up registry does when it is asked for a path.
#[derive(Clone)]
pub enum Reaction {
    /// Answers with this status, these header lines, this body.
    Answer(u16, &'static str, Vec<u8>),
    /// Says so many octets, and sends fewer.
    CutOff(usize, Vec<u8>),
    /// Never answers.
    Silence,
    /// Closes the connection.
    Hangup,
}

/// A registry that answers what a test says; everything else is not found.
pub struct MadeUp {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl MadeUp {
    /// Runs one for as long as the process; `reactions`: what it does by the beginning of the request, `GET /v2/x/manifests/`.
    ///
    /// # Panics
    /// When it cannot listen.
    #[must_use]
    pub fn start(reactions: Vec<(String, Reaction)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, reactions) = (Arc::clone(&asked), Arc::new(reactions));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heard, reactions) = (Arc::clone(&heard), Arc::clone(&reactions));
                thread::spawn(move || {
                    // Who asked may be gone.
                    let _ = converse(stream, &reactions, &heard);
                });
            }
        });
        Self { address, asked }
    }

    /// A place in it.
    #[must_use]
    pub fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    /// The first lines of what it was asked.
    ///
    /// # Panics
    /// When a thread of it failed.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no thread failed").clone()
    }
}

fn converse(
    mut stream: TcpStream,
    reactions: &[(String, Reaction)],
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
        }
        heard
            .lock()
            .expect("no thread failed")
            .push(first.trim().to_owned());
        let reaction = reactions
            .iter()
            .find(|(beginning, _)| first.starts_with(beginning.as_str()))
            .map(|(_, reaction)| reaction.clone());
        match reaction {
            Some(Reaction::Answer(status, headers, body)) => {
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n\r\n"
                )?;
                stream.write_all(&body)?;
            }
            Some(Reaction::CutOff(length, body)) => {
                write!(
                    stream,
                    "HTTP/1.1 200 Said\r\nContent-Length: {length}\r\n\r\n"
                )?;
                stream.write_all(&body)?;
                return Ok(());
            }
            Some(Reaction::Silence) => {
                // Until who asked gives up.
                reader.read_to_end(&mut Vec::new())?;
                return Ok(());
            }
            Some(Reaction::Hangup) => return Ok(()),
            None => write!(
                stream,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            )?,
        }
    }
}
