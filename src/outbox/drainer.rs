//! Who drains: the holder of a lock on a file, which the system frees when that process dies.

use crate::error::{Error, MAIL_E_FOLDER, Result};
use crate::os::fork::LockedFile;
use crate::text;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Name of the file in the state folder; it stays empty.
const FILE: &str = "drain.lock";

/// The right to drain; dropping it lets another process go on.
#[derive(Debug)]
pub(crate) struct Drainer {
    _lock: LockedFile,
}

/// Tells whether somebody has the right to drain, without taking it and without making the file.
pub(crate) fn is_taken(folder: &Path) -> Result<bool> {
    let unusable =
        |error: std::io::Error| Error::new(MAIL_E_FOLDER, text::state_folder(folder, &error));
    let file = match File::open(folder.join(FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(error)),
    };
    // Shared and given back at once: a till that asks at this very moment asks again a second later.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Takes the right to drain, if nobody has it.
pub(crate) fn try_take(folder: &Path) -> Result<Option<Drainer>> {
    let unusable =
        |error: std::io::Error| Error::new(MAIL_E_FOLDER, text::state_folder(folder, &error));
    let lock = LockedFile::open(&folder.join(FILE)).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(Drainer { _lock: lock })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
