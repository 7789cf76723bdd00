//! The host's logic for the page: documents are read, records checked and merged, questions answered by the crates that the
//! daemon is made of. A component itself, so that policies, which are components too, are handed what they take and nothing
//! is translated between them but by generated code.
//!
//! ```text
//!  document ──▶ workbench ──▶ stack ──▶ rows, problems, answer, difference
//!                  ▲ │          ▲
//!     places ◀─────┘ └──given──▶ policies (elsewhere) ──said──┘
//! ```
//!
//! - `workbench`: the state, and what may be asked of it; `component`: the same as exported; `document`: what was read
//! - `stack`: policies over the services of a document, and the zones that come of it; `entry`: one of the policies
//! - `maker`: who made a record; `rows`, `problems`, `answer`: what is shown of the zones; `difference`: of two of them
//! - `printed`: zones as texts
//! - `given`, `said`: the contract's shapes
//!
//! It knows no clock, no files and no policies' insides: what took how long, and why a call ended, it is told.
//!
//! **Invariant:** what is shown depends on the last document that could be read, on the stack and on what its policies said,
//! never on the order in which things came, except that a failing policy keeps what it said last of a service.

mod answer;
mod bindings;
#[cfg(target_family = "wasm")]
mod component;
mod difference;
mod document;
mod entry;
mod given;
mod maker;
mod printed;
mod problems;
mod rows;
mod said;
mod stack;
mod workbench;

pub use bindings::exports::zonesmith::playground::workbench as words;
pub use bindings::zonesmith::policy as contract;
pub use workbench::Workbench;
