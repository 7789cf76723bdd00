//! Who wins where contributors disagree about a name. The rule does not depend on the order in which they came.
//!
//! All records of one name are judged together, the same way each time one of them changes:
//!
//! 1. **Exclusive.** Within a rank, of an owner and type that several contributors have, the exclusive records fall
//!    away, and the others stand.
//! 2. **CNAME and other data** (RFC 1034 §3.6.2). Within a rank, a CNAME yields to records of any other type.
//! 3. **Several CNAMEs**, or DNAMEs (RFC 6672 §2.4). Within a rank, the one of the lowest service path stands, of several
//!    of that path the lowest rdata; whoever says the same as the winner is no loser.
//! 4. **Rank by rank**, the policy that stands first in the stack first. An RRset (name, type) belongs whole to the first
//!    rank that has it still after 1 to 3; the same type of a later rank is shadowed. A name is a CNAME or it is not, and
//!    the first rank says which: if it has a CNAME, all records of later ranks are shadowed; if it has other data, the
//!    CNAMEs of later ranks are.
//! 5. What still stands is merged: equal records once, the lowest TTL for all of an RRset (RFC 2181 §5.2).
//! 6. **Too large.** An RRset over its limits keeps the lowest records in canonical order, as many as fit.
//!
//! A whole policy yields to the one before it in 4, while services of one policy merge: a site overrides by standing
//! first, and two services that share a name mean the same thing by it.

use crate::contents::ContributorId;
use crate::contribution::ContributedRecord;
use crate::packed::{RecordRef, write_record};
use crate::rdata::rtype;

/// Most records of one RRset. PowerDNS parses the reply again at every 1,500 bytes: 1,000 A records take it 0.35 s, 3,000
/// come near its 2 s, and no client wants as many.
pub const RRSET_RECORDS_LIMIT: usize = 1_000;

/// Most octets of one RRset in an answer. A message has 65,535 (RFC 1035 §4.2.2); the rest is for the question, the
/// authority and additional sections.
pub const RRSET_OCTETS_LIMIT: usize = 62_000;

/// Octets of a record in a message beside its rdata: owner (compressed), type, class, TTL, length (RFC 1035 §4.1.3).
const RECORD_HEAD: usize = 12;

/// A contributor whose records of one type do not stand, or not all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// The number of the type.
    pub rtype: u16,
    /// Whose records.
    pub loser: ContributorId,
    /// Why.
    pub kind: ConflictKind,
}

/// Why records do not stand; the module's documentation has the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// A CNAME beside other data.
    CnameBesideOther,
    /// One of several CNAMEs or DNAMEs, and not the lowest.
    SeveralCnames,
    /// An exclusive record, and another contributor has this owner and type.
    NotExclusive,
    /// A policy that stands before has the name or the RRset.
    Shadowed,
    /// The RRset is over its limits.
    RrsetTooLarge,
}

impl ConflictKind {
    /// The word for it, the same in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CnameBesideOther => "cname-beside-other",
            Self::SeveralCnames => "several-cnames",
            Self::NotExclusive => "not-exclusive",
            Self::Shadowed => "shadowed",
            Self::RrsetTooLarge => "rrset-too-large",
        }
    }

    /// Why the records do not stand, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::CnameBesideOther => "a CNAME yields to other records",
            Self::SeveralCnames => "another CNAME stands",
            Self::NotExclusive => "it is exclusive, and another service has it too",
            Self::Shadowed => "a policy before this one has it",
            Self::RrsetTooLarge => "there are too many records of this type",
        }
    }
}

/// A record of one name and who contributes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) id: ContributorId,
    pub(crate) rank: u32,
    pub(crate) label: &'a str,
    pub(crate) record: ContributedRecord<'a>,
}

impl Claim<'_> {
    fn loses(&self, kind: ConflictKind) -> Conflict {
        Conflict {
            rtype: self.record.rtype,
            loser: self.id,
            kind,
        }
    }
}

/// Judges all claims to one name: appends the packed records that stand to `out`, and gives who loses, in order, each
/// type, loser and kind once. The claims of each contributor come in order of type, then rdata.
pub(crate) fn merge(mut claims: Vec<Claim<'_>>, out: &mut Vec<u8>) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if !is_undisputed(&claims) {
        judge(&mut claims, &mut conflicts);
    }
    write_rrsets(&claims, &mut conflicts, out);
    conflicts.sort_unstable();
    conflicts.dedup();
    conflicts
}

