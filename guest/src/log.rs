//! Lines in the daemon's log, for the author of a policy. What the owner of a service should know is a
//! [`Diagnostic`](crate::naming::Diagnostic).
//!
//! The host cuts a line at 1,024 octets and drops what goes beyond 100 lines a call. In a native test the lines of the
//! thread are kept for [`take`].

/// How much a line matters.
///
/// ```
/// # use zonesmith_policy::log;
/// log::warn("two nodes have the same name");
/// let (level, line) = log::take().remove(0);
/// assert_eq!((level, line.as_str()), (log::Level::Warn, "two nodes have the same name"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Of use while a policy is written.
    Debug,
    /// Something happened as it should.
    Info,
    /// Something was wrong, and the policy coped.
    Warn,
    /// Something is wrong that somebody must mend.
    Error,
}

/// Of use while a policy is written.
///
/// ```
/// # use zonesmith_policy::log;
/// log::debug("three slices of shop/svc/web");
/// ```
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// Something happened as it should.
///
/// ```
/// # use zonesmith_policy::log;
/// log::info("three slices of shop/svc/web");
/// ```
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// Something was wrong, and the policy coped.
///
/// ```
/// # use zonesmith_policy::log;
/// log::warn("three slices of shop/svc/web");
/// ```
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// Something is wrong that somebody must mend.
///
/// ```
/// # use zonesmith_policy::log;
/// log::error("three slices of shop/svc/web");
/// ```
pub fn error(message: &str) {
    log(Level::Error, message);
}

#[cfg(target_family = "wasm")]
fn log(level: Level, message: &str) {
    crate::component::log(level, message);
}

#[cfg(not(target_family = "wasm"))]
fn log(level: Level, message: &str) {
    LINES.with_borrow_mut(|lines| lines.push((level, message.to_owned())));
}

#[cfg(not(target_family = "wasm"))]
thread_local! {
    static LINES: std::cell::RefCell<Vec<(Level, String)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The lines this thread logged since the last call, in order. Native tests only.
///
/// ```
/// # use zonesmith_policy::log;
/// log::info("configured");
/// assert_eq!(log::take(), [(log::Level::Info, "configured".to_owned())]);
/// assert_eq!(log::take(), []);
/// ```
#[cfg(not(target_family = "wasm"))]
#[must_use]
pub fn take() -> Vec<(Level, String)> {
    LINES.take()
}

#[cfg(test)]
mod tests {
    use super::{Level, info, take, warn};

    #[test]
    fn a_native_test_reads_what_was_logged_once() {
        info("one");
        warn("two");
        let lines = take();
        assert_eq!(
            lines,
            [
                (Level::Info, "one".to_owned()),
                (Level::Warn, "two".to_owned())
            ]
        );
        assert_eq!(take(), []);
    }
}
