//! What a person decides about mails: retry, cancel, resend, erase. Each is one durable transaction.
//!
//! A mail that is `sending` is left alone by all of them: only the drainer knows how it stands.

use super::accept::{self, Accepted, NewMail};
use super::{Event, Outbox, disk_error, journal, retention, transcript};
use crate::clock::Millis;
use crate::error::{Error, MAIL_E_CONTENT, MAIL_E_STATE, MAIL_E_UNKNOWN_ID, Result};
use crate::settings::in_force::Bounds;
use crate::settings::sender::Profile;
use crate::text::{self, Language};
use rusqlite::{Connection, OptionalExtension, Rows, Transaction, params};

/// Mails that one retry by state takes up, so that accepting never waits long behind it.
pub(crate) const MOST_RETRIED: u32 = 1_000;

/// What a retry by state did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retried {
    pub(crate) mails: usize,
    /// There may be more: the call took as many as one call takes.
    pub(crate) more: bool,
}

/// A mail that is to be sent a second time.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) kind: &'static str,
    pub(crate) store: String,
    pub(crate) number: String,
    pub(crate) document_type: String,
    pub(crate) recipient: String,
    pub(crate) once: String,
    pub(crate) test: bool,
    pub(crate) subject: String,
    pub(crate) emission: i64,
    pub(crate) mime: Vec<u8>,
    pub(crate) profile: Option<Profile>,
    pub(crate) account: Option<String>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Erased {
    pub(crate) mails: usize,
    /// Waiting mails among them, which will not be sent.
    pub(crate) cancelled: usize,
    /// Nothing is left in the write-ahead log either; false while another connection holds it.
    pub(crate) wiped: bool,
}

impl Outbox {
    /// Puts the named mails back into the queue, due at once and counted anew; all of them or none.
    /// `field` names the place of an id in the caller's JSON.
    pub(crate) fn retry(
        &mut self,
        ids: &[i64],
        field: impl Fn(usize) -> String,
        now: Millis,
    ) -> Result<()> {
        let transaction = self.begin().map_err(disk_error)?;
        for (index, id) in ids.iter().enumerate() {
            retry_one(&transaction, *id, now).map_err(|mut error| {
                error.field = error.field.take().map(|_| field(index));
                error
            })?;
        }
        probe_now(&transaction, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)
    }

    /// The same for the mails in a state whose content is still kept, the oldest first.
    pub(crate) fn retry_all(
        &mut self,
        state: &str,
        store: Option<&str>,
        now: Millis,
    ) -> Result<Retried> {
        let transaction = self.begin().map_err(disk_error)?;
        let ids = kept_in_state(&transaction, state, store).map_err(disk_error)?;
        for id in &ids {
            queue_again(&transaction, *id, now).map_err(disk_error)?;
        }
        if !ids.is_empty() {
            probe_now(&transaction, now).map_err(disk_error)?;
        }
        transaction.commit().map_err(disk_error)?;
        let more = u32::try_from(ids.len()).is_ok_and(|count| count == MOST_RETRIED);
        Ok(Retried {
            mails: ids.len(),
            more,
        })
    }

    /// Takes a waiting mail back.
    pub(crate) fn cancel(&mut self, id: i64, now: Millis) -> Result<()> {
        let transaction = self.begin().map_err(disk_error)?;
        if !cancel_one(&transaction, id, now).map_err(disk_error)? {
            let state = state_of(&transaction, id)?;
            return Err(wrong_state(id, &state));
        }
        transaction.commit().map_err(disk_error)
    }

    /// Keeps a deliberate second sending. `build` makes the new mail from the old one and the number of
    /// its emission; it runs under the write lock, so that no two emissions get the same number.
    pub(crate) fn resend(
        &mut self,
        id: i64,
        bounds: &Bounds,
        now: Millis,
        build: impl FnOnce(Original, i64) -> Result<NewMail>,
    ) -> Result<Accepted> {
        let transaction = self.begin().map_err(disk_error)?;
        let state = state_of(&transaction, id)?;
        let original = original(&transaction, id)
            .map_err(disk_error)?
            .ok_or_else(content_gone)?;
        let emission = last_emission(&transaction, &original).map_err(disk_error)? + 1;
        let before = original.recipient.to_lowercase();
        let mail = build(original, emission)?;
        accept::room_for(&transaction, std::iter::once(&mail), bounds).map_err(disk_error)??;
        // The mail that waits arrives anyway; a copy of it can only be meant for somebody else.
        let waits = matches!(state.as_str(), "queued" | "sending");
        if waits && mail.recipient.to_lowercase() == before {
            return Err(wrong_state(id, &state));
        }
        let accepted = accept::insert(&transaction, &mail, emission, now).map_err(disk_error)?;
        let resent = Event {
            message: Some(text::resent_as(emission - 1, accepted.id)),
            ..Event::plain("resent")
        };
        journal::write(&transaction, Some(id), &resent, now).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        Ok(accepted)
    }

