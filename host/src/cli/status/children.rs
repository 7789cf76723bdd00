//! The servers that the daemon runs, a row each.

use crate::snapshot::report::ChildStatus;

/// A server and how it is.
pub(super) fn row(child: &ChildStatus) -> [String; 2] {
    let ChildStatus {
        program,
        version,
        address,
        answers,
        restarts,
        error,
    } = child;
    let mut text = format!("{version} at {address}");
    if !answers {
        text.push_str(", does not answer");
    }
    if *restarts > 0 {
        let error = error.as_deref().unwrap_or("no reason");
        text = format!("{text}, run again {restarts} times, last for: {error}");
    }
    [program.clone(), text]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ended_says_why() {
        let child = ChildStatus {
            program: "pdns_server".to_owned(),
            version: "4.7.3".to_owned(),
            address: "127.0.0.1:5300".to_owned(),
            answers: true,
            ..ChildStatus::default()
        };
        assert_eq!(row(&child), ["pdns_server", "4.7.3 at 127.0.0.1:5300"]);
        let child = ChildStatus {
            answers: false,
            restarts: 2,
            error: Some("exit status: 1".to_owned()),
            ..child
        };
        let [_, text] = row(&child);
        assert_eq!(
            text,
            "4.7.3 at 127.0.0.1:5300, does not answer, run again 2 times, last for: exit status: 1"
        );
    }
}
