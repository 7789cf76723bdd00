//! The serial each zone had last: it never goes back, whatever the clock does while the daemon is away.

use std::collections::HashMap;

use redb::{ReadableTable, TableDefinition};
use zonesmith_zone::name::Name;

use super::{Store, StoreError};

/// Apex → serial.
pub(super) const TABLE: TableDefinition<'_, &str, u32> = TableDefinition::new("serials");

impl Store {
    /// The last serial of every zone there ever was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn serials(&self) -> Result<HashMap<Name, u32>, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(TABLE)?;
            let mut serials = HashMap::new();
            for row in table.iter()? {
                let (apex, serial) = row?;
                if let Ok(apex) = Name::parse(apex.value()) {
                    serials.insert(apex, serial.value());
                }
            }
            Ok(serials)
        })
    }

    /// Keeps the serials of these zones, the others stay; on the disk when it returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_serials(&self, serials: &[(Name, u32)]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(TABLE)?;
            for (apex, serial) in serials {
                table.insert(apex.to_string().as_str(), serial)?;
            }
            Ok(())
        })
    }
}
