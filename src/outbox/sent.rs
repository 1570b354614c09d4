//! How much an account has sent lately, against the limits of its provider.

use super::{Outbox, disk_error};
use crate::clock::Millis;
use crate::error::Result;
use rusqlite::params;

/// Mails sent through an account in a span of time, and when the span's first one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) mails: u64,
    pub(crate) first_at: Option<Millis>,
}

impl Outbox {
    /// Counts what an account has sent in a span that ends now; looks at no more than `most` mails. What was
    /// sent in what is now the future, because the clock was set back, does not count.
    pub(crate) fn sent_within(
        &self,
        account: &str,
        span: Millis,
        now: Millis,
        most: u32,
    ) -> Result<Sent> {
        self.connection
            .prepare_cached(
                "SELECT count(*), min(at)
                 FROM (SELECT at FROM event
                       WHERE event = 'sent' AND account = ?1 AND at > ?2 AND at <= ?3
                       ORDER BY at DESC
                       LIMIT ?4)",
            )
            .and_then(|mut query| {
                query.query_row(
                    params![account, now.saturating_sub(span), now, most],
                    |row| {
                        let mails: i64 = row.get(0)?;
                        Ok(Sent {
                            mails: u64::try_from(mails).unwrap_or(0),
                            first_at: row.get(1)?,
                        })
                    },
                )
            })
            .map_err(disk_error)
    }
}
