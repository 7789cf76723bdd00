//! What `zonesmith deploy` puts on a machine: configurations of PowerDNS and its recursor, and what runs them.
//!
//! A target is a function: what is known of the cluster ([`facts`]), what was chosen (`[deploy]` of the configuration) and
//! where things are ([`place`]) go in, all that is to be on disk and all that is to be run comes out, as values. So a dry
//! run, a package below another root and the machine itself differ in nothing but what is done with them.
//!
//! The servers' configurations are rendered by [`servers`] for everybody: by `deploy`, once, as root, and afterwards by the
//! daemon, which has no rights but to write them, whenever the cluster changes.
//!
//! - [`target`]: which targets there are
//! - [`facts`], [`place`]: what goes in; [`item`]: what comes out
//! - [`servers`]: the configurations of both servers; [`files`], [`systemd`], [`quadlet`], [`compose`], [`opensvc`]: a target
//!   each; `containers`: what the last three have in common
//! - [`plan`]: what is not yet on disk as it is to be, shown ([`diff`]) and done
//! - [`settings`]: what is set in the daemon's configuration, and what stood there before
//! - [`manifest`]: what was done, so that it can be taken away
//! - [`run`]: programs that are run

pub mod compose;
mod containers;
pub mod diff;
pub mod facts;
pub mod files;
pub mod item;
pub mod manifest;
pub mod opensvc;
pub mod place;
pub mod plan;
pub mod quadlet;
pub mod run;
pub mod servers;
pub mod settings;
pub mod systemd;
pub mod target;

use camino::{Utf8Path, Utf8PathBuf};

use self::item::Item;

/// What a target wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Accounts that there have to be before anything is on disk, each with the command that makes it.
    pub accounts: Vec<Account>,
    /// On disk, directories before what is in them. The daemon's configuration is not among them.
    pub items: Vec<Item>,
    /// In the daemon's configuration: keys, and their values as `zonesmith config set` takes them.
    pub configuration: Vec<(&'static str, String)>,
    /// Units of others that would be in the way: they are disabled, and enabled again in the end.
    pub replaces: Vec<String>,
    /// What is run after that, in order.
    pub commands: Vec<Command>,
    /// What is run, in order, before all of it is taken away.
    pub undo: Vec<Command>,
    /// What is run, in order, after that.
    pub farewell: Vec<Command>,
    /// Directories that what was installed makes while it runs: they go in the end, where they are empty.
    pub leftovers: Vec<Utf8PathBuf>,
    /// What whoever deploys has to know or do, a sentence each.
    pub advice: Vec<String>,
}

impl Rendered {
    /// What is on disk in this directory.
    fn within(&self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let paths = self.items.iter().map(|item| item.path.clone());
        paths.filter(|path| path.starts_with(directory)).collect()
    }
}

/// A user, and the group of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What makes it.
    pub make: Command,
    /// What takes it away again.
    pub remove: Command,
}

/// A program that is run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Command {
    /// Program and arguments: no shell reads them.
    pub words: Vec<String>,
    /// What for: the rest of a sentence that begins with "to".
    pub reason: String,
    /// When it is needed.
    pub when: When,
}

/// When a command is needed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Each time: it does nothing where nothing is to be done.
    Always,
    /// When one of these paths is made or changed, the daemon's configuration among them.
    Changed(Vec<Utf8PathBuf>),
    /// When this one fails, which looks whether it was done before.
    Unless(Vec<String>),
    /// When whoever deploys finds it right: it is shown and not run.
    ByHand,
}

impl Command {
    /// A command that is run when it is needed.
    #[must_use]
    pub fn new(words: &[&str], reason: &str, when: When) -> Self {
        Self {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            reason: reason.to_owned(),
            when,
        }
    }

    /// One that is run each time.
    #[must_use]
    pub fn always(words: &[&str], reason: &str) -> Self {
        Self::new(words, reason, When::Always)
    }
}

/// As a shell takes it.
impl std::fmt::Display for Command {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, word) in self.words.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            let is_plain =
                |octet: u8| octet.is_ascii_alphanumeric() || b"-_./=:@%+,".contains(&octet);
            if !word.is_empty() && word.bytes().all(is_plain) {
                formatter.write_str(word)?;
            } else {
                write!(formatter, "'{}'", word.replace('\'', r"'\''"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_printed_as_a_shell_takes_it() {
        let command = Command::always(&["a", "b c", "it's", "", "--d=/e"], "try");
        assert_eq!(command.to_string(), r"a 'b c' 'it'\''s' '' --d=/e");
    }
}
