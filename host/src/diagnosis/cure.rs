//! What mends something: changes to files, then commands, in this order; and words about what no command can do.

use serde::Serialize;

/// What mends something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cure {
    /// First these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// Then these, for a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A change to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Its path.
    pub file: String,
    /// The line that is wrong, from 1: to be mended, or taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Lines that are to stand in it. One that sets something stands instead of those that set the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

impl Edit {
    /// These lines are to stand in the file.
    pub(super) fn lines<T: Into<String>>(
        file: impl Into<String>,
        lines: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            file: file.into(),
            line: None,
            lines: lines.into_iter().map(Into::into).collect(),
        }
    }

    /// This line is wrong.
    pub(super) fn wrong(file: impl Into<String>, line: usize) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
            lines: Vec::new(),
        }
    }

    /// As people read it.
    #[must_use]
    pub fn text(&self) -> String {
        let file = &self.file;
        match self.line {
            Some(line) => format!("in {file}, mend line {line} or take it away"),
            None => format!("in {file}: {}", self.lines.join("  ")),
        }
    }
}

impl Cure {
    /// A command.
    pub(super) fn command(command: impl Into<String>) -> Self {
        Self::commands([command])
    }

    /// Commands.
    pub(super) fn commands<T: Into<String>>(commands: impl IntoIterator<Item = T>) -> Self {
        Self {
            commands: commands.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// A change to a file.
    pub(super) fn edit(edit: Edit) -> Self {
        Self {
            edits: vec![edit],
            ..Self::default()
        }
    }

    /// Words alone.
    pub(super) fn words(words: impl Into<String>) -> Self {
        Self {
            words: Some(words.into()),
            ..Self::default()
        }
    }

    /// And then this.
    pub(super) fn then(mut self, more: Self) -> Self {
        self.edits.extend(more.edits);
        self.commands.extend(more.commands);
        self.words = match (self.words, more.words) {
            (Some(one), Some(other)) => Some(format!("{one}; {other}")),
            (one, other) => one.or(other),
        };
        self
    }

    /// A line for each thing to do.
    #[must_use]
    pub fn text(&self) -> Vec<String> {
        let edits = self.edits.iter().map(Edit::text);
        let commands = self.commands.iter().map(|command| format!("`{command}`"));
        edits.chain(commands).chain(self.words.clone()).collect()
    }
}
