//! What a reader of `doctor` does: edits and commands, literally as it says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::node::Node;

impl Node {
    /// Does what a cure says: edits first, then commands.
    pub(super) fn cure(&mut self, cure: &Value) {
        for edit in cure["edits"].as_array().into_iter().flatten() {
            let file = PathBuf::from(edit["file"].as_str().unwrap());
            if let Some(line) = edit["line"].as_u64() {
                let text = fs::read_to_string(&file).unwrap();
                let lines = text.lines().zip(1..).filter(|(_, number)| *number != line);
                let text: String = lines.map(|(text, _)| format!("{text}\n")).collect();
                fs::write(&file, text).unwrap();
            }
            for line in edit["lines"].as_array().into_iter().flatten() {
                put(&file, line.as_str().unwrap());
            }
        }
        for command in cure["commands"].as_array().into_iter().flatten() {
            let command = command.as_str().unwrap();
            if command.starts_with("zonesmith serve") {
                // It runs until it is ended, so not here. One that was told to end may still be at it.
                if self.daemon.is_running() {
                    self.daemon.ended();
                }
                self.daemon.start_again();
                continue;
            }
            if command.starts_with("zonesmith resolver follow") {
                let command = format!("exec {command}");
                self.running.push(self.in_shell(&command).spawn().unwrap());
                continue;
            }
            let answer = self.shell(command);
            assert_eq!(
                answer.code,
                0,
                "the cure `{command}`: {answer:?}\n{}",
                self.log()
            );
        }
    }
}

/// Puts a line into a file, instead of one that sets the same.
pub(super) fn put(file: &Path, line: &str) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let is_name = |name: &str| {
        name.bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-.^_".contains(&octet))
    };
    let name = line
        .split_once('=')
        .map(|(name, _)| name)
        .filter(|name| is_name(name));
    let is_other = |known: &&str| {
        name.is_none() || known.split_once('=').map(|(known, _)| known.trim()) != name
    };
    let kept: String = text
        .lines()
        .filter(is_other)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(file, format!("{kept}{line}\n")).unwrap();
}
