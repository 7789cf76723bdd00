//! What there is to say of the sources behind an answer: that one has not spoken since the daemon started, so that the answer may
//! be old; that two name the service, so that the word of one of them is not served.

use std::collections::BTreeSet;
use std::time::SystemTime;

use super::reason::Reason;
use super::{ExplainedRecord, Maker};
use crate::synthesis::report::{Report, SourceReport};

/// Of the sources of these records.
pub(super) fn of_records(report: &Report, records: &[ExplainedRecord]) -> Vec<Reason> {
    let makers = records.iter().flat_map(|record| &record.makers);
    let services: BTreeSet<_> = makers.clone().flat_map(|maker| &maker.service).collect();
    let is_of_record = |source: &&SourceReport| {
        makers
            .clone()
            .any(|maker: &Maker| maker.source.as_ref() == Some(&source.source))
    };
    let mut reasons: Vec<_> = services
        .into_iter()
        .filter_map(|service| contested(report, service))
        .collect();
    let sources = report.sources.iter().filter(is_of_record);
    reasons.extend(sources.filter_map(remembered));
    reasons
}

/// Of all sources: one of them may have had the name that is not there.
pub(super) fn of_all(report: &Report) -> impl Iterator<Item = Reason> {
    let sources = report.sources.iter();
    sources.flat_map(|source| {
        let failing = source.error.clone().map(|cause| Reason::SourceFailing {
            source: source.source.clone(),
            cause,
        });
        failing.into_iter().chain(remembered(source))
    })
}

/// That a service is named in vain.
pub(super) fn contested(report: &Report, service: &str) -> Option<Reason> {
    let others: Vec<_> = report.contesting(service).map(str::to_owned).collect();
    (!others.is_empty()).then(|| Reason::NamedByTwoSources {
        service: service.to_owned(),
        others,
    })
}

fn remembered(source: &SourceReport) -> Option<Reason> {
    let spoke = source.remembered?;
    let age = SystemTime::now().duration_since(spoke);
    Some(Reason::SourceRemembered {
        source: source.source.clone(),
        age: age.map_or(0, |age| age.as_secs()),
    })
}
