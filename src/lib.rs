//! tillmail: e-mails receipts from point-of-sale software.
//!
//! ```text
//! ffi                          the C functions: strings in, code and strings out
//!  └ mailer                    the desk: one short method per call
//!     ├ settings               what a host saves and what holds for a store
//!     ├ receipt, message       a receipt becomes a mail
//!     ├ outbox                 mails, states and journal in one SQLite file
//!     ├ delivery               the worker: SMTP conversation, verdicts, retries
//!     └ health                 what the system panel shows
//!        └ error, text, json, address, clock, os
//! ```
//!
//! Imports go downwards only. The clock is read in `mailer` and in the worker; the one static lives in `ffi`.

#[cfg(not(panic = "unwind"))]
compile_error!(
    "tillmail turns panics into error codes at its border: build it with panic = \"unwind\""
);

mod address;
mod clock;
mod delivery;
pub mod error;
mod ffi;
mod health;
mod json;
mod mailer;
mod message;
mod opening;
mod os;
mod outbox;
mod receipt;
mod requests;
#[cfg(test)]
mod schema;
mod settings;
mod text;

pub use ffi::*;
pub use mailer::Mailer;
pub use opening::{Opening, Role};
pub use text::{Language, Text};
