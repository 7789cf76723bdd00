//! Master files: read, served, printed and read again.

use super::{printed, read_back, zones};
use crate::contents::{Contents, Contributor};
use crate::contribution::Contribution;
use crate::master_file::{self, ERRORS_LIMIT, MasterFile, RECORDS_LIMIT};
use crate::name::Name;
use crate::validate::{CheckedRecord, check};

/// The zone the file is of.
const APEX: &str = "cluster1.";

/// Most `$GENERATE` and `$INCLUDE` an input has: more of them are only slower.
const DIRECTIVES: usize = 2;

/// Records that are printed and read again. What holds of these holds of more, and a line of `$GENERATE` makes 65,536, for
/// which a fuzzer has no time.
const PRINTED_LIMIT: usize = 256;

/// Reads `octets` up to the first 0 as a master file, and what follows as the file it includes, whatever it calls it.
/// Proves that
/// - what is refused is refused with a place that exists;
/// - the records that may stand in a zone are read back from their own text;
/// - a zone that is printed is read again as the same zone.
///
/// # Errors
/// A sentence that says which of these does not hold.
pub fn master_files(octets: &[u8]) -> Result<(), String> {
    let end = octets.iter().position(|&octet| octet == 0);
    let (text, included) = octets.split_at(end.unwrap_or(octets.len()));
    if generates(text) + generates(included) > DIRECTIVES {
        return Ok(());
    }
    let lines = octets.iter().filter(|&&octet| octet == b'\n').count() + 1;
    match read(text, included)? {
        Err(places) => {
            if places.is_empty() || places.len() > ERRORS_LIMIT {
                return Err(format!("{} errors", places.len()));
            }
            match places.iter().find(|(line, _)| !is_within(*line, lines)) {
                Some((_, error)) => Err(format!("there is no such line: {error}")),
                None => Ok(()),
            }
        }
        Ok(file) => {
            if file.records.len() > RECORDS_LIMIT {
                return Err(format!("{} records", file.records.len()));
            }
            if let Some(record) = file
                .records
                .iter()
                .find(|record| !is_within(record.place.line, lines))
            {
                return Err(format!("there is no such line: {record:?}"));
            }
            if file.records.len() > PRINTED_LIMIT {
                return Ok(());
            }
            print_and_read(file)
        }
    }
}

fn print_and_read(file: MasterFile) -> Result<(), String> {
    let checked = checked(file)?;
    for record in &checked {
        if !read_back(record)? {
            return Ok(());
        }
    }
    let text = served(checked)?;
    let again = match read(text.as_bytes(), b"")? {
        Ok(again) => again,
        Err(errors) => return Err(format!("{errors:?} in\n{text}")),
    };
    if again.soa.is_none() {
        return Err(format!("no SOA is read in\n{text}"));
    }
    let other = served(self::checked(again)?)?;
    if other != text {
        return Err(format!("printed:\n{text}\nread again:\n{other}"));
    }
    Ok(())
}

/// The records that may stand in the zones.
fn checked(file: MasterFile) -> Result<Vec<CheckedRecord>, String> {
    let records = file.records.into_iter().map(|one| one.record).collect();
    Ok(check(records, &zones()?).0)
}

/// The zone that these records make, printed.
fn served(records: Vec<CheckedRecord>) -> Result<String, String> {
    let contributor = Contributor {
        rank: 0,
        label: "".into(),
    };
    let contribution = Contribution::from_records(records);
    let (contents, _) = Contents::build(zones()?, vec![(contributor, contribution)]);
    let zone_set = contents.zone_set();
    let apex = Name::parse(APEX).map_err(|error| error.to_string())?;
    let zone = zone_set.zones().find_apex(apex.as_ref());
    zone.map(|zone| printed(&zone_set, [zone]))
        .ok_or_else(|| format!("{APEX} is not there"))
}

/// A file, or its errors with their lines.
type Read = Result<MasterFile, Vec<(u32, String)>>;

fn read(text: &[u8], included: &[u8]) -> Result<Read, String> {
    let origin = Name::parse(APEX).map_err(|error| error.to_string())?;
    let mut left = DIRECTIVES;
    let mut include = |path: &str, _: &str| {
        left = left.checked_sub(1).ok_or("enough")?;
        Ok((path.into(), included.to_vec()))
    };
    let read = master_file::read("zone", text, &origin, &mut include);
    Ok(read.map_err(|errors| {
        errors
            .iter()
            .map(|error| (error.place.line, error.to_string()))
            .collect()
    }))
}

fn is_within(line: u32, lines: usize) -> bool {
    line >= 1 && usize::try_from(line).is_ok_and(|line| line <= lines)
}

fn generates(text: &[u8]) -> usize {
    const DIRECTIVE: &[u8] = b"$GENERATE";
    text.windows(DIRECTIVE.len())
        .filter(|octets| octets.eq_ignore_ascii_case(DIRECTIVE))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_everything_is_printed_and_read_again() {
        let text = b"$TTL 1h\n@ SOA dns hostmaster ( 1 2h 1h 5d 1d )\n@ NS ns1\nns1 A 10.0.0.1 ; first\n$GENERATE 1-3 host$ A 10.0.1.$\n\
            $INCLUDE other\n*.wild 5m TXT \"a b\" c\\\"d\nsub NS ns.sub\nns.sub AAAA fd00::1\0mail MX 5 ns1\n";
        master_files(text).unwrap();
    }
}
