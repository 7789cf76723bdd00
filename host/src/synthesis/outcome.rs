//! What a reload did.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of looking at the policies, their settings and the configuration again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The digests are those that are live.
    Unchanged {
        /// The live generation; 0 when nothing is served.
        generation: u64,
    },
    /// The candidate is live.
    Published {
        /// The first generation it made.
        generation: u64,
        /// Names that were not there before.
        added: usize,
        /// Names that are gone.
        removed: usize,
        /// Names that answer otherwise.
        changed: usize,
    },
    /// The candidate runs beside what is live, which stays.
    Shadowing {
        /// The name of the policy whose place it would take; none: behind all.
        replaces: Option<String>,
        /// Names that only it has.
        added: usize,
        /// Names that it has not.
        removed: usize,
        /// Names that it answers otherwise.
        changed: usize,
    },
    /// The candidate is not live, and what was served still is.
    Refused {
        /// Where it failed: `compile`, `configure`, `guard` …
        stage: String,
        /// A sentence.
        reason: String,
        /// The file of the policy, or the policies' when it is nobody's alone.
        policy: String,
    },
}

impl Outcome {
    /// The word for it, in metrics and JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unchanged { .. } => "unchanged",
            Self::Published { .. } => "published",
            Self::Shadowing { .. } => "shadowing",
            Self::Refused { .. } => "refused",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged { generation } => write!(f, "unchanged (generation {generation})"),
            Self::Published {
                generation,
                added,
                removed,
                changed,
            } => {
                write!(
                    f,
                    "published generation {generation}: +{added} names −{removed} names ~{changed} names"
                )
            }
            Self::Shadowing {
                replaces,
                added,
                removed,
                changed,
            } => {
                match replaces {
                    Some(name) => write!(f, "in the shadow of {name}")?,
                    None => write!(f, "in the shadow, behind the policies of the stack")?,
                }
                write!(f, ": +{added} names −{removed} names ~{changed} names")
            }
            Self::Refused {
                stage,
                reason,
                policy,
            } => write!(f, "refused {policy} at stage {stage}: {reason}"),
        }
    }
}
