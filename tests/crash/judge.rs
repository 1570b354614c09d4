//! Compares what was acknowledged with what the server got, and with what the outbox file says.

use super::folder::Kind;
use super::server::{Copy, Server};
use crate::support::shim::read_outbox;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// What the driver knows about a folder.
#[derive(Debug, Default)]
pub struct Book {
    /// Number of each receipt that was acknowledged: id and Message-ID.
    pub acknowledged: BTreeMap<String, (i64, String)>,
    /// Message-ID of each mail that was past its hand-over right after a kill, and how often.
    pub doubts: BTreeMap<String, usize>,
    /// Round and point of each kill.
    pub kills: Vec<(usize, String)>,
    /// Answers other than success; there should be none.
    pub refusals: Vec<String>,
    contradictions: Vec<String>,
}

impl Book {
    /// The same receipt again must be the same mail.
    pub fn acknowledge(&mut self, number: String, reply: &Value) {
        let id = reply["id"].as_i64().unwrap();
        let mail = (id, reply["message_id"].as_str().unwrap().to_owned());
        let known = self
            .acknowledged
            .entry(number.clone())
            .or_insert(mail.clone());
        if *known != mail {
            let words = format!("receipt {number} was {known:?}, then {mail:?}");
            self.contradictions.push(words);
        }
    }
}

/// What one folder adds to the figures of a run.
#[derive(Debug, Default)]
pub struct Verdict {
    pub kills: u64,
    pub acknowledged: u64,
    pub delivered: u64,
    pub doubled: u64,
    pub uncertain: u64,
    pub lost: u64,
    pub failures: Vec<String>,
    pub counts: BTreeMap<String, i64>,
}

/// A mail that is `sending` in the file.
pub struct Left {
    pub message_id: String,
    /// Handed over, and not known as taken.
    pub in_doubt: bool,
}

/// Reads what a killed process has left.
pub fn left_sending(state: &Path) -> Vec<Left> {
    let outbox = read_outbox(state);
    let mut query = outbox
        .prepare("SELECT message_id, handed_over AND NOT taken FROM mail WHERE state = 'sending'")
        .unwrap();
    let left = query.query_map([], |row| {
        Ok(Left {
            message_id: row.get(0)?,
            in_doubt: row.get(1)?,
        })
    });
    left.unwrap().map(Result::unwrap).collect()
}

struct Row {
    id: i64,
    number: String,
    message_id: String,
    state: String,
    /// Journal lines that say that the outcome was not known.
    doubts: usize,
}