    /// Forgets a customer's address: contents, subjects and the address itself, also in the words of
    /// servers, and in the bytes of the files. Waiting mails are cancelled.
    pub(crate) fn erase(&mut self, address: &str, now: Millis) -> Result<Erased> {
        let transaction = self.begin().map_err(disk_error)?;
        let mails = mails_to(&transaction, address).map_err(disk_error)?;
        if let Some((id, state)) = mails.iter().find(|(_, state)| state == "sending") {
            return Err(Error::at(MAIL_E_STATE, "to", text::wrong_state(*id, state)));
        }
        let mut cancelled = 0;
        for (id, _) in &mails {
            cancelled += usize::from(cancel_one(&transaction, *id, now).map_err(disk_error)?);
            erase_one(&transaction, *id, now).map_err(disk_error)?;
        }
        erase_words(&transaction, None, address).map_err(disk_error)?;
        erase_pauses(&transaction, address).map_err(disk_error)?;
        transaction.commit().map_err(disk_error)?;
        Ok(Erased {
            mails: mails.len(),
            cancelled,
            wiped: self.wipe_log()?,
        })
    }
}

fn retry_one(transaction: &Transaction, id: i64, now: Millis) -> Result<()> {
    let state = state_of(transaction, id)?;
    if !matches!(state.as_str(), "queued" | "failed" | "uncertain") {
        return Err(wrong_state(id, &state));
    }
    if !is_kept(transaction, id).map_err(disk_error)? {
        return Err(content_gone());
    }
    queue_again(transaction, id, now).map_err(disk_error)
}

fn is_kept(transaction: &Transaction, id: i64) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM mail JOIN content ON content.mail_id = mail.id
                 WHERE mail.id = ?1 AND mail.recipient NOT LIKE 'forgotten:%')",
        )?
        .query_row([id], |row| row.get(0))
}

fn queue_again(transaction: &Transaction, id: i64, now: Millis) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE mail
             SET state = 'queued', next_at = ?2, retry_from = ?2, clock_shift = 0, tries = 0, unsure_tries = 0,
                 code = 0, settled_at = NULL
             WHERE id = ?1 AND state IN ('queued', 'failed', 'uncertain')",
        )?
        .execute(params![id, now])?;
    journal::write(transaction, Some(id), &Event::plain("retried"), now)
}

/// Somebody has acted: accounts that wait for a person are asked again now.
pub(super) fn probe_now(transaction: &Transaction, now: Millis) -> rusqlite::Result<()> {
    transaction
        .execute("UPDATE paused SET probe_at = ?1 WHERE probe_at > ?1", [now])
        .map(|_| ())
}

/// Contents are few, finished mails are many: the contents lead.
fn kept_in_state(
    transaction: &Transaction,
    state: &str,
    store: Option<&str>,
) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "SELECT mail.id
             FROM content CROSS JOIN mail ON mail.id = content.mail_id
             WHERE mail.state = ?1 AND (?2 IS NULL OR mail.store = ?2)
               AND mail.recipient NOT LIKE 'forgotten:%'
             ORDER BY content.mail_id
             LIMIT ?3",
        )?
        .query_map(params![state, store, MOST_RETRIED], |row| row.get(0))?
        .collect()
}

fn cancel_one(transaction: &Transaction, id: i64, now: Millis) -> rusqlite::Result<bool> {
    let changed = transaction
        .prepare_cached(
            "UPDATE mail SET state = 'cancelled', settled_at = ?2 WHERE id = ?1 AND state = 'queued'",
        )?
        .execute(params![id, now])?;
    if changed == 1 {
        journal::write(transaction, Some(id), &Event::plain("cancelled"), now)?;
    }
    Ok(changed == 1)
}

/// A mail with its content; nothing where content or address were forgotten.
fn original(transaction: &Transaction, id: i64) -> rusqlite::Result<Option<Original>> {
    transaction
        .prepare_cached(
            "SELECT mail.kind, mail.store, mail.number, mail.document_type, mail.recipient, mail.once,
                    mail.test, mail.subject, mail.emission, content.mime,
                    mail.profile_name, mail.profile_address, mail.account
             FROM mail JOIN content ON content.mail_id = mail.id
             WHERE mail.id = ?1 AND mail.recipient NOT LIKE 'forgotten:%'",
        )?
        .query_row([id], |row| {
            let receipt = row.get::<_, String>(0)? == "receipt";
            Ok(Original {
                kind: if receipt { "receipt" } else { "message" },
                store: row.get(1)?,
                number: row.get(2)?,
                document_type: row.get(3)?,
                recipient: row.get(4)?,
                once: row.get(5)?,
                test: row.get(6)?,
                subject: row.get(7)?,
                emission: row.get(8)?,
                mime: row.get(9)?,
                profile: super::claim::profile(row.get(10)?, row.get(11)?),
                account: row.get(12)?,
            })
        })
        .optional()
}

