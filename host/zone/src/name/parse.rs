//! Presentation and wire form → key.
//!
//! A key has its labels in the other order than the text, so text without escapes is copied label by label from its end;
//! that is nearly every question. Whatever that way does not take (a backslash, an octet the key must escape, any
//! mistake) is read again by the careful way, which alone decides what the error is: so both refuse alike.

use super::{ESCAPE, LABEL_END, LABEL_LIMIT, NameError, WIRE_LIMIT};

/// Replaces `key` by the key of the name that `text` spells.
pub(super) fn read_text(text: &[u8], key: &mut Vec<u8>) -> Result<(), NameError> {
    key.clear();
    if text == b"." || read_plain(text, key) {
        return Ok(());
    }
    key.clear();
    read_escaped(text, key)
}

/// Reads text in which every octet stands for itself; `false`, with half a key, when it is anything else.
fn read_plain(text: &[u8], key: &mut Vec<u8>) -> bool {
    let text = text.strip_suffix(b".").unwrap_or(text);
    // The wire form has one more octet in front and the root's behind.
    if text.len() + 2 > WIRE_LIMIT {
        return false;
    }
    // Without a branch in the loop the compiler looks at 16 octets at a time.
    let special = text.iter().fold(false, |seen, &octet| {
        seen | (octet == b'\\') | (octet <= ESCAPE)
    });
    if special {
        return false;
    }
    key.reserve_exact(text.len() + 1);
    for label in text.rsplit(|&octet| octet == b'.') {
        if label.is_empty() || label.len() > LABEL_LIMIT {
            return false;
        }
        key.extend(label.iter().map(u8::to_ascii_lowercase));
        key.push(LABEL_END);
    }
    true
}

/// Reads any text. The labels come leaf first; they are turned round at the end.
pub(super) fn read_escaped(text: &[u8], key: &mut Vec<u8>) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let mut leaf_first = Vec::with_capacity(text.len().min(2 * WIRE_LIMIT));
    let (mut label_len, mut wire_len) = (0, 1);
    let mut rest = text;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = tail;
        if octet == b'.' {
            end_label(&mut leaf_first, label_len, &mut wire_len)?;
            label_len = 0;
            continue;
        }
        let octet = if octet == b'\\' {
            read_escape(&mut rest)?
        } else {
            octet
        };
        push_octet(&mut leaf_first, octet);
        label_len += 1;
        if label_len > LABEL_LIMIT {
            return Err(NameError::LabelTooLong);
        }
    }
    if label_len > 0 {
        end_label(&mut leaf_first, label_len, &mut wire_len)?;
    }
    turn_round(&leaf_first, key);
    Ok(())
}

/// The octet that the escape spells whose backslash was just read (RFC 1035 §5.1).
fn read_escape(rest: &mut &[u8]) -> Result<u8, NameError> {
    let (&first, tail) = rest.split_first().ok_or(NameError::BadEscape)?;
    if !first.is_ascii_digit() {
        *rest = tail;
        return Ok(first);
    }
    let (digits, tail) = rest.split_first_chunk::<3>().ok_or(NameError::BadEscape)?;
    *rest = tail;
    let mut value = 0_u8;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(NameError::BadEscape);
        }
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit - b'0'))
            .ok_or(NameError::BadEscape)?;
    }
    Ok(value)
}

/// Reads an uncompressed name in wire form; the key and the octets it took.
pub(super) fn read_wire(octets: &[u8]) -> Result<(Vec<u8>, usize), NameError> {
    let mut leaf_first = Vec::with_capacity(octets.len().min(WIRE_LIMIT));
    let mut wire_len = 1;
    let mut rest = octets;
    loop {
        let (&label_len, tail) = rest.split_first().ok_or(NameError::Truncated)?;
        let label_len = usize::from(label_len);
        if label_len == 0 {
            break;
        }
        if label_len > LABEL_LIMIT {
            return Err(NameError::LabelTooLong);
        }
        let (label, tail) = tail
            .split_at_checked(label_len)
            .ok_or(NameError::Truncated)?;
        for &octet in label {
            push_octet(&mut leaf_first, octet);
        }
        end_label(&mut leaf_first, label_len, &mut wire_len)?;
        rest = tail;
    }
    let mut key = Vec::with_capacity(leaf_first.len());
    turn_round(&leaf_first, &mut key);
    Ok((key, wire_len))
}

/// Appends an octet of a label, folded and escaped.
fn push_octet(key: &mut Vec<u8>, octet: u8) {
    if octet <= ESCAPE {
        key.extend([ESCAPE, octet + 1]);
    } else {
        key.push(octet.to_ascii_lowercase());
    }
}

/// Ends the label of `label_len` octets that was appended last.
fn end_label(key: &mut Vec<u8>, label_len: usize, wire_len: &mut usize) -> Result<(), NameError> {
    if label_len == 0 {
        return Err(NameError::EmptyLabel);
    }
    *wire_len += label_len + 1;
    if *wire_len > WIRE_LIMIT {
        return Err(NameError::TooLong);
    }
    key.push(LABEL_END);
    Ok(())
}

/// Appends the labels of a key, each with its end, in the other order.
fn turn_round(leaf_first: &[u8], key: &mut Vec<u8>) {
    let Some((_, labels)) = leaf_first.split_last() else {
        return;
    };
    key.reserve_exact(leaf_first.len());
    for label in labels.rsplit(|&octet| octet == LABEL_END) {
        key.extend_from_slice(label);
        key.push(LABEL_END);
    }
}
