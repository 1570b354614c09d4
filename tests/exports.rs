//! The shared library shows the functions of include/tillmail.h and nothing else, has its SONAME, and
//! needs nothing but the C library.
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts of the C library and the compiler's own; every system has them.
const OF_THE_SYSTEM: [&str; 7] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "ld-linux-x86-64.so.2",
];

/// The library that `cargo test` has built, next to this test.
fn the_library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join("libtillmail.so");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

fn output_of(program: &str, options: &[&str]) -> String {
    let output = Command::new(program)
        .args(options)
        .arg(the_library())
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run tests/setup-debian.sh"));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

/// The names in front of a parenthesis, outside comments.
fn declared() -> BTreeSet<String> {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/tillmail.h");
    let mut text = std::fs::read_to_string(header).unwrap();
    while let Some(start) = text.find("/*") {
        let end = start + text[start..].find("*/").unwrap() + 2;
        text.replace_range(start..end, " ");
    }
    let words = text.split('(').filter_map(|before| {
        before
            .rsplit(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'))
            .next()
    });
    words
        .filter(|word| word.starts_with("mail_"))
        .map(str::to_owned)
        .collect()
}

/// Values such as `libc.so.6` of the lines with a tag such as `(NEEDED)`.
fn dynamic(tag: &str) -> Vec<String> {
    let entries = output_of("readelf", &["-d", "-W"]);
    let values = entries.lines().filter(|line| line.contains(tag));
    values
        .map(|line| line[line.find('[').unwrap() + 1..line.rfind(']').unwrap()].to_owned())
        .collect()
}

#[test]
fn it_exports_the_functions_of_the_header_and_nothing_else() {
    let symbols = output_of("nm", &["-D", "--defined-only"]);
    let exported: BTreeSet<String> = symbols
        .lines()
        .map(|line| line.split_whitespace().last().unwrap().to_owned())
        .collect();
    let declared = declared();
    assert_eq!(declared.len(), 22, "{declared:?}");
    assert_eq!(exported, declared);
    let functions = symbols.lines().filter(|line| line.contains(" T ")).count();
    assert_eq!(
        functions,
        declared.len(),
        "not all are functions: {symbols}"
    );
}

#[test]
fn its_soname_is_that_of_the_interface() {
    assert_eq!(dynamic("(SONAME)"), ["libtillmail.so.1"]);
}

#[test]
fn it_needs_nothing_but_the_c_library() {
    let needed = dynamic("(NEEDED)");
    assert!(needed.contains(&"libc.so.6".to_owned()), "{needed:?}");
    let foreign: Vec<_> = needed
        .iter()
        .filter(|name| !OF_THE_SYSTEM.contains(&name.as_str()))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
