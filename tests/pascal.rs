//! The Delphi units of bindings/delphi, compiled by Free Pascal as each kind of host: with strings in UTF-8
//! (Lazarus), in code page 1252 (Delphi 7 on a French Windows) and in UTF-16 (Delphi 2009 and later).
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::host::{self, Said};
use support::pascal::{Display, HOSTS, Host, Pascal, root};
use support::postfix::Postfix;
use support::program::{CUSTOMER, settings, the_library};
use support::scratch::{ReservedPort, Scratch};
use support::scripted::{Action, Script, Scripted, Step};

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
    assert_eq!(declarations.len(), 22);
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

fn contract(program: &Pascal, table: &Value) -> Said {
    let path = program.path("contract.json");
    fs::write(&path, table.to_string()).unwrap();
    fs::remove_dir_all(program.path("état")).ok();
    program.run(&[("TILLMAIL_TEST_TABLE", path.to_str().unwrap())])
}

#[test]
fn the_contract_holds_in_every_host() {
    for host in HOSTS {
        let program = Pascal::compile("contract", host);
        contract(&program, &host::contract()).success();
    }
}

/// A comparison that cannot fail would be none: each kind of it is shown a case that is not so, and names it.
#[test]
fn a_changed_contract_does_not_hold() {
    let program = Pascal::compile("contract", Host::Utf8);
    let mut tables = host::changed_contracts();
    let mut shorter = host::contract();
    let cases = shorter["cases"].as_array_mut().unwrap();
    let place = cases
        .iter()
        .position(|case| case["reply"]["missing"].is_array());
    cases[place.unwrap()]["reply"]["missing"] = json!(["sender.address"]);
    tables.push(("list", shorter));
    for (change, table) in tables {
        let said = contract(&program, &table);
        assert!(!said.status.success(), "{change}: {}", said.output);
        let complaints = said.output.matches("WRONG: ").count();
        assert_eq!(complaints, 1, "{change}: {}", said.output);
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

/// The till finds the library beside itself.
fn till() -> (Pascal, PathBuf) {
    let source = root().join("examples/delphi/till.dpr");
    let lines = fs::read_to_string(&source).unwrap().lines().count();
    assert!(lines <= 40, "{lines} lines");
    let program = Pascal::compile_file(&source, &["-Mdelphi"]);
    symlink(
        the_library(),
        program.program().with_file_name("libtillmail.so.1"),
    )
    .unwrap();
    let folder = program.path("un dossier \"été\"");
    (program, folder)
}

/// The lines of bindings/delphi/README.md, with a folder in the place of a mail server that does not exist.
#[test]
fn the_lines_of_the_readme_work() {
    const SERVER: &str =
        r#""smtp":{"url":"smtps://boutique%40example.test:password@mail.example.test"}"#;
    assert!(
        !Path::new("/var/lib/tillmail").exists(),
        "/var/lib/tillmail exists: the lines would change the settings of a real installation"
    );
    let readme = read("bindings/delphi/README.md");
    let (_, lines) = readme.split_once("```pascal\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    assert!(lines.contains(SERVER), "{lines}");
    let scratch = Scratch::new("pascal");
    let folder = scratch.path().join("mails");
    let lines = lines.replace(
        SERVER,
        &format!(r#""folder":{{"path":"{}"}}"#, folder.display()),
    );
    let source = scratch.path().join("lines.dpr");
    let program = format!(
        "program lines;\nuses cthreads, cwstring, SysUtils, TillMail, TillMailJson;\n\
         var Mail: TTillMail; Reply, Id, TicketText: string;\n\
         procedure ShowMessage(const Text: string);\nbegin\n  WriteLn(Text);\nend;\n\
         begin\nTicketText := 'TOTAL \"1,00\"';\n{lines}\
         WriteLn(MailJsonText(Mail.Wait('{{\"id\":' + Id + '}}'), 'mail.state'));\nMail.Shutdown;\nend.\n"
    );
    fs::write(&source, program).unwrap();
    let program = Pascal::compile_file(&source, &["-Mdelphi"]);
    symlink(
        the_library(),
        program.program().with_file_name("libtillmail.so.1"),
    )
    .unwrap();
    let said = program.succeeds(&[]);
    assert!(said.starts_with("sent"), "{said}");
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        3,
        "one mail is three files"
    );
}

fn sell(sold: impl Fn(host::Till, &Path)) {
    let (program, folder) = till();
    fs::create_dir(&folder).unwrap();
    let run = |arguments: &[&Path], variables: &[(&str, &str)]| {
        let mut command = Command::new(program.program());
        command.args(arguments);
        program.run_by(command, variables)
    };
    sold(&run, &folder);
}

#[test]
fn the_till_writes_its_receipt_into_a_folder() {
    sell(host::till_writes_its_receipt_into_a_folder);
}

#[test]
fn the_till_sends_its_receipt_to_a_server() {
    sell(host::till_sends_its_receipt_to_a_server);
}

#[test]
fn the_till_tells_in_one_sentence_what_is_wrong() {
    sell(host::till_tells_in_one_sentence_what_is_wrong);
}

/// The form, as a user drives it, against a real server, a closed port, a silent one and a folder. With
/// TILLMAIL_TEST_PICTURE its picture goes there: docs/settings-dialog.png is made so.
#[test]
fn the_settings_form_tells_cause_and_cure_and_never_hangs() {
    let display = Display::start();
    let postfix = Postfix::start();
    let closed = ReservedPort::new();
    let silent = Scripted::start(Script::plain().on(Step::Accept, Action::Silence));
    let settings = json!({
        "smtp": { "ca_file": postfix.ca.ca_pem() },
        "sender": { "name": "Vega Paris" },
        "offer": {
            "label": "Acheter un pack « DOMAINE + MAIL »",
            "price": "49 € HT par an",
            "link": "https://example.fr/pack",
        },
    });
    let program = Pascal::compile_windows(&root().join("tests/pascal/dialog.pas"));
    let picture = program.path("form.png").display().to_string();
    let picture = std::env::var("TILLMAIL_TEST_PICTURE").unwrap_or(picture);
    let said = program.succeeds(&[
        ("DISPLAY", &display.name),
        ("TILLMAIL_TEST_SETTINGS", &settings.to_string()),
        ("TILLMAIL_TEST_PORT", &postfix.smtp_port.to_string()),
        ("TILLMAIL_TEST_USER", Postfix::USER),
        ("TILLMAIL_TEST_PASSWORD", Postfix::PASSWORD),
        ("TILLMAIL_TEST_CLOSED_PORT", &closed.number().to_string()),
        ("TILLMAIL_TEST_SILENT_PORT", &silent.port().to_string()),
        ("TILLMAIL_TEST_TO", CUSTOMER),
        ("TILLMAIL_TEST_PICTURE", &picture),
    ]);
    let mails = postfix.wait_for_mails(CUSTOMER, 1, MAIL_DEADLINE);
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert!(mail.subject().unwrap().starts_with("TEST"), "{said}");
    assert!(silent.connections() <= 1, "{said}");
    assert!(fs::metadata(picture).unwrap().len() > 10_000);
}

/// The form as a program of its own links too.
#[test]
fn the_settings_program_compiles() {
    let program = Pascal::compile_windows(&root().join("examples/delphi/settings.dpr"));
    assert!(program.program().exists());
}
