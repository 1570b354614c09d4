//! Journal lines in the order they are written, for somebody who watches.

use super::{Outbox, disk_error, journal};
use crate::error::Result;
use crate::json::json;
use crate::text::Language;
use rusqlite::params;
use serde_json::Value;

impl Outbox {
    /// Gives the number of the newest journal line; 0 where there is none.
    pub(crate) fn last_line(&self) -> Result<i64> {
        self.connection
            .query_row("SELECT coalesce(max(id), 0) FROM event", [], |row| {
                row.get(0)
            })
            .map_err(disk_error)
    }

    /// Lists the journal lines after `after`, the oldest first, each with its number and its mail.
    pub(crate) fn lines_after(
        &self,
        after: i64,
        limit: u32,
        language: Language,
    ) -> Result<Vec<Value>> {
        let list = || -> rusqlite::Result<Vec<(i64, Option<i64>, Value)>> {
            self.connection
                .prepare_cached(&format!(
                    "SELECT {}, id, mail_id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2",
                    journal::EVENT_COLUMNS
                ))?
                .query_map(params![after, limit], |row| {
                    let event = journal::event_json(row, language)?;
                    Ok((row.get("id")?, row.get("mail_id")?, event))
                })?
                .collect()
        };
        let with_its_mail = |(line, mail_id, mut event): (i64, Option<i64>, Value)| {
            let mail = mail_id.map(|id| self.mail(id)).transpose()?.flatten();
            crate::json::merge(&mut event, &json!({ "line": line }));
            // `merge` takes null for "delete": a line of the library itself says so by null.
            if let Some(members) = event.as_object_mut() {
                members.insert("mail".to_owned(), mail.unwrap_or(Value::Null));
            }
            Ok(event)
        };
        let lines = list().map_err(disk_error)?;
        lines.into_iter().map(with_its_mail).collect()
    }
}
