//! Reading: one mail and its history, lists for a support screen, counts for health.

use super::{Event, Fill, Filter, Outbox, disk_error, transcript};
use crate::clock::{Millis, rfc3339};
use crate::error::{Error, Result, SmtpReply, code_class, code_name, mail_code};
use crate::json::json;
use crate::text::{Language, Text};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::{Map, Value};

/// Mails by state, and the oldest that waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) states: Vec<(String, u64)>,
    pub(crate) oldest_waiting: Option<Millis>,
    pub(crate) last_sent: Option<Millis>,
}

impl Counts {
    /// Mails in a state.
    pub(crate) fn of(&self, state: &str) -> u64 {
        self.states
            .iter()
            .find(|(name, _)| name == state)
            .map_or(0, |(_, count)| *count)
    }
}

/// Columns of a mail, in the order `mail_json` reads them.
pub(super) const MAIL_COLUMNS: &str = "id, kind, store, number, document_type, recipient, emission, test, message_id, \
     subject, size, sha256, state, code, tries, accepted_at, next_at, settled_at";

/// Columns of a journal line, in the order `event_json` reads them.
pub(super) const EVENT_COLUMNS: &str = "at, event, account, code, step, smtp_code, smtp_enhanced, smtp_text, \
     message_fr, message_en, hint_fr, hint_en";

/// Writes one journal line; always inside the transaction of what it tells.
pub(super) fn write(
    connection: &Connection,
    mail_id: Option<i64>,
    event: &Event,
    now: Millis,
) -> rusqlite::Result<()> {
    let french = |text: &Option<Text>| {
        text.as_ref()
            .map(|text| text.get(Language::French).to_owned())
    };
    let english = |text: &Option<Text>| {
        text.as_ref()
            .map(|text| text.get(Language::English).to_owned())
    };
    connection
        .prepare_cached(
            "INSERT INTO event (at, mail_id, account, event, code, step, smtp_code, smtp_enhanced, smtp_text,
                                message_fr, message_en, hint_fr, hint_en)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            now,
            mail_id,
            event.account,
            event.event,
            event.code,
            event.step,
            event.smtp.as_ref().map(|reply| reply.code),
            event.smtp.as_ref().and_then(|reply| reply.enhanced.clone()),
            event.smtp.as_ref().map(|reply| reply.text.clone()),
            french(&event.message),
            english(&event.message),
            french(&event.hint),
            english(&event.hint),
        ])?;
    transcript::write(connection, mail_id, event, now)
}

/// Puts the two columns of a sentence together.
pub(super) fn text(fr: Option<String>, en: Option<String>) -> Option<Text> {
    fr.zip(en).map(|(fr, en)| Text::new(fr, en))
}

/// Writes the line of a probe that met the same cause as the two before: only the last of them moves on, so
/// that an account nobody mends does not fill the journal.
pub(super) fn write_again(
    connection: &Connection,
    mail_id: i64,
    event: &Event,
    now: Millis,
) -> rusqlite::Result<()> {
    let french = event
        .message
        .as_ref()
        .map(|text| text.get(Language::French));
    let moved = connection
        .prepare_cached(
            "UPDATE event SET at = ?2, smtp_text = ?3
             WHERE id = (SELECT max(id) FROM event WHERE mail_id = ?1)
               AND 2 = (SELECT count(*)
                        FROM (SELECT event, code, message_fr FROM event WHERE mail_id = ?1 ORDER BY id DESC LIMIT 2)
                        WHERE event = ?4 AND code = ?5 AND message_fr IS ?6)",
        )?
        .execute(params![
            mail_id,
            now,
            event.smtp.as_ref().map(|reply| &reply.text),
            event.event,
            event.code,
            french,
        ])?;
    match moved {
        0 => write(connection, Some(mail_id), event, now),
        _ => Ok(()),
    }
}

impl Outbox {
    /// Gives one mail, or nothing where the id is unknown.
    pub(crate) fn mail(&self, id: i64) -> Result<Option<Value>> {
        self.connection
            .prepare_cached(&format!("SELECT {MAIL_COLUMNS} FROM mail WHERE id = ?1"))
            .and_then(|mut query| query.query_row([id], mail_json).optional())
            .map_err(disk_error)
    }

