//! The admin socket, from the one before this daemon to the one after it.

use std::io;
use std::os::unix::net::UnixListener;

use anyhow::Context as _;
use camino::Utf8Path;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Daemon;
use super::service_manager::ServiceManager;
use super::service_manager::kept::ADMIN;
use crate::admin;
use crate::remote::socket::{Access, Socket, Stay};

/// The socket as far as it is handed on; its server runs by itself.
pub(super) struct AdminSide {
    listener: UnixListener,
    stay: Stay,
}

impl AdminSide {
    /// The socket that was left, or a new one.
    pub(super) fn socket(
        left: Option<Socket>,
        path: &Utf8Path,
        manager: &ServiceManager,
    ) -> anyhow::Result<Socket> {
        if let Some(socket) = left {
            return Ok(socket);
        }
        let access = Access {
            mode: 0o600,
            owner: None,
            group: None,
        };
        let socket = Socket::bind(path.as_std_path(), &access).context("open the admin socket")?;
        manager.keep_listener(ADMIN, &socket);
        Ok(socket)
    }

    /// Answers on it until `ended`.
    pub(super) fn start(
        socket: Socket,
        daemon: Daemon,
        mut ended: watch::Receiver<bool>,
    ) -> anyhow::Result<(Self, JoinHandle<anyhow::Result<()>>)> {
        let listen = || socket.try_clone_listener().context("open the admin socket");
        let listener = listen()?;
        let side = Self {
            listener: listen()?,
            stay: socket.stay(),
        };
        let answering = tokio::spawn(async move {
            let shutdown = async move {
                // An error is the daemon's end, too.
                let _ = ended.wait_for(|is_over| *is_over).await;
            };
            let answered = admin::serve(listener, daemon, shutdown).await;
            // Removes the file.
            drop(socket);
            answered
        });
        Ok((side, answering))
    }

    /// Its file stays.
    pub(super) fn stay(&self) {
        self.stay.stay();
    }

    /// For a successor: the listener, and what leaves the file to it.
    pub(super) fn to_hand_on(&self) -> io::Result<(UnixListener, Stay)> {
        Ok((self.listener.try_clone()?, self.stay.clone()))
    }
}
