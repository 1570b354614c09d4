//! What waits, for whom and until when; and trying at once what only waits for the network.

use super::{Outbox, disk_error, journal};
use crate::clock::Millis;
use crate::error::{
    MAIL_E_NETWORK, MAIL_E_PROTOCOL, MAIL_E_QUOTA, MAIL_E_TLS, MAIL_E_UNCERTAIN, Result, mail_code,
};
use crate::text::Text;
use rusqlite::{Transaction, params};

/// Accounts' waits that are looked at; each failed round adds one mail at most.
const MOST_WAITS: u32 = 500;

/// The waiting mails of one store through one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) lane: String,
    pub(crate) store: String,
    pub(crate) account: Option<String>,
    /// Mails whose time has come.
    pub(crate) due: u64,
    /// Mails that wait for their next try.
    pub(crate) later: u64,
    /// Mails that may have arrived and wait for their one more try.
    pub(crate) unsure: u64,
    /// The next time among those that wait.
    pub(crate) next_at: Option<Millis>,
}

/// An account all of whose mails wait, because of what one of them met.
#[derive(Debug, Clone)]
pub(crate) struct AccountWait {
    pub(crate) account: String,
    pub(crate) until: Millis,
    pub(crate) code: mail_code,
    pub(crate) message: Option<Text>,
    pub(crate) hint: Option<Text>,
}

impl AccountWait {
    /// Tells whether trying again at once can do no harm: the server was not reached, and has asked for nothing.
    pub(crate) fn may_be_lifted(&self) -> bool {
        matches!(self.code, MAIL_E_NETWORK | MAIL_E_TLS | MAIL_E_PROTOCOL)
    }
}

impl Outbox {
    /// Holds one moment: what is read until it is dropped fits together, also while others write.
    pub(crate) fn moment(&self) -> Result<Transaction<'_>> {
        self.connection.unchecked_transaction().map_err(disk_error)
    }

    /// Counts what waits in each lane.
    pub(crate) fn lanes(&self, now: Millis) -> Result<Vec<Lane>> {
        let list = || -> rusqlite::Result<Vec<Lane>> {
            self.connection
                .prepare_cached(
                    "SELECT lane, store, account, sum(next_at <= ?1), sum(next_at > ?1 AND code <> ?2),
                            sum(next_at > ?1 AND code = ?2), min(iif(next_at > ?1, next_at, NULL))
                     FROM mail
                     WHERE state = 'queued'
                     GROUP BY lane
                     ORDER BY lane",
                )?
                .query_map(params![now, MAIL_E_UNCERTAIN], |row| {
                    let count = |index| -> rusqlite::Result<u64> {
                        Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
                    };
                    Ok(Lane {
                        lane: row.get(0)?,
                        store: row.get(1)?,
                        account: row.get(2)?,
                        due: count(3)?,
                        later: count(4)?,
                        unsure: count(5)?,
                        next_at: row.get(6)?,
                    })
                })?
                .collect()
        };
        list().map_err(disk_error)
    }

    /// Lists the accounts that wait after a failure of their own (`delivery::rules`): before the envelope, or at
    /// a sending limit. The mail that met it waits until then; one that was sent since has ended the wait.
    pub(crate) fn account_waits(&self, now: Millis) -> Result<Vec<AccountWait>> {
        let list = || -> rusqlite::Result<Vec<AccountWait>> {
            self.connection
                .prepare_cached(
                    "SELECT event.account, mail.next_at, event.code, event.message_fr, event.message_en,
                            event.hint_fr, event.hint_en
                     FROM mail
                     JOIN event ON event.id = (SELECT max(id) FROM event AS last WHERE last.mail_id = mail.id)
                     WHERE mail.state = 'queued' AND mail.next_at > ?1 AND mail.code <> 0
                       AND event.event = 'later' AND event.account IS NOT NULL
                       AND (event.code = ?2 OR event.step NOT IN ('mail_from', 'rcpt_to', 'data', 'body', 'reset'))
                       AND NOT EXISTS (SELECT 1 FROM event AS since
                                       WHERE since.event = 'sent' AND since.account = event.account
                                         AND since.at >= event.at AND since.id > event.id)
                     ORDER BY event.id DESC
                     LIMIT ?3",
                )?
                .query_map(params![now, MAIL_E_QUOTA, MOST_WAITS], |row| {
                    Ok(AccountWait {
                        account: row.get(0)?,
                        until: row.get(1)?,
                        code: row.get(2)?,
                        message: journal::text(row.get(3)?, row.get(4)?),
                        hint: journal::text(row.get(5)?, row.get(6)?),
                    })
                })?
                .collect()
        };
        let mut waits: Vec<AccountWait> = Vec::new();
        for wait in list().map_err(disk_error)? {
            // The newest one holds.
            if waits.iter().all(|known| known.account != wait.account) {
                waits.push(wait);
            }
        }
        Ok(waits)
    }

    /// Makes the mails of some lanes due that wait because a connection failed; those of others wait as long as
    /// their account must. Gives how many were made due. `hurried_at` moves with the clock, as ages do.
    pub(crate) fn hurry(
        &mut self,
        lanes: &[String],
        held: &[(String, Millis)],
        now: Millis,
    ) -> Result<usize> {
        let hurry = |outbox: &mut Outbox| -> rusqlite::Result<usize> {
            let transaction = outbox.begin()?;
            let mut mails = 0;
            for lane in lanes {
                mails += transaction
                    .prepare_cached(
                        "UPDATE mail SET next_at = ?2, hurried_at = ?2 - clock_shift
                         WHERE state = 'queued' AND lane = ?1 AND next_at > ?2 AND code IN (?3, ?4, ?5)",
                    )?
                    .execute(params![
                        lane,
                        now,
                        MAIL_E_NETWORK,
                        MAIL_E_TLS,
                        MAIL_E_PROTOCOL
                    ])?;
            }
            for (lane, until) in held {
                transaction
                    .prepare_cached(
                        "UPDATE mail SET next_at = ?2
                         WHERE state = 'queued' AND lane = ?1 AND next_at < ?2",
                    )?
                    .execute(params![lane, until])?;
            }
            transaction.commit()?;
            Ok(mails)
        };
        hurry(self).map_err(disk_error)
    }
}
