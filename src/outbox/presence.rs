//! Who has the outbox open: each opening holds a shared lock on a file, so that a damaged outbox is replaced
//! only when nobody else is writing to it.

use super::folder_error;
use crate::error::{Error, MAIL_E_LOCKED, Result};
use crate::os::fork::LockedFile;
use crate::text;
use std::fs::TryLockError;
use std::path::Path;
use std::time::{Duration, Instant};

/// Name of the file in the state folder; it stays empty.
const FILE: &str = "open.lock";
/// Longest wait for a rescue by another process.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at a lock that somebody else holds.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One opening; dropping it ends it.
#[derive(Debug)]
pub(super) struct Presence {
    lock: LockedFile,
}

impl Presence {
    /// Joins those who have the outbox open; waits while somebody rescues it.
    pub(super) fn enter(folder: &Path) -> Result<Self> {
        let presence = Presence {
            lock: lock_file(folder)?,
        };
        presence.share(folder)?;
        Ok(presence)
    }

    /// The same for a visitor, who makes no file.
    pub(super) fn join(folder: &Path) -> Result<Option<Self>> {
        match std::fs::exists(folder.join(FILE)) {
            Ok(true) => Self::enter(folder).map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(folder_error(folder, &error)),
        }
    }

    /// Takes the outbox for oneself alone; nothing where somebody else has it open.
    pub(super) fn alone(folder: &Path) -> Result<Option<Self>> {
        let lock = lock_file(folder)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Presence { lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(folder_error(folder, &error)),
        }
    }

    /// Lets the others in again. Closing the file unlocks it everywhere; `File::unlock` fails under Wine.
    pub(super) fn let_in(self, folder: &Path) -> Result<Self> {
        drop(self);
        Self::enter(folder)
    }

    fn share(&self, folder: &Path) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lock.try_lock_shared() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(error)) => return Err(folder_error(folder, &error)),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::new(MAIL_E_LOCKED, text::locked()));
                }
            }
        }
    }
}

fn lock_file(folder: &Path) -> Result<LockedFile> {
    LockedFile::open(&folder.join(FILE)).map_err(|error| folder_error(folder, &error))
}
