//! Takes the descriptors that a service manager left to the process, as `sd_listen_fds_with_names(3)` describes it:
//! `LISTEN_FDS` of them from number 3 on, for the process `LISTEN_PID`, with the names in `LISTEN_FDNAMES`.
//!
//! That a number is a descriptor which nobody else owns, Rust cannot check: it is the manager's word. So the one call
//! that takes its word is alone in a crate, and the host's own crates forbid the like.

use std::collections::HashMap;
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
/// itself. `environment`: `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`.
pub fn take(environment: &HashMap<String, String>) -> Vec<Inherited> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Vec::new();
    }
    names(environment, std::process::id())
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
fn names(environment: &HashMap<String, String>, process: u32) -> Vec<(RawFd, String)> {
    let text = |key: &str| environment.get(key).map(String::as_str);
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
        let environment = |pid: &str, count: &str, names: Option<&str>| {
            let mut environment = HashMap::new();
            environment.insert("LISTEN_PID".to_owned(), pid.to_owned());
            environment.insert("LISTEN_FDS".to_owned(), count.to_owned());
            if let Some(names) = names {
                environment.insert("LISTEN_FDNAMES".to_owned(), names.to_owned());
            }
            environment
        };
        let named = |all: &[(RawFd, &str)]| -> Vec<(RawFd, String)> {
            all.iter()
                .map(|(number, name)| (*number, (*name).to_owned()))
                .collect()
        };
        for (given, expected) in [
            (
                environment("7", "2", Some("a:b")),
                named(&[(3, "a"), (4, "b")]),
            ),
            (
                environment("7", "2", Some("a")),
                named(&[(3, "a"), (4, NO_NAME)]),
            ),
            (environment("7", "1", None), named(&[(3, NO_NAME)])),
            (environment("8", "2", Some("a:b")), named(&[])),
            (environment("7", "-1", None), named(&[])),
            (environment("7", "many", None), named(&[])),
            (HashMap::new(), named(&[])),
        ] {
            assert_eq!(names(&given, 7), expected, "of {given:?}");
        }
    }
}
