//! Tokens of accounts that log in without a password; sealed by whoever keeps them here.

use super::{Event, Outbox, disk_error, journal, saved};
use crate::clock::Millis;
use crate::error::Result;
use rusqlite::{OptionalExtension, Transaction, params};

/// The tokens of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeptTokens {
    pub(crate) sealed_refresh_token: Option<String>,
    pub(crate) sealed_access_token: Option<String>,
    /// When the access token was given.
    pub(crate) access_from: Option<Millis>,
    /// When it ends; nothing where the server did not say.
    pub(crate) access_until: Option<Millis>,
    pub(crate) refreshed_at: Millis,
}

impl Outbox {
    /// Gives the tokens of an account.
    pub(crate) fn tokens(&self, account: &str) -> Result<Option<KeptTokens>> {
        self.connection
            .prepare_cached(
                "SELECT refresh_token, access_token, access_from, access_until, refreshed_at
                 FROM token WHERE account = ?1",
            )
            .and_then(|mut query| {
                query
                    .query_row([account], |row| {
                        Ok(KeptTokens {
                            sealed_refresh_token: row.get(0)?,
                            sealed_access_token: row.get(1)?,
                            access_from: row.get(2)?,
                            access_until: row.get(3)?,
                            refreshed_at: row.get(4)?,
                        })
                    })
                    .optional()
            })
            .map_err(disk_error)
    }

    /// Keeps the tokens of an account in place of those it had. The new ones are on the disk, or the old ones are.
    pub(crate) fn keep_tokens(&mut self, account: &str, tokens: &KeptTokens) -> Result<()> {
        let keep = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let transaction = outbox.begin()?;
            write(&transaction, account, tokens)?;
            transaction.commit()
        };
        keep(self).map_err(disk_error)
    }

    /// Keeps the tokens of an account that somebody has just signed in, or forgets those of one that is signed out. As
    /// after saving, pauses are lifted and waiting mails are due, in the other processes too.
    pub(crate) fn change_sign_in(
        &mut self,
        account: &str,
        tokens: Option<&KeptTokens>,
        event: &Event,
        now: Millis,
    ) -> Result<()> {
        let change = |outbox: &mut Outbox| -> rusqlite::Result<()> {
            let transaction = outbox.begin()?;
            match tokens {
                Some(tokens) => write(&transaction, account, tokens)?,
                None => {
                    transaction.execute("DELETE FROM token WHERE account = ?1", [account])?;
                }
            }
            transaction.execute("UPDATE settings SET version = version + 1 WHERE id = 1", [])?;
            saved::lift(&transaction, now)?;
            journal::write(&transaction, None, event, now)?;
            transaction.commit()
        };
        change(self).map_err(disk_error)
    }
}

fn write(transaction: &Transaction, account: &str, tokens: &KeptTokens) -> rusqlite::Result<()> {
    transaction
        .execute(
            "INSERT INTO token (account, refresh_token, access_token, access_from, access_until, refreshed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account) DO UPDATE
             SET refresh_token = excluded.refresh_token, access_token = excluded.access_token,
                 access_from = excluded.access_from, access_until = excluded.access_until,
                 refreshed_at = excluded.refreshed_at",
            params![
                account,
                tokens.sealed_refresh_token,
                tokens.sealed_access_token,
                tokens.access_from,
                tokens.access_until,
                tokens.refreshed_at
            ],
        )
        .map(|_| ())
}
