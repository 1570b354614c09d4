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
mod clock_move;
pub(crate) mod drainer;
mod filter;
mod follow;
mod gate;
mod group;
mod journal;
mod pause;
mod presence;
pub(crate) mod rescue;
mod retention;
mod saved;
mod schema;
mod sent;
mod tokens;
mod transcript;
mod waiting;

pub(crate) use accept::{Accepted, Fill, NewMail};
pub(crate) use actions::{MOST_RETRIED, Original};
pub(crate) use claim::{Claimed, HowFar, Outcome, Settlement};
pub(crate) use filter::Filter;
pub(crate) use gate::Gate;
pub(crate) use group::Intake;
pub(crate) use journal::Counts;
pub(crate) use pause::Pause;
pub(crate) use tokens::KeptTokens;
pub(crate) use waiting::{AccountWait, Lane};

use self::gate::Turn;
use self::presence::Presence;
use crate::error::{
    Error, MAIL_E_DAMAGED, MAIL_E_DISK, MAIL_E_DISK_FULL, MAIL_E_FOLDER, MAIL_E_LOCKED, Result,
    SmtpReply, mail_code,
};
use crate::text::{self, Text};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::cell::Cell;
use std::io::ErrorKind;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// Name of the file in the state folder.
const FILE: &str = "outbox.db";
/// Programs that make the same new file at the same moment get in each other's way, and SQLite does not
/// wait there: we try again after so long, until `gate::PATIENCE` has passed.
const BETWEEN_OPENINGS: Duration = Duration::from_millis(10);
/// Prepared statements that a connection keeps: more than there are different ones.
const STATEMENTS: usize = 64;
/// Pages that a reader of contents keeps.
const CONTENT_PAGES: i64 = 32;
/// Pages of the log from which a commit moves them into the file itself. The worker does so long before
/// (`Outbox::tidy_log`): it takes some milliseconds, which a till shall not wait.
const WAL_PAGES: i64 = 4_000;
/// The log is cut back to this size when it begins anew.
const WAL_BYTES: i64 = 16 << 20;

/// One connection to the outbox file.
#[derive(Debug)]
pub(crate) struct Outbox {
    connection: Connection,
    folder: PathBuf,
    /// Shared by those of one process that write to the same file.
    gate: Arc<Gate>,
    /// Commits are flushed to the disk; all but the hand-over marks are.
    forced: Cell<bool>,
    /// None for a visitor of a folder where nobody has ever been counted, and for a reader.
    _presence: Option<Presence>,
}

/// A change under way, in its turn among the writers of the process; dropping it undoes it.
struct Change<'a> {
    transaction: Transaction<'a>,
    // After the transaction: the next one begins when this one is over.
    _turn: Turn,
}

impl Change<'_> {
    /// Makes the change durable.
    fn commit(self) -> rusqlite::Result<()> {
        self.transaction.commit()
    }
}

