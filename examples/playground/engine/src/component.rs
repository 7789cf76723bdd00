//! The workbench as it is exported: one for the whole component, which has one thread.

use std::cell::RefCell;

use crate::bindings::exports::zonesmith::playground::workbench as words;
use crate::bindings::zonesmith::policy::{cluster, naming};
use crate::workbench::Workbench;

thread_local! {
    static WORKBENCH: RefCell<Workbench> = RefCell::default();
}

/// What is exported.
pub(crate) struct Component;

fn with<T>(call: impl FnOnce(&mut Workbench) -> T) -> T {
    WORKBENCH.with_borrow_mut(call)
}

impl words::Guest for Component {
    fn read(document: String) -> words::Reading {
        with(|bench| bench.read(document))
    }

    fn know(digest: String, description: naming::Description, selects: bool) {
        with(|bench| bench.know(digest, description, selects));
    }

    fn stack(bench: words::Bench, slots: Vec<words::Slot>) -> Vec<words::Task> {
        with(|workbench| workbench.stack(bench, slots))
    }

    fn get_cluster() -> cluster::Cluster {
        with(|bench| bench.cluster())
    }

    fn get_service(path: String) -> Option<cluster::Service> {
        with(|bench| bench.service(&path))
    }

    fn configured(
        bench: words::Bench,
        policy: u32,
        said: Result<naming::Configuration, words::Failure>,
        microseconds: f64,
    ) {
        with(|workbench| workbench.configured(bench, policy, said, microseconds));
    }

    fn synthesized(
        bench: words::Bench,
        policy: u32,
        service: String,
        said: Result<naming::Synthesis, words::Failure>,
        microseconds: f64,
    ) {
        with(|workbench| workbench.synthesized(bench, policy, &service, said, microseconds));
    }

    fn publish(bench: words::Bench) -> words::Published {
        with(|workbench| workbench.publish(bench))
    }

    fn get_rows(view: words::View) -> words::Rows {
        with(|bench| bench.rows(&view))
    }

    fn zone_text(apex: String) -> String {
        with(|bench| bench.zone_text(&apex))
    }

    fn zone_json(apex: String) -> String {
        with(|bench| bench.zone_json(&apex))
    }

    fn golden() -> String {
        with(|bench| bench.golden())
    }

    fn problems() -> Vec<words::Problem> {
        with(|bench| bench.problems())
    }

    fn ask(question: words::Question) -> Result<words::Answer, String> {
        with(|bench| bench.ask(&question))
    }

    fn timings() -> Vec<words::Timing> {
        with(|bench| bench.timings())
    }

    fn keep(bench: words::Bench) -> u32 {
        with(|workbench| workbench.keep(bench))
    }

    fn forget(kept: u32) {
        with(|bench| bench.forget(kept));
    }

    fn compare(kept: u32, to: Option<u32>) -> words::Difference {
        with(|bench| bench.compare(kept, to))
    }

    fn compare_other() -> words::Difference {
        with(|bench| bench.compare_other())
    }

    fn place(path: String) -> Option<words::Span> {
        with(|bench| bench.place(&path))
    }

    fn path_at(offset: u32) -> Option<String> {
        with(|bench| bench.path_at(offset))
    }
}
