//! Reads the bytes that a till sends to its receipt printer (ESC/POS) into printed lines.
//!
//! It does what Epson's command reference says a printer does, as far as it can be seen on paper. Commands that
//! leave no trace (drawers, status, speed, buzzers) are passed over in silence. Those that should leave one and
//! that we do not know, such as a logo out of the printer's memory, are passed over by their length and counted.
//!
//! ```text
//!  bytes ─▶ commands (esc, gs) ─┬─ code_page: a byte of text is a character
//!  (stream, lengths)            ├─ codes:     bar codes and QR codes
//!                               ├─ pictures (dots)
//!                               └─▶ paper (line): lines, pictures and codes below each other
//! ```
//!
//! Whatever the bytes are, it ends in a time that grows with their number, and holds a bounded result: every
//! command takes at least one byte, and paper and pictures have their limits.

mod code_page;
mod codes;
mod commands;
mod dots;
mod esc;
mod gs;
mod lengths;
mod line;
mod paper;
mod pictures;
mod stream;

use super::printed::Printed;
use crate::error::{Error, MAIL_E_TOO_LARGE, Result};
use crate::text;

/// Longest stream: ten times a long receipt with a picture.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// What is missing from the printed lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Commands that should leave a trace on paper and that we do not know.
    pub(crate) commands: usize,
    /// The bytes end inside a command.
    pub(crate) truncated: bool,
}

/// Reads a stream; what there is of a truncated one is kept.
pub(crate) fn read(bytes: &[u8]) -> Result<(Printed, Skipped)> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::new(MAIL_E_TOO_LARGE, text::longer_than(MAX_BYTES)));
    }
    commands::Printer::of(bytes).print()
}

#[cfg(test)]
mod tests;
