//! The Delphi units as Windows runs them: the programs of tests/pascal and the till, 32-bit and 64-bit, under Wine.
//! Wine's code page is 1252 here, as on a French Windows.

use super::machine::{Bits, Machine, PATIENCE, root, script};
use super::support::postfix::Postfix;
use super::support::program::{CUSTOMER, INSTALL, child_ends_in_time, settings};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const HOSTS: [&str; 3] = ["utf8", "page1252", "unicode"];

/// Folder with the programs; tests/windows/pascal.sh makes them.
fn built(bits: Bits) -> PathBuf {
    PathBuf::from(script("tests/windows/pascal.sh", bits).trim())
}

/// Runs one of the programs and wants it to find nothing wrong; gives what it said.
fn succeeds(machine: &Machine, host: &str, name: &str, more: &[(&str, &str)]) -> String {
    let program = format!("{name}.exe");
    fs::copy(
        built(machine.bits).join(host).join(&program),
        machine.path(&program),
    )
    .unwrap();
    let mut environment = vec![
        ("TILLMAIL_TEST_LIBRARY", r"D:\lib\tillmail.dll"),
        ("TILLMAIL_TEST_FOLDER", r"D:\état"),
        ("TILLMAIL_TEST_MAILS", r"D:\mails envoyés"),
    ];
    environment.extend(more);
    let (status, said) = machine.run(&program, &environment);
    let bits = machine.bits;
    assert!(
        status.success(),
        "{bits:?}, {host}, {name}: {status}: {said}"
    );
    said
}

/// A machine on which the DLL is not beside the programs.
fn start(bits: Bits) -> Machine {
    let machine = Machine::start(bits);
    fs::create_dir(machine.path("lib")).unwrap();
    fs::rename(
        machine.path("tillmail.dll"),
        machine.path("lib/tillmail.dll"),
    )
    .unwrap();
    machine
}

#[test]
fn pascal_texts_and_json_are_right_in_every_host() {
    for bits in Bits::BOTH {
        let machine = start(bits);
        for host in HOSTS {
            succeeds(&machine, host, "texts", &[]);
        }
    }
}

#[test]
fn pascal_keeps_the_contract_in_every_host() {
    for bits in Bits::BOTH {
        for host in HOSTS {
            let machine = start(bits);
            fs::copy(
                root().join("tests/contract.json"),
                machine.path("contract.json"),
            )
            .unwrap();
            fs::copy(
                root().join("include/tillmail.h"),
                machine.path("tillmail.h"),
            )
            .unwrap();
            let files = [
                ("TILLMAIL_TEST_TABLE", r"D:\contract.json"),
                ("TILLMAIL_TEST_HEADER", r"D:\tillmail.h"),
            ];
            succeeds(&machine, host, "contract", &files);
        }
    }
}

/// A DLL of another interface.
fn library_of_interface(machine: &Machine, number: &str) {
    let gcc = machine.bits.tool("gcc");
    let made = Command::new(&gcc)
        .args(["-shared", &format!("-DABI={number}"), "-o"])
        .arg(machine.path(&format!("interface-{number}.dll")))
        .arg(root().join("tests/pascal/older.c"))
        .status()
        .unwrap_or_else(|error| panic!("{gcc}: {error}; {INSTALL}"));
    assert!(made.success());
}

#[test]
fn pascal_failures_tell_what_is_wrong() {
    for bits in Bits::BOTH {
        for host in HOSTS {
            let machine = start(bits);
            library_of_interface(&machine, "0");
            library_of_interface(&machine, "99");
            fs::write(machine.path("none.dll"), "no library").unwrap();
            let files = [
                ("TILLMAIL_TEST_OLDER", r"D:\interface-0.dll"),
                ("TILLMAIL_TEST_OTHER", r"D:\interface-99.dll"),
                ("TILLMAIL_TEST_NONE", r"D:\none.dll"),
            ];
            succeeds(&machine, host, "failures", &files);
        }
    }
}

#[test]
fn pascal_has_exceptions_unmasked_threads_and_a_hundred_loads() {
    for bits in Bits::BOTH {
        let postfix = Postfix::start();
        let machine = start(bits);
        fs::copy(postfix.ca.ca_pem(), machine.path("ca.pem")).unwrap();
        let mut settings = settings(&postfix, "starttls");
        settings["smtp"]["ca_file"] = json!("D:/ca.pem");
        let settings = settings.to_string();
        let more = [
            ("TILLMAIL_TEST_SETTINGS", settings.as_str()),
            ("TILLMAIL_TEST_TO", CUSTOMER),
        ];
        let said = succeeds(&machine, "page1252", "host", &more);
        assert!(said.contains("sent=197"), "{said}");
        postfix.wait_for_mails(CUSTOMER, 4, PATIENCE);
    }
}

#[test]
fn the_pascal_till_sells() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        fs::copy(built(bits).join("till/till.exe"), machine.path("till.exe")).unwrap();
        let receipt = root().join("examples/receipt.json");
        fs::copy(&receipt, machine.path("receipt.json")).unwrap();
        let mut till = machine
            .command("till.exe", &[])
            .args([r"D:\un été", r"D:\receipt.json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let ended = child_ends_in_time(&mut till, PATIENCE).expect("the till ends in time");
        assert!(ended.success(), "{bits:?}");
        let mails = fs::read_dir(machine.path("un été/mails")).unwrap();
        let mut mails = mails.map(|file| file.unwrap().path());
        let mail = mails
            .find(|path| path.extension().is_some_and(|end| end == "eml"))
            .unwrap();
        let mail = fs::read(mail).unwrap();
        let mail = MessageParser::default().parse(&mail).unwrap();
        let receipt: Value = serde_json::from_slice(&fs::read(receipt).unwrap()).unwrap();
        let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
        assert_eq!(
            text.trim_end(),
            receipt["text"].as_str().unwrap().trim_end(),
            "{bits:?}"
        );
    }
}
