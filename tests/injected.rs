//! Disks and clocks that fail, injected below the library that ships (tests/c/fault_shim.c): a code and a sentence,
//! nothing acknowledged that is not kept, nothing sent twice because something could not be written, and all is well
//! when the system works again.
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, unreachable_pub)]

#[path = "injected/disk.rs"]
mod disk;
#[path = "injected/rig.rs"]
mod rig;
mod support;
