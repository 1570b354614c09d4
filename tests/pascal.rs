//! The Delphi units of bindings/delphi, compiled by Free Pascal as each kind of host: with strings in UTF-8
//! (Lazarus), in code page 1252 (Delphi 7 on a French Windows) and in UTF-16 (Delphi 2009 and later).
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::pascal::{HOSTS, Host, Pascal, root};
use support::postfix::Postfix;
use support::program::{CUSTOMER, settings};

const MAIL_DEADLINE: Duration = Duration::from_secs(20);

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// `MAIL_E_NULL` → 1 and so on, from the lines that `value_of` knows.
fn numbers<'a>(
    text: &'a str,
    value_of: impl Fn(&'a str) -> Option<(&'a str, &'a str)>,
) -> BTreeMap<&'a str, i32> {
    let pairs = text.lines().filter_map(value_of);
    pairs
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect()
}

#[test]
fn the_constants_are_those_of_the_header() {
    let header = read("include/tillmail.h");
    let unit = read("bindings/delphi/TillMail.pas");
    let wanted = numbers(&header, |line| {
        line.strip_prefix("#define ")?.split_once(' ')
    });
    let mut found = numbers(&unit, |line| {
        line.trim().strip_suffix(';')?.split_once(" = ")
    });
    assert_eq!(
        found.remove("MAIL_NOT_LOADED"),
        Some(-1),
        "the unit's own code"
    );
    assert_eq!(found, wanted);
    assert!(wanted.len() > 40, "{wanted:?}");
}

/// Every declaration of the header, on one line each, outside comments.
fn declarations() -> Vec<String> {
    let mut text = read("include/tillmail.h");
    while let Some(start) = text.find("/*") {
        let end = start + text[start..].find("*/").unwrap() + 2;
        text.replace_range(start..end, " ");
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let lines = lines.join(" ");
    let declarations = lines.split_inclusive(';').filter(|part| part.contains('('));
    declarations
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|part| part.replace("extern \"C\" { ", ""))
        .collect()
}

#[test]
fn every_c_declaration_stands_above_its_twin() {
    let unit = read("bindings/delphi/TillMail.pas");
    let declarations = declarations();
    assert_eq!(declarations.len(), 20);
    for declaration in declarations {
        let name = declaration.split('(').next().unwrap();
        let name = name.rsplit([' ', '*']).next().unwrap();
        let twin = format!("    // {declaration}\n    {name}: ");
        assert!(unit.contains(&twin), "{twin:?} is not in the unit");
    }
}

/// Delphi 7 reads no UTF-8, and knows nothing of what came later.
#[test]
fn the_sources_are_ascii_and_within_delphi_7() {
    const LATER: [&str; 8] = [
        " inline;",
        "class helper",
        "record helper",
        "strict private",
        "for var ",
        ".Length",
        "reference to",
        "TArray<",
    ];
    let folders = ["bindings/delphi", "examples/delphi"];
    let files = folders.map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let sources = files.into_iter().flatten().map(|file| file.unwrap().path());
    let mut seen = 0;
    for path in sources.filter(|path| path.extension().is_some_and(|end| end != "md")) {
        let source = fs::read_to_string(&path).unwrap();
        seen += 1;
        assert!(source.is_ascii(), "{} is not ASCII", path.display());
        for word in LATER {
            assert!(!source.contains(word), "{}: {word}", path.display());
        }
        let long = source.lines().find(|line| line.len() > 120);
        assert_eq!(long, None, "{}", path.display());
    }
    assert!(seen >= 4, "{seen} sources");
}

#[test]
fn texts_and_json_are_right_in_every_host() {
    for host in HOSTS {
        Pascal::compile("texts", host).succeeds(&[]);
    }
}

fn contract(program: &Pascal, table: &Path) -> (bool, String) {
    program.run(&[("TILLMAIL_TEST_TABLE", table.to_str().unwrap())])
}

#[test]
fn the_contract_holds_in_every_host() {
    for host in HOSTS {
        let program = Pascal::compile("contract", host);
        let (held, said) = contract(&program, &root().join("tests/contract.json"));
        assert!(held, "{host:?}: {said}");
    }
}

/// A comparison that cannot fail would be none: each kind of it is shown a case that is not so.
#[test]
fn a_changed_contract_does_not_hold() {
    let table: Value = serde_json::from_str(&read("tests/contract.json")).unwrap();
    let changes: [(&str, &str, Value); 5] = [
        ("nothing is set up yet", "code", "MAIL_E_NULL".into()),
        (
            "as a till",
            "reply",
            serde_json::json!({"role": "back_office"}),
        ),
        ("a receipt is taken", "has", serde_json::json!(["nobody"])),
        ("a missing field is named", "sentence", "autre.".into()),
        (
            "the folder can be written",
            "reply",
            serde_json::json!({"steps": []}),
        ),
    ];
    let program = Pascal::compile("contract", Host::Utf8);
    for (name, member, value) in changes {
        let mut changed = table.clone();
        let cases = changed["cases"].as_array_mut().unwrap();
        cases.iter_mut().find(|case| case["name"] == name).unwrap()[member] = value;
        let path = program.path("changed.json");
        fs::write(&path, changed.to_string()).unwrap();
        fs::remove_dir_all(program.path("état")).ok();
        let (held, said) = contract(&program, &path);
        assert!(!held, "{name}: {said}");
        let complaint = format!("WRONG: {name}");
        assert_eq!(said.matches("WRONG: ").count(), 1, "{name}: {said}");
        assert!(said.contains(&complaint), "{name}: {said}");
    }
}

fn library_of_interface(program: &Pascal, number: &str) -> PathBuf {
    let library = program.path(&format!("interface-{number}.so"));
    let made = Command::new("gcc")
        .args(["-shared", "-fPIC", &format!("-DABI={number}"), "-o"])
        .arg(&library)
        .arg(root().join("tests/pascal/older.c"))
        .status();
    assert!(made.expect("run tests/setup-debian.sh").success());
    library
}

fn failures(host: Host, valgrind: bool) {
    let program = Pascal::compile("failures", host);
    let none = program.path("none.so");
    fs::write(&none, "no library").unwrap();
    let (older, other) = (
        library_of_interface(&program, "0"),
        library_of_interface(&program, "99"),
    );
    let files = [
        ("TILLMAIL_TEST_OLDER", older.to_str().unwrap()),
        ("TILLMAIL_TEST_OTHER", other.to_str().unwrap()),
        ("TILLMAIL_TEST_NONE", none.to_str().unwrap()),
    ];
    if valgrind {
        program.succeeds_under_valgrind(&files);
    } else {
        program.succeeds(&files);
    }
}

#[test]
fn failures_tell_what_is_wrong_in_every_host() {
    for host in HOSTS {
        failures(host, false);
    }
}

#[test]
fn every_reply_is_freed() {
    failures(Host::Utf8, true);
}

#[test]
fn exceptions_unmasked_threads_and_a_hundred_loads() {
    let postfix = Postfix::start();
    let settings = settings(&postfix, "starttls").to_string();
    let program = Pascal::compile("host", Host::Utf8);
    let said = program.succeeds(&[
        ("TILLMAIL_TEST_SETTINGS", &settings),
        ("TILLMAIL_TEST_TO", CUSTOMER),
    ]);
    // One through the real server, 8 threads of 12, 100 loads.
    assert!(said.contains("sent=197\n"), "{said}");
    // The receipt, its copy, the message and the test.
    postfix.wait_for_mails(CUSTOMER, 4, MAIL_DEADLINE);
}