/// Each kind is counted along its own index, which SQLite takes only where the words are those of the index.
fn last_emission(transaction: &Transaction, original: &Original) -> rusqlite::Result<i64> {
    let mut query = match original.kind == "receipt" && !original.test {
        true => transaction.prepare_cached(
            "SELECT max(emission) FROM mail
             WHERE once = ?1 AND test = ?2 AND kind = ?3 AND (test = 0 AND kind = 'receipt')",
        )?,
        false => transaction.prepare_cached(
            "SELECT max(emission) FROM mail
             WHERE once = ?1 AND test = ?2 AND kind = ?3 AND (test = 1 OR kind = 'message')",
        )?,
    };
    query.query_row(
        params![original.once, original.test, original.kind],
        |row| row.get(0),
    )
}

/// Compared here: SQLite folds the case of ASCII only.
fn mails_to(transaction: &Transaction, address: &str) -> rusqlite::Result<Vec<(i64, String)>> {
    let wanted = address.to_lowercase();
    let mut query = transaction.prepare_cached("SELECT id, state, recipient FROM mail")?;
    let mut rows = query.query([])?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(2)?.as_str()?.to_lowercase() == wanted {
            mails.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(mails)
}

fn erase_one(transaction: &Transaction, id: i64, now: Millis) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM content WHERE mail_id = ?1")?
        .execute([id])?;
    retention::forget_address(transaction, id)?;
    blank_words(transaction, id, "mail_id")?;
    transcript::forget(transaction, id)?;
    journal::write(transaction, Some(id), &Event::plain("erased"), now)
}

/// Blanks the words that repeat the address: in the lines of one mail, or in all, such as those of a copy
/// that went to somebody else.
pub(super) fn erase_words(
    connection: &Connection,
    mail_id: Option<i64>,
    address: &str,
) -> rusqlite::Result<()> {
    let lines = match mail_id {
        Some(_) => "WHERE mail_id = ?1",
        None => "WHERE ?1 IS NULL",
    };
    let mut query = connection.prepare_cached(&format!(
        "SELECT id, concat_ws(' ', smtp_text, message_fr, message_en, hint_fr, hint_en) FROM event {lines}"
    ))?;
    let quoting = quoting(query.query([mail_id])?, address)?;
    for id in quoting {
        blank_words(connection, id, "id")?;
    }
    Ok(())
}

/// What health says of paused accounts is words of servers too.
fn erase_pauses(connection: &Connection, address: &str) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(
        "SELECT rowid, concat_ws(' ', message_fr, message_en, hint_fr, hint_en) FROM paused",
    )?;
    let quoting = quoting(query.query([])?, address)?;
    let erased = text::erased();
    for id in quoting {
        connection.execute(
            "UPDATE paused SET message_fr = ?2, message_en = ?3, hint_fr = NULL, hint_en = NULL WHERE rowid = ?1",
            params![id, erased.get(Language::French), erased.get(Language::English)],
        )?;
    }
    Ok(())
}

/// The ids of rows whose words hold the address; compared here, because SQLite folds the case of ASCII only.
fn quoting(mut rows: Rows, address: &str) -> rusqlite::Result<Vec<i64>> {
    let wanted = address.to_lowercase();
    let mut quoting = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(1)?.as_str()?.to_lowercase().contains(&wanted) {
            quoting.push(row.get(0)?);
        }
    }
    Ok(quoting)
}

/// Codes stay, so that the journal still says what happened.
fn blank_words(connection: &Connection, id: i64, column: &'static str) -> rusqlite::Result<()> {
    let erased = text::erased();
    connection
        .prepare_cached(&format!(
            "UPDATE event
             SET smtp_text = iif(smtp_text IS NULL, NULL, ''), message_fr = iif(message_fr IS NULL, NULL, ?2),
                 message_en = iif(message_en IS NULL, NULL, ?3), hint_fr = NULL, hint_en = NULL
             WHERE {column} = ?1"
        ))?
        .execute(params![
            id,
            erased.get(Language::French),
            erased.get(Language::English)
        ])
        .map(|_| ())
}

fn state_of(transaction: &Transaction, id: i64) -> Result<String> {
    transaction
        .prepare_cached("SELECT state FROM mail WHERE id = ?1")
        .and_then(|mut query| query.query_row([id], |row| row.get(0)).optional())
        .map_err(disk_error)?
        .ok_or_else(|| Error::at(MAIL_E_UNKNOWN_ID, "id", text::unknown_id(id)))
}

fn wrong_state(id: i64, state: &str) -> Error {
    Error::at(MAIL_E_STATE, "id", text::wrong_state(id, state))
}

fn content_gone() -> Error {
    Error::at(MAIL_E_CONTENT, "id", text::content_gone())
}
