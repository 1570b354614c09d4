//! The DLLs as Windows loads them: 32-bit and 64-bit, under Wine, against servers on this machine's loopback.
//!
//! `make test-windows` runs this, as root. What cannot exist on Windows is left out: fork and signals, limits set
//! with setrlimit, descriptors 0 to 2 (tests/c: fork, interrupted, limits, surroundings), and what injects faults
//! below the C library (fault_shim). What Wine does otherwise than Windows is said where it matters.
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

#[path = "windows/cpp.rs"]
mod cpp;
#[path = "windows/imports.rs"]
mod imports;
#[path = "windows/machine.rs"]
mod machine;
#[path = "windows/pascal.rs"]
mod pascal;
mod support;

use machine::{Bits, Machine, PATIENCE, Till, root, script_with};
use mail_parser::MessageParser;
use serde_json::json;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use support::authorization::AuthorizationServer;
use support::ca::TestCa;
use support::contract;
use support::postfix::{Options, Postfix};
use support::program::{CUSTOMER, receipt, settings, word_after};
use support::scratch::{ReservedPort, Scratch};
use support::scripted::{Script, Scripted};
use support::shop::plain_settings;

/// Tests of the library that need what a Windows test's machine has not: files of this repository, or zbar, poppler, tidy
/// and Python, which read back what we write.
const NOT_ON_WINDOWS: [&str; 24] = [
    "schema::",
    "message::tests::a_copy_keeps_pictures_and_files_byte_for_byte",
    "message::tests::pictures_stand_beside_the_html_for_every_reader",
    "pdf::tests::a_gif_is_shown_too",
    "pdf::tests::a_mark_stands_in_the_first_line_and_takes_the_place_of_the_one_before",
    "pdf::tests::a_receipt_comes_back_in_its_columns",
    "pdf::tests::damaged_pictures_and_odd_sizes_harm_nothing",
    "pdf::tests::every_word_comes_back",
    "pdf::tests::hostile_text_is_drawn_or_replaced",
    "pdf::tests::long_receipts_get_pages_and_no_line_is_lost",
    "pdf::tests::scanners_read_the_codes_of_a_page",
    "pdf::tests::the_file_says_what_it_is_and_carries_its_fonts",
    "pdf::tests::the_shops_logo_stands_on_top_as_large_as_in_the_mail",
    "picture::codes::tests::a_scanner_reads_all_of_ascii_and_all_digits",
    "picture::codes::tests::a_scanner_reads_every_code_back",
    "picture::codes::tests::gs1_is_told_by_its_first_sign",
    "picture::codes::tests::no_payload_harms",
    "receipt::escpos::code_page::tests::the_pages_are_those_of_python",
    "receipt::sale::tests::a_gift_ticket_shows_no_price_anywhere",
    "receipt::sale::tests::a_long_receipt_says_every_line",
    "receipt::sale::tests::a_ticket_is_printed_in_aligned_columns",
    "receipt::sale::tests::the_examples_are_accepted_without_a_warning_and_fit_the_paper",
    "template::tests::every_page_is_html_as_it_should_be",
    "template::tests::the_example_is_accepted_for_every_document_and_is_right",
];

/// Runs one of the programs of tests/c, linked through this import library; gives what it said.
fn c_program(
    bits: Bits,
    name: &str,
    import_library: &str,
    postfix: &Postfix,
    more: &[(&str, &str)],
) -> String {
    let machine = Machine::start(bits);
    machine.compile(
        &format!("tests/c/{name}.c"),
        "program.exe",
        Some(import_library),
    );
    fs::copy(postfix.ca.ca_pem(), machine.path("ca.pem")).unwrap();
    let mut settings = settings(postfix, "starttls");
    settings["smtp"]["ca_file"] = json!("D:/ca.pem");
    let (settings, receipt) = (settings.to_string(), receipt().to_string());
    let mut environment = vec![
        ("TILLMAIL_TEST_FOLDER", "D:/état de la caisse"),
        ("TILLMAIL_TEST_SCRATCH", "D:"),
        ("TILLMAIL_TEST_SETTINGS", &settings),
        ("TILLMAIL_TEST_RECEIPT", &receipt),
        ("TILLMAIL_TEST_TO", CUSTOMER),
    ];
    environment.extend(more);
    let (status, said) = machine.run("program.exe", &environment);
    assert!(status.success(), "{bits:?}, {name}.c: {status}: {said}");
    said
}

