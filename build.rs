//! Gives the shared library its SONAME: Rust sets none, and without one a program would remember the
//! build folder's file name.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" {
        // The number is that of the C interface, not of the release.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtillmail.so.1");
    }
}
