//! Gives the shared library its SONAME: Rust sets none, and without one a program would remember the
//! build folder's file name. Tells it the versions of the crates that support asks for.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    for (name, variable) in [
        ("rustls", "TILLMAIL_RUSTLS_VERSION"),
        ("lettre", "TILLMAIL_LETTRE_VERSION"),
    ] {
        println!("cargo:rustc-env={variable}={}", version(&lock, name));
    }
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" {
        // The number is that of the C interface, not of the release.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtillmail.so.1");
    }
}

/// The version of a crate as Cargo.lock has it.
fn version<'a>(lock: &'a str, name: &str) -> &'a str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let after = lock.split_once(&entry).map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .unwrap_or("unknown")
}
