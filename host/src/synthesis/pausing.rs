//! The writer rests while another process takes over: nothing is published meanwhile, and every serial is kept.

use std::collections::HashMap;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use zonesmith_zone::name::Name;

use super::{Handle, Message, STOP_PATIENCE};

/// A writer that rests, until this goes.
#[must_use]
pub struct Paused {
    over: Sender<()>,
}

impl Paused {
    /// It shall not go on: another process writes from now on.
    pub fn end(self) {
        // It waits for nothing else.
        let _ = self.over.send(());
    }
}

impl Handle {
    /// Has the writer rest after what it is at; none, if that takes longer than `patience`: then it goes on.
    pub fn pause(&self, patience: Duration) -> Option<Paused> {
        let (paused, is_paused) = mpsc::channel();
        let (over, is_over) = mpsc::channel();
        self.send(Message::Pause {
            paused,
            over: is_over,
        });
        is_paused.recv_timeout(patience).ok()?;
        Some(Paused { over })
    }

    /// Another process served these serials last. Waits until ours are past them, and kept.
    pub fn go_past(&self, served: HashMap<Name, u32>) {
        let (done, is_done) = mpsc::channel();
        self.send(Message::Serials { served, done });
        // A writer that takes longer does it before anything else it is told.
        let _ = is_done.recv_timeout(STOP_PATIENCE);
    }
}
