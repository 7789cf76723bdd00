//! Whose word a served record is.

use super::{Contents, ContributorId};
use crate::conflict::ConflictKind;
use crate::contribution::ContributedRecord;
use crate::name::NameRef;

impl Contents {
    /// Who says a record that is served, with the word of each: of the first rank that has it, and none that gives way.
    #[must_use]
    pub fn saying(
        &self,
        name: NameRef<'_>,
        rtype: u16,
        octets: &[u8],
    ) -> Vec<(ContributorId, ContributedRecord<'_>)> {
        let mut saying: Vec<(u32, ContributorId, ContributedRecord<'_>)> = Vec::new();
        for id in self.contributors_of(name) {
            let (Some(contributor), Some(contribution)) =
                (self.contributor(id), self.contribution(id))
            else {
                continue;
            };
            let mut records = contribution.find(name);
            let said = records.find(|said| said.rtype == rtype && said.octets == octets);
            saying.extend(said.map(|said| (contributor.rank, id, said)));
        }
        let conflicts = self.conflicts().get(&name.to_owned());
        let gives_way = |id: ContributorId, said: &ContributedRecord<'_>| {
            let mut lost = conflicts.into_iter().flatten();
            said.exclusive
                && lost.any(|lost| {
                    lost.loser == id
                        && lost.rtype == rtype
                        && lost.kind == ConflictKind::NotExclusive
                })
        };
        let first = saying.iter().map(|(rank, _, _)| *rank).min();
        saying
            .into_iter()
            .filter(|(rank, id, said)| Some(*rank) == first && !gives_way(*id, said))
            .map(|(_, id, said)| (id, said))
            .collect()
    }
}
