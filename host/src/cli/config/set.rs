//! `zonesmith config set`: edits the file, keeps what stands around the change, writes nothing that is not valid.

use camino::Utf8Path;
use clap::Args;
use toml_edit::DocumentMut;

use crate::cli::Exit;
use crate::cli::output;
use crate::cli::reach::Reach;
use crate::config::edit::{Change, Edit};
use crate::config::environment::Environment;
use crate::config::file::{Absence, ConfigurationFile};
use crate::config::layers::file_of;
use crate::config::template::template;

const EXAMPLES: &str = "\
Examples:
  zonesmith config set cluster.name=cluster1
  zonesmith config set cluster.dns+=10.0.0.1 cluster.dns+=10.0.0.2
  zonesmith config set 'cluster.dns=10.0.0.1 10.0.0.2'

Operators:
  KEY=VALUE      set; a list is written with blanks or commas between
  KEY+=VALUE     add to a list what is not in it (also |=)
  KEY-=VALUE     remove from a list
  KEY^=VALUE     remove what is in the list, add what is not
  KEY[n]=VALUE   put at this place of a list, from 0";

/// Change the configuration file
///
/// Comments and everything else in the file stay. A file that does not exist is made, with all keys explained in it.
/// Nothing is written when the result would not be valid.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Set {
    /// Changes, such as cluster.dns+=10.0.0.1
    #[arg(required = true, value_name = "KEY=VALUE")]
    edits: Vec<String>,

    #[command(flatten)]
    reach: Reach,
}

impl Set {
    pub(super) fn run(self, environment: &Environment) -> anyhow::Result<Exit> {
        set(&self.edits, &self.reach, environment)
    }
}

/// Does all of `edits`, or none, and prints what changed.
pub(in crate::cli) fn set(
    edits: &[String],
    reach: &Reach,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let (path, _) = file_of(environment, reach.config.as_deref());
    let (changes, effect) = change(edits, &path)?;
    let lines: String = changes.iter().map(|change| format!("{change}\n")).collect();
    output::print(lines)?;
    output::remark(format_args!("{path} {effect}"));
    Ok(Exit::Done)
}

/// What changed, and what became of the file.
fn change(edits: &[String], path: &Utf8Path) -> anyhow::Result<(Vec<Change>, &'static str)> {
    let file = ConfigurationFile::read(path, Absence::Empty)?;
    let before = file.text();
    let mut document: DocumentMut = before.map_or_else(template, str::to_owned).parse()?;
    let changes = edits
        .iter()
        .map(|edit| edit.parse::<Edit>()?.apply(&mut document))
        .collect::<anyhow::Result<Vec<Change>>>()?;
    let after = document.to_string();
    // The whole file, since what was wrong before would be taken for ours.
    ConfigurationFile::parse(path, &after)?.check()?;
    if before != Some(after.as_str()) {
        ConfigurationFile::replace(path, &after)?;
    }
    Ok((
        changes,
        match before {
            None => "was made",
            Some(text) if text == after => "stays as it was",
            Some(_) => "was changed",
        },
    ))
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    /// A directory, and a configuration in it.
    fn file(text: Option<&str>) -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("zonesmith.toml")).unwrap();
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        (directory, path)
    }

    fn text(path: &Utf8Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_missing_file_is_made_from_the_template() {
        let (_directory, path) = file(None);
        let edits = [
            "cluster.dns+=10.0.0.1".into(),
            "cluster.dns+=10.0.0.2".into(),
        ];
        assert_eq!(change(&edits, &path).unwrap().1, "was made");
        let line = "dns = [\"10.0.0.1\", \"10.0.0.2\"]\n";
        let made = text(&path);
        assert!(made.contains(&format!("\n[cluster]\n{line}")), "{made}");
        assert_eq!(made.replacen(line, "", 1), template());
        assert_eq!(change(&edits, &path).unwrap().1, "stays as it was");
    }

    #[test]
    fn all_changes_are_done_or_none() {
        let before = "[cluster]\nname = \"a\" # x\n";
        let (_directory, path) = file(Some(before));
        let edits = ["cluster.name=b".into(), "cluster.dns=nonsense".into()];
        assert!(change(&edits, &path).is_err());
        assert_eq!(text(&path), before);
    }

    #[test]
    fn a_file_that_was_wrong_before_is_not_touched() {
        let before = "[clutser]\nname = \"a\"\n";
        let (_directory, path) = file(Some(before));
        let error = change(&["cluster.name=b".into()], &path).unwrap_err();
        assert!(
            error.to_string().contains("there is no key `clutser`"),
            "{error}"
        );
        assert_eq!(text(&path), before);
    }
}