#[test]
fn configure_runs_as_on_linux() {
    for bits in Bits::BOTH {
        c_program(bits, "configure", "tillmail.lib", &Postfix::start(), &[]);
    }
}

#[test]
fn send_receipt_runs_as_on_linux() {
    for bits in Bits::BOTH {
        let postfix = Postfix::start();
        let said = c_program(bits, "send_receipt", "libtillmail.dll.a", &postfix, &[]);
        let mails = postfix.wait_for_mails(CUSTOMER, 1, PATIENCE);
        assert_eq!(mails.len(), 1, "{bits:?}");
        let mail = MessageParser::default().parse(&mails[0]).unwrap();
        assert_eq!(mail.subject(), receipt()["subject"].as_str(), "{bits:?}");
        let id = format!("<{}>", mail.message_id().unwrap());
        assert_eq!(id, word_after(&said, "message_id="), "{bits:?}");
    }
}

#[test]
fn verify_runs_as_on_linux() {
    for bits in Bits::BOTH {
        let closed = ReservedPort::new().number().to_string();
        let more = [("TILLMAIL_TEST_CLOSED_PORT", closed.as_str())];
        c_program(
            bits,
            "verify",
            "libtillmail.dll.a",
            &Postfix::start(),
            &more,
        );
    }
}

#[test]
fn misuse_runs_as_on_linux() {
    for bits in Bits::BOTH {
        // A process of 32 bits has two gigabytes: ten megabytes at a time are the host's, not the library's, limit.
        let postfix = Postfix::start();
        c_program(
            bits,
            "misuse",
            "libtillmail.dll.a",
            &postfix,
            &[("TILLMAIL_TEST_BYTES", "1000000")],
        );
        assert!(postfix.mails(CUSTOMER).is_empty());
    }
}

#[test]
fn threads_runs_as_on_linux() {
    for bits in Bits::BOTH {
        let postfix = Postfix::start();
        let said = c_program(bits, "threads", "libtillmail.dll.a", &postfix, &[]);
        let accepted: usize = word_after(&said, "accepted=").parse().unwrap();
        let mails = postfix.wait_for_mails(CUSTOMER, accepted, PATIENCE);
        assert_eq!(mails.len(), accepted, "{bits:?}");
    }
}

#[test]
fn the_contract_is_kept() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        let mut till = machine.till("tillmail.dll");
        assert_eq!(till.tell("load"), "loaded");
        let call = |name: &str, request: Option<&str>| till.call(name, request);
        let called = contract::is_kept("D:/état", "D:/mails envoyés", call);
        assert!(called.len() > 10, "{called:?}");
    }
}

/// A library in a folder with spaces and accents, a state folder too, and attachments from such a one.
#[test]
fn paths_have_accents_and_spaces() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain());
        let machine = Machine::start(bits);
        let folder = machine.path("Caisse d'été n° 1 — Ωμέγα");
        fs::create_dir(&folder).unwrap();
        fs::rename(machine.path("tillmail.dll"), folder.join("tillmail.dll")).unwrap();
        fs::write(folder.join("reçu.txt"), "1 crème brûlée").unwrap();
        let mut till = machine.till("Caisse d'été n° 1 — Ωμέγα\\tillmail.dll");
        assert_eq!(till.tell("load"), "loaded", "{bits:?}");
        let folder = r"D:\Caisse d'été n° 1 — Ωμέγα";
        let opening = json!({ "folder": format!(r"{folder}\état") });
        assert_eq!(
            till.done("mail_init", &opening)["folder"],
            opening["folder"]
        );
        till.done("mail_configure", &plain_settings(server.port()));
        let mut receipt = receipt();
        receipt["attachments"] = json!([{ "path": format!(r"{folder}\reçu.txt") }]);
        let id = till.done("mail_send_receipt", &receipt)["id"].clone();
        till.done("mail_wait", &json!({ "id": id, "timeout_ms": 60_000 }));
        let received = server.received();
        let mail = MessageParser::default().parse(&received[0].data).unwrap();
        let attached = mail.attachments().next().unwrap();
        assert_eq!(attached.contents(), "1 crème brûlée".as_bytes());
        assert!(
            machine
                .path("Caisse d'été n° 1 — Ωμέγα/état/outbox.db")
                .is_file()
        );
    }
}

