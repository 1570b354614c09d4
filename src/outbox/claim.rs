//! The drainer's side: what is due, taking it, and settling it.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::Millis;
use crate::error::Result;
use rusqlite::{Row, Transaction, TransactionBehavior, params};

/// A mail that is being sent.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) id: i64,
    pub(crate) store: String,
    pub(crate) number: String,
    pub(crate) recipient: String,
    pub(crate) tries: u32,
    pub(crate) unsure_tries: u32,
    pub(crate) accepted_at: Millis,
}

/// What becomes of a mail after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The server took it.
    Sent,
    /// It waits for the next try.
    Later { at: Millis },
    /// It waits, and the try did not count: nothing was tried, or the account is to blame.
    Back { at: Millis },
    /// Nobody knows; one more try with the same Message-ID.
    Unsure { at: Millis },
    /// It will not be sent.
    Failed,
    /// Nobody knows; a person decides.
    Uncertain,
}

/// A store with waiting mails, and when the first of them is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueStore {
    pub(crate) store: String,
    pub(crate) next_at: Millis,
}

impl Outbox {
    /// Lists the stores with waiting mails. Jumps from store to store in the index: a million rows cost no more than one.
    pub(crate) fn due_stores(&self) -> Result<Vec<DueStore>> {
        let list = || -> rusqlite::Result<Vec<DueStore>> {
            self.connection
                .prepare_cached(
                    "WITH RECURSIVE waiting (store) AS (
                         SELECT min(store) FROM mail WHERE state = 'queued'
                         UNION ALL
                         SELECT (SELECT min(store) FROM mail WHERE state = 'queued' AND store > waiting.store)
                         FROM waiting
                         WHERE waiting.store IS NOT NULL)
                     SELECT store,
                            (SELECT min(next_at) FROM mail WHERE state = 'queued' AND store = waiting.store)
                     FROM waiting
                     WHERE store IS NOT NULL",
                )?
                .query_map([], |row| Ok(DueStore { store: row.get(0)?, next_at: row.get(1)? }))?
                .collect()
        };
        list().map_err(disk_error)
    }

    /// Takes due mails of one store; the try counts from here on, before it is made.
    pub(crate) fn claim(&mut self, store: &str, limit: u32, now: Millis) -> Result<Vec<Claimed>> {
        let claim = || -> rusqlite::Result<Vec<Claimed>> {
            let mut mails: Vec<Claimed> = self
                .connection
                .prepare_cached(
                    "UPDATE mail SET state = 'sending', tries = tries + 1, handed_over = 0
                     WHERE id IN (SELECT id FROM mail
                                  WHERE state = 'queued' AND store = ?1 AND next_at <= ?2
                                  ORDER BY next_at, id
                                  LIMIT ?3)
                     RETURNING id, store, number, recipient, tries, unsure_tries, accepted_at",
                )?
                .query_map(params![store, now, limit], claimed)?
                .collect::<rusqlite::Result<_>>()?;
            mails.sort_by_key(|mail| mail.id);
            Ok(mails)
        };
        claim().map_err(disk_error)
    }

    /// Gives the frozen content of a mail; `None` where it was erased.
    pub(crate) fn content(&self, id: i64) -> Result<Option<Vec<u8>>> {
        let read = || -> rusqlite::Result<Option<Vec<u8>>> {
            self.connection
                .prepare_cached("SELECT mime FROM content WHERE mail_id = ?1")?
                .query_map([id], |row| row.get(0))?
                .next()
                .transpose()
        };
        read().map_err(disk_error)
    }

    /// Notes that the content is about to go to the server: from here on a crash leaves the outcome unknown.
    /// Survives the process; it is not forced to disk, so a power cut in this moment forgets it.
    pub(crate) fn note_hand_over(&self, id: i64) -> Result<()> {
        let note = || -> rusqlite::Result<()> {
            self.connection
                .pragma_update(None, "synchronous", "NORMAL")?;
            let noted = self
                .connection
                .prepare_cached(
                    "UPDATE mail SET handed_over = 1 WHERE id = ?1 AND state = 'sending'",
                )?
                .execute([id]);
            self.connection.pragma_update(None, "synchronous", "FULL")?;
            noted.map(|_| ())
        };
        note().map_err(disk_error)
    }

    /// Settles a mail that is being sent, with its journal line; false where it is not `sending` any more.
    pub(crate) fn settle(
        &mut self,
        id: i64,
        settlement: &Settlement,
        event: &Event,
        now: Millis,
    ) -> Result<bool> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(disk_error)?;
        let settled = settle_row(&transaction, id, settlement, event, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        Ok(settled)
    }

    /// Puts mails back that were claimed and not tried: as if nothing had happened.
    pub(crate) fn release(&mut self, mails: &[Claimed]) -> Result<()> {
        let release = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let transaction = outbox
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            for mail in mails {
                transaction
                    .prepare_cached(
                        "UPDATE mail SET state = 'queued', tries = max(tries - 1, 0)
                         WHERE id = ?1 AND state = 'sending' AND handed_over = 0",
                    )?
                    .execute([mail.id])?;
            }
            transaction.commit()
        };
        if mails.is_empty() {
            Ok(())
        } else {
            release(self).map_err(disk_error)
        }
    }

    /// Lists what is `sending`: on taking over, what the last drainer left; after a stop, what was cut off.
    pub(crate) fn left_sending(&self) -> Result<Vec<(Claimed, bool)>> {
        let list = || -> rusqlite::Result<Vec<(Claimed, bool)>> {
            self.connection
                .prepare_cached(
                    "SELECT id, store, number, recipient, tries, unsure_tries, accepted_at, handed_over
                     FROM mail
                     WHERE state = 'sending'
                     ORDER BY id",
                )?
                .query_map([], |row| Ok((claimed(row)?, row.get(7)?)))?
                .collect()
        };
        list().map_err(disk_error)
    }
}

fn claimed(row: &Row) -> rusqlite::Result<Claimed> {
    Ok(Claimed {
        id: row.get(0)?,
        store: row.get(1)?,
        number: row.get(2)?,
        recipient: row.get(3)?,
        tries: row.get(4)?,
        unsure_tries: row.get(5)?,
        accepted_at: row.get(6)?,
    })
}

fn settle_row(
    transaction: &Transaction,
    id: i64,
    settlement: &Settlement,
    event: &Event,
    now: Millis,
) -> rusqlite::Result<bool> {
    let (state, next_at, tries, unsure) = match settlement {
        Settlement::Sent => ("sent", None, 0, 0),
        Settlement::Later { at } => ("queued", Some(*at), 0, 0),
        Settlement::Back { at } => ("queued", Some(*at), -1, 0),
        Settlement::Unsure { at } => ("queued", Some(*at), 0, 1),
        Settlement::Failed => ("failed", None, 0, 0),
        Settlement::Uncertain => ("uncertain", None, 0, 0),
    };
    let settled_at = next_at.is_none().then_some(now);
    let changed = transaction
        .prepare_cached(
            "UPDATE mail
             SET state = ?2, next_at = coalesce(?3, next_at), tries = max(tries + ?4, 0),
                 unsure_tries = unsure_tries + ?5, code = ?6, settled_at = ?7, handed_over = 0
             WHERE id = ?1 AND state = 'sending'",
        )?
        .execute(params![
            id, state, next_at, tries, unsure, event.code, settled_at
        ])?;
    if changed == 1 {
        journal::write(transaction, Some(id), event, now)?;
    }
    Ok(changed == 1)
}
