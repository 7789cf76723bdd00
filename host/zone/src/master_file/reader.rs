//! Makes records of entries: what of a record is not written is taken from what was before it.

use std::sync::Arc;

use super::error::{GenerateError, MasterFileError, MasterFileReason};
use super::token::{Entries, Entry, Token};
use super::word::{self, Checked};
use super::{
    ERRORS_LIMIT, INCLUDE_DEPTH_LIMIT, INCLUDES_LIMIT, Include, MasterFile, MasterRecord, Place,
    RECORDS_LIMIT, generate, time,
};
use crate::name::Name;
use crate::rdata::{self, RdataError, rtype};
use crate::record::{Record, SoaDeclaration};

/// Reads a file and what it includes.
pub(super) struct Reader<'r, 'i> {
    include: &'r mut Include<'i>,
    out: MasterFile,
    errors: Vec<MasterFileError>,
    /// The files we are in, the innermost last.
    open: Vec<Arc<str>>,
    includes: usize,
}

/// What is taken where a record does not say it.
#[derive(Clone)]
struct Scope {
    origin: Name,
    owner: Option<Name>,
    /// That of `$TTL`.
    default_ttl: Option<u32>,
    /// The last one that was written, or the MINIMUM of the SOA.
    last_ttl: Option<u32>,
}

/// A record's words, taken apart.
struct Parts<'t> {
    owner: Name,
    ttl: Option<u32>,
    rtype: u16,
    rdata: &'t [Token],
}

impl<'r, 'i> Reader<'r, 'i> {
    pub(super) fn new(include: &'r mut Include<'i>) -> Self {
        Self {
            include,
            out: MasterFile {
                soa: None,
                records: Vec::new(),
                files: Vec::new(),
            },
            errors: Vec::new(),
            open: Vec::new(),
            includes: 0,
        }
    }

    pub(super) fn read(
        mut self,
        file: &Arc<str>,
        text: &[u8],
        origin: &Name,
    ) -> Result<MasterFile, Vec<MasterFileError>> {
        let scope = Scope {
            origin: origin.clone(),
            owner: None,
            default_ttl: None,
            last_ttl: None,
        };
        self.read_file(file, text, scope);
        if self.errors.is_empty() {
            Ok(self.out)
        } else {
            Err(self.errors)
        }
    }

    fn read_file(&mut self, file: &Arc<str>, text: &[u8], mut scope: Scope) {
        if !self.out.files.contains(file) {
            self.out.files.push(Arc::clone(file));
        }
        self.open.push(Arc::clone(file));
        for entry in Entries::new(text) {
            if self.errors.len() >= ERRORS_LIMIT || self.out.records.len() > RECORDS_LIMIT {
                break;
            }
            let (line, read) = match entry {
                Ok(entry) => (entry.line, self.read_entry(&entry, file, &mut scope)),
                Err(bad) => (bad.line, Err((bad.reason, None))),
            };
            if let Err((reason, token)) = read {
                self.errors.push(MasterFileError {
                    place: Place {
                        file: Arc::clone(file),
                        line,
                    },
                    token: token.map(|token| String::from_utf8_lossy(&token).into_owned()),
                    reason,
                });
            }
        }
        self.open.pop();
    }

    fn read_entry(&mut self, entry: &Entry, file: &Arc<str>, scope: &mut Scope) -> Checked<()> {
        let place = Place {
            file: Arc::clone(file),
            line: entry.line,
        };
        match entry.tokens.split_first() {
            Some((word, rest)) if word.starts_with(b"$") && !entry.is_continued => {
                self.read_directive(word, rest, &place, scope)
            }
            _ => self.read_record(entry, place, scope),
        }
    }

    fn read_directive(
        &mut self,
        word: &[u8],
        rest: &[Token],
        place: &Place,
        scope: &mut Scope,
    ) -> Checked<()> {
        let usage = |usage| Err((MasterFileReason::Usage(usage), Some(word.to_vec())));
        match (word.to_ascii_uppercase().as_slice(), rest) {
            (b"$ORIGIN", [origin]) => {
                scope.origin = word::name(origin, &scope.origin)?;
                Ok(())
            }
            (b"$ORIGIN", _) => usage("$ORIGIN name"),
            (b"$TTL", [ttl]) => {
                scope.default_ttl = Some(word::seconds(ttl)?);
                Ok(())
            }
            (b"$TTL", _) => usage("$TTL time"),
            (b"$INCLUDE", [path]) => {
                let origin = scope.origin.clone();
                self.include_file(path, origin, place, scope)
            }
            (b"$INCLUDE", [path, origin]) => {
                let origin = word::name(origin, &scope.origin)?;
                self.include_file(path, origin, place, scope)
            }
            (b"$INCLUDE", _) => usage("$INCLUDE file [origin]"),
            (b"$GENERATE", [range, words @ ..]) if words.len() >= 3 => {
                self.generate(range, words, place, scope)
            }
            (b"$GENERATE", _) => {
                usage("$GENERATE start-stop[/step] owner [ttl] [class] type rdata")
            }
            _ => Err((MasterFileReason::NoSuchDirective, Some(word.to_vec()))),
        }
    }