fn rows(outbox: &Connection) -> Vec<Row> {
    let mut query = outbox
        .prepare(
            "SELECT id, number, message_id, state,
                    (SELECT count(*) FROM event WHERE mail_id = mail.id AND event IN ('unsure', 'uncertain'))
             FROM mail
             ORDER BY id",
        )
        .unwrap();
    let rows = query.query_map([], |row| {
        Ok(Row {
            id: row.get(0)?,
            number: row.get(1)?,
            message_id: row.get(2)?,
            state: row.get(3)?,
            doubts: usize::try_from(row.get::<_, i64>(4)?).unwrap(),
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn journal_of(outbox: &Connection, id: i64) -> String {
    let mut query = outbox
        .prepare("SELECT at, event, coalesce(step, ''), coalesce(message_en, '') FROM event WHERE mail_id = ?1 ORDER BY id")
        .unwrap();
    let lines = query.query_map([id], |row| {
        let at: i64 = row.get(0)?;
        let words: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
        Ok(format!("\n      {at} {}", words.join(" ")))
    });
    lines.unwrap().map(Result::unwrap).collect()
}

/// Shows what waits, with its journal.
pub fn unfinished(state: &Path) -> String {
    let outbox = read_outbox(state);
    let waits = |row: &Row| row.state == "queued" || row.state == "sending";
    let rows = rows(&outbox).into_iter().filter(waits);
    rows.map(|row| {
        format!(
            "mail {} {}{}\n",
            row.id,
            row.state,
            journal_of(&outbox, row.id)
        )
    })
    .collect()
}

struct Case<'a> {
    kind: Kind,
    book: &'a Book,
    copies: BTreeMap<&'a str, Vec<&'a Copy>>,
}

/// Judges a folder whose mails are all finished.
pub fn judge(
    name: &str,
    kind: Kind,
    state: &Path,
    server: &Server,
    book: Book,
    counts: BTreeMap<String, i64>,
) -> Verdict {
    let outbox = read_outbox(state);
    let (rows, received) = (rows(&outbox), server.copies());
    let mut copies: BTreeMap<&str, Vec<&Copy>> = BTreeMap::new();
    for copy in &received {
        copies.entry(&copy.message_id).or_default().push(copy);
    }
    let case = Case {
        kind,
        book: &book,
        copies,
    };
    let mut verdict = Verdict {
        kills: u64::try_from(book.kills.len()).unwrap(),
        acknowledged: u64::try_from(book.acknowledged.len()).unwrap(),
        delivered: u64::try_from(case.copies.len()).unwrap(),
        counts,
        ..Verdict::default()
    };
    let mut complaints = whole(&outbox);
    complaints.extend(book.refusals.iter().chain(&book.contradictions).cloned());
    complaints.extend(case.rows_and_acknowledgements(&rows));
    let is_loss = |complaint: &&String| complaint.starts_with("LOST");
    verdict.lost = u64::try_from(complaints.iter().filter(is_loss).count()).unwrap();
    for row in &rows {
        let copies = case.copies.get(row.message_id.as_str()).map_or(0, Vec::len);
        verdict.doubled += u64::from(copies > 1);
        verdict.uncertain += u64::from(row.state == "uncertain");
        for complaint in case.mail(row) {
            verdict.lost += u64::from(complaint.starts_with("LOST"));
            complaints.push(format!("{complaint}{}", journal_of(&outbox, row.id)));
        }
    }
    if !complaints.is_empty() {
        let mut words = format!("{name}\n  kills: {:?}", book.kills);
        complaints
            .iter()
            .for_each(|line| write!(words, "\n  {line}").unwrap());
        verdict.failures.push(words);
    }
    verdict
}

/// The file itself: sound, and its counters true.
fn whole(outbox: &Connection) -> Vec<String> {
    let said: String = outbox
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    let wrong: i64 = outbox
        .query_row(
            "SELECT count(*) FROM tally
             WHERE mails <> (SELECT count(*) FROM mail WHERE mail.state = tally.state)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut complaints = Vec::new();
    if said != "ok" {
        complaints.push(format!("integrity_check: {said}"));
    }
    if wrong != 0 {
        complaints.push(format!("{wrong} counters of the tally are wrong"));
    }
    complaints
}

impl Case<'_> {
    /// Each acknowledged receipt has exactly one row, the one that was told; each mail received has one too.
    fn rows_and_acknowledgements(&self, rows: &[Row]) -> Vec<String> {
        let mut by_number: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            by_number.entry(&row.number).or_default().push(row);
        }
        let mut complaints = Vec::new();
        for (number, (id, message_id)) in &self.book.acknowledged {
            let found = by_number
                .get(number.as_str())
                .map_or(&[][..], Vec::as_slice);
            let right = |row: &Row| row.id == *id && row.message_id == *message_id;
            if found.len() != 1 || !found.iter().all(|row| right(row)) {
                let what = if found.iter().any(|row| right(row)) {
                    "DOUBLED"
                } else {
                    "LOST"
                };
                complaints.push(format!(
                    "{what}: receipt {number}, acknowledged as {id}, has {} rows in the file",
                    found.len()
                ));
            }
        }
        let known = |id: &str| rows.iter().any(|row| row.message_id == id);
        let unknown = self.copies.keys().filter(|id| !known(id));
        complaints.extend(
            unknown.map(|id| format!("the server got {id}, of which the file knows nothing")),
        );
        complaints
    }

    fn mail(&self, row: &Row) -> Vec<String> {
        let copies = self
            .copies
            .get(row.message_id.as_str())
            .map_or(&[][..], Vec::as_slice);
        let about = format!("mail {} ({}, {})", row.id, row.number, row.state);
        let mut complaints = Vec::new();
        match row.state.as_str() {
            "sent" if copies.is_empty() => complaints.push(format!("LOST: {about} never came")),
            "sent" => {}
            "uncertain" if row.doubts > 0 => {}
            _ => complaints.push(format!(
                "LOST: {about} has come to no end that is right here"
            )),
        }
        if let Some((_, before)) = copies.split_last() {
            complaints.extend(
                self.doubled(row, before)
                    .map(|why| format!("DOUBLED: {about} {why}")),
            );
        }
        complaints
    }

    /// Says why a second copy is not excused; `before` is every copy but the last.
    fn doubled(&self, row: &Row, before: &[&Copy]) -> Option<String> {
        if before.is_empty() {
            return None;
        }
        if self.kind.holds {
            return Some(format!(
                "came {} times although it was to be held",
                before.len() + 1
            ));
        }
        if before.len() > 1 {
            return Some(format!("came {} times", before.len() + 1));
        }
        // The server's side: the line broke before the client could act on the answer.
        if let Some(copy) = before.iter().find(|copy| copy.went_on) {
            return Some(format!(
                "came again although line {} went on after it",
                copy.connection
            ));
        }
        // The file's side: the journal says that the outcome was not known, and right after the kill the mail
        // stood there as handed over. Where another till lives, it may have judged before we looked.
        let seen = self.book.doubts.get(&row.message_id).copied().unwrap_or(0);
        let looked_late = self.kind.tills > 1;
        if row.doubts < before.len() || (seen == 0 && !looked_late) {
            return Some(format!(
                "came again; in doubt {seen} times, {} in the journal",
                row.doubts
            ));
        }
        None
    }
}