#[test]
fn without_mail_init_the_folder_is_that_of_all_users() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        let mut till = machine.till("tillmail.dll");
        assert_eq!(till.tell("load"), "loaded");
        till.call("mail_health", None);
        let opened = till.done("mail_init", &json!({}));
        assert_eq!(opened["folder"], r"C:\ProgramData\tillmail", "{bits:?}");
        assert!(
            machine
                .path_on_c("ProgramData/tillmail/outbox.db")
                .is_file()
        );
        assert!(
            !machine
                .path_on_c("ProgramData/tillmail/secret.key")
                .exists()
        );
    }
}

#[test]
fn a_library_that_was_never_used_goes_and_comes_a_hundred_times() {
    for bits in Bits::BOTH {
        let mut till = Machine::start(bits).till_alone();
        for round in 0..100 {
            assert_eq!(till.till.tell("load"), "loaded", "{bits:?}, {round}");
            assert_eq!(till.till.tell("unload"), "unloaded", "{bits:?}, {round}");
        }
    }
}

/// Once used it stays in memory, whatever the host gives back: its worker must not lose its code.
#[test]
fn a_used_library_is_loaded_and_unloaded_a_hundred_times() {
    for bits in Bits::BOTH {
        for shuts_down in [true, false] {
            let mut till = Machine::start(bits).till_alone();
            let till = &mut till.till;
            for round in 0..100 {
                assert_eq!(till.tell("load"), "loaded", "{bits:?}, {round}");
                till.done("mail_init", &json!({ "folder": "D:/state" }));
                till.done("mail_health", &json!({}));
                if shuts_down {
                    till.done("mail_shutdown", &json!({}));
                }
                assert_eq!(till.tell("unload"), "pinned", "{bits:?}, {round}");
            }
            till.order("end 7");
            assert_eq!(till.wait(), Some(7), "{bits:?}");
        }
    }
}

/// A till that holds the mail of `receipt()` while the server holds the final dot.
fn in_the_middle_of_a_delivery(machine: &Machine, server: &Scripted) -> Till {
    let mut till = machine.open_till("D:/state");
    till.done("mail_configure", &plain_settings(server.port()));
    till.done("mail_send_receipt", &receipt());
    server.wait_until_holding(PATIENCE);
    till
}

/// The next start finishes what the last one left, with the same Message-ID.
fn the_next_start_delivers(machine: &Machine, server: &Scripted, known: &str) {
    let mut till = machine.open_till("D:/state");
    let waited = till.done("mail_wait", &json!({ "id": 1, "timeout_ms": 60_000 }));
    assert_eq!(waited["mail"]["state"], "sent", "{known}");
    let received = server.received();
    let ids = received.iter().map(|mail| {
        let mail = MessageParser::default().parse(&mail.data).unwrap();
        mail.message_id().unwrap().to_owned()
    });
    let ids: Vec<String> = ids.collect();
    assert_eq!(ids.len(), 2, "once before and once after the end: {ids:?}");
    assert_eq!(ids[0], ids[1], "{known}");
}

#[test]
fn a_host_may_end_in_the_middle_of_a_delivery() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain().hold_final_dot());
        let machine = Machine::start(bits);
        let mut till = in_the_middle_of_a_delivery(&machine, &server);
        till.order("end 5");
        assert_eq!(till.wait(), Some(5), "{bits:?}: neither a crash nor a wait");
        server.release();
        the_next_start_delivers(&machine, &server, "ended");
    }
}

#[test]
fn a_till_that_is_terminated_loses_and_doubles_nothing() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain().hold_final_dot());
        let machine = Machine::start(bits);
        let mut till = in_the_middle_of_a_delivery(&machine, &server);
        till.order("terminate");
        assert_eq!(till.wait(), Some(9), "{bits:?}");
        server.release();
        the_next_start_delivers(&machine, &server, "terminated");
    }
}

#[test]
fn two_tills_share_a_folder_and_one_takes_over_from_the_other() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain().hold_final_dot());
        let machine = Machine::start(bits);
        let mut first = in_the_middle_of_a_delivery(&machine, &server);
        let mut second = machine.open_till("D:/state");
        let mut other = receipt();
        other["number"] = json!("43");
        let id = second.done("mail_send_receipt", &other)["id"].clone();
        let soon = json!({ "id": id, "timeout_ms": 0 });
        assert_ne!(
            second.call("mail_wait", Some(&soon.to_string())).0,
            0,
            "the first one drains"
        );
        assert_eq!(
            first.done("mail_journal", &json!({ "id": id }))["mail"]["state"],
            "queued"
        );
        let pid = first.tell("pid");
        assert_eq!(second.tell(&format!("terminate {pid}")), "it ended with 9");
        // What Wine tells the world outside of a process that another one has ended is now 9, now 0.
        assert!(first.wait().is_some(), "{bits:?}");
        server.release();
        for id in [json!(1), id] {
            let waited = second.done("mail_wait", &json!({ "id": id, "timeout_ms": 60_000 }));
            assert_eq!(waited["mail"]["state"], "sent", "{bits:?}, {id}");
        }
    }
}

