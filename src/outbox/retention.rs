//! Forgetting: contents go some days after a mail is finished, addresses some days later.

use super::{Outbox, disk_error, transcript};
use crate::clock::Millis;
use crate::error::Result;
use crate::settings::in_force::JournalRules;
use rusqlite::params;

const DAY_MS: i64 = 86_400_000;
/// Rows of one transaction, so that a till never waits behind a large clean-up.
const ROWS: u32 = 500;

impl Outbox {
    /// Deletes what is past its time; true while there is more to do.
    pub(crate) fn forget(&mut self, rules: &JournalRules, now: Millis) -> Result<bool> {
        let forget = |outbox: &Outbox| -> rusqlite::Result<usize> {
            let contents = outbox
                .connection
                .prepare_cached(
                    "DELETE FROM content WHERE mail_id IN (
                         SELECT mail.id FROM mail JOIN content ON content.mail_id = mail.id
                         WHERE mail.settled_at IS NOT NULL AND mail.settled_at < ?1
                         LIMIT ?2)",
                )?
                .execute(params![before(now, rules.content_days), ROWS])?;
            let addresses = outbox
                .connection
                .prepare_cached(
                    "UPDATE mail SET recipient = 'forgotten:' || substr(once, 1, 16), subject = ''
                     WHERE id IN (
                         SELECT id FROM mail
                         WHERE settled_at IS NOT NULL AND settled_at < ?1
                           AND recipient NOT LIKE 'forgotten:%'
                         LIMIT ?2)",
                )?
                .execute(params![before(now, rules.address_days), ROWS])?;
            transcript::forget_before(&outbox.connection, before(now, rules.address_days))?;
            Ok(contents.max(addresses))
        };
        let rows = forget(self).map_err(disk_error)?;
        Ok(u32::try_from(rows).unwrap_or(ROWS) >= ROWS)
    }
}

fn before(now: Millis, days: u32) -> Millis {
    now.saturating_sub(i64::from(days).saturating_mul(DAY_MS))
}
