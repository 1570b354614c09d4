//! A damaged outbox: the file is set aside whole, and a new one takes what can still be read of it.
//!
//! ```text
//! outbox.db (damaged) ──copy──▶ outbox.copy.db ──rows──▶ outbox.new.db ──complete──▶ outbox.rescued.db
//!        └──renamed, never written──▶ outbox.damaged-1.db              └──renamed──▶ outbox.db
//! ```
//!
//! Each step leaves a state from which the next opening goes on, so a rescue may be cut off anywhere.
//! It happens when the outbox is opened, and only while nobody else has it open.

use super::presence::Presence;
use super::{Event, FILE, Outbox, damaged, disk_error, folder_error, journal, open_file};
use crate::clock::Millis;
use crate::error::{MAIL_E_DAMAGED, Result};
use crate::text;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Says that a damaged page was met, so that the next opening looks closer.
const MARK: &str = "outbox.damaged";
/// What damaged files are renamed to.
const ASIDE: &str = "outbox.damaged-";
const COPY: &str = "outbox.copy.db";
const NEW: &str = "outbox.new.db";
/// The new file, complete.
const RESCUED: &str = "outbox.rescued.db";
/// The files beside a database; its log must never meet another database, so they go first.
const BESIDE: [&str; 2] = ["-wal", "-shm"];
/// Rows that are copied at once; where they cannot be read, the half of them, down to one.
const ROWS: i64 = 1_024;

/// What is taken over, in this order, with the column that names a row.
const TABLES: [(&str, &str); 5] = [
    ("settings", "id"),
    ("token", "id"),
    ("mail", "id"),
    ("content", "mail_id"),
    ("event", "id"),
];

impl Outbox {
    /// Opens the outbox of a state folder; a damaged one is set aside first.
    pub(crate) fn open_or_rescue(folder: &Path, now: Millis) -> Result<Self> {
        if folder.join(RESCUED).exists() {
            let alone = alone(folder)?;
            put_in_place(folder).map_err(|error| folder_error(folder, &error))?;
            drop(alone);
        }
        let mark = folder.join(MARK);
        match Outbox::open(folder, Arc::default()) {
            Ok(outbox) if !mark.exists() => Ok(outbox),
            Ok(outbox) if is_sound(&outbox.connection) => {
                let _ = std::fs::remove_file(mark);
                Ok(outbox)
            }
            Ok(outbox) => {
                drop(outbox);
                rescue(folder, now)
            }
            Err(error) if error.code == MAIL_E_DAMAGED => rescue(folder, now),
            Err(error) => Err(error),
        }
    }

    /// Notes that a damaged page was met. Best effort: a file that is really damaged is met again.
    pub(crate) fn note_damage(&self) {
        let _ = std::fs::write(self.folder.join(MARK), b"");
    }
}

/// Lists the damaged files that were set aside and are still there.
pub(crate) fn set_aside_files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(ASIDE) && name.ends_with(".db"))
        .collect();
    names.sort();
    names
}

fn is_sound(connection: &Connection) -> bool {
    connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .is_ok_and(|answer| answer == "ok")
}

fn alone(folder: &Path) -> Result<Presence> {
    Presence::alone(folder)?.ok_or_else(|| damaged().hint(text::damaged_in_use()))
}

fn rescue(folder: &Path, now: Millis) -> Result<Outbox> {
    let alone = alone(folder)?;
    // Whoever was alone before may have done it already.
    let path = folder.join(FILE);
    let sound = open_file(folder, &path).is_ok_and(|connection| is_sound(&connection));
    if !sound {
        make_copy(folder).map_err(|error| folder_error(folder, &error))?;
        salvage(folder, now)?;
        put_in_place(folder).map_err(|error| folder_error(folder, &error))?;
    }
    let _ = std::fs::remove_file(folder.join(MARK));
    let connection = open_file(folder, &path)?;
    Ok(Outbox {
        connection,
        folder: folder.to_path_buf(),
        gate: Arc::default(),
        forced: std::cell::Cell::new(true),
        _presence: Some(alone.let_in(folder)?),
    })
}

/// Reading a database with its log writes to it, so it is a copy that is read.
fn make_copy(folder: &Path) -> std::io::Result<()> {
    remove(folder, COPY)?;
    remove(folder, NEW)?;
    std::fs::copy(folder.join(FILE), folder.join(COPY))?;
    let log = folder.join(format!("{FILE}-wal"));
    if log.exists() {
        std::fs::copy(log, folder.join(format!("{COPY}-wal")))?;
    }
    Ok(())
}