/// Wine's DPAPI seals with a key of its own that is the same everywhere; that of Windows is the machine's. What is
/// tested is that we seal with it, and open again in another process.
#[test]
fn a_password_is_sealed_on_the_disk_and_opens_again() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain());
        let machine = Machine::start(bits);
        let mut settings = plain_settings(server.port());
        settings["smtp"]["user"] = json!("caisse");
        settings["smtp"]["password"] = json!("s3cret-péché");
        settings["smtp"]["allow_clear_text"] = json!(true);
        let mut till = machine.open_till("D:/state");
        till.done("mail_configure", &settings);
        till.done("mail_shutdown", &json!({}));
        till.order("end 0");
        assert_eq!(till.wait(), Some(0));
        let mut sealed = false;
        for file in fs::read_dir(machine.path("state")).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let has = |part: &str| {
                bytes
                    .windows(part.len())
                    .any(|window| window == part.as_bytes())
            };
            assert!(!has("s3cret"), "{}", path.display());
            sealed |= has("sealed:1:");
        }
        assert!(sealed, "{bits:?}: nothing is sealed");
        let mut till = machine.open_till("D:/state");
        till.done("mail_send_receipt", &receipt());
        till.done("mail_wait", &json!({ "id": 1, "timeout_ms": 60_000 }));
        // Base64 of NUL, user, NUL, password, as RFC 4616 wants them.
        let login = "AUTH PLAIN AGNhaXNzZQBzM2NyZXQtcMOpY2jDqQ==";
        let commands = server.commands();
        assert!(
            commands.iter().any(|command| command == login),
            "{commands:?}"
        );
    }
}

/// Windows renames and copies no file that somebody has locked: the rescue must have closed all of them.
#[test]
fn a_damaged_outbox_is_set_aside_and_the_till_goes_on() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain());
        let machine = Machine::start(bits);
        let mut till = machine.open_till("D:/state");
        till.done("mail_configure", &plain_settings(server.port()));
        till.done("mail_send_receipt", &receipt());
        till.done("mail_wait", &json!({ "id": 1, "timeout_ms": 60_000 }));
        till.done("mail_shutdown", &json!({}));
        till.order("end 0");
        assert_eq!(till.wait(), Some(0));
        let file = machine.path("state").join("outbox.db");
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2 / 4_096 * 4_096;
        bytes[middle..].fill(0xee);
        fs::write(&file, bytes).unwrap();
        fs::write(machine.path("state").join("outbox.damaged"), "").unwrap();
        let mut till = machine.open_till("D:/state");
        let health = till.done("mail_health", &json!({}));
        let notices = health["notices"].as_array().unwrap();
        let aside = notices.iter().find(|notice| notice["id"] == "set_aside");
        assert!(aside.is_some(), "{bits:?}: {health}");
        assert!(machine.path("state").join("outbox.damaged-1.db").exists());
        till.done("mail_configure", &plain_settings(server.port()));
        let mut again = receipt();
        again["number"] = json!("after the rescue");
        let sent = till.done("mail_send_receipt", &again);
        till.done(
            "mail_wait",
            &json!({ "id": sent["id"], "timeout_ms": 60_000 }),
        );
    }
}

