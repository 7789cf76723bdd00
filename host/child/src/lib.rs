//! Programs that end with the one that runs them, however that ends: one that is killed cannot end anybody any more, so
//! it is the system that ends its children (`PR_SET_PDEATHSIG`, prctl(2)).
//!
//! The wish has to be uttered in the child, between `fork` and `exec`, where most of what a program does is not allowed.
//! That nothing else is done there, Rust cannot check: so the one call that promises it is alone in a crate, and the
//! host's own crates forbid the like.
//!
//! The system forgets the wish when the child changes who it is: a program that is to run as somebody else must not be
//! asked to do so itself.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use rustix::process::{
    Pid, Signal, getppid, kill_process, set_parent_process_death_signal as end_with_parent,
};

/// Runs a program that is killed when the *thread* ends which calls this; that of the process is the end of all of them.
///
/// # Errors
/// It cannot be run.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let parent = rustix::process::getpid();
    let wish = move || {
        end_with_parent(Some(Signal::KILL))?;
        // One that ended before the wish was uttered sends no signal.
        if getppid() == Some(parent) {
            Ok(())
        } else {
            Err(io::ErrorKind::Interrupted.into())
        }
    };
    #[expect(
        unsafe_code,
        reason = "two calls of the system that are allowed after `fork`; nothing is allocated, no lock is taken"
    )]
    let command = unsafe { command.pre_exec(wish) };
    command.spawn()
}

/// Asks it to end (SIGTERM).
///
/// # Errors
/// It has ended, or is not ours to signal.
pub fn ask_to_end(child: &Child) -> io::Result<()> {
    Ok(kill_process(Pid::from_child(child), Signal::TERM)?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::Stdio;
    use std::thread;

    use super::*;

    fn cat() -> (Child, io::PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new("cat");
        // Its own pipe as standard input: it never ends by itself.
        command.stdin(Stdio::piped()).stdout(writer);
        (spawn(&mut command).unwrap(), reader)
    }

    #[test]
    fn it_ends_with_the_thread_that_runs_it() {
        let (mut child, mut output) = thread::spawn(cat).join().unwrap();
        // Its output is closed when it ends.
        assert_eq!(output.read(&mut [0]).unwrap(), 0);
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn it_ends_when_it_is_asked_to() {
        let (mut child, mut output) = cat();
        ask_to_end(&child).unwrap();
        assert_eq!(output.read(&mut [0]).unwrap(), 0);
        child.wait().unwrap();
        assert!(ask_to_end(&child).is_err() || child.try_wait().unwrap().is_some());
    }
}
