//! What is different in a document, as a merge patch (RFC 7396): only what changed is in it, and `null` is what is gone.

use serde_json::{Map, Value};

/// The patch that makes `to` of `from`. With `null` in `to` there may be none: see that [`apply`] gives it.
pub(super) fn between(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return to.clone();
    };
    let mut patch = Map::new();
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in to {
        match from.get(key) {
            Some(before) if before == value => {}
            Some(before @ Value::Object(_)) if value.is_object() => {
                patch.insert(key.clone(), between(before, value));
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(patch)
}

/// Makes what `patch` says of `document`.
pub(super) fn apply(patch: &Value, document: &mut Value) {
    let Value::Object(patch) = patch else {
        document.clone_from(patch);
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(members) = document else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            members.remove(key);
        } else {
            apply(value, members.entry(key.clone()).or_insert(Value::Null));
        }
    }
}
