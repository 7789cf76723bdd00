//! Somebody who asks `pdns.sock` all the time, as clients do, and notes each answer that should not have been.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::json;

use crate::socket::{Socket, rows};

/// Complaints that are kept: the first say what went wrong.
const MOST_COMPLAINTS: usize = 5;

/// A thread that looks until it is told to stop.
pub struct Observer {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<(usize, Vec<String>)>,
}

impl Observer {
    /// Looks again and again over one connection; `look` says what is wrong, if anything.
    ///
    /// # Panics
    /// When nobody listens.
    #[must_use]
    pub fn start(
        socket: &Path,
        mut look: impl FnMut(&mut Socket) -> Option<String> + Send + 'static,
    ) -> Self {
        let mut socket = Socket::connect(socket);
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let (mut looks, mut complaints) = (0, Vec::new());
            while !told.load(Ordering::Relaxed) {
                looks += 1;
                if let Some(complaint) = look(&mut socket)
                    && complaints.len() < MOST_COMPLAINTS
                {
                    complaints.push(complaint);
                }
            }
            (looks, complaints)
        });
        Self { is_over, thread }
    }

    /// Looks at the whole of a zone each time: these names have to be in it, whatever else is.
    #[must_use]
    pub fn of_names(socket: &Path, zone: &str, names: &[&str]) -> Self {
        let (zone, names): (_, Vec<_>) = (
            zone.to_owned(),
            names.iter().map(|name| format!("{name} ")).collect(),
        );
        Self::start(socket, move |socket| {
            let listed = rows(&socket.ask("list", &json!({ "zonename": zone, "domain_id": 1 })));
            let is_there = |name: &&String| listed.iter().any(|row| row.starts_with(name.as_str()));
            let missing: Vec<_> = names.iter().filter(|name| !is_there(name)).collect();
            (!missing.is_empty()).then(|| format!("without {missing:?} at {} rows", listed.len()))
        })
    }

    /// Ends it.
    ///
    /// # Panics
    /// When anything was wrong, or the connection ended.
    pub fn finish(self) {
        self.is_over.store(true, Ordering::Relaxed);
        let (looks, complaints) = self.thread.join().expect("an observer that lives");
        assert!(complaints.is_empty(), "in {looks} looks: {complaints:#?}");
        assert!(looks > 0, "nobody looked");
    }
}
