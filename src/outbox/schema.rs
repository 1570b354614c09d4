//! Tables of the outbox file. Migrations are appended, never edited.

use super::disk_error;
use crate::error::{Error, MAIL_E_FOLDER, MAIL_E_NEWER, Result};
use crate::text;
use rusqlite::{Connection, TransactionBehavior};

/// "till" in ASCII: a file with another id is not ours.
const APPLICATION_ID: i64 = 0x7469_6c6c;

/// One step each from the empty file to the current schema; `user_version` counts those done.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
];

/// Tells whether a file can be read as it is: whoever only looks converts nothing, or the tills that run an
/// older library could not open it again.
pub(super) fn check_current(connection: &Connection) -> Result<()> {
    check_owner(connection)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(disk_error)?;
    match found {
        _ if found > known => Err(Error::new(MAIL_E_NEWER, text::newer_schema(found, known))),
        _ if found < known => Err(Error::new(MAIL_E_FOLDER, text::older_schema(found, known))
            .hint(text::convert_older_schema())),
        _ => Ok(()),
    }
}

/// Brings a file to the current schema; a newer one is left alone.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let version = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0))
    };
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version(connection).map_err(disk_error)? == known {
        return check_owner(connection);
    }
    // Another process may be doing the same: the version is read again under the write lock.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(disk_error)?;
    let found = version(&transaction).map_err(disk_error)?;
    if found > known {
        return Err(Error::new(MAIL_E_NEWER, text::newer_schema(found, known)));
    }
    if found > 0 {
        check_owner(&transaction)?;
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration).map_err(disk_error)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(disk_error)?;
    transaction
        .pragma_update(None, "user_version", known)
        .map_err(disk_error)?;
    transaction.commit().map_err(disk_error)
}

fn check_owner(connection: &Connection) -> Result<()> {
    let id: i64 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(disk_error)?;
    if id == APPLICATION_ID {
        Ok(())
    } else {
        // Not ours to set aside.
        Err(Error::new(MAIL_E_FOLDER, text::foreign_file()))
    }
}
