//! A process of this machine: whom it runs as, what it was told, who runs it, and whether it may use a file.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: u32,
    user: u32,
    /// The first one is what it makes files with.
    groups: Vec<u32>,
    /// The unit of the service manager that it belongs to.
    pub(super) unit: Option<String>,
}

/// What keeps a process from using a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// The file, or a directory on the way to it.
    pub(super) path: Utf8PathBuf,
    /// Whether it is the file itself.
    pub(super) is_file: bool,
    /// `mode 0600, root:root`
    pub(super) is: String,
}

impl Process {
    /// The process with this number, if it is there and may be looked at.
    pub(super) fn of(id: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let cgroup = fs::read_to_string(format!("/proc/{id}/cgroup")).unwrap_or_default();
        Self::read(id, &status, &cgroup)
    }

    /// The processes of a program in our network, by the name the system knows it by: at most fifteen letters.
    pub(super) fn running(program: &str) -> Vec<Self> {
        let network = |id: &str| fs::read_link(format!("/proc/{id}/ns/net")).ok();
        let ours = network("self");
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let of_program = ids.filter(|id| {
            let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
            name.trim_end() == program && network(&id.to_string()) == ours
        });
        let mut processes: Vec<_> = of_program.filter_map(Self::of).collect();
        processes.sort_by_key(|process| process.id);
        processes
    }

    /// What a process of this account will be; there is none yet, so it has no number.
    pub(super) fn by_account(name: &str) -> Option<Self> {
        let account = nix::unistd::User::from_name(name).ok().flatten()?;
        let mut groups = vec![account.gid.as_raw()];
        let name = std::ffi::CString::new(name).ok()?;
        let more = nix::unistd::getgrouplist(&name, account.gid).unwrap_or_default();
        groups.extend(more.into_iter().map(nix::unistd::Gid::as_raw));
        Some(Self {
            id: 0,
            user: account.uid.as_raw(),
            groups,
            unit: None,
        })
    }

    fn read(id: u32, status: &str, cgroup: &str) -> Option<Self> {
        // Effective: the second of four numbers, and what counts where files are used.
        let numbers = |word: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(word))?;
            let numbers = line.split_whitespace().map(str::parse::<u32>);
            numbers.collect::<Result<Vec<_>, _>>().ok()
        };
        let user = *numbers("Uid:")?.get(1)?;
        let mut groups = vec![*numbers("Gid:")?.get(1)?];
        groups.extend(numbers("Groups:").unwrap_or_default());
        let unit = cgroup.lines().find_map(|line| {
            let last = line.rsplit('/').next()?;
            last.ends_with(".service").then(|| last.to_owned())
        });
        Some(Self {
            id,
            user,
            groups,
            unit,
        })
    }

    /// The name of its user, else the number.
    pub(super) fn user(&self) -> String {
        user_name(self.user)
    }

    /// The name of its group, else the number.
    pub(super) fn group(&self) -> String {
        group_name(self.groups.first().copied().unwrap_or_default())
    }

    /// Whether it may write to this file, and so connect where it is a socket. Access lists are not looked at.
    ///
    /// # Errors
    /// The first thing in its way.
    pub(super) fn may_use(&self, path: &Utf8Path) -> Result<(), Obstacle> {
        const ENTER: u32 = 0o1;
        const WRITE: u32 = 0o2;
        if self.user == 0 {
            return Ok(());
        }
        let mut directories: Vec<_> = path.ancestors().skip(1).collect();
        directories.reverse();
        for directory in directories {
            // What is not there is told elsewhere.
            if let Ok(metadata) = fs::metadata(directory)
                && !self.has(&metadata, ENTER)
            {
                return Err(Obstacle::at(directory, &metadata, false));
            }
        }
        match fs::metadata(path) {
            Ok(metadata) if !self.has(&metadata, WRITE) => Err(Obstacle::at(path, &metadata, true)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn has(&self, metadata: &Metadata, right: u32) -> bool {
        let shift = if metadata.uid() == self.user {
            6
        } else if self.groups.contains(&metadata.gid()) {
            3
        } else {
            0
        };
        metadata.mode() & (right << shift) != 0
    }
}

impl Obstacle {
    fn at(path: &Utf8Path, metadata: &Metadata, is_file: bool) -> Self {
        Self {
            path: path.to_owned(),
            is_file,
            is: description(metadata),
        }
    }
}

/// `mode 0660, zonesmith:pdns`
pub(super) fn description(metadata: &Metadata) -> String {
    format!(
        "mode {:04o}, {}:{}",
        metadata.mode() & 0o7777,
        user_name(metadata.uid()),
        group_name(metadata.gid())
    )
}

fn user_name(id: u32) -> String {
    let user = nix::unistd::User::from_uid(id.into()).ok().flatten();
    user.map_or_else(|| id.to_string(), |user| user.name)
}

fn group_name(id: u32) -> String {
    let group = nix::unistd::Group::from_gid(id.into()).ok().flatten();
    group.map_or_else(|| id.to_string(), |group| group.name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const STATUS: &str = "Name:\tpdns_server\nUid:\t0\t4242\t4242\t4242\nGid:\t0\t4343\t4343\t4343\nGroups:\t4444 \n";

    #[test]
    fn a_process_is_who_it_is_now_and_of_the_unit_that_runs_it() {
        let process = Process::read(7, STATUS, "0::/system.slice/pdns.service\n").unwrap();
        assert_eq!((process.user, &*process.groups), (4242, &[4343, 4444][..]));
        assert_eq!(process.unit.as_deref(), Some("pdns.service"));
        assert_eq!(process.user(), "4242");
        assert_eq!(Process::read(7, "Name:\tx\n", ""), None);
    }

    #[test]
    fn what_is_in_the_way_is_named_a_closed_directory_first() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let file = root.join("socket");
        fs::write(&file, "").unwrap();
        let set = |path: &Utf8Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let process = Process::read(7, STATUS, "").unwrap();
        set(&root, 0o700);
        set(&file, 0o666);
        let obstacle = process.may_use(&file).unwrap_err();
        assert_eq!((obstacle.path, obstacle.is_file), (root.clone(), false));
        set(&root, 0o711);
        assert_eq!(process.may_use(&file), Ok(()));
        set(&file, 0o660);
        let obstacle = process.may_use(&file).unwrap_err();
        assert!(obstacle.is_file && obstacle.is.starts_with("mode 0660, "));
    }
}
