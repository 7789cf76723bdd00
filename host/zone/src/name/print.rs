//! Key → wire and presentation form.
//!
//! Text is what PowerDNS, BIND and `domain` all read back to the same octets: every octet but `[a-z0-9_*/-]` as `\DDD`,
//! never `\X` (which some of them take differently for digits, `@` or `"`).

use super::{NameRef, unescape};

/// See [`NameRef::write_wire`].
pub(super) fn write_wire(name: NameRef<'_>, out: &mut Vec<u8>) {
    out.reserve(name.key().len() + 1);
    for label in name.labels() {
        // Invariant: a label has at most 63 octets; parsing saw to it.
        out.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(&label);
    }
    out.push(0);
}

/// See [`NameRef::write_text`].
pub(super) fn write_text(name: NameRef<'_>, out: &mut Vec<u8>) {
    if name.is_root() {
        out.push(b'.');
        return;
    }
    out.reserve(name.key().len());
    for label in name.key_labels() {
        write_label(&unescape(label), out);
        out.push(b'.');
    }
}

/// Appends the presentation form of the uncompressed wire-form name at the start of `wire`, as [`NameRef::write_text`]
/// would, without making a [`super::Name`] of it; returns the octets it took. The octets are trusted: where they end
/// early, so does the text.
pub fn write_wire_name_text(wire: &[u8], out: &mut Vec<u8>) -> usize {
    let mut rest = wire;
    while let Some((&label_len, tail)) = rest.split_first() {
        rest = tail;
        if label_len == 0 {
            break;
        }
        let (label, tail) = tail
            .split_at_checked(usize::from(label_len))
            .unwrap_or((tail, &[]));
        write_label(label, out);
        out.push(b'.');
        rest = tail;
    }
    if wire.first().is_none_or(|&label_len| label_len == 0) {
        out.push(b'.');
    }
    wire.len() - rest.len()
}

/// Appends the octets of one label.
fn write_label(label: &[u8], out: &mut Vec<u8>) {
    for &octet in label {
        let octet = octet.to_ascii_lowercase();
        match octet {
            b'a'..=b'z' | b'0'..=b'9' | b'_' | b'*' | b'/' | b'-' => out.push(octet),
            _ => out.extend([
                b'\\',
                b'0' + octet / 100,
                b'0' + octet / 10 % 10,
                b'0' + octet % 10,
            ]),
        }
    }
}
