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
    /// Counts what an account has sent since a time; looks at no more than `most` mails.
    pub(crate) fn sent_since(&self, account: &str, since: Millis, most: u32) -> Result<Sent> {
        self.connection
            .prepare_cached(
                "SELECT count(*), min(at)
                 FROM (SELECT at FROM event
                       WHERE event = 'sent' AND account = ?1 AND at > ?2
                       ORDER BY at DESC
                       LIMIT ?3)",
            )
            .and_then(|mut query| {
                query.query_row(params![account, since, most], |row| {
                    let mails: i64 = row.get(0)?;
                    Ok(Sent {
                        mails: u64::try_from(mails).unwrap_or(0),
                        first_at: row.get(1)?,
                    })
                })
            })
            .map_err(disk_error)
    }
}
