//! What one contributor says: a service under one policy, or the configuration of a policy.
//!
//! The writer keeps every contribution, so that what is withdrawn is exactly what was added, and a name that several
//! share can be merged anew. There are as many as services and together they have as many records as the map, so they
//! are packed: names sorted and front-coded, records behind each name, about 30 octets a record with its rdata.
//!
//! ```text
//! contribution = restarts, { offset u32 }, { name }      restarts: how many blocks of 32 names there are, varint; then the
//!                                                        offset of each block but the first, counted from the first
//! name         = shared, suffix, { record }              octets shared with the name before (none at the start of a block)
//! record       = flags, [ttl], type, octets, [rule], [instance], [resource]
//! ```

use crate::name::{Name, NameRef};
use crate::packed::{read_octets, read_slice, read_u16, read_varint, write_octets, write_varint};
use crate::record::Origin;
use crate::validate::CheckedRecord;

/// Names between two that are written whole. Few enough that finding one name of a large configuration is quick, enough
/// that most services are one block.
const BLOCK: usize = 32;

const EXCLUSIVE: u8 = 1;
const HAS_RULE: u8 = 2;
const HAS_ORIGIN: u8 = 4;
const HAS_RESOURCE: u8 = 8;
/// The TTL is that of the record before.
const SAME_TTL: u8 = 16;

/// Records of one contributor, each owner, type and rdata once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contribution {
    packed: Box<[u8]>,
}

/// One record of a contribution; whose name it is says the iteration it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContributedRecord<'a> {
    /// The number of the type.
    pub rtype: u16,
    /// Seconds, as the contributor has it.
    pub ttl: u32,
    /// Rdata in canonical wire form.
    pub octets: &'a [u8],
    /// Index into the policy's rules.
    pub rule: Option<u16>,
    /// Where in the service it comes from.
    pub origin: Option<Origin>,
    /// Stands only while no other contributor of the rank has this owner and type.
    pub exclusive: bool,
}

impl Contribution {
    /// Packs records. Of records with the same owner, type and rdata one is kept: with the lowest TTL, the lowest rule and
    /// origin, and exclusive only if all of them are.
    #[must_use]
    pub fn from_records(mut records: Vec<CheckedRecord>) -> Self {
        records.sort_unstable_by(|one, other| sort_key(one).cmp(&sort_key(other)));
        records.dedup_by(|later, first| {
            let is_same = (&later.owner, later.rtype, &later.octets)
                == (&first.owner, first.rtype, &first.octets);
            if is_same {
                first.exclusive &= later.exclusive;
            }
            is_same
        });
        Self {
            packed: pack(&records).into(),
        }
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let mut names = self.names();
        let mut records = 0;
        while let Some((_, of_name)) = names.next() {
            records += of_name.count();
        }
        records
    }

    /// Octets of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.packed.len()
    }

    /// The names in order, each with its records.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        let (_, names) = self.parts();
        Names {
            rest: names,
            names_left: usize::MAX,
            key: Vec::new(),
        }
    }

    /// The records in order, each with its name. For reports: it copies names; the writer goes by [`Self::names`].
    pub fn iter(&self) -> impl Iterator<Item = (Name, ContributedRecord<'_>)> {
        let mut names = self.names();
        std::iter::from_fn(move || {
            names
                .next()
                .map(|(name, records)| (name.to_owned(), records))
        })
        .flat_map(|(name, records)| records.map(move |record| (name.clone(), record)))
    }

    /// The records of one name; none if the contribution does not have it.
    #[must_use]
    pub fn find(&self, name: NameRef<'_>) -> ContributedRecords<'_> {
        let (restarts, names) = self.parts();
        // The last block whose first name is not after the one we look for.
        let offset = |at: usize| -> usize {
            let offset = at
                .checked_sub(1)
                .and_then(|at| restarts.get(4 * at..))
                .and_then(<[u8]>::first_chunk);
            offset.map_or(0, |offset| u32::from_le_bytes(*offset) as usize)
        };
        let first_key = |at: usize| {
            names.get(offset(at)..).and_then(|mut block| {
                read_varint(&mut block)?;
                read_octets(&mut block)
            })
        };
        let (mut low, mut high) = (0, restarts.len() / 4);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if first_key(middle).is_some_and(|key| key <= name.key()) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let rest = names.get(offset(low)..).unwrap_or_default();
        let mut block = Names {
            rest,
            names_left: BLOCK,
            key: Vec::new(),
        };
        while let Some((key, records)) = block.next() {
            if key >= name {
                return if key == name {
                    records
                } else {
                    ContributedRecords::default()
                };
            }
        }
        ContributedRecords::default()
    }

    /// The offsets of the blocks but the first, and the names.
    fn parts(&self) -> (&[u8], &[u8]) {
        let mut rest = &*self.packed;
        let restarts = read_varint(&mut rest)
            .and_then(|blocks| read_slice(&mut rest, 4 * blocks.saturating_sub(1) as usize));
        (restarts.unwrap_or_default(), rest)
    }
}

