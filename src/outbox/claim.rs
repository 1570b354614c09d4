//! The drainer's side: what is due, taking it, and settling it.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::{Millis, after};
use crate::error::Result;
use crate::settings::sender::Profile;
use rusqlite::{Row, Transaction, params};
use std::time::Duration;

/// A mail that is being sent.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) id: i64,
    pub(crate) store: String,
    pub(crate) number: String,
    pub(crate) recipient: String,
    pub(crate) tries: u32,
    pub(crate) unsure_tries: u32,
    /// When it was accepted, or sent on its way again by a person, as the clock stands now.
    pub(crate) accepted_at: Millis,
    pub(crate) profile: Option<Profile>,
    /// The user's account it leaves through; without one, the store's.
    pub(crate) account: Option<String>,
}

/// How far a mail came that nobody is sending any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HowFar {
    /// Its content has not gone.
    Claimed,
    /// The server may have it.
    HandedOver,
    /// The server has taken it.
    Taken,
}

/// What becomes of a mail after a try. Waits are spans: they become times where they are written, by the clock of
/// that moment, or one that is set meanwhile would leave a wait of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The server took it.
    Sent,
    /// It waits so long for the next try.
    Later { wait: Duration },
    /// It is due, and the try did not count: nothing was tried, or the account is to blame.
    Back,
    /// Nobody knows; after so long one more try with the same Message-ID.
    Unsure { wait: Duration },
    /// It will not be sent.
    Failed,
    /// Nobody knows; a person decides.
    Uncertain,
}

/// A settlement with its journal line, as it is written.
#[derive(Debug)]
pub(crate) enum Outcome {
    Settled(i64, Settlement, Box<Event>),
    /// It was claimed, and its content has not gone: as if nothing had happened.
    Untouched(i64),
}

impl Outcome {
    /// Gives it without what was said on the line.
    pub(crate) fn without_conversation(self) -> Self {
        match self {
            Outcome::Settled(id, settlement, mut event) => {
                event.conversation = None;
                Outcome::Settled(id, settlement, event)
            }
            untouched => untouched,
        }
    }
}

/// What is claimed together: the waiting mails of one store through one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueLane {
    pub(crate) lane: String,
    pub(crate) store: String,
    pub(crate) account: Option<String>,
    pub(crate) next_at: Millis,
    /// When a person last sent one of them on its way again, or flushed the outbox.
    pub(crate) retried_at: Option<Millis>,
}

/// Columns of a claimed mail, in the order `claimed` reads them.
const COLUMNS: &str = "id, store, number, recipient, tries, unsure_tries, coalesce(retry_from, accepted_at) + clock_shift, profile_name, profile_address, account";

