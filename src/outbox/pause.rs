//! Accounts that wait for a person: a refused login is the account's trouble, not the mail's.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::{Millis, after};
use crate::error::{Error, Result, mail_code};
use crate::text::Text;
use rusqlite::params;
use std::time::Duration;

/// One paused account.
#[derive(Debug, Clone)]
pub(crate) struct Pause {
    pub(crate) account: String,
    pub(crate) since: Millis,
    pub(crate) probe_at: Millis,
    pub(crate) code: mail_code,
    pub(crate) message: Text,
    pub(crate) hint: Option<Text>,
}

impl Outbox {
    /// Pauses an account, or moves its next probe, which comes after `wait`; the journal says so once.
    pub(crate) fn pause(
        &mut self,
        account: &str,
        cause: &Error,
        wait: Duration,
        now: Millis,
    ) -> Result<()> {
        let pause = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let transaction = outbox.begin()?;
            let both = |text: &Text| {
                use crate::text::Language::{English, French};
                (text.get(French).to_owned(), text.get(English).to_owned())
            };
            let (message_fr, message_en) = both(&cause.message);
            let (hint_fr, hint_en) = cause.hint.as_ref().map(both).unzip();
            let known: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM paused WHERE account = ?1)",
                [account],
                |row| row.get(0),
            )?;
            transaction.execute(
                "INSERT INTO paused (account, since, probe_at, code, message_fr, message_en, hint_fr, hint_en)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (account) DO UPDATE
                 SET probe_at = excluded.probe_at, code = excluded.code,
                     message_fr = excluded.message_fr, message_en = excluded.message_en,
                     hint_fr = excluded.hint_fr, hint_en = excluded.hint_en",
                params![account, now, after(now, wait), cause.code, message_fr, message_en, hint_fr, hint_en],
            )?;
            if !known {
                let event = Event {
                    account: Some(account.to_owned()),
                    ..Event::of("account_paused", cause)
                };
                journal::write(&transaction, None, &event, now)?;
            }
            transaction.commit()
        };
        pause(self).map_err(disk_error)
    }

    /// Moves a paused account's next probe; the reason of the pause stays.
    pub(crate) fn put_off_probe(&self, account: &str, wait: Duration, now: Millis) -> Result<()> {
        let _turn = self.turn();
        self.force_to_disk(true).map_err(disk_error)?;
        self.connection
            .prepare_cached("UPDATE paused SET probe_at = ?2 WHERE account = ?1")
            .and_then(|mut update| update.execute(params![account, after(now, wait)]))
            .map(|_| ())
            .map_err(disk_error)
    }

    /// Lifts the pause of an account that works again.
    pub(crate) fn resume(&mut self, account: &str, now: Millis) -> Result<()> {
        let resume = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let transaction = outbox.begin()?;
            if transaction.execute("DELETE FROM paused WHERE account = ?1", [account])? == 1 {
                let event = Event {
                    account: Some(account.to_owned()),
                    ..Event::plain("account_resumed")
                };
                journal::write(&transaction, None, &event, now)?;
            }
            transaction.commit()
        };
        resume(self).map_err(disk_error)
    }

    /// Lists the paused accounts.
    pub(crate) fn paused(&self) -> Result<Vec<Pause>> {
        let list = || -> rusqlite::Result<Vec<Pause>> {
            self.connection
                .prepare_cached(
                    "SELECT account, since, probe_at, code, message_fr, message_en, hint_fr, hint_en
                     FROM paused
                     ORDER BY account",
                )?
                .query_map([], |row| {
                    Ok(Pause {
                        account: row.get(0)?,
                        since: row.get(1)?,
                        probe_at: row.get(2)?,
                        code: row.get(3)?,
                        message: Text::new(row.get::<_, String>(4)?, row.get::<_, String>(5)?),
                        hint: journal::text(row.get(6)?, row.get(7)?),
                    })
                })?
                .collect()
        };
        list().map_err(disk_error)
    }
}
