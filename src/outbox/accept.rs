//! Taking a mail in: row, content and journal line in one durable transaction.

use super::{Event, Outbox, disk_error, journal};
use crate::clock::Millis;
use crate::error::{Error, MAIL_E_OUTBOX_FULL, Result};
use crate::text;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

/// A mail that is ready to be kept: everything checked, content frozen.
#[derive(Debug)]
pub(crate) struct NewMail {
    pub(crate) kind: &'static str,
    pub(crate) store: String,
    pub(crate) number: String,
    pub(crate) document_type: String,
    pub(crate) recipient: String,
    pub(crate) once: String,
    pub(crate) test: bool,
    pub(crate) message_id: String,
    pub(crate) subject: String,
    pub(crate) sha256: String,
    pub(crate) mime: Vec<u8>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) id: i64,
    pub(crate) message_id: String,
    pub(crate) state: String,
    pub(crate) emission: i64,
    pub(crate) sha256: String,
    /// The same receipt was there already; nothing was added.
    pub(crate) duplicate: bool,
}

impl Outbox {
    /// Keeps a mail, or finds the same receipt that is kept already. Durable when it returns.
    pub(crate) fn accept(
        &mut self,
        mail: &NewMail,
        max_waiting: u64,
        now: Millis,
    ) -> Result<Accepted> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(disk_error)?;
        if let Some(first) = find_same(&transaction, mail).map_err(disk_error)? {
            return Ok(first);
        }
        if waiting(&transaction).map_err(disk_error)? >= max_waiting {
            return Err(Error::new(
                MAIL_E_OUTBOX_FULL,
                text::outbox_full(max_waiting),
            ));
        }
        let accepted = insert(&transaction, mail, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        Ok(accepted)
    }
}

fn find_same(transaction: &Transaction, mail: &NewMail) -> rusqlite::Result<Option<Accepted>> {
    if mail.test || mail.kind != "receipt" {
        return Ok(None);
    }
    transaction
        .prepare_cached(
            "SELECT id, message_id, state, emission, sha256
             FROM mail
             WHERE once = ?1 AND test = 0 AND kind = 'receipt'
             ORDER BY emission
             LIMIT 1",
        )?
        .query_row([&mail.once], |row| {
            Ok(Accepted {
                id: row.get(0)?,
                message_id: row.get(1)?,
                state: row.get(2)?,
                emission: row.get(3)?,
                sha256: row.get(4)?,
                duplicate: true,
            })
        })
        .optional()
}

fn waiting(transaction: &Transaction) -> rusqlite::Result<u64> {
    transaction
        .prepare_cached("SELECT sum(mails) FROM tally WHERE state IN ('queued', 'sending')")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(|count| u64::try_from(count).unwrap_or(0))
}

fn insert(transaction: &Transaction, mail: &NewMail, now: Millis) -> rusqlite::Result<Accepted> {
    let size = i64::try_from(mail.mime.len()).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "INSERT INTO mail (kind, store, number, document_type, recipient, once, emission, test,
                               message_id, subject, size, sha256, state, accepted_at, next_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10, ?11, 'queued', ?12, ?12)",
        )?
        .execute(params![
            mail.kind,
            mail.store,
            mail.number,
            mail.document_type,
            mail.recipient,
            mail.once,
            mail.test,
            mail.message_id,
            mail.subject,
            size,
            mail.sha256,
            now,
        ])?;
    let id = transaction.last_insert_rowid();
    transaction
        .prepare_cached("INSERT INTO content (mail_id, mime) VALUES (?1, ?2)")?
        .execute(params![id, mail.mime])?;
    journal::write(transaction, Some(id), &Event::plain("accepted"), now)?;
    Ok(Accepted {
        id,
        message_id: mail.message_id.clone(),
        state: "queued".to_owned(),
        emission: 1,
        sha256: mail.sha256.clone(),
        duplicate: false,
    })
}
