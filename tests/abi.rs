//! The promise of docs/ABI.md: abidiff compares what include/tillmail.h declares with the committed dumps of `abi/`,
//! and the codes with the list there.
//!
//! abidiff reads types from debug information, and reads none of Rust's. So each header is compiled as C, with a body
//! for every function: that is the interface as a host's compiler sees it. tests/header.rs and tests/exports.rs hold
//! header and library together.
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::scratch::Scratch;

const INSTALL: &str = "run tests/setup-debian.sh";
/// Bits of abidiff's exit status.
const TROUBLE: i32 = 3;
const CHANGED: i32 = 4;
const BLESS: &str = "TILLMAIL_BLESS=1 cargo test --test abi";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> String {
    std::fs::read_to_string(root().join("include/tillmail.h")).unwrap()
}

fn blessing() -> bool {
    std::env::var_os("TILLMAIL_BLESS").is_some()
}

fn run(command: &mut Command) -> Output {
    command
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{:?}: {error}; {INSTALL}", command.get_program()))
}

fn without_comments(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(start) = text.find("/*") {
        let end = start + text[start..].find("*/").unwrap() + 2;
        text.replace_range(start..end, " ");
    }
    text
}

/// The declarations of functions in a header, each on one line and without its semicolon.
fn declarations(header: &str) -> Vec<String> {
    let text = without_comments(header);
    let lines = text.lines().filter(|line| !line.starts_with(['#', '}']));
    let text = lines.collect::<Vec<_>>().join(" ");
    let all = text.split(';').filter(|text| text.contains('('));
    all.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|text| text.replace("extern \"C\" { ", ""))
        .collect()
}

/// A library with the functions that a header declares.
fn compiled(header: &str, scratch: &Scratch) -> PathBuf {
    std::fs::write(scratch.path().join("tillmail.h"), header).unwrap();
    let bodies = declarations(header)
        .into_iter()
        .map(|declaration| format!("{declaration} {{ for (;;) {{ }} }}\n"));
    let source: String = std::iter::once("#include \"tillmail.h\"\n".to_owned())
        .chain(bodies)
        .collect();
    std::fs::write(scratch.path().join("interface.c"), source).unwrap();
    let output = run(Command::new("gcc")
        .current_dir(scratch.path())
        .args(["-g", "-shared", "-fPIC", "-Wl,-soname,libtillmail.so.1"])
        .args(["interface.c", "-o", "interface.so"]));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    scratch.path().join("interface.so")
}

/// What abidiff tells about the way from one interface to another; nothing where they are the same.
fn difference(old: &Path, new: &Path, additions: bool) -> Option<String> {
    let mut command = Command::new("abidiff");
    // Without --harmless a char that becomes const, or a typedef of another name, would pass in silence.
    command.args(["--harmless", "--no-show-locs"]);
    if !additions {
        command.arg("--no-added-syms");
    }
    let output = run(command.arg(old).arg(new));
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = output.status.code().unwrap_or(TROUBLE);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(status & TROUBLE, 0, "abidiff: {words}{complaint}");
    (status & CHANGED != 0).then_some(words)
}

fn dump_path(version: i32) -> PathBuf {
    root().join(format!("abi/{version}.abi"))
}

/// The committed dumps, one for each version of the interface.
fn dumps() -> Vec<PathBuf> {
    (1..=tillmail::mail_abi_version()).map(dump_path).collect()
}

fn write_dump(library: &Path, dump: &Path) {
    let output = run(Command::new("abidw")
        .args(["--no-comp-dir-path", "--no-corpus-path", "--no-show-locs"])
        .arg("--out-file")
        .arg(dump)
        .arg(library));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "abidw: {words}");
}

