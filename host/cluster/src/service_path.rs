//! The name of a service in its cluster: `<namespace>/<kind>/<name>`.
//!
//! One shared text, since the path stands in several tables (services, contributors, reports). Its order is that of the
//! text, so that whoever holds only the text agrees on who comes first.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The namespace of a path that names none.
const DEFAULT_NAMESPACE: &str = "root";
/// The kind of a path that names none.
const DEFAULT_KIND: &str = "svc";

/// `<namespace>/<kind>/<name>`, complete. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePath(Arc<str>);

impl ServicePath {
    /// A path of its three parts.
    ///
    /// # Errors
    ///
    /// If a part is empty, or has a slash, a space or a control character in it.
    pub fn new(namespace: &str, kind: &str, name: &str) -> Result<Self, ServicePathError> {
        for part in [namespace, kind, name] {
            if part.is_empty() {
                return Err(ServicePathError::EmptyPart);
            }
            if let Some(bad) = part
                .chars()
                .find(|c| *c == '/' || c.is_whitespace() || c.is_control())
            {
                return Err(ServicePathError::BadCharacter(bad));
            }
        }
        Ok(Self(format!("{namespace}/{kind}/{name}").into()))
    }

    /// `root` where the source names none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.parts().0
    }

    /// `svc`, `vol`, …
    #[must_use]
    pub fn kind(&self) -> &str {
        self.parts().1
    }

    /// May contain dots.
    #[must_use]
    pub fn name(&self) -> &str {
        self.parts().2
    }

    /// Namespace, kind and name.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, &str) {
        // Invariant: `new` puts exactly two slashes in, so neither default is ever met.
        let (namespace, rest) = self.0.split_once('/').unwrap_or_default();
        let (kind, name) = rest.split_once('/').unwrap_or_default();
        (namespace, kind, name)
    }

    /// The complete path, `shop/svc/web`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The complete path, to be kept elsewhere without a copy.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl FromStr for ServicePath {
    type Err = ServicePathError;

    /// `name`, `kind/name` or `namespace/kind/name`; what is not named is `root` and `svc`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(name), None, ..) => Self::new(DEFAULT_NAMESPACE, DEFAULT_KIND, name),
            (Some(kind), Some(name), None, _) => Self::new(DEFAULT_NAMESPACE, kind, name),
            (Some(namespace), Some(kind), Some(name), None) => Self::new(namespace, kind, name),
            _ => Err(ServicePathError::TooManyParts),
        }
    }
}

impl fmt::Display for ServicePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for ServicePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// So that a table by path is asked with a text. Sound: equality, order and hash of a path are those of its text.
impl Borrow<str> for ServicePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl serde::Serialize for ServicePath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Why a text is no service path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServicePathError {
    /// `web//`, or nothing at all.
    #[error("a part of the path is empty; a path is `name`, `kind/name` or `namespace/kind/name`")]
    EmptyPart,
    /// `a/b/c/d`.
    #[error(
        "the path has more than three parts; a path is `name`, `kind/name` or `namespace/kind/name`"
    )]
    TooManyParts,
    /// A space or a control character.
    #[error("the path has the character {0:?} in it")]
    BadCharacter(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_does_not_name_is_root_and_svc() {
        for (text, parts) in [
            ("web", ("root", "svc", "web")),
            ("vol/web", ("root", "vol", "web")),
            ("shop/svc/web", ("shop", "svc", "web")),
            ("1.web", ("root", "svc", "1.web")),
            ("shop/svc/web.v2.eu", ("shop", "svc", "web.v2.eu")),
        ] {
            let path: ServicePath = text.parse().unwrap();
            assert_eq!(path.parts(), parts, "{text}");
            assert_eq!(path.to_string().parse(), Ok(path), "{text}");
        }
    }

    #[test]
    fn a_path_has_one_to_three_parts_and_none_is_empty() {
        for (text, error) in [
            ("", ServicePathError::EmptyPart),
            ("/", ServicePathError::EmptyPart),
            ("shop//web", ServicePathError::EmptyPart),
            ("a/b/c/d", ServicePathError::TooManyParts),
            ("shop/svc/my web", ServicePathError::BadCharacter(' ')),
            ("web\n", ServicePathError::BadCharacter('\n')),
        ] {
            assert_eq!(text.parse::<ServicePath>(), Err(error), "{text:?}");
        }
    }
}
