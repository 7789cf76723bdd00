//! Makes entries of the text of a master file: the words of one record or directive, whatever lines they are on.
//!
//! Comments and parentheses end here. Words stay as they are written, with quotes and escapes: whoever reads one knows
//! whether it is a name, a number or a string.

use super::error::MasterFileReason;

/// A word, as it is written.
pub(super) type Token = Vec<u8>;

/// A record or a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The line on which it starts, from 1.
    pub(super) line: u32,
    /// Whether its line begins with a blank: its owner is that of the entry before.
    pub(super) is_continued: bool,
    /// At least one.
    pub(super) tokens: Vec<Token>,
}

/// Text that is no entry, and the line on which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadEntry {
    pub(super) line: u32,
    pub(super) reason: MasterFileReason,
}

/// The entries of a text.
pub(super) struct Entries<'a> {
    rest: &'a [u8],
    /// The line that `rest` starts in.
    line: u32,
}

impl<'a> Entries<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        Self {
            rest: text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text),
            line: 1,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn advance(&mut self) -> Option<u8> {
        let (&octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        if octet == b'\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(octet)
    }

    /// Up to the end of the line, which stays.
    fn skip_line(&mut self) {
        let length = self
            .rest
            .iter()
            .take_while(|&&octet| octet != b'\n')
            .count();
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// A word, which starts here.
    fn token(&mut self) -> Result<Token, MasterFileReason> {
        let mut token = Token::new();
        let is_string = self.peek() == Some(b'"');
        let mut is_quoted = false;
        while let Some(octet) = self.peek() {
            match octet {
                b'\n' if is_quoted => return Err(MasterFileReason::OpenQuote),
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' if !is_quoted => break,
                // A string is a word of its own; within a word (`alpn="h2"`) quotes only keep blanks.
                b'"' if is_string && !is_quoted && !token.is_empty() => break,
                b'"' => is_quoted = !is_quoted,
                b'\\' => {
                    token.push(octet);
                    self.advance();
                    if matches!(self.peek(), None | Some(b'\n')) {
                        return Err(MasterFileReason::OpenEscape);
                    }
                }
                _ => {}
            }
            token.extend(self.advance());
            if is_string && !is_quoted {
                break;
            }
        }
        if is_quoted {
            return Err(MasterFileReason::OpenQuote);
        }
        Ok(token)
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, BadEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut entry = Entry {
            line: self.line,
            is_continued: false,
            tokens: Vec::new(),
        };
        let mut is_line_start = true;
        let mut open = Vec::new();
        let reason = loop {
            let Some(octet) = self.peek() else {
                match open.pop() {
                    Some(line) => {
                        entry.line = line;
                        break MasterFileReason::OpenParenthesis;
                    }
                    None if entry.tokens.is_empty() => return None,
                    None => return Some(Ok(entry)),
                }
            };
            let starts_line = std::mem::take(&mut is_line_start);
            match octet {
                b'\n' => {
                    self.advance();
                    if open.is_empty() {
                        if !entry.tokens.is_empty() {
                            return Some(Ok(entry));
                        }
                        entry.line = self.line;
                        entry.is_continued = false;
                        is_line_start = true;
                    }
                }
                b' ' | b'\t' | b'\r' => {
                    entry.is_continued |= starts_line && octet != b'\r';
                    self.advance();
                }
                b';' => self.skip_line(),
                b'(' => {
                    open.push(self.line);
                    self.advance();
                }
                b')' => {
                    self.advance();
                    if open.pop().is_none() {
                        break MasterFileReason::ClosingParenthesis;
                    }
                }
                _ => match self.token() {
                    Ok(token) => entry.tokens.push(token),
                    Err(reason) => break reason,
                },
            }
        };
        // The next line is read as if this entry ended here: one mistake is not to hide the others.
        self.skip_line();
        Some(Err(BadEntry {
            line: entry.line,
            reason,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        Entries::new(text.as_bytes())
            .map(|entry| match entry {
                Ok(Entry {
                    line,
                    is_continued,
                    tokens,
                }) => {
                    let mark = if is_continued { "+" } else { "" };
                    let tokens: Vec<_> = tokens
                        .iter()
                        .map(|token| String::from_utf8_lossy(token))
                        .collect();
                    format!("{line}{mark} {}", tokens.join("|"))
                }
                Err(BadEntry { line, reason }) => format!("{line}! {reason}"),
            })
            .collect()
    }

    #[test]
    fn words_stand_between_blanks_comments_and_parentheses() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n ; nothing\n\t\n", &[]),
            ("a A 10.0.0.1", &["1 a|A|10.0.0.1"]),
            (
                "\u{feff}a A 1\r\n A 2\r\n\r\nb A 3",
                &["1 a|A|1", "2+ A|2", "4 b|A|3"],
            ),
            ("a SOA ( ; one\n1 2;(\n) 3\nb", &["1 a|SOA|1|2|3", "4 b"]),
            (" ((1)\n(2)) 3", &["1+ 1|2|3"]),
            ("a(b)c", &["1 a|b|c"]),
            ("a \"b ; (c\" \"\"d\"e\"", &["1 a|\"b ; (c\"|\"\"|d\"e\""]),
            ("a alpn=\"h2 h3\" x", &["1 a|alpn=\"h2 h3\"|x"]),
            (
                r#"a\ b \; \( "c\"d" \\ e"#,
                &[r#"1 a\ b|\;|\(|"c\"d"|\\|e"#],
            ),
        ] {
            assert_eq!(entries(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_closed_is_found_where_it_opens_and_the_rest_is_read() {
        for (text, expected) in [
            (
                "a \"b\nc d",
                &["1! a quoted string is not closed", "2 c|d"][..],
            ),
            (
                "\n\na (b\nc",
                &["3! a parenthesis is opened here and never closed"],
            ),
            ("a ) b\nc", &["1! a `)` closes no parenthesis", "2 c"]),
            ("a\nb\\\nc", &["1 a", r"2! nothing follows a `\`", "3 c"]),
            ("a\\", &[r"1! nothing follows a `\`"]),
            ("a \"b\\", &[r"1! nothing follows a `\`"]),
            ("a \"b", &["1! a quoted string is not closed"]),
        ] {
            assert_eq!(entries(text), expected, "{text:?}");
        }
    }
}