fn sort_key(record: &CheckedRecord) -> impl Ord + '_ {
    let CheckedRecord {
        owner,
        ttl,
        rtype,
        octets,
        rule,
        origin,
        exclusive: _,
    } = record;
    let origin = origin.map(|Origin { instance, resource }| (instance, resource));
    (owner, rtype, octets, ttl, rule, origin)
}

fn pack(records: &[CheckedRecord]) -> Vec<u8> {
    if records.is_empty() {
        return Vec::new();
    }
    let mut names = Vec::new();
    let mut restarts: Vec<u32> = Vec::new();
    let mut of_name = Vec::new();
    let mut before: &[u8] = &[];
    for (at, group) in records
        .chunk_by(|one, other| one.owner == other.owner)
        .enumerate()
    {
        let Some(key) = group.first().map(|record| record.owner.as_ref().key()) else {
            continue;
        };
        if at % BLOCK == 0 {
            restarts.push(u32::try_from(names.len()).unwrap_or(u32::MAX));
            before = &[];
        }
        let shared = before
            .iter()
            .zip(key)
            .take_while(|(one, other)| one == other)
            .count();
        write_varint(u32::try_from(shared).unwrap_or_default(), &mut names);
        write_octets(key.get(shared..).unwrap_or_default(), &mut names);
        of_name.clear();
        let mut ttl = None;
        for record in group {
            write_record(record, ttl, &mut of_name);
            ttl = Some(record.ttl);
        }
        write_octets(&of_name, &mut names);
        before = key;
    }
    let mut packed = Vec::with_capacity(names.len() + 4 * restarts.len());
    write_varint(
        u32::try_from(restarts.len()).unwrap_or_default(),
        &mut packed,
    );
    for offset in restarts.iter().skip(1) {
        packed.extend_from_slice(&offset.to_le_bytes());
    }
    packed.append(&mut names);
    packed
}

fn write_record(record: &CheckedRecord, ttl_before: Option<u32>, out: &mut Vec<u8>) {
    let CheckedRecord {
        owner: _,
        ttl,
        rtype,
        octets,
        rule,
        origin,
        exclusive,
    } = record;
    let resource = origin.and_then(|origin| origin.resource);
    let flags = [
        (*exclusive, EXCLUSIVE),
        (rule.is_some(), HAS_RULE),
        (origin.is_some(), HAS_ORIGIN),
        (resource.is_some(), HAS_RESOURCE),
        (ttl_before == Some(*ttl), SAME_TTL),
    ];
    out.push(
        flags
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, flag)| flag)
            .sum(),
    );
    if ttl_before != Some(*ttl) {
        write_varint(*ttl, out);
    }
    write_varint(u32::from(*rtype), out);
    write_octets(octets, out);
    for number in [
        rule.map(u32::from),
        origin.map(|origin| origin.instance),
        resource,
    ]
    .into_iter()
    .flatten()
    {
        write_varint(number, out);
    }
}

/// The names of a contribution in order. Not an `Iterator`: a name lives until the next one is read over it.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    rest: &'a [u8],
    names_left: usize,
    key: Vec<u8>,
}

impl<'a> Names<'a> {
    /// The next name with its records.
    #[expect(
        clippy::should_implement_trait,
        reason = "the name borrows from the iteration"
    )]
    pub fn next(&mut self) -> Option<(NameRef<'_>, ContributedRecords<'a>)> {
        self.names_left = self.names_left.checked_sub(1)?;
        let shared = read_varint(&mut self.rest)?;
        let suffix = read_octets(&mut self.rest)?;
        let records = read_octets(&mut self.rest)?;
        self.key.truncate(shared as usize);
        self.key.extend_from_slice(suffix);
        Some((
            NameRef::from_key(&self.key),
            ContributedRecords {
                rest: records,
                ttl: 0,
            },
        ))
    }
}

/// The records of one name in order of type, then rdata.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContributedRecords<'a> {
    rest: &'a [u8],
    ttl: u32,
}

impl<'a> ContributedRecords<'a> {
    /// Whether there is none left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The octets that are left: equal octets are equal records.
    pub(crate) fn packed(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for ContributedRecords<'a> {
    type Item = ContributedRecord<'a>;

    fn next(&mut self) -> Option<ContributedRecord<'a>> {
        let (&flags, rest) = self.rest.split_first()?;
        self.rest = rest;
        let has = |flag: u8| flags & flag != 0;
        if !has(SAME_TTL) {
            self.ttl = read_varint(&mut self.rest)?;
        }
        let rtype = read_u16(&mut self.rest)?;
        let octets = read_octets(&mut self.rest)?;
        let mut number = |flag: u8| {
            if has(flag) {
                read_varint(&mut self.rest).map(Some)
            } else {
                Some(None)
            }
        };
        let rule = number(HAS_RULE)?.and_then(|rule| u16::try_from(rule).ok());
        let instance = number(HAS_ORIGIN)?;
        let resource = number(HAS_RESOURCE)?;
        let origin = instance.map(|instance| Origin { instance, resource });
        Some(ContributedRecord {
            rtype,
            ttl: self.ttl,
            octets,
            rule,
            origin,
            exclusive: has(EXCLUSIVE),
        })
    }
}

#[cfg(test)]
mod tests;
