//! Proves the authorization server, and the mail server that takes its tokens.

// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

#[path = "servers/authorization.rs"]
mod authorization;
#[path = "servers/faults.rs"]
mod faults;
#[path = "servers/tokens.rs"]
mod tokens;
