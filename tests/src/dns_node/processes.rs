//! Children of a process, as the system lists them.

use std::fs;

/// The child of a process that runs this program, if there is one.
pub(super) fn child(parent: u32, program: &str) -> Option<u32> {
    let line = format!("PPid:\t{parent}");
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        // It may have ended meanwhile.
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        let is_child = status.lines().any(|found| found == line);
        let runs = status.lines().next()?.strip_prefix("Name:\t")?;
        (is_child && runs == program && !status.contains("State:\tZ")).then_some(process)
    })
}
