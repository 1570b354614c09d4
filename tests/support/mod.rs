//! What the integration tests share: servers, certificates and scratch folders.

// Each test binary uses only a part of this, and clippy.toml's "in tests" permissions
// cover test functions but not the helpers they call.
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

pub mod ca;
pub mod contract;
pub mod host;
pub mod names;
pub mod pascal;
pub mod postfix;
pub mod program;
pub mod scratch;
pub mod scripted;
pub mod shim;
pub mod shop;
