//! Taking a mail in, within the bounds of the outbox: row, content and journal line, inside the transaction of its
//! group (`group`).

use super::group::Order;
use super::{Event, actions, journal, retention};
use crate::clock::Millis;
use crate::error::{Error, MAIL_E_JOURNAL_FULL, MAIL_E_OUTBOX_BYTES, MAIL_E_OUTBOX_FULL, Result};
use crate::settings::in_force::Bounds;
use crate::settings::sender::Profile;
use crate::text;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// Finished mails that one new mail pushes out of a full journal at the most: a till does not wait for more.
const MADE_ROOM: u32 = 8;

/// A mail that is ready to be kept: everything checked, content frozen.
#[derive(Debug, Clone)]
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
    /// The user it is from; without one, the store.
    pub(crate) profile: Option<Profile>,
    /// The user's account it leaves through; without one, the store's.
    pub(crate) account: Option<String>,
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

/// Keeps the mails of one caller, or none of them. The outer error is the disk's: then nothing of the transaction
/// holds. The inner one refuses these mails alone, before anything of them is written.
pub(super) fn keep(
    transaction: &Transaction,
    order: &Order,
) -> rusqlite::Result<Result<Vec<Accepted>>> {
    let mut kept = Vec::with_capacity(order.mails.len());
    for mail in &order.mails {
        kept.push(find_same(transaction, mail)?);
    }
    let new = order.mails.iter().zip(&kept);
    let new = new.filter_map(|(mail, same)| same.is_none().then_some(mail));
    if let Err(refused) = room_for(transaction, new, &order.bounds)? {
        return Ok(Err(refused));
    }
    let mut accepted = Vec::with_capacity(order.mails.len());
    for (mail, same) in order.mails.iter().zip(kept) {
        accepted.push(match same {
            Some(first) => first,
            None => insert(transaction, mail, 1, order.now)?,
        });
    }
    Ok(Ok(accepted))
}

/// Names what is claimed together: a store's mails through one account. Store ids have no control character.
fn lane(mail: &NewMail) -> String {
    match &mail.account {
        Some(account) => format!("{}\u{1f}{account}", mail.store),
        None => mail.store.clone(),
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

/// Refuses mails that would pass one of the bounds; each has its own code.
pub(super) fn room_for<'a>(
    transaction: &Transaction,
    mails: impl Iterator<Item = &'a NewMail>,
    bounds: &Bounds,
) -> rusqlite::Result<Result<()>> {
    let size = |mail: &NewMail| u64::try_from(mail.mime.len()).unwrap_or(u64::MAX);
    let (count, bytes) = mails.fold((0_u64, 0_u64), |(count, bytes), mail| {
        (count + 1, bytes.saturating_add(size(mail)))
    });
    if count == 0 {
        return Ok(Ok(()));
    }
    let fill = Fill::read(transaction)?;
    let refused = |code, message| Ok(Err(Error::new(code, message)));
    if fill.waiting.saturating_add(count) > bounds.waiting {
        return refused(MAIL_E_OUTBOX_FULL, text::outbox_full(bounds.waiting));
    }
    if fill.waiting_bytes.saturating_add(bytes) > bounds.waiting_bytes {
        let full = text::outbox_bytes(bounds.waiting_bytes);
        return refused(MAIL_E_OUTBOX_BYTES, full);
    }
    let end = bounds
        .journal_lines
        .saturating_add(bounds.journal_lines / 10);
    let before = end.saturating_sub(count);
    if fill.journal_lines > before && !journal_makes_room(transaction, before, count)? {
        let full = text::journal_full(bounds.journal_lines);
        return refused(MAIL_E_JOURNAL_FULL, full);
    }
    Ok(Ok(()))
}

/// The worker makes room long before; where it has not come to it, the mails finished longest ago go now.
fn journal_makes_room(transaction: &Transaction, most: u64, mails: u64) -> rusqlite::Result<bool> {
    let forgotten = u32::try_from(mails)
        .unwrap_or(u32::MAX)
        .saturating_mul(MADE_ROOM);
    retention::make_room(transaction, most, forgotten)?;
    Ok(Fill::read(transaction)?.journal_lines <= most)
}

/// How full the outbox is; kept by triggers, so that asking costs no scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) waiting: u64,
    pub(crate) waiting_bytes: u64,
    pub(crate) journal_lines: u64,
}

impl Fill {
    /// Reads it.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        connection
            .prepare_cached(
                "SELECT sum(mails), sum(bytes), (SELECT lines FROM journal)
                 FROM tally
                 WHERE state IN ('queued', 'sending')",
            )?
            .query_row([], |row| {
                Ok(Fill {
                    waiting: count(row.get(0)?),
                    waiting_bytes: count(row.get(1)?),
                    journal_lines: count(row.get(2)?),
                })
            })
    }
}

pub(super) fn insert(
    transaction: &Transaction,
    mail: &NewMail,
    emission: i64,
    now: Millis,
) -> rusqlite::Result<Accepted> {
    let size = i64::try_from(mail.mime.len()).unwrap_or(i64::MAX);
    // Somebody waits for a test: it goes first, and does not wait for the account's next time.
    let next_at = if mail.test { 0 } else { now };
    if mail.test {
        actions::probe_now(transaction, now)?;
    }
    transaction
        .prepare_cached(
            "INSERT OR ROLLBACK INTO mail (kind, store, number, document_type, recipient, once, emission, test,
                               message_id, subject, size, sha256, state, accepted_at, next_at,
                               profile_name, profile_address, account, lane, retry_from)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?13, ?7, ?8, ?9, ?10, ?11, 'queued', ?12, ?18,
                     ?14, ?15, ?16, ?17, ?19)",
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
            emission,
            mail.profile
                .as_ref()
                .and_then(|profile| profile.name.as_deref()),
            mail.profile
                .as_ref()
                .and_then(|profile| profile.address.as_deref()),
            mail.account,
            lane(mail),
            next_at,
            mail.test.then_some(now),
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
        emission,
        sha256: mail.sha256.clone(),
        duplicate: false,
    })
}
