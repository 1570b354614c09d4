//! The outbox and its journal: one SQLite file, the only SQL.
//!
//! ```text
//! queued ──claim──▶ sending ──▶ sent | failed | uncertain
//!   ▲ │                │
//!   │ └─▶ cancelled    │
//!   ├── later, unsure, interrupted
//!   └── retried: from failed and uncertain, by a person
//! ```
//!
//! Every change of state and its journal line are one transaction, durable (WAL, synchronous=FULL)
//! before anybody is told. Settling is conditional on `sending`. Who may drain is decided by an
//! operating-system lock ([`drainer`]), so there are no leases and no clocks in it.

mod accept;
mod actions;
pub(crate) mod claim;
pub(crate) mod drainer;
mod follow;
mod journal;
mod pause;
mod retention;
mod saved;
mod schema;
mod sent;
mod transcript;
mod waiting;

pub(crate) use accept::{Accepted, NewMail};
pub(crate) use actions::{MOST_RETRIED, Original};
pub(crate) use claim::{Claimed, Settlement};
pub(crate) use journal::{Counts, Filter};
pub(crate) use pause::Pause;
pub(crate) use waiting::{AccountWait, Lane};

use crate::error::{
    Error, MAIL_E_DAMAGED, MAIL_E_DISK, MAIL_E_DISK_FULL, MAIL_E_FOLDER, MAIL_E_LOCKED, Result,
    SmtpReply, mail_code,
};
use crate::text::{self, Text};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Name of the file in the state folder.
const FILE: &str = "outbox.db";
/// Longest wait for another process's commit; ours take a millisecond.
const BUSY: Duration = Duration::from_secs(5);
/// The log is cut back to this size at a checkpoint.
const WAL_BYTES: i64 = 4 << 20;

/// One open outbox file.
#[derive(Debug)]
pub(crate) struct Outbox {
    connection: Connection,
}

/// One journal line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Event {
    pub(crate) event: &'static str,
    pub(crate) account: Option<String>,
    pub(crate) code: mail_code,
    pub(crate) step: Option<&'static str>,
    pub(crate) smtp: Option<SmtpReply>,
    pub(crate) message: Option<Text>,
    pub(crate) hint: Option<Text>,
    /// What was said on the line, redacted; kept apart from the journal.
    pub(crate) conversation: Option<String>,
}

impl Event {
    /// Makes a line without a failure.
    pub(crate) fn plain(event: &'static str) -> Self {
        Event {
            event,
            ..Event::default()
        }
    }

    /// Gives the line alone: on a disk that has no room, the settlement is what matters.
    pub(crate) fn without_conversation(&self) -> Self {
        Event {
            conversation: None,
            ..self.clone()
        }
    }

    /// Makes a line of a failure.
    pub(crate) fn of(event: &'static str, error: &Error) -> Self {
        Event {
            event,
            account: None,
            code: error.code,
            step: error.step,
            smtp: error.smtp.as_deref().cloned(),
            message: Some(error.message.clone()),
            hint: error.hint.clone(),
            conversation: None,
        }
    }
}

impl Outbox {
    /// Opens the file of a state folder, makes it where there is none, and brings it to the current schema.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)
            .and_then(|connection| prepare(&connection).map(|()| connection))
            .map_err(|error| folder_error(folder, error))?;
        schema::migrate(&mut connection)?;
        private(&path)
            .map_err(|error| Error::new(MAIL_E_FOLDER, text::state_folder(folder, &error)))?;
        Ok(Outbox { connection })
    }

    /// Opens the file of a state folder that is there, as it is: makes none, converts none, and leaves its
    /// write-ahead log to the tills.
    pub(crate) fn visit(folder: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(FILE), flags)
            .and_then(|connection| {
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                prepare(&connection).map(|()| connection)
            })
            .map_err(|error| folder_error(folder, error))?;
        schema::check_current(&connection)?;
        Ok(Outbox { connection })
    }

    /// Tells whether a state folder has its file; an error where that cannot be seen.
    pub(crate) fn is_in(folder: &Path) -> std::io::Result<bool> {
        match std::fs::metadata(folder.join(FILE)) {
            Ok(found) => Ok(found.is_file()),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Begins a change; takes the write lock now, so that what is read inside stays true until the commit.
    fn begin(&mut self) -> rusqlite::Result<Transaction<'_>> {
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
    }

    /// Gives a number that changes when another connection has written.
    pub(crate) fn data_version(&self) -> Result<i64> {
        self.connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(disk_error)
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Receipts and addresses are nobody else's business.
#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o007 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o770))
}

#[cfg(not(unix))]
fn private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn folder_error(folder: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Error::new(MAIL_E_FOLDER, text::state_folder(folder, &error))
        }
        _ => disk_error(error),
    }
}

/// Says in our words what SQLite reports.
fn disk_error(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::new(MAIL_E_DISK_FULL, text::disk_full()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::new(MAIL_E_DAMAGED, text::damaged())
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::new(MAIL_E_LOCKED, text::locked())
        }
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => Error::new(MAIL_E_DISK, text::disk(&error.to_string())),
        _ => Error::bug(error),
    }
}

#[cfg(test)]
mod tests;
