//! A fault that took nothing away but itself: shown to the operator, while everything else of the state is served.

use std::fmt;

/// What could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// From the document's root: `services.shop/svc/web.instances.n1.resources.ip#0.info.expose`.
    pub path: String,
    /// A sentence for the operator.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(path: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self {
            path: path.to_string(),
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.path, self.message)
    }
}
