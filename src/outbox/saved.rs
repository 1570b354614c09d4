//! The saved settings document.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::Millis;
use crate::error::{MAIL_E_UNCERTAIN, Result};
use crate::json::json;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;

/// Versions count up with each saving; 0 is "never saved".
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) document: Value,
    pub(crate) version: i64,
}

impl Outbox {
    /// Reads the saved document; an empty one where none was saved yet.
    pub(crate) fn settings(&self) -> Result<Saved> {
        read(&self.connection)
    }

    /// Gives the version of the saved document, 0 where none was saved: enough to know whether one that was
    /// read before still holds.
    pub(crate) fn settings_version(&self) -> Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(version), 0) FROM settings")
            .and_then(|mut query| query.query_row([], |row| row.get(0)))
            .map_err(disk_error)
    }

    /// Lifts pauses and makes waiting mails due, as saving does: for what was settled by older settings just after.
    pub(crate) fn lift(&mut self, now: Millis) -> Result<()> {
        let transaction = self.begin().map_err(disk_error)?;
        lift(&transaction, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)
    }

    /// Changes the saved document in one transaction: reads it under the write lock, so that two
    /// processes saving at once both count. Somebody has acted: pauses are lifted, waiting mails are due.
    pub(crate) fn change_settings<T>(
        &mut self,
        now: Millis,
        change: impl FnOnce(&Value) -> Result<(Value, T)>,
    ) -> Result<(i64, T)> {
        let transaction = self.begin().map_err(disk_error)?;
        let saved = read(&transaction)?;
        let (document, answer) = change(&saved.document)?;
        let version = saved.version + 1;
        write(&transaction, &document, version, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        Ok((version, answer))
    }
}

fn read(connection: &rusqlite::Connection) -> Result<Saved> {
    let row = connection
        .prepare_cached("SELECT document, version FROM settings WHERE id = 1")
        .and_then(|mut query| {
            query
                .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(disk_error)?;
    let Some((text_of_document, version)) = row else {
        return Ok(Saved {
            document: json!({}),
            version: 0,
        });
    };
    let document = serde_json::from_str(&text_of_document).map_err(|_| super::damaged())?;
    Ok(Saved { document, version })
}

fn write(
    transaction: &Transaction,
    document: &Value,
    version: i64,
    now: Millis,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO settings (id, document, version, saved_at)
         VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE
         SET document = excluded.document, version = excluded.version, saved_at = excluded.saved_at",
        params![document.to_string(), version, now],
    )?;
    lift(transaction, now)?;
    journal::write(transaction, None, &Event::plain("settings_saved"), now)
}

/// What waited for a failure to pass is due at once; what may have arrived keeps its wait.
pub(super) fn lift(transaction: &Transaction, now: Millis) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM paused", [])?;
    transaction
        .execute(
            "UPDATE mail SET next_at = ?1
             WHERE state = 'queued' AND next_at > ?1 AND code <> ?2",
            params![now, MAIL_E_UNCERTAIN],
        )
        .map(|_| ())
}
