//! Brings the text of a policy's rdata to one plain line, so that `domain` can read it.
//!
//! `domain`'s reader panics on an open parenthesis and on text that ends without a line end, and gives TAB and octets
//! beyond ASCII meanings that depend on where they stand. Hence parentheses, comments and line ends are resolved here
//! (RFC 1035 §5.1), and what is not plain becomes `\DDD`.

/// Why some text is not one line of rdata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A quoted string is not closed.
    #[error("a quoted string is not closed")]
    OpenQuote,
    /// Parentheses do not match.
    #[error("the parentheses do not match")]
    Parentheses,
    /// The text goes on after its line end.
    #[error("the text has more than one line")]
    SecondLine,
    /// Nothing follows the last backslash.
    #[error("the text ends with a `\\`")]
    OpenEscape,
}

/// Appends `text` as one line, without a line end.
pub(super) fn write_line(text: &[u8], out: &mut Vec<u8>) -> Result<(), LineError> {
    let mut octets = text.iter().copied();
    let mut depth = 0_u32;
    let mut is_quoted = false;
    let mut has_ended = false;
    while let Some(octet) = octets.next() {
        if has_ended && !matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b';') {
            return Err(LineError::SecondLine);
        }
        match octet {
            b'\\' => match octets.next().ok_or(LineError::OpenEscape)? {
                escaped @ b' '..=b'~' => out.extend_from_slice(&[b'\\', escaped]),
                escaped => write_octet(escaped, out),
            },
            b'"' => {
                is_quoted = !is_quoted;
                out.push(octet);
            }
            b' '..=b'~' if is_quoted => out.push(octet),
            _ if is_quoted => write_octet(octet, out),
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1).ok_or(LineError::Parentheses)?,
            b'\n' if depth == 0 => has_ended = true,
            b';' => {
                // A comment goes on to the end of its line.
                let line_end = octets.by_ref().any(|octet| octet == b'\n');
                has_ended |= line_end && depth == 0;
            }
            b'\t' | b'\r' | b'\n' => out.push(b' '),
            b' '..=b'~' => out.push(octet),
            _ => write_octet(octet, out),
        }
        if matches!(octet, b'(' | b')') && !is_quoted {
            out.push(b' ');
        }
    }
    if is_quoted {
        return Err(LineError::OpenQuote);
    }
    if depth > 0 {
        return Err(LineError::Parentheses);
    }
    Ok(())
}

/// Appends an octet as `\DDD`.
pub(super) fn write_octet(octet: u8, out: &mut Vec<u8>) {
    let [hundreds, tens, ones] = [octet / 100, octet / 10 % 10, octet % 10];
    out.extend_from_slice(&[b'\\', b'0' + hundreds, b'0' + tens, b'0' + ones]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, LineError> {
        let mut out = Vec::new();
        write_line(text.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_text_becomes_one_line() {
        for (text, expected) in [
            ("10 mail.example.", "10 mail.example."),
            ("( 1 2\n 3 ; four (\n )", "  1 2  3   "),
            ("\"a ; ( b\" c ; d", "\"a ; ( b\" c "),
            ("\"a\tb\nc\"", "\"a\\009b\\010c\""),
            ("gr\u{fc}n", "gr\\195\\188n"),
            ("\\( \\\" \\065 \\\u{fc}", "\\( \\\" \\065 \\195\\188"),
            ("a\n\n ; b\n", "a "),
        ] {
            assert_eq!(line(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_one_line_is_refused() {
        for (text, error) in [
            ("\"a", LineError::OpenQuote),
            ("( a", LineError::Parentheses),
            (") a (", LineError::Parentheses),
            ("a\nb", LineError::SecondLine),
            ("a ; c\nb", LineError::SecondLine),
            ("a\\", LineError::OpenEscape),
        ] {
            assert_eq!(line(text), Err(error), "{text:?}");
        }
    }
}
