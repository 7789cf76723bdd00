//! Where in a document a value stands. Printed only when something is wrong with it, so it is a chain on the stack and
//! costs nothing until then.

use std::fmt;

use super::DocumentError;
use crate::tree::Tree;

/// A chain of steps from the document's root; printed as `services.shop/svc/web.instances.n1`, `cluster.dns[0]`.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Self>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

impl<'p> Place<'p> {
    pub(crate) fn root(key: &'p str) -> Self {
        Self {
            parent: None,
            step: Step::Key(key),
        }
    }

    pub(crate) fn key<'c>(&'c self, key: &'c str) -> Place<'c> {
        Place {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(crate) fn item(&self, place: usize) -> Place<'_> {
        Place {
            parent: Some(self),
            step: Step::Item(place),
        }
    }

    /// `expected` is a noun with its article.
    pub(crate) fn wrong_type(&self, expected: &'static str, found: &Tree<'_>) -> DocumentError {
        DocumentError::WrongType {
            path: self.to_string(),
            expected,
            found: found.kind(),
        }
    }

    pub(crate) fn invalid(&self, message: impl fmt::Display) -> DocumentError {
        DocumentError::Invalid {
            path: self.to_string(),
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match (self.parent, self.step) {
            (None, Step::Key(key)) => formatter.write_str(key),
            (Some(_), Step::Key(key)) => write!(formatter, ".{key}"),
            (_, Step::Item(place)) => write!(formatter, "[{place}]"),
        }
    }
}
