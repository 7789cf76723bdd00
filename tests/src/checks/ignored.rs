//! Findings that are none of ours, by checker and tag, each with its reason. An entry that no finding meets any more has
//! to go: the file never grows old.

use serde::Deserialize;

use super::Finding;

/// The file, read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    ignored: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tool: String,
    tag: String,
    /// Words that the finding has to say; none for any.
    #[serde(default)]
    says: String,
    reason: String,
}

impl Entry {
    fn meets(&self, finding: &Finding) -> bool {
        finding.tool == self.tool && finding.tag == self.tag && finding.detail.contains(&self.says)
    }
}

impl Ignored {
    /// Reads the file's text.
    ///
    /// # Panics
    /// When it is no such file, or an entry gives no reason.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let read: Self = toml_edit::de::from_str(text).unwrap_or_else(|error| panic!("{error}"));
        for entry in &read.ignored {
            assert!(
                !entry.reason.is_empty(),
                "{} {} has no reason",
                entry.tool,
                entry.tag
            );
        }
        read
    }

    /// The findings that are not ignored, and a sentence for each entry that ignored none.
    #[must_use]
    pub fn judge(&self, findings: &[Finding]) -> Vec<String> {
        let ours = findings
            .iter()
            .filter(|finding| !self.ignored.iter().any(|entry| entry.meets(finding)))
            .map(ToString::to_string);
        let stale = self
            .ignored
            .iter()
            .filter(|entry| !findings.iter().any(|finding| entry.meets(finding)))
            .map(|entry| {
                format!(
                    "{} finds no {} any more: take it out of the file",
                    entry.tool, entry.tag
                )
            });
        let mut sentences: Vec<String> = ours.chain(stale).collect();
        sentences.sort();
        sentences.dedup();
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_and_what_is_listed_in_vain_are_both_told() {
        let ignored = Ignored::read(
            "[[ignored]]\ntool = 'a'\ntag = 'T'\nsays = 'small'\nreason = 'r'\n\
             [[ignored]]\ntool = 'b'\ntag = 'T'\nreason = 'r'\n",
        );
        let finding = |tag: &str, detail: &str| Finding {
            tool: "a",
            name: "demo".to_owned(),
            tag: tag.to_owned(),
            detail: detail.to_owned(),
        };
        let findings = [
            finding("T", "too small"),
            finding("T", "too large"),
            finding("U", ""),
        ];
        assert_eq!(
            ignored.judge(&findings),
            [
                "a, demo: T: too large",
                "a, demo: U: ",
                "b finds no T any more: take it out of the file",
            ]
        );
    }
}
