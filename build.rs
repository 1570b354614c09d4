//! Gives the shared library its name: a SONAME on Linux, because without one a program would remember the
//! build folder's file name; on Windows the version that Explorer shows and installers compare.
//! Tells it the versions of the crates that support asks for.

use std::path::Path;
use std::process::Command;

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
    match (target("OS").as_str(), target("ENV").as_str()) {
        // The number is that of the C interface, not of the release.
        ("linux", _) => println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtillmail.so.1"),
        ("windows", "gnu") => link_version(),
        _ => {}
    }
}

/// What is known of the target, such as OS, ENV and ARCH.
fn target(what: &str) -> String {
    std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default()
}

/// The version of a crate as Cargo.lock has it.
fn version<'a>(lock: &'a str, name: &str) -> &'a str {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let after = lock.split_once(&entry).map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .unwrap_or("unknown")
}

/// Links the DLL with a VERSIONINFO, made of Cargo.toml's words.
fn link_version() {
    let source = "packaging/windows/version.rc";
    println!("cargo:rerun-if-changed={source}");
    let output = std::env::var("OUT_DIR").unwrap_or_default();
    let object = Path::new(&output).join("version.o");
    let release = env!("CARGO_PKG_VERSION");
    let numbers = release.split(['.', '-', '+']).take(3);
    let numbers: Vec<&str> = numbers.chain(["0"]).collect();
    let tool = match target("ARCH").as_str() {
        "x86" => "i686-w64-mingw32-windres",
        _ => "x86_64-w64-mingw32-windres",
    };
    let made = Command::new(tool)
        .arg(format!("-DRELEASE_NUMBERS={}", numbers.join(",")))
        .arg(format!("-DRELEASE=\\\"{release}\\\""))
        .args([source, "-O", "coff", "-o"])
        .arg(&object)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "{tool} is needed: install Debian's binutils-mingw-w64"
    );
    println!("cargo:rustc-cdylib-link-arg={}", object.display());
}
