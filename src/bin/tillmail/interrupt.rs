//! Ctrl-C, and SIGTERM: the command ends what it does; a second time, it ends at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The usual code of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Knows whether somebody wants the command to end.
pub(crate) struct Interrupt {
    asked: Receiver<()>,
}

impl Interrupt {
    /// Watches from now on.
    pub(crate) fn watch() -> io::Result<Self> {
        let (ask, asked) = channel();
        let before = AtomicBool::new(false);
        ctrlc::set_handler(move || {
            if before.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
            let _ = ask.send(());
        })
        .map_err(io::Error::other)?;
        Ok(Interrupt { asked })
    }

    /// Waits for `limit`; true where the command is to end.
    pub(crate) fn within(&self, limit: Duration) -> bool {
        !matches!(
            self.asked.recv_timeout(limit),
            Err(RecvTimeoutError::Timeout)
        )
    }
}
