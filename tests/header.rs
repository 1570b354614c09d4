//! include/tillmail.h says what the source says, in a form every C and C++ of the hosts accepts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/tillmail.h")
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root().join("src/error.rs"))
        .with_src(root().join("src/ffi.rs"))
        .generate()
        .unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn the_committed_header_is_current() {
    let generated = generated();
    if std::env::var_os("TILLMAIL_BLESS").is_some() {
        std::fs::write(header(), &generated).unwrap();
    }
    let committed = std::fs::read_to_string(header()).unwrap();
    assert!(
        committed == generated,
        "include/tillmail.h is out of date: run TILLMAIL_BLESS=1 cargo test --test header and look at its diff"
    );
}

#[test]
fn every_function_tells_the_four_things() {
    let header = generated();
    let mut functions = 0;
    for (place, _) in header.match_indices("\n */\n") {
        let after = &header[place + 5..];
        let declaration = after.lines().next().unwrap();
        if !declaration.contains("mail_") || !declaration.contains('(') {
            continue;
        }
        functions += 1;
        let comment = &header[header[..place].rfind("/**").unwrap()..place];
        for label in ["Returns:", "Errors:", "Threads:", "Blocks:"] {
            assert!(comment.contains(label), "{declaration} lacks {label}");
        }
        assert!(!comment.contains("Safety"), "{declaration} talks Rust");
    }
    assert_eq!(functions, 22, "functions found in the header");
}

#[test]
fn the_abi_version_of_the_header_is_that_of_the_library() {
    let header = generated();
    let line = format!(
        "#define TILLMAIL_ABI_VERSION {}",
        tillmail::mail_abi_version()
    );
    assert!(header.contains(&line), "{line}");
}

#[test]
fn it_compiles_alone_and_twice_in_every_language() {
    let folder = std::env::temp_dir().join(format!("tillmail-header-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let include = format!("-I{}", root().join("include").display());
    let cases = [
        ("gcc", "c89", "c"),
        ("gcc", "c99", "c"),
        ("gcc", "c17", "c"),
        ("g++", "c++98", "cpp"),
        ("g++", "c++17", "cpp"),
        ("clang", "c89", "c"),
        ("clang", "c++98", "cpp"),
        ("clang", "c++17", "cpp"),
    ];
    for (compiler, standard, ending) in cases {
        let source = folder.join(format!("twice.{ending}"));
        let text = "#include <tillmail.h>\n#include <tillmail.h>\n\
                    mail_code ask(void);\nmail_code ask(void) { return mail_health(0, 0) + MAIL_E_BUG; }\n";
        std::fs::write(&source, text).unwrap();
        let output = Command::new(compiler)
            .args([
                &format!("-std={standard}"),
                "-pedantic",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-c",
                &include,
            ])
            .arg("-o")
            .arg(folder.join("twice.o"))
            .arg(&source)
            .output()
            .unwrap_or_else(|error| {
                panic!("{compiler}: {error}; tests/setup-debian.sh installs it")
            });
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{compiler} -std={standard}: {words}"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}