    /// Gives subject and content of the first receipt of a store, where it is still kept.
    pub(crate) fn first_sale(&self, store: &str) -> Result<Option<(String, Vec<u8>)>> {
        self.connection
            .prepare_cached(
                "SELECT mail.subject, content.mime
                 FROM mail JOIN content ON content.mail_id = mail.id
                 WHERE mail.store = ?1 AND mail.kind = 'receipt' AND mail.test = 0
                   AND mail.emission = 1 AND mail.subject <> ''
                 ORDER BY mail.id
                 LIMIT 1",
            )
            .and_then(|mut query| {
                query
                    .query_row([store], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(disk_error)
    }

    /// Gives state and code of one mail.
    pub(crate) fn state(&self, id: i64) -> Result<Option<(String, mail_code)>> {
        self.connection
            .prepare_cached("SELECT state, code FROM mail WHERE id = ?1")
            .and_then(|mut query| {
                query
                    .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(disk_error)
    }

    /// Lists mails, the newest first.
    pub(crate) fn mails(&self, filter: &Filter) -> Result<Vec<Value>> {
        let (query, values) = filter.query();
        self.connection
            .prepare_cached(&query)
            .and_then(|mut query| {
                query
                    .query_map(params_from_iter(values), mail_json)?
                    .collect()
            })
            .map_err(disk_error)
    }

    /// Lists the journal lines of one mail, the oldest first; without a mail the library's own, the newest first.
    pub(crate) fn events(
        &self,
        mail_id: Option<i64>,
        limit: u32,
        language: Language,
    ) -> Result<Vec<Value>> {
        let query = match mail_id {
            Some(_) => "WHERE mail_id = ?1 ORDER BY id LIMIT ?2",
            // Both: only the words "IS NULL" lead to the index of the library's own lines.
            None => "WHERE mail_id IS NULL AND ?1 IS NULL ORDER BY id DESC LIMIT ?2",
        };
        self.connection
            .prepare_cached(&format!("SELECT {EVENT_COLUMNS} FROM event {query}"))
            .and_then(|mut query| {
                query
                    .query_map(params![mail_id, limit], |row| event_json(row, language))?
                    .collect()
            })
            .map_err(disk_error)
    }

    /// Gives the last failure of a mail as an error, in the words of its journal line.
    pub(crate) fn last_failure(&self, mail_id: i64) -> Result<Option<Error>> {
        self.connection
            .prepare_cached(
                "SELECT code, message_fr, message_en, hint_fr, hint_en, smtp_code, smtp_enhanced, smtp_text
                 FROM event
                 WHERE mail_id = ?1 AND code <> 0
                 ORDER BY id DESC
                 LIMIT 1",
            )
            .and_then(|mut query| query.query_row([mail_id], failure).optional())
            .map_err(disk_error)
    }

    /// Tells how full the outbox is; never scans.
    pub(crate) fn fill(&self) -> Result<Fill> {
        Fill::read(&self.connection).map_err(disk_error)
    }

    /// Counts mails by state; never scans.
    pub(crate) fn counts(&self) -> Result<Counts> {
        let count = || -> rusqlite::Result<Counts> {
            let states = self
                .connection
                .prepare_cached("SELECT state, mails FROM tally ORDER BY rowid")?
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?
                .map(|row| row.map(|(state, mails)| (state, u64::try_from(mails).unwrap_or(0))))
                .collect::<rusqlite::Result<_>>()?;
            let oldest_waiting = self
                .connection
                .prepare_cached(
                    "SELECT min(coalesce(retry_from, accepted_at) + clock_shift) FROM mail
                     WHERE state IN ('queued', 'sending')",
                )?
                .query_row([], |row| row.get(0))?;
            let last_sent = self
                .connection
                .prepare_cached("SELECT max(settled_at) FROM mail WHERE state = 'sent'")?
                .query_row([], |row| row.get(0))?;
            Ok(Counts {
                states,
                oldest_waiting,
                last_sent,
            })
        };
        count().map_err(disk_error)
    }
}

fn failure(row: &Row) -> rusqlite::Result<Error> {
    let message = text(row.get(1)?, row.get(2)?).unwrap_or_else(|| Text::new("", ""));
    let mut error = Error::new(row.get(0)?, message);
    error.hint = text(row.get(3)?, row.get(4)?);
    if let Some(code) = row.get::<_, Option<u16>>(5)? {
        let text = row.get::<_, Option<String>>(7)?.unwrap_or_default();
        error.smtp = Some(Box::new(SmtpReply {
            code,
            enhanced: row.get(6)?,
            text,
        }));
    }
    Ok(error)
}

fn mail_json(row: &Row) -> rusqlite::Result<Value> {
    let state: String = row.get(12)?;
    let code: mail_code = row.get(13)?;
    let next_at: Millis = row.get(16)?;
    Ok(json!({
        "id": row.get::<_, i64>(0)?,
        "kind": row.get::<_, String>(1)?,
        "store": row.get::<_, String>(2)?,
        "number": row.get::<_, String>(3)?,
        "type": row.get::<_, String>(4)?,
        "to": row.get::<_, String>(5)?,
        "emission": row.get::<_, i64>(6)?,
        "test": row.get::<_, bool>(7)?,
        "message_id": row.get::<_, String>(8)?,
        "subject": row.get::<_, String>(9)?,
        "size": row.get::<_, i64>(10)?,
        "sha256": row.get::<_, String>(11)?,
        "code": code,
        "class": code_class(code),
        "tries": row.get::<_, i64>(14)?,
        "accepted_at": rfc3339(row.get(15)?),
        "next_at": (state == "queued").then(|| rfc3339(next_at)),
        "settled_at": row.get::<_, Option<Millis>>(17)?.map(rfc3339),
        "state": state,
    }))
}

pub(super) fn event_json(row: &Row, language: Language) -> rusqlite::Result<Value> {
    let code: mail_code = row.get(3)?;
    let mut event = Map::new();
    event.insert("at".to_owned(), json!(rfc3339(row.get(0)?)));
    event.insert("event".to_owned(), json!(row.get::<_, String>(1)?));
    event.insert(
        "account".to_owned(),
        json!(row.get::<_, Option<String>>(2)?),
    );
    event.insert("code".to_owned(), json!(code));
    event.insert("name".to_owned(), json!(code_name(code)));
    event.insert("class".to_owned(), json!(code_class(code)));
    event.insert("step".to_owned(), json!(row.get::<_, Option<String>>(4)?));
    let smtp = row
        .get::<_, Option<i64>>(5)?
        .map(|code| -> rusqlite::Result<Value> {
            Ok(json!({
                "code": code,
                "enhanced": row.get::<_, Option<String>>(6)?,
                "text": row.get::<_, Option<String>>(7)?,
            }))
        });
    event.insert("smtp".to_owned(), smtp.transpose()?.unwrap_or(Value::Null));
    let message = text(row.get(8)?, row.get(9)?);
    let hint = text(row.get(10)?, row.get(11)?);
    event.insert(
        "message".to_owned(),
        json!(message.map(|text| text.get(language).to_owned())),
    );
    event.insert(
        "hint".to_owned(),
        json!(hint.map(|text| text.get(language).to_owned())),
    );
    Ok(Value::Object(event))
}
