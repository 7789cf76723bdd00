//! What changes in a text, as `diff -u` shows it.

use similar::TextDiff;

/// Lines around a change.
const CONTEXT: usize = 3;

/// From what stands there (none: there is no such file) to what will; empty where it is the same. `name` is what the file
/// is called.
#[must_use]
pub fn unified(name: &str, before: Option<&str>, after: Option<&str>) -> String {
    if before == after {
        return String::new();
    }
    let named = |side: Option<&str>| side.map_or("/dev/null", |_| name);
    let (old, new) = (named(before), named(after));
    let difference = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    let text = difference
        .unified_diff()
        .context_radius(CONTEXT)
        .header(old, new)
        .to_string();
    if text.is_empty() {
        // An empty file is made, or goes.
        return format!("--- {old}\n+++ {new}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_change_is_shown_with_what_stands_around_it() {
        let before = "a\nb\nc\nd\ne\n";
        let after = "a\nb\nc\nD\ne\n";
        assert_snapshot!(unified("/x", Some(before), Some(after)), @r"
        --- /x
        +++ /x
        @@ -1,5 +1,5 @@
         a
         b
         c
        -d
        +D
         e
        ");
        assert_eq!(unified("/x", Some(before), Some(before)), "");
        assert_snapshot!(unified("/x", None, Some("a\n")), @r"
        --- /dev/null
        +++ /x
        @@ -0,0 +1 @@
        +a
        ");
        assert!(unified("/x", Some(""), None).starts_with("--- /x\n+++ /dev/null\n"));
    }
}