/// Fills the new file with every row that can be read, and gives it the name that says it is complete.
fn salvage(folder: &Path, now: Millis) -> Result<()> {
    let mut new = open_file(folder, &folder.join(NEW))?;
    let transaction = new.transaction().map_err(disk_error)?;
    // A connection of its own: what cannot be read there poisons no transaction here.
    if let Ok(copy) = open_copy(&folder.join(COPY)) {
        for (table, key) in TABLES {
            let last = last_key(&copy, table, key);
            take_over(&transaction, &copy, table, key, last).map_err(disk_error)?;
            go_on_counting(&transaction, table, last).map_err(disk_error)?;
        }
    }
    let mails: i64 = transaction
        .query_row("SELECT count(*) FROM mail", [], |row| row.get(0))
        .map_err(disk_error)?;
    let event = Event {
        code: MAIL_E_DAMAGED,
        message: Some(text::set_aside(mails)),
        ..Event::plain("set_aside")
    };
    journal::write(&transaction, None, &event, now).map_err(disk_error)?;
    transaction.commit().map_err(disk_error)?;
    // Closing it moves its log into it.
    new.close().map_err(|(_, error)| disk_error(error))?;
    std::fs::rename(folder.join(NEW), folder.join(RESCUED))
        .and_then(|()| remove(folder, COPY))
        .map_err(|error| folder_error(folder, &error))
}

/// With a writable schema SQLite passes over what it cannot read of the schema, instead of refusing everything.
fn open_copy(copy: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(copy)?;
    connection.pragma_update(None, "writable_schema", "ON")?;
    Ok(connection)
}

/// Copies the rows of a table; what cannot be read is left behind.
fn take_over(
    new: &Connection,
    copy: &Connection,
    table: &str,
    key: &str,
    last: i64,
) -> rusqlite::Result<()> {
    let known = columns(new, table)?;
    // The damaged one may be of an older schema.
    let common: Vec<String> = columns(copy, table)
        .unwrap_or_default()
        .into_iter()
        .filter(|column| known.contains(column))
        .collect();
    if common.is_empty() {
        return Ok(());
    }
    let (names, places) = (common.join(", "), vec!["?"; common.len()].join(", "));
    let mut insert = new.prepare(&format!(
        "INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"
    ))?;
    let select = format!("SELECT {names} FROM {table} WHERE {key} BETWEEN ?1 AND ?2");
    let mut first = 1;
    while first <= last {
        for row in readable_rows(copy, &select, first, (first + ROWS - 1).min(last)) {
            // A row that breaks a rule of the table, such as a content without its mail, is left behind.
            if let Err(error) = insert.execute(params_from_iter(row))
                && !is_of_the_row(&error)
            {
                return Err(error);
            }
        }
        first += ROWS;
    }
    Ok(())
}

/// The rows with keys in a span; where a page cannot be read, those of its halves, down to single ones.
fn readable_rows(copy: &Connection, select: &str, first: i64, last: i64) -> Vec<Vec<Value>> {
    let rows = copy.prepare_cached(select).and_then(|mut select| {
        let width = select.column_count();
        select
            .query_map([first, last], |row| {
                (0..width).map(|at| row.get(at)).collect()
            })?
            .collect()
    });
    rows.unwrap_or_else(|_: rusqlite::Error| {
        if first == last {
            return Vec::new();
        }
        let middle = first + (last - first) / 2;
        let mut rows = readable_rows(copy, select, first, middle);
        rows.extend(readable_rows(copy, select, middle + 1, last));
        rows
    })
}

fn is_of_the_row(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
    )
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The largest key that one of the places that know it still tells.
fn last_key(copy: &Connection, table: &str, key: &str) -> i64 {
    let largest = format!("SELECT coalesce(max({key}), 0) FROM {table}");
    let largest = copy.query_row(&largest, [], |row| row.get::<_, i64>(0));
    // A content has the number of its mail.
    let counted = if table == "content" { "mail" } else { table };
    let counted = copy.query_row(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1",
        [counted],
        |row| row.get::<_, i64>(0),
    );
    largest.unwrap_or(0).max(counted.unwrap_or(0))
}

/// A number that a till was told is never given to another mail, even where its own row is lost.
fn go_on_counting(connection: &Connection, table: &str, last: i64) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
            params![table, last],
        )
        .map(|_| ())
}

/// Sets the damaged file aside and puts the new one in its place.
fn put_in_place(folder: &Path) -> std::io::Result<()> {
    let aside = (1_u32..)
        .map(|number| folder.join(format!("{ASIDE}{number}.db")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| folder.join(format!("{ASIDE}0.db")));
    for suffix in BESIDE.into_iter().chain([""]) {
        let from = folder.join(format!("{FILE}{suffix}"));
        if from.exists() {
            let to = PathBuf::from(format!("{}{suffix}", aside.display()));
            std::fs::rename(from, to)?;
        }
    }
    std::fs::rename(folder.join(RESCUED), folder.join(FILE))
}

fn remove(folder: &Path, name: &str) -> std::io::Result<()> {
    for suffix in BESIDE.into_iter().chain([""]) {
        match std::fs::remove_file(folder.join(format!("{name}{suffix}"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
