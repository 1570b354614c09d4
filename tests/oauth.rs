//! Logins by token: a real authorization server gives them, a real mail server takes them.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "oauth/command.rs"]
mod command;
#[path = "oauth/faults.rs"]
mod faults;
#[path = "oauth/grants.rs"]
mod grants;
#[path = "oauth/place.rs"]
mod place;
#[path = "oauth/processes.rs"]
mod processes;
#[path = "oauth/settings.rs"]
mod settings;
#[path = "oauth/sign_in.rs"]
mod sign_in;
mod support;