/// HTTPS to the provider, random words, sealed tokens and a thread that waits: all of it is other code on Windows.
#[test]
fn an_account_signs_in_with_a_code_and_sends_without_a_password() {
    for bits in Bits::BOTH {
        let authority = Scratch::new("ca");
        let ca = Arc::new(TestCa::new(authority.path()));
        let provider = AuthorizationServer::start(&ca);
        let postfix = Postfix::start_with(&Options {
            mechanisms: "plain xoauth2".to_owned(),
            introspection: Some(provider.introspection()),
            ca: Some(ca),
        });
        let machine = Machine::start(bits);
        fs::copy(postfix.ca.ca_pem(), machine.path("ca.pem")).unwrap();
        let mut settings = settings(&postfix, "starttls");
        settings["smtp"]["ca_file"] = json!("D:/ca.pem");
        settings["smtp"]["password"] = json!(null);
        settings["smtp"]["oauth"] = json!({
            "client_id": "till", "scopes": ["smtp"],
            "token_url": provider.token_url("common"), "device_url": provider.device_url("common"),
            "authorization_url": provider.authorize_url("common"),
        });
        let mut till = machine.open_till("D:/state");
        till.done("mail_configure", &settings);
        let started = till.done("mail_sign_in", &json!({}));
        provider.approve(started["user_code"].as_str().unwrap(), Postfix::USER);
        let wait = json!({ "action": "state", "wait_ms": 60_000 });
        let ended = till.done("mail_sign_in", &wait);
        assert_eq!(ended["state"], "signed_in", "{bits:?}: {ended}");
        till.done("mail_send_receipt", &receipt());
        till.done("mail_wait", &json!({ "id": 1, "timeout_ms": 60_000 }));
        assert!(postfix.log().contains("sasl_method=XOAUTH2"), "{bits:?}");

        let browser = json!({ "action": "start", "flow": "browser" });
        let started = till.done("mail_sign_in", &browser);
        let page = provider.browse(started["browser_url"].as_str().unwrap());
        assert!(page.contains("is signed in"), "{bits:?}: {page}");
        assert_eq!(till.done("mail_sign_in", &wait)["state"], "signed_in");
    }
}

/// Delphi lets floating-point faults raise exceptions, on the main thread and on its own.
#[test]
fn unmasked_floating_point_faults_stay_unmasked_and_harm_nothing() {
    for bits in Bits::BOTH {
        let server = Scripted::start(Script::plain());
        let machine = Machine::start(bits);
        let mut till = machine.till("tillmail.dll");
        let unmasked = till.tell("unmask");
        assert_eq!(till.tell("load"), "loaded");
        till.done("mail_init", &json!({ "folder": "D:/state" }));
        till.done("mail_configure", &plain_settings(server.port()));
        till.done("mail_send_receipt", &receipt());
        till.done("mail_wait", &json!({ "id": 1, "timeout_ms": 60_000 }));
        assert_eq!(till.call("mail_wait", Some("{}")).1["error"]["field"], "id");
        assert_eq!(till.tell("masks"), unmasked, "{bits:?}");
    }
}

#[test]
fn a_thread_with_a_small_stack_may_call() {
    for bits in Bits::BOTH {
        let machine = Machine::start(bits);
        let mut till = machine.open_till("D:/state");
        let request = json!({ "sender": { "address": "boutique@example.test" } }).to_string();
        let (code, reply, _) = till.call_as("small", "mail_configure", Some(&request));
        assert_eq!(code, 0, "{bits:?}: {reply}");
        // A text nested as deep as JSON may be here.
        let deep = format!("{{\"smtp\":{}", "[".repeat(120));
        let (code, reply, _) = till.call_as("small", "mail_configure", Some(&deep));
        assert_ne!(code, 0, "{bits:?}: {reply}");
        till.done("mail_health", &json!({}));
    }
}

/// The library's own tests, as a program of Windows: among them panics behind the C functions, which must become
/// codes through MinGW's unwinding, and locks.
#[test]
fn the_librarys_own_tests_pass() {
    let machine = Machine::start(Bits::Of32);
    script_with("packaging/windows/build.sh", &["32", "tests"]);
    fs::copy(
        Bits::Of32.built().join("tests.exe"),
        machine.path("tests.exe"),
    )
    .unwrap();
    let skipped: Vec<&str> = NOT_ON_WINDOWS
        .iter()
        .flat_map(|name| ["--skip", name])
        .collect();
    let (status, said) = machine.run_with("tests.exe", &skipped, &[]);
    assert!(status.success(), "{status}: {said}");
    assert!(said.contains("a_panic_is_a_code_with_its_words"), "{said}");
    assert!(said.contains(" 0 ignored"), "{said}");
}