#[test]
fn a_host_of_any_earlier_version_finds_what_it_was_compiled_for() {
    let scratch = Scratch::new("abi");
    let library = compiled(&header(), &scratch);
    let current = dump_path(tillmail::mail_abi_version());
    for dump in dumps() {
        if blessing() && dump == current && !dump.exists() {
            write_dump(&library, &dump);
        }
        let broken = difference(&dump, &library, false);
        assert_eq!(
            broken,
            None,
            "the interface of {} is broken: nothing of it may change (docs/ABI.md)",
            dump.display()
        );
    }
    if blessing() {
        write_dump(&library, &current);
    }
    let grown = difference(&current, &library, true);
    assert_eq!(
        grown, None,
        "the interface has grown: raise ABI_VERSION in src/ffi.rs if this version was released, then {BLESS}"
    );
}

/// What would hurt a host, as changes of the header.
const BREAKS: [(&str, &str, &str); 8] = [
    (
        "a function is gone",
        "mail_code mail_cancel(const char *request,\n                      char **reply);",
        "",
    ),
    (
        "a function has another name",
        "mail_health(",
        "mail_wellbeing(",
    ),
    (
        "a parameter is of another type",
        "mail_code mail_shutdown(const char *request, ",
        "mail_code mail_shutdown(const int *request, ",
    ),
    (
        "a parameter has come",
        "mail_code mail_shutdown(const char *request, ",
        "mail_code mail_shutdown(const char *request, int wait, ",
    ),
    (
        "a parameter has gone",
        "mail_code mail_shutdown(const char *request, char **reply)",
        "mail_code mail_shutdown(const char *request)",
    ),
    (
        "a borrowed text is not const any more",
        "mail_code mail_shutdown(const char *request, ",
        "mail_code mail_shutdown(char *request, ",
    ),
    (
        "a result is of another type",
        "int32_t mail_abi_version(void)",
        "const char *mail_abi_version(void)",
    ),
    (
        "a code is wider",
        "typedef int32_t mail_code;",
        "typedef int64_t mail_code;",
    ),
];

#[test]
fn every_kind_of_break_is_noticed() {
    for (what, from, to) in BREAKS {
        let scratch = Scratch::new("abi");
        let old = header();
        assert_eq!(old.matches(from).count(), 1, "{what}: {from}");
        let library = compiled(&old.replace(from, to), &scratch);
        for dump in dumps() {
            let found = difference(&dump, &library, false);
            assert!(found.is_some(), "{what}: abidiff sees no difference");
        }
    }
}

#[test]
fn a_new_function_breaks_nothing_but_needs_a_dump() {
    let scratch = Scratch::new("abi");
    let grown = header().replace(
        "void mail_free(char *text);",
        "void mail_free(char *text);\nmail_code mail_new(const char *request, char **reply);",
    );
    let library = compiled(&grown, &scratch);
    let dump = dump_path(tillmail::mail_abi_version());
    assert_eq!(difference(&dump, &library, false), None);
    let told = difference(&dump, &library, true).unwrap();
    assert!(told.contains("mail_new"), "{told}");
}

#[test]
fn the_dump_has_the_functions_of_the_library() {
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join("libtillmail.so");
    let output = run(Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(library));
    assert!(output.status.success(), "nm; {INSTALL}");
    let exported = String::from_utf8(output.stdout).unwrap();
    let dump = std::fs::read_to_string(dump_path(tillmail::mail_abi_version())).unwrap();
    let mut functions = 0;
    for line in exported.lines() {
        let name = line.split_whitespace().last().unwrap();
        let symbol = format!("<elf-symbol name='{name}' type='func-type'");
        assert!(dump.contains(&symbol), "{name} is not in the dump");
        functions += 1;
    }
    assert_eq!(functions, dump.matches("<elf-symbol ").count());
}

/// Names and numbers, from lines such as `#define MAIL_E_X 1` or `MAIL_E_X = 1`.
fn codes(text: &str) -> BTreeMap<String, i32> {
    let lines = text.lines().map(|line| line.replace(['='], " "));
    let pairs = lines.filter_map(|line| {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| *word == "#define");
        let name = words.next().filter(|name| name.starts_with("MAIL_"))?;
        Some((name.to_owned(), words.next()?.parse().ok()?))
    });
    pairs.collect()
}

