//! What there is to tell of a site's master files.

use std::sync::Arc;

use super::Admitted;
use crate::master_file::{Followed, Role};

/// One file.
#[derive(Debug, Clone)]
pub struct MasterFileReport {
    /// The zone it is for.
    pub apex: String,
    /// Its path.
    pub file: String,
    /// What it is for.
    pub role: Role,
    /// How it fares.
    pub state: FileState,
    /// Records that are served of it.
    pub records: usize,
    /// What is wrong with the file as it is now, each with file and line.
    pub faults: Arc<[String]>,
    /// Records that may not stand.
    pub refused: Vec<RefusedRecord>,
    /// What its author should know, each with file and line.
    pub remarks: Vec<String>,
}

/// How a file fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// It is good, and served.
    Served,
    /// It is good; its zone is not there (yet).
    Waiting,
    /// It is not good; what was read last, if anything, is served.
    Failing,
}

impl FileState {
    /// The word for `status`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Waiting => "waiting",
            Self::Failing => "failing",
        }
    }
}

/// A record of a file that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRecord {
    /// `FILE:LINE`
    pub place: String,
    /// Its owner.
    pub owner: String,
    /// `A`, `MX`, …
    pub rtype: String,
    /// A sentence.
    pub reason: String,
}

impl MasterFileReport {
    /// Of a file; `served` is none while nothing of it is in the zones.
    pub(super) fn of(followed: &Followed, served: Option<&Admitted>) -> Self {
        let Followed {
            listed,
            content,
            faults,
        } = followed;
        let served = served.filter(|admitted| admitted.has_zone);
        let mut refused = Vec::new();
        let mut records = 0;
        if let Some(content) = content {
            refused.extend(content.quarantined.iter().map(|record| RefusedRecord {
                place: content.place(record.origin),
                owner: record.owner.clone(),
                rtype: record.rtype.clone(),
                reason: record.reason.to_string(),
            }));
            if let Some(admitted) = served {
                records = content.contribution.len() - admitted.refused.len();
                refused.extend(admitted.refused.iter().cloned());
            }
        }
        Self {
            apex: listed.apex.to_string(),
            file: listed.file.to_string(),
            role: listed.role,
            state: match (faults.is_empty(), served) {
                (false, _) => FileState::Failing,
                (true, Some(_)) => FileState::Served,
                (true, None) => FileState::Waiting,
            },
            records,
            faults: Arc::clone(faults),
            refused,
            remarks: content
                .as_ref()
                .map(|content| content.remarks.clone())
                .unwrap_or_default(),
        }
    }
}
