//! `mail_preview`, and every example receipt as a mail: both must show and send the same, and what they send must please
//! parsers and checkers that are not ours. A new file in `examples/receipts/` is covered by itself.
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

#[path = "preview/examples.rs"]
mod examples;
#[path = "preview/gallery.rs"]
mod gallery;
#[path = "preview/mail.rs"]
mod mail;
#[path = "preview/quiet.rs"]
mod quiet;