/// Unpacked, checked against its sums, and a till compiled with what is in it.
#[test]
fn the_zips_hold_what_a_till_developer_needs() {
    let zips = script_with("packaging/windows/dist.sh", &[]);
    for (bits, zip) in Bits::BOTH.into_iter().zip(zips.split_whitespace()) {
        let machine = Machine::start(bits);
        let unpacked = Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .args([root().join(zip), machine.path("")])
            .status();
        assert!(unpacked.unwrap().success(), "{zip}");
        let name = zip.trim_start_matches("dist/").trim_end_matches(".zip");
        let folder = machine.path(name);
        let checked = Command::new("sha256sum")
            .args(["--check", "--quiet", "--strict", "SHA256SUMS"])
            .current_dir(&folder)
            .status();
        assert!(checked.unwrap().success(), "{zip}");
        let licences = fs::read_to_string(folder.join("THIRD-PARTY-LICENSES.txt")).unwrap();
        assert!(
            licences.contains("rusqlite ") && licences.contains("MIT License"),
            "{zip}"
        );
        let till = Command::new(bits.tool("gcc"))
            .args([
                "-std=c99",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Iinclude",
                "examples/till.c",
                "-o",
                "till.exe",
            ])
            .args(["lib/tillmail.lib"])
            .current_dir(&folder)
            .status();
        assert!(till.unwrap().success(), "{zip}: till.c");
        let folder = format!("D:\\{name}");
        let (status, said) =
            machine.run_with(&format!("{name}\\tillmail.exe"), &["--version"], &[]);
        assert!(status.success(), "{bits:?}: {said}");
        assert_eq!(said.trim(), concat!("tillmail ", env!("CARGO_PKG_VERSION")));
        let receipt = format!("{folder}\\examples\\receipt.json");
        let (status, said) =
            machine.run_with(&format!("{name}\\till.exe"), &["D:\\caisse", &receipt], &[]);
        assert!(
            status.success() && said.contains("state: sent"),
            "{bits:?}: {status}: {said}"
        );
        let journal = ["journal", "--folder", "D:\\caisse\\state", "--lang", "en"];
        let (status, said) = machine.run_with(&format!("{name}\\tillmail.exe"), &journal, &[]);
        assert!(
            status.success() && said.contains("sent"),
            "{bits:?}: {status}: {said}"
        );
    }
}

fn tool(name: &str, options: &[&str], path: &std::path::Path) -> String {
    let output = Command::new(name)
        .args(options)
        .arg(path)
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}; run packaging/windows/build.sh"));
    assert!(output.status.success(), "{name} {}", path.display());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_dll_needs_nothing_that_windows_7_does_not_have() {
    for bits in Bits::BOTH {
        let dump = tool(
            &bits.tool("objdump"),
            &["-p"],
            &bits.built().join("tillmail.dll"),
        );
        let needed = imports::needed(&dump);
        assert!(needed.len() > 50, "{bits:?}: {needed:?}");
        let unknown = imports::not_in_windows_7(&needed);
        assert!(unknown.is_empty(), "{bits:?}: {unknown:#?}");
    }
}

#[test]
fn the_dll_shows_the_functions_of_the_header_under_their_plain_names() {
    let header = fs::read_to_string(root().join("include/tillmail.h")).unwrap();
    for bits in Bits::BOTH {
        let dump = tool(
            &bits.tool("objdump"),
            &["-p"],
            &bits.built().join("tillmail.dll"),
        );
        let shown = imports::exported(&dump);
        let definition = fs::read_to_string(bits.built().join("tillmail.def")).unwrap();
        let (_, named) = definition.split_once("EXPORTS\n").unwrap();
        let named: Vec<&str> = named.lines().map(str::trim).collect();
        assert_eq!(
            shown, named,
            "{bits:?}: exported, and named in tillmail.def"
        );
        for name in shown {
            assert!(header.contains(&format!("{name}(")), "{bits:?}: {name}");
        }
    }
}

#[test]
fn explorer_shows_the_release() {
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    for bits in Bits::BOTH {
        let bytes = fs::read(bits.built().join("tillmail.dll")).unwrap();
        for text in [
            "VS_VERSION_INFO",
            "OriginalFilename",
            env!("CARGO_PKG_VERSION"),
        ] {
            let wanted = utf16(text);
            assert!(
                bytes.windows(wanted.len()).any(|window| window == wanted),
                "{bits:?}: {text}"
            );
        }
    }
}

/// A till and the machine that it is alone on.
struct Alone {
    till: Till,
    _machine: Machine,
}

impl Machine {
    fn till_alone(self) -> Alone {
        Alone {
            till: self.till("tillmail.dll"),
            _machine: self,
        }
    }
}
