//! Numbers and flags as PowerDNS and its kin write them: a number may be a text, a flag a number.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A whole number, or the text of one. `-1` and 4294967295 both mean "no zone" among ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) i64);

/// A flag: true or false, 1 or 0, or the text of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl Flag {
    /// What a flag is that is not said.
    pub(crate) fn yes() -> Self {
        Self(true)
    }
}

/// Whole numbers up to this size have a `f64` of their own.
const EXACT: f64 = 9_007_199_254_740_992.0;

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        i64::try_from(value)
            .map(Number)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "it has no fraction and is within what is exact"
    )]
    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        if value.fract() == 0.0 && value.abs() <= EXACT {
            Ok(Number(value as i64))
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Number, E> {
        value
            .parse()
            .map(Number)
            .map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
        Ok(Flag(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Flag, E> {
        match value {
            0 => Ok(Flag(false)),
            1 => Ok(Flag(true)),
            _ => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Flag, E> {
        match value {
            "0" | "false" => Ok(Flag(false)),
            "1" | "true" => Ok(Flag(true)),
            _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Flag, Number};

    #[test]
    fn a_number_may_be_a_text() {
        for (json, expected) in [
            ("1", Some(1)),
            ("-1", Some(-1)),
            ("4294967295", Some(4_294_967_295)),
            ("\"7\"", Some(7)),
            ("1.7e9", Some(1_700_000_000)),
            ("1.5", None),
            ("1e300", None),
            ("18446744073709551615", None),
            ("\"\"", None),
            ("\"seven\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
        ] {
            let read = serde_json::from_str::<Number>(json).ok();
            assert_eq!(read.map(|number| number.0), expected, "{json}");
        }
    }

    #[test]
    fn a_flag_may_be_a_number_or_a_text() {
        for (json, expected) in [
            ("true", Some(true)),
            ("0", Some(false)),
            ("\"1\"", Some(true)),
            ("2", None),
            ("-1", None),
            ("\"yes\"", None),
            ("{}", None),
        ] {
            let read = serde_json::from_str::<Flag>(json).ok();
            assert_eq!(read.map(|flag| flag.0), expected, "{json}");
        }
    }
}
