//! Metadata of zones, in the words of PowerDNS: kinds (`ALLOW-AXFR-FROM`, `NSEC3PARAM`, …) with their values.

use std::collections::BTreeMap;

use redb::{ReadableTable, TableDefinition};
use zonesmith_zone::name::Name;

use super::{Store, StoreError};

/// (Apex, kind) → values.
pub(super) const TABLE: TableDefinition<'_, (&str, &str), Vec<&str>> =
    TableDefinition::new("metadata");

impl Store {
    /// Everything that is set for a zone.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn metadata(&self, zone: &Name) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        let zone = zone.to_string();
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut metadata = BTreeMap::new();
            for row in table.range((zone.as_str(), "")..)? {
                let (place, values) = row?;
                let (owner, kind) = place.value();
                if owner != zone {
                    break;
                }
                metadata.insert(kind.to_owned(), owned(&values.value()));
            }
            Ok(metadata)
        })
    }

    /// The values of one kind; empty when it is not set.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn metadata_of(&self, zone: &Name, kind: &str) -> Result<Vec<String>, StoreError> {
        let zone = zone.to_string();
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let values = table
                .get((zone.as_str(), kind))?
                .map(|values| owned(&values.value()))
                .unwrap_or_default();
            Ok(values)
        })
    }

    /// The zones for which a kind is set.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn zones_with(&self, kind: &str) -> Result<Vec<Name>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut zones = Vec::new();
            for row in table.iter()? {
                let (place, _) = row?;
                let (zone, found) = place.value();
                if found == kind {
                    zones.extend(Name::parse(zone));
                }
            }
            Ok(zones)
        })
    }

    /// Sets a kind, or takes it away when there are no values.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_metadata(
        &self,
        zone: &Name,
        kind: &str,
        values: &[String],
    ) -> Result<(), StoreError> {
        let zone = zone.to_string();
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            if values.is_empty() {
                table.remove((zone.as_str(), kind))?;
            } else {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                table.insert((zone.as_str(), kind), values)?;
            }
            Ok(())
        })
    }
}

/// Values of a row.
pub(super) fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}
