//! The last conversations with servers, as support reads them: bounded in number and in size.
//!
//! They are written in the transaction that settles the mail, so they cost no disk flush of their own, and
//! come here already without secrets and customers' addresses (`delivery::redaction`).

use super::{Event, Outbox, disk_error};
use crate::clock::{Millis, rfc3339};
use crate::error::{Result, code_class, code_name, mail_code};
use crate::json::json;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Failed conversations that are kept.
const FAILED: u32 = 20;
/// Those of one account, code and step among them: a day without network does not push the rest out.
const FAILED_ALIKE: u32 = 5;
/// Accounts whose last conversation that worked is kept.
const WORKED: u32 = 20;

/// Keeps the conversation of an event, where it has one, and drops what is too many.
pub(super) fn write(
    connection: &Connection,
    mail_id: Option<i64>,
    event: &Event,
    now: Millis,
) -> rusqlite::Result<()> {
    let (Some(lines), Some(account)) = (&event.conversation, &event.account) else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO transcript (at, account, mail_id, code, step, lines)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            now, account, mail_id, event.code, event.step, lines
        ])?;
    let alike = if event.code == 0 { 1 } else { FAILED_ALIKE };
    connection
        .prepare_cached(
            "DELETE FROM transcript
             WHERE account = ?1 AND code = ?2 AND step IS ?3
               AND id NOT IN (SELECT id FROM transcript
                              WHERE account = ?1 AND code = ?2 AND step IS ?3
                              ORDER BY id DESC
                              LIMIT ?4)",
        )?
        .execute(params![account, event.code, event.step, alike])?;
    let most = if event.code == 0 { WORKED } else { FAILED };
    connection
        .prepare_cached(
            "DELETE FROM transcript
             WHERE (code = 0) = ?1
               AND id NOT IN (SELECT id FROM transcript WHERE (code = 0) = ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .execute(params![event.code == 0, most])
        .map(|_| ())
}

/// Drops the conversations about a mail whose customer is forgotten.
pub(super) fn forget(connection: &Connection, mail_id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM transcript WHERE mail_id = ?1")?
        .execute([mail_id])
        .map(|_| ())
}

/// Drops conversations that are older than the addresses in the journal may be.
pub(super) fn forget_before(connection: &Connection, before: Millis) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM transcript WHERE at < ?1")?
        .execute([before])
        .map(|_| ())
}

impl Outbox {
    /// Lists the conversations that are kept, the newest first.
    pub(crate) fn transcripts(&self) -> Result<Vec<Value>> {
        let list = || -> rusqlite::Result<Vec<Value>> {
            self.connection
                .prepare_cached(
                    "SELECT at, account, mail_id, code, step, lines FROM transcript ORDER BY id DESC",
                )?
                .query_map([], |row| {
                    let code: mail_code = row.get(3)?;
                    let lines: String = row.get(5)?;
                    Ok(json!({
                        "at": rfc3339(row.get(0)?),
                        "account": row.get::<_, String>(1)?,
                        "mail": row.get::<_, Option<i64>>(2)?,
                        "code": code,
                        "name": code_name(code),
                        "class": code_class(code),
                        "step": row.get::<_, Option<String>>(4)?,
                        "lines": lines.lines().collect::<Vec<_>>(),
                    }))
                })?
                .collect()
        };
        list().map_err(disk_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{MAIL_E_AUTH, MAIL_E_NETWORK, MAIL_OK};
    use std::sync::Arc;

    fn conversation(account: usize, code: mail_code, step: &'static str) -> Event {
        Event {
            account: Some(format!("smtp:{account}")),
            code,
            step: Some(step),
            conversation: Some("> EHLO\n< 250".to_owned()),
            ..Event::plain("later")
        }
    }

    #[test]
    fn their_number_is_bounded_by_kind_and_as_a_whole_and_old_ones_go() {
        let folder =
            std::env::temp_dir().join(format!("tillmail-transcripts-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let outbox = Outbox::open(&folder, Arc::default()).unwrap();
        let keep = |event: &Event, at| write(&outbox.connection, None, event, at).unwrap();
        let kept = |code: mail_code| {
            let kept = outbox.transcripts().unwrap();
            kept.iter().filter(|one| one["code"] == code).count()
        };
        keep(&conversation(0, MAIL_E_AUTH, "auth"), 1);
        (2..50).for_each(|at| keep(&conversation(0, MAIL_E_NETWORK, "greeting"), at));
        assert_eq!((kept(MAIL_E_NETWORK), kept(MAIL_E_AUTH)), (5, 1));
        (0..40).for_each(|account| keep(&conversation(account, MAIL_E_NETWORK, "ehlo"), 100));
        assert_eq!((kept(MAIL_E_NETWORK), kept(MAIL_E_AUTH)), (20, 0));
        (0..40).for_each(|account| keep(&conversation(account % 30, MAIL_OK, ""), 200));
        assert_eq!((kept(MAIL_E_NETWORK), kept(MAIL_OK)), (20, 20));
        keep(&Event::plain("sent"), 300);
        assert_eq!(kept(MAIL_OK), 20, "an event without a conversation");
        forget_before(&outbox.connection, 200).unwrap();
        assert_eq!((kept(MAIL_E_NETWORK), kept(MAIL_OK)), (0, 20));
        drop(outbox);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
