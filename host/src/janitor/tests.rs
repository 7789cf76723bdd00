//! The whole janitor against servers that are tasks of the test: what each is told, in which order.

use std::sync::Mutex;
use std::time::SystemTime;

use camino::Utf8PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::address::{Authoritative, Recursor, Ways};
use super::*;
use crate::snapshot::forget::{Extent, Forget};

/// Longer than anything takes that is to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// What servers were told, in order: `auth PURGE web.demo.`
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// What is said after a head of so many octets.
    async fn take(&self, stream: &mut UnixStream, to: &str, head: usize) -> String {
        let mut octets = vec![0; 1 << 20];
        let length = stream.read(&mut octets).await.unwrap();
        let text = String::from_utf8_lossy(&octets[head..length]);
        let text = text.trim_end().to_owned();
        self.0.lock().unwrap().push(format!("{to} {text}"));
        text
    }

    async fn until(&self, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let all = self.all();
            if is_so(&all) {
                return all;
            }
            assert!(begun.elapsed() < PATIENCE, "{all:#?}");
            sleep(Duration::from_millis(2)).await;
        }
    }
}

struct World {
    directory: TempDir,
    heard: Heard,
    words: mpsc::Sender<Word>,
    settings: watch::Sender<Settings>,
    told: Told,
}

