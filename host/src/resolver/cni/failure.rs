//! What a runtime is told when a plugin cannot do what it is asked (CNI, section 5, "Error").

use serde_json::{Value, json};

/// What kind of failure it is. Numbers below 100 are the spec's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A version of the spec that we do not know, or a command that it does not have.
    Version,
    /// A variable that is missing or has no meaning.
    Variable,
    /// The standard input, a file.
    Input,
    /// What is no JSON, or not of a configuration.
    Decoding,
    /// A configuration that cannot be.
    Configuration,
    /// For the moment.
    TryAgain,
    /// No container can be added.
    NotAvailable,
    /// Ours: the container asks name servers that are none.
    Resolver,
}

impl Code {
    fn number(self) -> u32 {
        match self {
            Self::Version => 1,
            Self::Variable => 4,
            Self::Input => 5,
            Self::Decoding => 6,
            Self::Configuration => 7,
            Self::TryAgain => 11,
            Self::NotAvailable => 50,
            Self::Resolver => 100,
        }
    }
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub code: Code,
    /// In short.
    pub message: String,
    /// More; may be empty.
    pub details: String,
}

impl Failure {
    /// Of these words.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>, details: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: details.into(),
        }
    }

    /// As a runtime reads it.
    #[must_use]
    pub fn json(&self, version: &str) -> Value {
        let mut json =
            json!({ "cniVersion": version, "code": self.code.number(), "msg": self.message });
        if !self.details.is_empty()
            && let Some(fields) = json.as_object_mut()
        {
            fields.insert("details".into(), self.details.clone().into());
        }
        json
    }
}