/// Whether one contributor has the name to itself and does not contradict itself: so it is with nearly every name.
fn is_undisputed(claims: &[Claim<'_>]) -> bool {
    let is_singleton =
        |claim: &Claim<'_>| matches!(claim.record.rtype, rtype::CNAME | rtype::DNAME);
    match claims {
        [_] => true,
        [first, others @ ..] => {
            others.iter().all(|claim| claim.id == first.id) && !claims.iter().any(is_singleton)
        }
        [] => true,
    }
}

/// Rules 1 to 4: leaves in `claims` what stands, in order of type, then rdata.
fn judge(claims: &mut Vec<Claim<'_>>, conflicts: &mut Vec<Conflict>) {
    // The whole order, so that nothing below depends on how the claims came.
    claims.sort_unstable_by_key(|claim| {
        (
            claim.rank,
            claim.record.rtype,
            claim.record.octets,
            claim.label,
            claim.id,
        )
    });
    let mut standing: Vec<Claim<'_>> = Vec::with_capacity(claims.len());
    for of_rank in claims.chunk_by(|one, other| one.rank == other.rank) {
        let mut rank = of_rank.to_vec();
        drop_exclusive(&mut rank, conflicts);
        drop_cname_beside_other(&mut rank, conflicts);
        keep_lowest(rtype::CNAME, &mut rank, conflicts);
        keep_lowest(rtype::DNAME, &mut rank, conflicts);
        drop_shadowed(&mut rank, &standing, conflicts);
        standing.append(&mut rank);
    }
    standing.sort_by_key(|claim| (claim.record.rtype, claim.record.octets));
    *claims = standing;
}

/// Rule 1. What other contributors have counts as they said it, exclusive or not.
fn drop_exclusive(rank: &mut Vec<Claim<'_>>, conflicts: &mut Vec<Conflict>) {
    if !rank.iter().any(|claim| claim.record.exclusive) {
        return;
    }
    let contested: Vec<u16> = rank
        .chunk_by(|one, other| one.record.rtype == other.record.rtype)
        .filter(|of_type| {
            of_type
                .iter()
                .any(|claim| of_type.first().is_some_and(|first| first.id != claim.id))
        })
        .filter_map(|of_type| of_type.first().map(|claim| claim.record.rtype))
        .collect();
    remove(rank, conflicts, ConflictKind::NotExclusive, |claim| {
        claim.record.exclusive && contested.contains(&claim.record.rtype)
    });
}

/// Rule 2.
fn drop_cname_beside_other(rank: &mut Vec<Claim<'_>>, conflicts: &mut Vec<Conflict>) {
    if rank.iter().any(|claim| claim.record.rtype != rtype::CNAME) {
        remove(rank, conflicts, ConflictKind::CnameBesideOther, |claim| {
            claim.record.rtype == rtype::CNAME
        });
    }
}

/// Rule 3.
fn keep_lowest(singleton: u16, rank: &mut Vec<Claim<'_>>, conflicts: &mut Vec<Conflict>) {
    let of_type = rank.iter().filter(|claim| claim.record.rtype == singleton);
    let Some(winner) = of_type
        .min_by_key(|claim| (claim.label, claim.record.octets))
        .copied()
    else {
        return;
    };
    remove(rank, conflicts, ConflictKind::SeveralCnames, |claim| {
        claim.record.rtype == singleton && claim.record.octets != winner.record.octets
    });
}

/// Rule 4.
fn drop_shadowed(rank: &mut Vec<Claim<'_>>, standing: &[Claim<'_>], conflicts: &mut Vec<Conflict>) {
    let has = |rtype: u16| standing.iter().any(|claim| claim.record.rtype == rtype);
    let has_cname = has(rtype::CNAME);
    let has_any = !standing.is_empty();
    remove(rank, conflicts, ConflictKind::Shadowed, |claim| {
        has_cname || has(claim.record.rtype) || (has_any && claim.record.rtype == rtype::CNAME)
    });
}

fn remove<'a>(
    rank: &mut Vec<Claim<'a>>,
    conflicts: &mut Vec<Conflict>,
    kind: ConflictKind,
    loses: impl Fn(&Claim<'a>) -> bool,
) {
    conflicts.extend(
        rank.extract_if(.., |claim| loses(claim))
            .map(|claim| claim.loses(kind)),
    );
}

/// Rules 5 and 6.
fn write_rrsets(claims: &[Claim<'_>], conflicts: &mut Vec<Conflict>, out: &mut Vec<u8>) {
    for rrset in claims.chunk_by(|one, other| one.record.rtype == other.record.rtype) {
        let Some(ttl) = rrset.iter().map(|claim| claim.record.ttl).min() else {
            continue;
        };
        let (mut records, mut octets) = (0, 0);
        for same in rrset.chunk_by(|one, other| one.record.octets == other.record.octets) {
            let Some(Claim { record, .. }) = same.first() else {
                continue;
            };
            records += 1;
            octets += RECORD_HEAD + record.octets.len();
            if records > RRSET_RECORDS_LIMIT || octets > RRSET_OCTETS_LIMIT {
                conflicts.extend(
                    same.iter()
                        .map(|claim| claim.loses(ConflictKind::RrsetTooLarge)),
                );
                continue;
            }
            write_record(
                RecordRef {
                    rtype: record.rtype,
                    ttl,
                    octets: record.octets,
                },
                out,
            );
        }
    }
}

#[cfg(test)]
mod tests;