    fn include_file(
        &mut self,
        path: &Token,
        origin: Name,
        place: &Place,
        scope: &Scope,
    ) -> Checked<()> {
        let wrong = |reason| (reason, Some(path.clone()));
        if self.open.len() > INCLUDE_DEPTH_LIMIT {
            return Err(wrong(MasterFileReason::IncludeDepth));
        }
        self.includes += 1;
        if self.includes > INCLUDES_LIMIT {
            return Err(wrong(MasterFileReason::TooManyIncludes));
        }
        let (file, text) = (self.include)(&word::path(path), &place.file)
            .map_err(|reason| wrong(MasterFileReason::Include(reason)))?;
        if self.open.contains(&file) {
            return Err(wrong(MasterFileReason::IncludesItself));
        }
        let scope = Scope {
            origin,
            owner: None,
            ..scope.clone()
        };
        self.read_file(&file, &text, scope);
        Ok(())
    }

    fn generate(
        &mut self,
        range: &Token,
        words: &[Token],
        place: &Place,
        scope: &mut Scope,
    ) -> Checked<()> {
        let wrong = |error, word: &Token| (MasterFileReason::Generate(error), Some(word.clone()));
        for number in generate::range(range).map_err(|error| wrong(error, range))? {
            let tokens = words
                .iter()
                .map(|word| generate::substitute(word, number).map_err(|error| wrong(error, word)))
                .collect::<Checked<_>>()?;
            let entry = Entry {
                line: place.line,
                is_continued: false,
                tokens,
            };
            let parts = self.parts(&entry, scope)?;
            if parts.rtype == rtype::SOA {
                return Err((MasterFileReason::Generate(GenerateError::Soa), None));
            }
            self.add_record(&parts, place.clone(), scope)?;
        }
        Ok(())
    }

    fn read_record(&mut self, entry: &Entry, place: Place, scope: &mut Scope) -> Checked<()> {
        let parts = self.parts(entry, scope)?;
        if parts.rtype == rtype::SOA {
            self.add_soa(&parts, place, scope)
        } else {
            self.add_record(&parts, place, scope)
        }
    }

    /// `[owner] [ttl] [class] type rdata`, TTL and class in either order.
    fn parts<'t>(&mut self, entry: &'t Entry, scope: &mut Scope) -> Checked<Parts<'t>> {
        let mut rest = entry.tokens.as_slice();
        if !entry.is_continued
            && let Some((word, after)) = rest.split_first()
        {
            // Who continues a line with a mistake in its owner is not told of it again.
            scope.owner = Some(word::name(word, &scope.origin)?);
            rest = after;
        }
        let owner = scope
            .owner
            .clone()
            .ok_or((MasterFileReason::NoOwner, None))?;
        let (mut ttl, mut has_class) = (None, false);
        loop {
            let (word, after) = rest
                .split_first()
                .ok_or_else(|| (MasterFileReason::NoType, entry.tokens.last().cloned()))?;
            rest = after;
            if ttl.is_none() && time::is_meant(word) {
                ttl = Some(word::seconds(word)?);
                scope.last_ttl = ttl;
                continue;
            }
            if !has_class && let Some(is_internet) = word::class(word) {
                if !is_internet {
                    return Err((MasterFileReason::Class, Some(word.clone())));
                }
                has_class = true;
                continue;
            }
            let rtype = rdata::parse_type(word).ok_or_else(|| {
                let name = String::from_utf8_lossy(word).into_owned();
                (RdataError::NoSuchType(name).into(), Some(word.clone()))
            })?;
            return Ok(Parts {
                owner,
                ttl,
                rtype,
                rdata: rest,
            });
        }
    }

    fn add_soa(&mut self, parts: &Parts<'_>, place: Place, scope: &mut Scope) -> Checked<()> {
        if let Some((_, _, _, first)) = &self.out.soa {
            return Err((MasterFileReason::SecondSoa(first.clone()), None));
        }
        let [mname, rname, serial, refresh, retry, expire, minimum] = parts.rdata else {
            return Err((MasterFileReason::SoaFields, None));
        };
        let serial = word::serial(serial)?;
        let minimum = word::seconds(minimum)?;
        let declaration = SoaDeclaration {
            ttl: parts.ttl.or(scope.default_ttl).unwrap_or(minimum),
            mname: word::name(mname, &scope.origin)?.to_string(),
            rname: word::name(rname, &scope.origin)?.to_string(),
            refresh: word::seconds(refresh)?,
            retry: word::seconds(retry)?,
            expire: word::seconds(expire)?,
            minimum,
        };
        scope.last_ttl.get_or_insert(minimum);
        self.out.soa = Some((declaration, parts.owner.to_string(), serial, place));
        Ok(())
    }

    fn add_record(&mut self, parts: &Parts<'_>, place: Place, scope: &Scope) -> Checked<()> {
        let Parts {
            owner,
            ttl,
            rtype,
            rdata,
        } = parts;
        let ttl = ttl
            .or(scope.default_ttl)
            .or(scope.last_ttl)
            .ok_or((MasterFileReason::NoTtl, None))?;
        let data = word::data(*rtype, rdata, &scope.origin)?;
        if self.out.records.len() >= RECORDS_LIMIT {
            return Err((MasterFileReason::TooManyRecords, None));
        }
        self.out.records.push(MasterRecord {
            record: Record {
                owner: owner.to_string(),
                ttl,
                data,
                rule: None,
                origin: None,
                exclusive: false,
            },
            place,
        });
        Ok(())
    }
}
