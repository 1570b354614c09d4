//! Forgetting: contents go some days after a mail is finished, addresses some days later, and when the
//! journal is full the mails finished longest ago go whole.

use super::actions::erase_words;
use super::{Outbox, disk_error, transcript};
use crate::clock::Millis;
use crate::error::Result;
use crate::settings::in_force::JournalRules;
use rusqlite::{Connection, params};

const DAY_MS: i64 = 86_400_000;
/// Rows of one transaction, so that a till never waits behind a large clean-up.
const ROWS: u32 = 500;
/// Lines kept of what concerns no single mail: settings saved, accounts paused.
const LIBRARY_LINES: u32 = 10_000;

impl Outbox {
    /// Deletes what is past its time or over its bound; true while there is more to do. When all is done, the
    /// bytes are gone from the write-ahead log too, as far as no other connection is reading it.
    pub(crate) fn forget(&mut self, rules: &JournalRules, now: Millis) -> Result<bool> {
        let (of_contents, of_addresses) = (
            before(now, rules.content_days),
            before(now, rules.address_days),
        );
        // Looked for before the write lock is taken: all that was forgotten long ago is passed over, and tills go on.
        let contents = old_contents(&self.connection, of_contents).map_err(disk_error)?;
        let addresses = old_addresses(&self.connection, of_addresses).map_err(disk_error)?;
        let transaction = self.begin().map_err(disk_error)?;
        let forget = || -> rusqlite::Result<(usize, bool)> {
            calm_future(&transaction, now)?;
            let contents = forget_contents(&transaction, &contents, of_contents)?;
            let addresses = forget_addresses(&transaction, &addresses, of_addresses)?;
            transcript::forget_before(&transaction, of_addresses)?;
            let mails = make_room(&transaction, rules.max_lines, ROWS)?;
            let lines = forget_library_lines(&transaction)?;
            let most = contents.max(addresses).max(mails).max(lines);
            Ok((
                contents + addresses + mails + lines,
                u32::try_from(most).unwrap_or(ROWS) >= ROWS,
            ))
        };
        let (rows, more) = forget().map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        if rows > 0 && !more {
            self.wipe_log()?;
        }
        Ok(more)
    }

    /// Moves the write-ahead log into the file and empties it; false where somebody else is reading.
    pub(super) fn wipe_log(&self) -> Result<bool> {
        let _turn = self.turn();
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            })
            .map(|busy| busy == 0)
            .map_err(disk_error)
    }
}

fn before(now: Millis, days: u32) -> Millis {
    now.saturating_sub(i64::from(days).saturating_mul(DAY_MS))
}

/// A mail finished in what is now the future, because the clock was set back, is kept no longer than the others.
fn calm_future(connection: &Connection, now: Millis) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE mail SET settled_at = ?1 WHERE settled_at > ?1")?
        .execute([now])
        .map(|_| ())
}

/// Mails whose contents are past their time.
fn old_contents(connection: &Connection, before: Millis) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT mail.id FROM mail JOIN content ON content.mail_id = mail.id
             WHERE mail.settled_at IS NOT NULL AND mail.settled_at < ?1
             LIMIT ?2",
        )?
        .query_map(params![before, ROWS], |row| row.get(0))?
        .collect()
}

/// A mail that was sent on its way again meanwhile keeps its content.
fn forget_contents(
    connection: &Connection,
    mails: &[i64],
    before: Millis,
) -> rusqlite::Result<usize> {
    let mut forget = connection.prepare_cached(
        "DELETE FROM content WHERE mail_id = (SELECT id FROM mail WHERE id = ?1 AND settled_at < ?2)",
    )?;
    for id in mails {
        forget.execute([*id, before])?;
    }
    Ok(mails.len())
}

/// Mails whose addresses are past their time.
fn old_addresses(connection: &Connection, before: Millis) -> rusqlite::Result<Vec<(i64, String)>> {
    connection
        .prepare_cached(
            "SELECT id, recipient FROM mail
             WHERE settled_at IS NOT NULL AND settled_at < ?1 AND recipient NOT LIKE 'forgotten:%'
             LIMIT ?2",
        )?
        .query_map(params![before, ROWS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The address goes from the mail, and from the words of servers that repeat it.
fn forget_addresses(
    connection: &Connection,
    mails: &[(i64, String)],
    before: Millis,
) -> rusqlite::Result<usize> {
    let mut is_old = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND settled_at < ?2)")?;
    for (id, recipient) in mails {
        if is_old.query_row([*id, before], |row| row.get(0))? {
            forget_address(connection, *id)?;
            erase_words(connection, Some(*id), recipient)?;
        }
    }
    Ok(mails.len())
}

/// Replaces the address of a mail by a digest and blanks its subject.
pub(super) fn forget_address(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE mail SET recipient = 'forgotten:' || substr(once, 1, 16), subject = '' WHERE id = ?1",
        )?
        .execute([id])
        .map(|_| ())
}

/// Forgets the mails finished longest ago, with their lines, while the journal has too many.
pub(super) fn make_room(
    connection: &Connection,
    max_lines: u64,
    most_mails: u32,
) -> rusqlite::Result<usize> {
    let most_lines = i64::try_from(max_lines).unwrap_or(i64::MAX);
    let mut lines = connection.prepare_cached("SELECT lines FROM journal")?;
    let mut forget_oldest = connection.prepare_cached(
        "DELETE FROM mail WHERE id = (SELECT id FROM mail WHERE settled_at IS NOT NULL ORDER BY settled_at LIMIT 1)",
    )?;
    let mut forgotten = 0;
    for _ in 0..most_mails {
        let over = lines.query_row([], |row| row.get::<_, i64>(0))? > most_lines;
        if !over || forget_oldest.execute([])? == 0 {
            break;
        }
        forgotten += 1;
    }
    Ok(forgotten)
}

fn forget_library_lines(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "DELETE FROM event WHERE id IN (
                 SELECT id FROM event WHERE mail_id IS NULL ORDER BY id DESC LIMIT ?1 OFFSET ?2)",
        )?
        .execute(params![ROWS, LIBRARY_LINES])
}
