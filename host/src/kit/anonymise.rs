//! A cluster document with other addresses, so that it can be shown: what is alike stays alike, and nothing leads back.
//!
//! Addresses are renumbered, in the order they have: those of one network are in one network afterwards, networks within
//! networks too, and two that are equal stay equal. Private addresses become private ones of the same block, public ones those
//! set aside for documentation and tests, so that a policy finds the same kinds of networks. Nothing but addresses is
//! replaced: names of services, nodes and hosts are what a policy makes names of.
//!
//! Replaced is every address in every text of the document, also one in a URL or with a port; special ones (loopback,
//! link-local, multicast, unspecified) stay. The same document always gives the same one.
//!
//! We chose not to encrypt addresses bit by bit, as is done for traces: without a key that one throws away it could be undone
//! by trying, and with one the result would be another each time.

mod network;
mod text;

use std::collections::BTreeSet;

use serde_json::Value;

use self::network::{Network, Renumbered};

/// Replaces all addresses in a document.
#[must_use]
pub fn anonymise(document: &Value) -> Value {
    let mut found = BTreeSet::new();
    visit(document, &mut |word| {
        text::replace(word, &mut |network| {
            found.insert(network);
            None
        })
    });
    let renumbered = Renumbered::of(&found);
    visit(document, &mut |word| {
        text::replace(word, &mut |network: Network| renumbered.get(network))
    })
}

/// A copy of a document in which each text is what `replace` makes of it, keys of objects too.
fn visit(value: &Value, replace: &mut impl FnMut(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(replace(text)),
        Value::Array(items) => items.iter().map(|item| visit(item, replace)).collect(),
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| (replace(key), visit(value, replace)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests;
