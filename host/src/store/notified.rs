//! The serial of each zone that other nameservers were told of last.

use std::collections::HashMap;

use redb::{ReadableTable, TableDefinition};
use zonesmith_zone::name::Name;

use super::{Store, StoreError};

/// Apex → serial.
pub(super) const TABLE: TableDefinition<'_, &str, u32> = TableDefinition::new("notified");

impl Store {
    /// What others were told, of every zone that they were told of.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn notified(&self) -> Result<HashMap<Name, u32>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut notified = HashMap::new();
            for row in table.iter()? {
                let (apex, serial) = row?;
                if let Ok(apex) = Name::parse(apex.value()) {
                    notified.insert(apex, serial.value());
                }
            }
            Ok(notified)
        })
    }

    /// What others were told of one zone.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn notified_of(&self, zone: &Name) -> Result<Option<u32>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let told = table.get(zone.to_string().as_str())?;
            Ok(told.map(|row| row.value()))
        })
    }

    /// Others were told of `serial`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_notified(&self, zone: &Name, serial: u32) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            table.insert(zone.to_string().as_str(), serial)?;
            Ok(())
        })
    }
}
