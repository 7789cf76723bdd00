//! Takes the descriptors that a service manager left to the process, as `sd_listen_fds_with_names(3)` describes it:
//! `LISTEN_FDS` of them from number 3 on, for the process `LISTEN_PID`, with the names in `LISTEN_FDNAMES`.
//!
//! That a number is a descriptor which nobody else owns, Rust cannot check: it is the manager's word. So the one call
//! that takes its word is alone in a crate, and the host's own crates forbid the like.

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// The first one; those below are standard input, output and error.
const FIRST: RawFd = 3;

/// Most that are taken: more than any manager keeps.
const MOST: RawFd = 65_536;

/// The name of a descriptor for which the manager has none.
const NO_NAME: &str = "unknown";

static TAKEN: AtomicBool = AtomicBool::new(false);

/// A descriptor and its name.
#[derive(Debug)]
pub struct Inherited {
    /// As the manager calls it.
    pub name: String,
    /// Closed on `exec` from now on.
    pub descriptor: OwnedFd,
}

/// What was left to this process; nothing where it is called again. To be called before the process opens anything
/// itself. `variable` gives the value of one of the environment.
pub fn take<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Vec<Inherited> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Vec::new();
    }
    names(variable, std::process::id())
        .into_iter()
        .filter_map(|(number, name)| {
            Some(Inherited {
                name,
                descriptor: own(number)?,
            })
        })
        .collect()
}

/// Numbers and names, where they are meant for us.
fn names<'a>(text: impl Fn(&str) -> Option<&'a str>, process: u32) -> Vec<(RawFd, String)> {
    if text("LISTEN_PID").and_then(|text| text.parse().ok()) != Some(process) {
        return Vec::new();
    }
    let count = text("LISTEN_FDS").and_then(|text| text.parse().ok());
    let count: RawFd = count.unwrap_or_default();
    let mut names = text("LISTEN_FDNAMES").unwrap_or_default().split(':');
    (FIRST..FIRST.saturating_add(count.min(MOST)))
        .map(|number| {
            let name = names.next().filter(|name| !name.is_empty());
            (number, name.unwrap_or(NO_NAME).to_owned())
        })
        .collect()
}

/// The descriptor of this number, if there is one.
fn own(number: RawFd) -> Option<OwnedFd> {
    #[expect(
        unsafe_code,
        reason = "only looked at: a number that is no descriptor is an error of the call"
    )]
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = fcntl_getfd(borrowed).ok()?;
    if flags.contains(FdFlags::CLOEXEC) {
        // Nobody can inherit one: it is the process's own, and the manager is mistaken.
        return None;
    }
    fcntl_setfd(borrowed, FdFlags::CLOEXEC).ok()?;
    #[expect(
        unsafe_code,
        reason = "it is open, came through `exec`, is given to this process by its number, and `take` runs once"
    )]
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_for_this_process_is_taken() {
        type Given<'a> = (&'a str, &'a str, Option<&'a str>);
        let named = |all: &[(RawFd, &str)]| -> Vec<(RawFd, String)> {
            all.iter()
                .map(|(number, name)| (*number, (*name).to_owned()))
                .collect()
        };
        for (given, expected) in [
            (Some(("7", "2", Some("a:b"))), named(&[(3, "a"), (4, "b")])),
            (
                Some(("7", "2", Some("a"))),
                named(&[(3, "a"), (4, NO_NAME)]),
            ),
            (Some(("7", "1", None)), named(&[(3, NO_NAME)])),
            (Some(("8", "2", Some("a:b"))), named(&[])),
            (Some(("7", "-1", None)), named(&[])),
            (Some(("7", "many", None)), named(&[])),
            (None, named(&[])),
        ] {
            let given: Option<Given<'_>> = given;
            let variable = |name: &str| {
                let (process, count, names) = given?;
                match name {
                    "LISTEN_PID" => Some(process),
                    "LISTEN_FDS" => Some(count),
                    "LISTEN_FDNAMES" => names,
                    _ => None,
                }
            };
            assert_eq!(names(variable, 7), expected, "of {given:?}");
        }
    }
}