/// What is wrong with today's codes, for hosts that know those of the list.
fn broken(listed: &BTreeMap<String, i32>, now: &BTreeMap<String, i32>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, number) in listed {
        match now.get(name) {
            None => found.push(format!("{name} is gone")),
            Some(other) if other != number => {
                found.push(format!("{name} was {number} and is {other}"));
            }
            Some(_) => {}
        }
    }
    for (name, number) in now {
        let other = listed
            .iter()
            .chain(now)
            .find(|(other, taken)| *taken == number && *other != name);
        if let Some((other, _)) = other {
            found.push(format!("{name} has the number of {other}, {number}"));
        }
    }
    found
}

#[test]
fn codes_are_only_added() {
    let list = root().join("abi/codes.txt");
    let now = codes(&without_comments(&header()));
    assert!(now.len() > 40, "codes of the header: {now:?}");
    let mut text = std::fs::read_to_string(&list).unwrap();
    assert_eq!(broken(&codes(&text), &now), Vec::<String>::new());
    let listed = codes(&text);
    let mut new: Vec<_> = now
        .iter()
        .filter(|(name, _)| !listed.contains_key(*name))
        .collect();
    new.sort_by_key(|(_, number)| **number);
    if blessing() {
        for (name, number) in &new {
            text.push_str(&format!("{name} = {number}\n"));
        }
        std::fs::write(&list, text).unwrap();
    } else {
        assert!(new.is_empty(), "not in abi/codes.txt yet: {new:?}; {BLESS}");
    }
}

#[test]
fn a_code_that_goes_moves_or_doubles_is_noticed() {
    let listed = codes("# a comment\nMAIL_OK = 0\nMAIL_E_ONE = 1\nMAIL_E_TWO = 2\n");
    assert_eq!(listed.len(), 3);
    let cases = [
        (
            "#define MAIL_OK 0\n#define MAIL_E_ONE 1\n#define MAIL_E_TWO 2\n#define MAIL_E_NEW 3",
            "",
        ),
        (
            "#define MAIL_OK 0\n#define MAIL_E_TWO 2",
            "MAIL_E_ONE is gone",
        ),
        (
            "#define MAIL_OK 0\n#define MAIL_E_ONE 3\n#define MAIL_E_TWO 2",
            "MAIL_E_ONE was 1 and is 3",
        ),
        (
            "#define MAIL_OK 0\n#define MAIL_E_ONE 1\n#define MAIL_E_TWO 2\n#define MAIL_E_NEW 2",
            "MAIL_E_NEW has the number of MAIL_E_TWO, 2",
        ),
        (
            "#define MAIL_OK 0\n#define MAIL_E_EINS 1\n#define MAIL_E_TWO 2",
            "MAIL_E_EINS has the number of MAIL_E_ONE, 1",
        ),
    ];
    for (header, wanted) in cases {
        let found = broken(&listed, &codes(header)).join("; ");
        assert!(found.contains(wanted), "{header}: {found}");
        assert_eq!(found.is_empty(), wanted.is_empty(), "{header}: {found}");
    }
}

/// Whether a file has these words.
fn tells(path: &str, words: &str) -> bool {
    std::fs::read_to_string(root().join(path))
        .unwrap()
        .contains(words)
}

#[test]
fn the_page_promises_what_is_checked() {
    assert!(tells("docs/ABI.md", "glibc 2.31:"));
    assert!(tells("packaging/linux/check.sh", "\nfloor=2.31\n"));
    assert!(tells("docs/ABI.md", "| SONAME | `libtillmail.so.1`,"));
    assert!(tells("build.rs", "-soname,libtillmail.so.1\""));
}
