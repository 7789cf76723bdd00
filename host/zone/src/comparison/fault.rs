//! What a state of the zones does not serve, as values that compare.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Maker, Makers};
use crate::contents::Contents;
use crate::rdata::write_type;
use crate::validate::{Quarantined, Reason};

/// Something that is not served.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// The name it is about, as the policy wrote it; empty for a failure.
    pub name: String,
    /// The type it is about; empty where it is about more than one.
    pub rtype: String,
    /// Whose word is not served.
    pub maker: Maker,
    /// Why.
    pub sentence: String,
}

/// What kind of thing is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The policy fails for a service: nothing new of it is served.
    Failure,
    /// A zone was refused.
    RefusedZone,
    /// A record was refused by the host's checks.
    Quarantined,
    /// Another contributor won.
    Conflict,
}

impl FaultKind {
    /// The word for it, the same in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::RefusedZone => "refused-zone",
            Self::Quarantined => "quarantined",
            Self::Conflict => "conflict",
        }
    }
}

impl Fault {
    /// Of a policy that fails for a service.
    #[must_use]
    pub fn failure(maker: Maker, message: &str) -> Self {
        Self {
            kind: FaultKind::Failure,
            name: String::new(),
            rtype: String::new(),
            maker,
            sentence: message.to_owned(),
        }
    }

    /// Of a zone that was refused.
    #[must_use]
    pub fn refused_zone(policy: Arc<str>, apex: &str, reason: &Reason) -> Self {
        Self {
            kind: FaultKind::RefusedZone,
            name: apex.to_owned(),
            rtype: String::new(),
            maker: Maker {
                policy,
                ..Maker::default()
            },
            sentence: reason.to_string(),
        }
    }

    /// Of a record that was refused.
    #[must_use]
    pub fn quarantined(maker: Maker, record: &Quarantined) -> Self {
        let Quarantined {
            owner,
            rtype,
            rule: _,
            origin: _,
            reason,
        } = record;
        Self {
            kind: FaultKind::Quarantined,
            name: owner.clone(),
            rtype: rtype.clone(),
            maker,
            sentence: reason.to_string(),
        }
    }
}

/// Who loses where. Of the loser only its policy and service are told: it may lose several records of the type.
#[must_use]
pub fn conflicts(contents: &Contents, makers: &dyn Makers) -> BTreeSet<Fault> {
    let of_names = contents.conflicts().iter();
    let all = of_names.flat_map(|(name, lost)| lost.iter().map(move |lost| (name, lost)));
    all.map(|(name, lost)| {
        let mut rtype = Vec::new();
        write_type(lost.rtype, &mut rtype);
        Fault {
            kind: FaultKind::Conflict,
            name: name.to_string(),
            rtype: String::from_utf8_lossy(&rtype).into_owned(),
            maker: makers.maker(lost.loser, None, None),
            sentence: lost.kind.sentence().to_owned(),
        }
    })
    .collect()
}
