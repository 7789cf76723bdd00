//! `$GENERATE`: one line for many records, as BIND has it (`$GENERATE 1-254 $ PTR host-$.example.`).
//!
//! In each word `$` stands for the number, `${offset,width,base}` for the number moved and written otherwise; `\$` and `$$`
//! are a dollar.

use super::GENERATE_LIMIT;
use super::error::GenerateError;

/// Most digits of a number; a name has no room for more.
const WIDTH_LIMIT: usize = 255;

/// `start-stop/step`: the numbers.
pub(super) fn range(text: &[u8]) -> Result<impl Iterator<Item = u32> + use<>, GenerateError> {
    let text = std::str::from_utf8(text).map_err(|_| GenerateError::Range)?;
    let (range, step) = text.split_once('/').unwrap_or((text, "1"));
    let (start, stop) = range.split_once('-').ok_or(GenerateError::Range)?;
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (Some(start), Some(stop), Some(step @ 1..)) = (number(start), number(stop), number(step))
    else {
        return Err(GenerateError::Range);
    };
    let last = stop.checked_sub(start).ok_or(GenerateError::Range)? / step;
    if last >= GENERATE_LIMIT {
        return Err(GenerateError::TooMany);
    }
    // The largest is at most `stop`.
    Ok((0..=last).map(move |at| start + at * step))
}

/// A word with the number in it.
pub(super) fn substitute(word: &[u8], number: u32) -> Result<Vec<u8>, GenerateError> {
    let mut out = Vec::with_capacity(word.len() + 8);
    let mut rest = word;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match (octet, rest.first()) {
            (b'\\' | b'$', Some(b'$')) => {
                out.push(b'$');
                rest = after.get(1..).unwrap_or_default();
            }
            (b'\\', Some(&escaped)) => {
                out.extend([octet, escaped]);
                rest = after.get(1..).unwrap_or_default();
            }
            (b'$', Some(b'{')) => {
                let end = rest.iter().position(|&octet| octet == b'}');
                let (modifier, after) = end
                    .and_then(|end| Some((rest.get(1..end)?, rest.get(end + 1..)?)))
                    .ok_or(GenerateError::Modifier)?;
                Modifier::parse(modifier)
                    .ok_or(GenerateError::Modifier)?
                    .write(number, &mut out)?;
                rest = after;
            }
            (b'$', _) => Modifier::NONE.write(number, &mut out)?,
            _ => out.push(octet),
        }
    }
    Ok(out)
}

/// How a number is moved and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Modifier {
    offset: i64,
    /// Least digits, filled with zeros.
    width: usize,
    base: Base,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Decimal,
    Octal,
    Hexadecimal,
    UpperHexadecimal,
    /// Labels of one hexadecimal digit each, the lowest first, as in `ip6.arpa`. The width counts the dots too.
    Nibbles,
    UpperNibbles,
}

impl Modifier {
    const NONE: Self = Self {
        offset: 0,
        width: 0,
        base: Base::Decimal,
    };

    /// `offset`, `offset,width` or `offset,width,base`.
    fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = std::str::from_utf8(text).ok()?.split(',').map(str::trim);
        let offset = parts.next()?.parse().ok()?;
        let width = parts.next().map_or(Some(0), |width| width.parse().ok())?;
        let base = match parts.next().unwrap_or("d") {
            "d" => Base::Decimal,
            "o" => Base::Octal,
            "x" => Base::Hexadecimal,
            "X" => Base::UpperHexadecimal,
            "n" => Base::Nibbles,
            "N" => Base::UpperNibbles,
            _ => return None,
        };
        let is_whole = parts.next().is_none() && width <= WIDTH_LIMIT;
        is_whole.then_some(Self {
            offset,
            width,
            base,
        })
    }

    fn write(self, number: u32, out: &mut Vec<u8>) -> Result<(), GenerateError> {
        let Self {
            offset,
            width,
            base,
        } = self;
        let number = i64::from(number)
            .checked_add(offset)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or(GenerateError::Offset)?;
        let text = match base {
            Base::Decimal => format!("{number:0width$}"),
            Base::Octal => format!("{number:0width$o}"),
            Base::Hexadecimal => format!("{number:0width$x}"),
            Base::UpperHexadecimal => format!("{number:0width$X}"),
            Base::Nibbles => nibbles(number, width),
            Base::UpperNibbles => nibbles(number, width).to_ascii_uppercase(),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// With digits and dots counted alike, an even width ends in a dot.
fn nibbles(mut number: u32, width: usize) -> String {
    let mut text = String::new();
    loop {
        text.extend(char::from_digit(number & 15, 16));
        number >>= 4;
        if number == 0 && text.len() >= width {
            return text;
        }
        text.push('.');
        if number == 0 && text.len() >= width {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_steps_and_an_end() {
        for (text, numbers) in [
            ("1-3", Ok(vec![1, 2, 3])),
            ("0-5/2", Ok(vec![0, 2, 4])),
            ("7-7", Ok(vec![7])),
            ("4294967294-4294967295", Ok(vec![4_294_967_294, u32::MAX])),
            ("0-4294967295/4294967295", Ok(vec![0, u32::MAX])),
            ("3-1", Err(GenerateError::Range)),
            ("1-3/0", Err(GenerateError::Range)),
            ("1", Err(GenerateError::Range)),
            ("+1-3", Err(GenerateError::Range)),
            ("1-4294967296", Err(GenerateError::Range)),
            ("0-65536", Err(GenerateError::TooMany)),
        ] {
            let found = range(text.as_bytes()).map(Iterator::collect::<Vec<_>>);
            assert_eq!(found, numbers, "{text}");
        }
        assert_eq!(range(b"0-65535").unwrap().count(), 65_536);
    }

    #[test]
    fn a_dollar_is_the_number() {
        for (word, number, expected) in [
            ("host", 1, Ok("host")),
            ("host-$.x", 12, Ok("host-12.x")),
            ("$.$", 3, Ok("3.3")),
            ("\\$$$", 3, Ok("$$")),
            ("\\065\\\\$", 3, Ok("\\065\\\\3")),
            ("a${0}", 5, Ok("a5")),
            ("a${-5}b", 5, Ok("a0b")),
            ("${10,5}", 5, Ok("00015")),
            ("${0,3,x}", 255, Ok("0ff")),
            ("${0,0,X}", 255, Ok("FF")),
            ("${0,4,o}", 8, Ok("0010")),
            ("${0,0,n}", 0x1a, Ok("a.1")),
            ("${0,8,n}", 0x1a, Ok("a.1.0.0.")),
            ("${0,7,N}", 0x1a, Ok("A.1.0.0")),
            ("${-6}", 5, Err(GenerateError::Offset)),
            ("${1}", u32::MAX, Err(GenerateError::Offset)),
            ("${9223372036854775807}", 1, Err(GenerateError::Offset)),
            ("${", 1, Err(GenerateError::Modifier)),
            ("${}", 1, Err(GenerateError::Modifier)),
            ("${0,256}", 1, Err(GenerateError::Modifier)),
            ("${0,1,q}", 1, Err(GenerateError::Modifier)),
            ("${0,1,d,1}", 1, Err(GenerateError::Modifier)),
        ] {
            let found = substitute(word.as_bytes(), number);
            let expected = expected.map(|word| word.as_bytes().to_vec());
            assert_eq!(found, expected, "{word} of {number}");
        }
    }
}
