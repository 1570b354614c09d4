//! The technician's command, as it is built: each subcommand on folders that the library has made.
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

#[path = "command/bundle.rs"]
mod bundle;
#[path = "command/flush.rs"]
mod flush;
#[path = "command/looking.rs"]
mod looking;
#[path = "command/preview.rs"]
mod preview;
#[path = "command/run.rs"]
mod run;
#[path = "command/sign_in.rs"]
mod sign_in;
#[path = "command/terminal.rs"]
mod terminal;
#[path = "command/transcripts.rs"]
mod transcripts;
