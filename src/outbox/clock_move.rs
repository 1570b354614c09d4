//! When the machine's clock is set, what waits moves with it: a wait is time that passes, not a date.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::Millis;
use crate::error::Result;
use crate::text;
use rusqlite::{OptionalExtension, Transaction, params};

/// Mails accepted in the last moments carry the new time already.
const JUST_NOW_MS: Millis = 5_000;

impl Outbox {
    /// Gives the time of the newest journal line: no clock that is right can show less.
    pub(crate) fn newest_line_at(&self) -> Result<Option<Millis>> {
        self.connection
            .prepare_cached("SELECT at FROM event ORDER BY id DESC LIMIT 1")
            .and_then(|mut query| query.query_row([], |row| row.get(0)).optional())
            .map_err(disk_error)
    }

    /// Moves waits and ages by as much as the clock was moved. No wait ends later than `longest` from now,
    /// whatever the clocks have shown.
    pub(crate) fn move_clock(&mut self, by: Millis, now: Millis, longest: Millis) -> Result<()> {
        let transaction = self.begin().map_err(disk_error)?;
        move_waits(&transaction, by, now, now.saturating_add(longest)).map_err(disk_error)?;
        let moved = Event {
            message: Some(text::clock_moved(by)),
            ..Event::plain("clock_moved")
        };
        journal::write(&transaction, None, &moved, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)
    }
}

fn move_waits(
    transaction: &Transaction,
    by: Millis,
    now: Millis,
    latest: Millis,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE mail
         SET next_at = min(next_at + ?1, ?4), clock_shift = clock_shift + ?1
         WHERE state IN ('queued', 'sending') AND next_at <> 0
           AND NOT (coalesce(retry_from, accepted_at) BETWEEN ?2 - ?3 AND ?2)",
        params![by, now, JUST_NOW_MS, latest],
    )?;
    transaction.execute(
        "UPDATE mail SET next_at = ?1 WHERE state = 'queued' AND next_at > ?1",
        [latest],
    )?;
    transaction
        .execute(
            "UPDATE paused SET probe_at = min(probe_at + ?1, ?2)",
            [by, latest],
        )
        .map(|_| ())
}
