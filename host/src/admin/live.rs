//! `GET /live`: for a supervisor that wants to know whether the process still turns.

/// 200 and a word, whatever the state of the zones.
pub(super) async fn live() -> &'static str {
    "alive\n"
}
