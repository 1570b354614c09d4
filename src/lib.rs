//! tillmail: e-mails receipts from point-of-sale software.
//!
//! ```text
//! ffi                          the C functions: strings in, code and strings out
//!  └ mailer                    the desk: one short method per call
//!     ├ settings               what a host saves and what holds for a store
//!     ├ receipt, user_message  what a till or a user sends becomes a draft
//!     ├ draft, message         a draft becomes the bytes of a mail
//!     ├ picture, pdf           bar codes, logos, and the receipt as a PDF
//!     ├ outbox                 mails, states and journal in one SQLite file
//!     ├ delivery               the worker: SMTP conversation, verdicts, retries
//!     ├ names                  who hosts a domain's mail, and what the domain says about its mails
//!     └ health                 what the system panel shows
//!        └ error, text, json, address, single_byte, clock, os
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
mod draft;
pub mod error;
mod ffi;
mod health;
mod json;
mod lock;
mod mailer;
mod message;
mod names;
mod opening;
mod os;
mod outbox;
#[cfg(test)]
mod outside;
mod pdf;
mod picture;
mod receipt;
mod requests;
#[cfg(test)]
mod schema;
mod settings;
mod single_byte;
mod template;
mod text;
mod user_message;

#[cfg(feature = "bench")]
pub use delivery::bench::session_alone;
pub use ffi::*;
pub use mailer::Mailer;
pub use opening::{Opening, Role};
pub use text::{Language, Text};