impl World {
    fn start(settings: impl Fn(&Self) -> Settings) -> Self {
        let (words, heard) = mpsc::channel(word::WORDS);
        let (sender, followed) = watch::channel(Settings {
            is_off: true,
            ..Settings::default()
        });
        let janitor = Janitor::new(heard, followed);
        let world = Self {
            directory: tempfile::tempdir().unwrap(),
            heard: Heard::default(),
            words,
            settings: sender,
            told: janitor.told(),
        };
        world.settings.send_replace(settings(&world));
        tokio::spawn(janitor.run());
        world
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.directory.path().join(name)).unwrap()
    }

    /// A control socket that answers everything, after a pause.
    fn authoritative(&self, pause: Duration) -> JoinHandle<()> {
        let listener = UnixListener::bind(self.path("auth")).unwrap();
        let heard = self.heard.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let line = heard.take(&mut stream, "auth", 0).await;
                sleep(pause).await;
                let reply = match line.split_whitespace().next() {
                    Some("PURGE") => "1",
                    Some("RPING") => "PONG",
                    _ => "Ok",
                };
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        })
    }

    fn recursor(&self) -> JoinHandle<()> {
        let listener = UnixListener::bind(self.path("rec")).unwrap();
        let heard = self.heard.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let text = heard.take(&mut stream, "rec", 12).await;
                let reply = if text == "reload-zones" {
                    "ok\n"
                } else {
                    "wiped 1 records, 0 negative records, 0 packets\n"
                };
                let mut frame = vec![0; 4];
                frame.extend_from_slice(&reply.len().to_ne_bytes());
                frame.extend_from_slice(reply.as_bytes());
                stream.write_all(&frame).await.unwrap();
            }
        })
    }

    async fn anew(&self, zones: &[&str]) {
        let anew = Word::Anew {
            generation: 1,
            zones: names(zones),
        };
        self.words.send(anew).await.unwrap();
    }

    async fn step(&self, generation: u64, changed: &[&str]) {
        let extent = Extent::new(names(changed), []);
        self.words
            .send(Word::Step(step(generation, extent)))
            .await
            .unwrap();
    }

    async fn until(&self, is_so: impl Fn(&report::Row) -> bool) -> report::Row {
        let begun = Instant::now();
        loop {
            let report = self.told.report();
            if let Some(row) = report.rows.iter().find(|row| is_so(row)) {
                return row.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{report:#?}");
            sleep(Duration::from_millis(2)).await;
        }
    }
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts
        .iter()
        .map(|text| Name::parse(text).unwrap())
        .collect()
}

/// A generation that made this untrue, in every kind of cache.
pub(super) fn step(generation: u64, extent: Extent) -> Step {
    Step {
        generation,
        at: SystemTime::now(),
        forget: Forget {
            authoritative: extent.clone(),
            resolver: extent,
        },
        came: Vec::new(),
        went: Vec::new(),
        only_moved: Vec::new(),
    }
}

fn both(world: &World) -> Settings {
    Settings {
        authoritative: vec![Authoritative::Socket(world.path("auth")).into()],
        recursors: vec![Recursor::Socket(world.path("rec")).into()],
        ..Settings::default()
    }
}

#[tokio::test]
async fn authoritative_servers_first_then_recursors_and_all_again_four_times() {
    let world = World::start(both);
    let _servers = (world.authoritative(Duration::ZERO), world.recursor());
    world.anew(&["demo"]).await;
    world
        .until(|row| row.role == "recursor" && row.state == "purged")
        .await;
    // Apart from what the start is purged of again.
    sleep(Duration::from_millis(50)).await;
    world.step(2, &["web.demo", "api.demo"]).await;
    let is_one = |line: &&String| line.contains("web.demo.");
    let heard = world
        .heard
        .until(|heard| heard.iter().filter(is_one).count() == 10);
    let heard = heard.await;
    let lines: Vec<_> = heard.iter().filter(is_one).collect();
    for pair in lines.chunks(2) {
        assert!(pair[0].starts_with("auth PURGE "), "{lines:?}");
        assert!(pair[1].starts_with("rec wipe-cache "), "{lines:?}");
    }
    assert_eq!(
        heard[0], "auth REDISCOVER",
        "the zones it knows are of before"
    );
    assert_eq!(heard[1], "auth PURGE demo.$");
    let row = world
        .until(|row| row.role == "recursor" && row.generation == Some(2))
        .await;
    assert_eq!((row.state, row.behind, row.error), ("purged", None, None));
}

#[tokio::test]
async fn a_server_that_is_away_is_not_waited_for_and_forgets_whole_zones_when_it_is_back() {
    let world = World::start(both);
    let _recursor = world.recursor();
    world.anew(&["demo"]).await;
    let row = world.until(|row| row.state == "failing").await;
    assert!(row.error.unwrap().starts_with("connect to "));
    world.step(2, &["web.demo"]).await;
    let heard = world
        .heard
        .until(|heard| heard.iter().any(|line| line == "rec wipe-cache web.demo."));
    heard.await;
    let behind = world.until(|row| row.role == "authoritative").await;
    assert_eq!(behind.state, "failing");
    let _authoritative = world.authoritative(Duration::ZERO);
    let row = world
        .until(|row| row.role == "authoritative" && row.state == "purged")
        .await;
    assert_eq!((row.generation, row.failures), (Some(2), 0));
    // Both forget whole zones twice: it, and the recursor that may have asked it.
    let whole = |role: &'static str| {
        move |line: &&String| line.starts_with(role) && line.ends_with("demo.$")
    };
    let after = |heard: &[String]| {
        let back = heard.iter().position(|line| line.starts_with("auth"));
        let since = heard[back.unwrap_or(heard.len())..].to_vec();
        since.iter().filter(whole("auth")).count() >= 2
            && since.iter().filter(whole("rec")).count() >= 2
    };
    world.heard.until(after).await;
}

#[tokio::test]
async fn without_its_best_way_a_server_is_purged_by_another_one_and_owes_nothing() {
    let world = World::start(|world| Settings {
        authoritative: vec![
            Ways::from(Authoritative::Socket(world.path("lost")))
                .or(Authoritative::Socket(world.path("auth"))),
        ],
        ..Settings::default()
    });
    let _server = world.authoritative(Duration::ZERO);
    world.anew(&["demo"]).await;
    world.until(|row| row.state == "purged").await;
    world.step(2, &["web.demo"]).await;
    let row = world.until(|row| row.generation == Some(2)).await;
    assert_eq!((row.state, row.failures), ("purged", 0));
    let error = row.error.unwrap();
    assert!(
        error.contains("lost cannot be used (connect to "),
        "{error}"
    );
    assert_eq!(row.target.split('|').count(), 2);
    // Nothing changes any more, and that it can be used again is seen all the same.
    std::os::unix::fs::symlink(world.path("auth"), world.path("lost")).unwrap();
    world.until(|row| row.error.is_none()).await;
    let heard = world.heard.all();
    let whole = heard.iter().filter(|line| line.ends_with("demo.$"));
    assert!(whole.count() <= 5, "at the start alone: {heard:#?}");
}

