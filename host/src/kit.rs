//! What the author of a policy works with: a folder in one of three languages, the component that is made of it, and that
//! component run over a cluster document, without a daemon.
//!
//! ```text
//!  folder ──▶ component ─┐
//!                        ├─ Run ──▶ Published ──▶ expected.zone   (`policy test`)
//!             document ──┘                   └──▶ check           (`policy check`)
//! ```
//!
//! - [`template`]: a new folder; [`sources`]: what this program carries for it: SDK, contract, versions
//! - [`folder`]: what a policy's folder is: its language, its name, its files
//! - [`build`]: from such a folder to a component, with the tools of its language
//! - [`run`]: a policy over every service, under the daemon's limits
//! - [`published`]: what the daemon would publish of it, with all that it would tell
//! - [`followed`]: a stack on a cluster that goes on changing, to be compared with another
//! - [`golden`]: that, against what is expected
//! - [`check`]: everything that is wrong with it, or that its author may not have meant
//! - [`anatomy`]: what a component is, from its bytes alone
//! - [`history`]: the states of a cluster, one after the other, in a file
//! - [`anonymise`](mod@anonymise): a document with other addresses, so that it can be shown
//!
//! Commands only read arguments and print; what they do to a folder is done here, so that `policy test` builds what
//! `policy build` builds.
//!
//! **Invariant:** what is printed of a run depends on the component, the document and the settings, and on nothing else: no
//! clock, no order of arrival. Only what a call costs is measured.

pub mod anatomy;
pub mod anonymise;
pub mod build;
pub mod check;
pub mod folder;
pub mod followed;
pub mod golden;
pub mod history;
pub mod published;
pub mod run;
pub mod sources;
pub mod template;