impl<'a> Deref for Change<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Transaction<'a> {
        &self.transaction
    }
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
    /// Those of one process that write to it share a gate.
    pub(crate) fn open(folder: &Path, gate: Arc<Gate>) -> Result<Self> {
        let presence = Presence::enter(folder)?;
        Ok(Outbox {
            connection: open_file(folder, &folder.join(FILE))?,
            folder: folder.to_path_buf(),
            gate,
            forced: Cell::new(true),
            _presence: Some(presence),
        })
    }

    /// Opens a second connection that only reads, and does not wait for the commits of this one. It lives no longer
    /// than this one.
    pub(crate) fn reader(&self) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.folder.join(FILE), flags)
            .and_then(|mut connection| {
                connection.busy_handler(Some(gate::patience()))?;
                keep_plans(&connection)?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
                // A visitor's log stays as it is; and whoever writes closes last.
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                connection.pragma_update(None, "query_only", "ON")?;
                // The first reading opens the log: now, while there are descriptors.
                connection.query_row("SELECT lines FROM journal", [], |_| Ok(()))?;
                Ok(connection)
            })
            .map_err(|error| opening_error(&self.folder, error))?;
        Ok(Outbox {
            connection,
            folder: self.folder.clone(),
            gate: self.gate.clone(),
            forced: Cell::new(true),
            _presence: None,
        })
    }

    /// A reader for the contents of mails, one after the other: nothing of them is kept at hand, where it would push
    /// out what is needed again.
    pub(crate) fn reader_of_contents(&self) -> Result<Self> {
        let reader = self.reader()?;
        reader
            .connection
            .pragma_update(None, "cache_size", CONTENT_PAGES)
            .map_err(disk_error)?;
        Ok(reader)
    }

    /// The state folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The gate that others of this process share who write to this file.
    pub(crate) fn gate(&self) -> Arc<Gate> {
        self.gate.clone()
    }

    /// Opens the file of a state folder that is there, as it is: makes none, converts none, and leaves its
    /// write-ahead log to the tills.
    pub(crate) fn visit(folder: &Path) -> Result<Self> {
        let presence = Presence::join(folder)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(FILE), flags)
            .and_then(|mut connection| {
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                prepare(&mut connection).map(|()| connection)
            })
            .map_err(|error| opening_error(folder, error))?;
        schema::check_current(&connection)?;
        Ok(Outbox {
            connection,
            folder: folder.to_path_buf(),
            gate: Arc::default(),
            forced: Cell::new(true),
            _presence: presence,
        })
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
    fn begin(&mut self) -> rusqlite::Result<Change<'_>> {
        let turn = self.turn();
        self.begin_in(turn)
    }

    /// The same, where one's turn has come already.
    fn begin_in(&mut self, turn: Turn) -> rusqlite::Result<Change<'_>> {
        self.force_to_disk(true)?;
        self.change(turn)
    }

    /// Begins a change that outlasts the process and need not outlast the power.
    fn begin_unforced(&mut self) -> rusqlite::Result<Change<'_>> {
        let turn = self.turn();
        self.force_to_disk(false)?;
        self.change(turn)
    }

    /// Whether the commits from here on are flushed to the disk. A write without `begin` asks for it first.
    fn force_to_disk(&self, force: bool) -> rusqlite::Result<()> {
        if self.forced.get() != force {
            let synchronous = if force { "FULL" } else { "NORMAL" };
            self.connection
                .pragma_update(None, "synchronous", synchronous)?;
            self.forced.set(force);
        }
        Ok(())
    }

    fn change(&mut self, turn: Turn) -> rusqlite::Result<Change<'_>> {
        Ok(Change {
            transaction: self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?,
            _turn: turn,
        })
    }

    /// Waits for one's turn among the writers of this process: for a write without `begin`.
    fn turn(&self) -> Turn {
        self.gate.turn()
    }

    /// Moves what is committed from the log into the file, as far as nobody reads it; others go on writing meanwhile.
    pub(crate) fn tidy_log(&self) -> Result<()> {
        self.connection
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .and_then(|mut tidy| tidy.query_row([], |_| Ok(())))
            .map_err(disk_error)
    }

    /// Gives a number that changes when another connection has written.
    pub(crate) fn data_version(&self) -> Result<i64> {
        self.connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(disk_error)
    }
}

/// SQLite starts itself at its first use, and asks without a lock whether it has: two threads that open at the same
/// moment would race. Here the first one is alone, and the others see all that it did.
fn start_sqlite() {
    static STARTED: Once = Once::new();
    // A failure shows again when the file is opened.
    STARTED.call_once(|| drop(Connection::open_in_memory()));
}

/// Opens a file of the state folder, makes it where there is none, and brings it to the current schema.
fn open_file(folder: &Path, path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    start_sqlite();
    private(path).map_err(|error| folder_error(folder, &error))?;
    let mut connection = Connection::open_with_flags(path, flags)
        .and_then(|mut connection| prepare_in_turn(&mut connection).map(|()| connection))
        .map_err(|error| opening_error(folder, error))?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// The switch to the log of a new file fails at once where another process is about the same.
fn prepare_in_turn(connection: &mut Connection) -> rusqlite::Result<()> {
    let started = Instant::now();
    loop {
        match prepare(connection) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && started.elapsed() < gate::PATIENCE =>
            {
                std::thread::sleep(BETWEEN_OPENINGS);
            }
            other => return other,
        }
    }
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(gate::patience()))?;
    keep_plans(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// One statement, one plan: without this SQLite prepares those with a LIMIT or beside a partial index anew for every
/// value, which costs more than running them.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(|_| ())
}

/// Receipts and addresses are nobody else's business, whatever the host's umask. Before SQLite opens the file,
/// because its log gets the same permissions when it is made. The file is opened here only to make it: closing
/// one that SQLite has open would release SQLite's locks.
#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut new = std::fs::OpenOptions::new();
    // What is wrong with the folder, SQLite tells better.
    let _ = new.write(true).create_new(true).mode(0o660).open(path);
    let Ok(found) = std::fs::metadata(path) else {
        return Ok(());
    };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o007 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o770))
}

#[cfg(not(unix))]
fn private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Says why the state folder cannot be used.
fn folder_error(folder: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            Error::new(MAIL_E_DISK_FULL, text::disk_full())
        }
        _ => Error::new(MAIL_E_FOLDER, text::state_folder(folder, error)),
    }
}

fn opening_error(folder: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Error::new(MAIL_E_FOLDER, text::state_folder(folder, &error))
        }
        _ => disk_error(error),
    }
}

/// The outbox file is damaged; the next start sets it aside.
fn damaged() -> Error {
    Error::new(MAIL_E_DAMAGED, text::damaged()).hint(text::damaged_cure())
}

/// Says in our words what SQLite reports.
fn disk_error(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::new(MAIL_E_DISK_FULL, text::disk_full()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(),
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