impl Outbox {
    /// Lists the lanes with waiting mails. Jumps from lane to lane in the index: a million rows cost no more than one.
    pub(crate) fn due_lanes(&self) -> Result<Vec<DueLane>> {
        let list = || -> rusqlite::Result<Vec<DueLane>> {
            self.connection
                .prepare_cached(
                    "WITH RECURSIVE waiting (lane) AS (
                         SELECT min(lane) FROM mail WHERE state = 'queued'
                         UNION ALL
                         SELECT (SELECT min(lane) FROM mail WHERE state = 'queued' AND lane > waiting.lane)
                         FROM waiting
                         WHERE waiting.lane IS NOT NULL)
                     SELECT waiting.lane, mail.store, mail.account, mail.next_at,
                            max(coalesce((SELECT max(retry_from + clock_shift) FROM mail AS retried
                                          WHERE retried.state = 'queued' AND retried.lane = waiting.lane
                                            AND retried.retry_from IS NOT NULL), 0),
                                coalesce((SELECT max(hurried_at + clock_shift) FROM mail AS hurried
                                          WHERE hurried.state = 'queued' AND hurried.lane = waiting.lane
                                            AND hurried.hurried_at IS NOT NULL), 0))
                     FROM waiting
                     JOIN mail ON mail.id = (
                         SELECT id FROM mail AS first
                         WHERE first.state = 'queued' AND first.lane = waiting.lane
                         ORDER BY first.next_at, first.id
                         LIMIT 1)",
                )?
                .query_map([], |row| {
                    Ok(DueLane {
                        lane: row.get(0)?,
                        store: row.get(1)?,
                        account: row.get(2)?,
                        next_at: row.get(3)?,
                        retried_at: Some(row.get(4)?).filter(|at| *at > 0),
                    })
                })?
                .collect()
        };
        list().map_err(disk_error)
    }

    /// Takes due mails of one lane; the try counts from here on, before it is made. A customer's mails stay in order:
    /// while one is under way on another line, the next ones wait. As the hand-over mark it survives the process, not
    /// the power: a mail whose claim is forgotten is due.
    pub(crate) fn claim(&mut self, lane: &str, limit: u32, now: Millis) -> Result<Vec<Claimed>> {
        let claim = |outbox: &mut Outbox| -> rusqlite::Result<Vec<Claimed>> {
            let change = outbox.begin_unforced()?;
            let mut mails: Vec<Claimed> = change
                .prepare_cached(&format!(
                    "UPDATE OR ROLLBACK mail SET state = 'sending', tries = tries + 1, handed_over = 0, taken = 0
                     WHERE id IN (SELECT id FROM mail
                                  WHERE state = 'queued' AND lane = ?1 AND next_at <= ?2
                                    AND recipient NOT IN (SELECT recipient FROM mail AS going
                                                          WHERE going.state = 'sending' AND going.lane = ?1)
                                  ORDER BY next_at, id
                                  LIMIT ?3)
                     RETURNING {COLUMNS}"
                ))?
                .query_map(params![lane, now, limit], claimed)?
                .collect::<rusqlite::Result<_>>()?;
            change.commit()?;
            mails.sort_by_key(|mail| mail.id);
            Ok(mails)
        };
        claim(self).map_err(disk_error)
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

    /// Notes that a content is about to go to the server: from here on a crash leaves its outcome unknown. Beside it,
    /// that the server has `taken` others, whose outcome is written later. Survives the process; it is not forced to disk,
    /// so a power cut in this moment forgets it.
    pub(crate) fn note_hand_over(&mut self, id: i64, taken: &[i64]) -> Result<()> {
        let note = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let change = outbox.begin_unforced()?;
            for taken in taken {
                change
                    .prepare_cached(
                        "UPDATE mail SET taken = 1 WHERE id = ?1 AND state = 'sending'",
                    )?
                    .execute([taken])?;
            }
            change
                .prepare_cached(
                    "UPDATE mail SET handed_over = 1 WHERE id = ?1 AND state = 'sending'",
                )?
                .execute([id])?;
            change.commit()
        };
        note(self).map_err(disk_error)
    }

    /// Writes what has become of mails, with their journal lines, in one durable transaction. A mail that is not
    /// `sending` any more stays as it is.
    pub(crate) fn write(&mut self, outcomes: &[Outcome], now: Millis) -> Result<()> {
        let write = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let change = outbox.begin()?;
            for outcome in outcomes {
                match outcome {
                    Outcome::Settled(id, settlement, event) => {
                        settle_row(&change, *id, settlement, event, now)?;
                    }
                    Outcome::Untouched(id) => put_back(&change, *id)?,
                }
            }
            change.commit()
        };
        if outcomes.is_empty() {
            return Ok(());
        }
        write(self).map_err(disk_error)
    }

    /// Lists what is `sending`: on taking over, what the last drainer left; after a stop, what was cut off.
    pub(crate) fn left_sending(&self) -> Result<Vec<(Claimed, HowFar)>> {
        let list = || -> rusqlite::Result<Vec<(Claimed, HowFar)>> {
            self.connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, handed_over, taken FROM mail WHERE state = 'sending' ORDER BY id"
                ))?
                .query_map([], |row| {
                    let far = match (row.get(10)?, row.get(11)?) {
                        (_, true) => HowFar::Taken,
                        (true, false) => HowFar::HandedOver,
                        (false, false) => HowFar::Claimed,
                    };
                    Ok((claimed(row)?, far))
                })?
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
        profile: profile(row.get(7)?, row.get(8)?),
        account: row.get(9)?,
    })
}

/// A mail's user, where it has one.
pub(super) fn profile(name: Option<String>, address: Option<String>) -> Option<Profile> {
    (name.is_some() || address.is_some()).then_some(Profile { name, address })
}

fn put_back(transaction: &Transaction, id: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE mail SET state = 'queued', tries = max(tries - 1, 0), handed_over = 0, taken = 0
             WHERE id = ?1 AND state = 'sending'",
        )?
        .execute([id])
        .map(|_| ())
}

fn settle_row(
    transaction: &Transaction,
    id: i64,
    settlement: &Settlement,
    event: &Event,
    now: Millis,
) -> rusqlite::Result<()> {
    let (state, next_at, tries, unsure) = match settlement {
        Settlement::Sent => ("sent", None, 0, 0),
        Settlement::Later { wait } => ("queued", Some(after(now, *wait)), 0, 0),
        Settlement::Back => ("queued", Some(now), -1, 0),
        Settlement::Unsure { wait } => ("queued", Some(after(now, *wait)), 0, 1),
        Settlement::Failed => ("failed", None, 0, 0),
        Settlement::Uncertain => ("uncertain", None, 0, 0),
    };
    let settled_at = next_at.is_none().then_some(now);
    let changed = transaction
        .prepare_cached(
            "UPDATE OR ROLLBACK mail
             SET state = ?2, next_at = coalesce(?3, next_at), tries = max(tries + ?4, 0),
                 unsure_tries = unsure_tries + ?5, code = ?6, settled_at = ?7, handed_over = 0, taken = 0
             WHERE id = ?1 AND state = 'sending'",
        )?
        .execute(params![
            id, state, next_at, tries, unsure, event.code, settled_at
        ])?;
    match (changed, event.event) {
        (1, "blocked") => journal::write_again(transaction, id, event, now),
        (1, _) => journal::write(transaction, Some(id), event, now),
        _ => Ok(()),
    }
}