#[tokio::test]
async fn a_slow_authoritative_server_holds_recursors_for_a_moment_only() {
    let world = World::start(both);
    let _servers = (
        world.authoritative(Duration::from_millis(700)),
        world.recursor(),
    );
    world.anew(&["demo"]).await;
    world
        .until(|row| row.role == "recursor" && row.generation == Some(1))
        .await;
    let begun = Instant::now();
    world.step(2, &["web.demo"]).await;
    let has = |heard: &[String], word: &str| heard.iter().filter(|line| *line == word).count();
    world
        .heard
        .until(|heard| has(heard, "rec wipe-cache web.demo.") == 1)
        .await;
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(650), "{waited:?}");
    // And once more when that one has answered, since the recursor may have asked it.
    world
        .heard
        .until(|heard| has(heard, "rec wipe-cache web.demo.") == 2)
        .await;
}

#[tokio::test]
async fn too_many_names_are_whole_zones() {
    let world = World::start(both);
    let _servers = (world.authoritative(Duration::ZERO), world.recursor());
    world.anew(&["demo", "other"]).await;
    world
        .until(|row| row.role == "recursor" && row.state == "purged")
        .await;
    let many: Vec<_> = (0..order::MOST_NAMES + 2)
        .map(|number| format!("n{number}.demo"))
        .collect();
    let (one, other) = many.split_at(many.len() / 2);
    let before = world.heard.all().len();
    for (generation, part) in [(2, one), (3, other)] {
        let extent = Extent::new(
            names(&part.iter().map(String::as_str).collect::<Vec<_>>()),
            [],
        );
        // Both at once, so that they are one order somewhere: while the first is under way, the rest waits.
        world
            .words
            .send(Word::Step(step(generation, extent)))
            .await
            .unwrap();
    }
    let is_whole = |line: &String| line.ends_with(" demo.$");
    world
        .heard
        .until(|heard| heard[before..].iter().any(is_whole))
        .await;
    world
        .until(|row| row.role == "recursor" && row.generation == Some(3))
        .await;
}

#[tokio::test]
async fn a_zone_that_comes_is_discovered_and_forwarded_before_it_is_purged() {
    let written = Arc::new(Mutex::new(Vec::new()));
    let writes = Arc::clone(&written);
    let hook = settings::ForwardZones(Arc::new(move |zones: &[Name]| {
        writes.lock().unwrap().push(zones.len());
        Ok(())
    }));
    let world = World::start(|world| Settings {
        forward_zones: Some(hook.clone()),
        ..both(world)
    });
    let _servers = (world.authoritative(Duration::ZERO), world.recursor());
    world.anew(&["demo"]).await;
    world
        .until(|row| row.role == "recursor" && row.state == "purged")
        .await;
    let new = names(&["new"]);
    let step = Step {
        came: new.clone(),
        ..step(2, Extent::new([], new))
    };
    world.words.send(Word::Step(step)).await.unwrap();
    let heard = world
        .heard
        .until(|heard| heard.iter().any(|line| line == "rec wipe-cache new.$"));
    let heard = heard.await;
    let at = |word: &str| heard.iter().rposition(|line| line == word).unwrap();
    assert!(at("auth REDISCOVER") < at("auth PURGE new.$"), "{heard:#?}");
    assert!(
        at("rec reload-zones") < at("rec wipe-cache new.$"),
        "{heard:#?}"
    );
    assert_eq!(*written.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn other_settings_are_followed_and_a_new_server_forgets_whole_zones() {
    let world = World::start(|_| Settings {
        is_off: true,
        ..Settings::default()
    });
    let _recursor = world.recursor();
    world.anew(&["demo"]).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(world.told.report().rows, []);
    world.settings.send_replace(Settings {
        recursors: vec![Recursor::Socket(world.path("rec")).into()],
        ..Settings::default()
    });
    let heard = world.heard.until(|heard| !heard.is_empty()).await;
    assert_eq!(heard[0], "rec wipe-cache demo.$");
    world.settings.send_replace(Settings {
        is_off: true,
        ..Settings::default()
    });
    let begun = Instant::now();
    while !world.told.report().rows.is_empty() {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(2)).await;
    }
}
