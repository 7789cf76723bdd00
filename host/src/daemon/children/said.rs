//! What a server writes, line by line in our log. It is asked to write of errors alone, but has lines of which no setting
//! keeps it; those that speak of no trouble are for whoever debugs.

use std::io::{BufRead, BufReader, Read};
use std::time::{Duration, Instant};

use tracing::{debug, warn};

/// Longest line that is logged whole; a longer one is several.
const LONGEST_LINE: u64 = 1_024;

/// Lines that are logged in a second. A server without a backend has one for each question.
const MOST_LINES: u32 = 20;

/// Words of lines that speak of trouble.
const TROUBLE: [&str; 6] = ["error", "fatal", "cannot", "unable", "exception", "fail"];

/// Logs all that is said, until no more can be; `trouble` is given what may be the reason when the program ends.
pub(super) fn log(program: &'static str, output: impl Read, trouble: impl Fn(&str)) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    let mut since = Instant::now();
    let mut lines = 0_u32;
    loop {
        line.clear();
        match (&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let is_trouble = speaks_of_trouble(text);
        if is_trouble {
            trouble(text);
        }
        if since.elapsed() > Duration::from_secs(1) {
            if lines > MOST_LINES {
                warn!(
                    program,
                    lines = lines - MOST_LINES,
                    "more was said in a second than is logged"
                );
            }
            (since, lines) = (Instant::now(), 0);
        }
        lines = lines.saturating_add(1);
        if lines > MOST_LINES {
            continue;
        }
        if is_trouble {
            warn!(program, "{text}");
        } else {
            debug!(program, "{text}");
        }
    }
}

fn speaks_of_trouble(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TROUBLE.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn trouble_is_told_and_the_rest_is_not() {
        let said = "UDP server bound to 127.0.0.1:5300\nCannot connect to socket: No such file\n\n";
        let trouble = RefCell::new(Vec::new());
        log("pdns_server", said.as_bytes(), |text| {
            trouble.borrow_mut().push(text.to_owned());
        });
        assert_eq!(
            *trouble.borrow(),
            ["Cannot connect to socket: No such file"]
        );
    }
}
