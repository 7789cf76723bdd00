//! A zone and who is asked for it, as a line of either language.

use std::net::SocketAddr;

use super::super::lines::comma_separated;
use super::super::yaml::{list, quoted};

/// A zone that certain servers are asked for.
pub(super) struct Asked<'a> {
    pub(super) zone: String,
    pub(super) servers: &'a [SocketAddr],
    pub(super) manner: Manner,
}

/// What those servers do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// They answer for the zone; its names may be forgotten by NOTIFY.
    Answers,
    /// They look up what they do not know, when they are asked to.
    LooksUp,
}

impl Asked<'_> {
    pub(super) fn line(&self) -> String {
        let mark = match self.manner {
            Manner::Answers => '^',
            Manner::LooksUp => '+',
        };
        let servers = comma_separated(self.servers);
        format!("{mark}{}={servers}\n", self.zone)
    }

    pub(super) fn yaml(&self) -> String {
        let mark = match self.manner {
            Manner::Answers => "notify_allowed",
            Manner::LooksUp => "recurse",
        };
        let (zone, servers) = (quoted(&self.zone), list(self.servers));
        format!("- zone: {zone}\n  forwarders: {servers}\n  {mark}: true\n")
    }
}
