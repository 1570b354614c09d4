//! The host's process: what a program does to itself, and what the library must bear and leave as it was.
//!
//! Forks, small stacks, main loops, locales, closed descriptors, limits, signals, and a hundred threads: each
//! is a C program of tests/c, run as a till would run it.
#![cfg(target_os = "linux")]
// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::postfix::Postfix;
use support::program::{CUSTOMER, INSTALL, Program, Tool, settings, word_after};
use support::scratch::wait_until;
use support::scripted::{Action, Script, Scripted, Step};

const MAIL_DEADLINE: Duration = Duration::from_secs(120);

#[allow(clippy::print_stdout)]
fn small_stack(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("stack", tool, settings(&postfix, "starttls"));
    let depths = program.succeeds(&[]);
    // The figures of docs/CHECKS.md: cargo test --test host every_call -- --nocapture
    println!("{depths}");
}

#[test]
fn every_call_works_on_a_thread_with_64_kib_of_stack() {
    small_stack(Tool::Nothing);
}

/// Each mail that a program had accepted has arrived, once.
fn all_arrive_once(postfix: &Postfix, accepted: usize) {
    let mails = postfix.wait_for_mails(CUSTOMER, accepted, MAIL_DEADLINE);
    assert_eq!(
        (mails.len(), message_ids(&mails).len()),
        (accepted, accepted)
    );
}

fn message_ids(mails: &[Vec<u8>]) -> BTreeSet<String> {
    mails
        .iter()
        .map(|mail| MessageParser::default().parse(mail).unwrap())
        .map(|mail| mail.message_id().unwrap().to_owned())
        .collect()
}

fn fork(mode: &str, tool: Tool) -> (String, Postfix) {
    let postfix = Postfix::start();
    let program = Program::compile("fork", tool, settings(&postfix, "starttls"));
    let output = program.succeeds(&[("TILLMAIL_TEST_MODE", mode)]);
    (output, postfix)
}

#[test]
fn a_fork_while_twenty_threads_call_harms_neither_side() {
    let (output, postfix) = fork("busy", Tool::Nothing);
    all_arrive_once(&postfix, word_after(&output, "accepted=").parse().unwrap());
}

#[test]
fn a_child_that_outlives_its_parent_does_not_keep_the_right_to_send() {
    let (_, postfix) = fork("orphan", Tool::Nothing);
    all_arrive_once(&postfix, 1);
}

#[test]
fn a_child_of_a_parent_that_has_nothing_open_may_open() {
    let (_, postfix) = fork("clean", Tool::Nothing);
    all_arrive_once(&postfix, 4);
}

#[test]
fn a_program_that_the_host_starts_inherits_no_descriptor() {
    let (_, postfix) = fork("descriptors", Tool::Nothing);
    all_arrive_once(&postfix, 1);
}

fn main_loop(mode: &str, tool: Tool) {
    let silent = Scripted::start(Script::plain().on(Step::Accept, Action::Silence));
    let program = Program::compile("main_loop", tool, Value::Null);
    let port = silent.port().to_string();
    let output = program.succeeds(&[
        ("TILLMAIL_TEST_MODE", mode),
        ("TILLMAIL_TEST_SILENT_PORT", &port),
    ]);
    let at_exit: u32 = word_after(&output, "at_exit_calls=").parse().unwrap();
    assert_eq!(
        at_exit, 18,
        "calls in a thread's destructor, atexit and a destructor: {output}"
    );
}

#[test]
fn a_main_loop_goes_on_while_other_threads_wait_and_shut_down() {
    main_loop("shut_down", Tool::Nothing);
}

#[test]
fn a_program_that_ends_without_a_shutdown_ends() {
    main_loop("leave", Tool::Nothing);
}

/// Makes locales for one program only; the machine's own list stays as it is.
fn make_locales(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for language in ["fr_FR", "de_DE", "tr_TR"] {
        let output = Command::new("localedef")
            .args(["-i", language, "-f", "UTF-8"])
            .arg(folder.join(format!("{language}.UTF-8")))
            .output()
            .unwrap_or_else(|error| panic!("localedef: {error}; {INSTALL}"));
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{language}: {words}; {INSTALL}");
    }
}

fn surroundings(mode: &str, tool: Tool) -> Vec<Vec<u8>> {
    let postfix = Postfix::start();
    let program = Program::compile("surroundings", tool, settings(&postfix, "starttls"));
    let locales = program.path("locales");
    make_locales(&locales);
    let output = program.succeeds(&[
        ("TILLMAIL_TEST_MODE", mode),
        ("LOCPATH", locales.to_str().unwrap()),
    ]);
    let sent = word_after(&output, "sent=").parse().unwrap();
    all_arrive_once(&postfix, sent);
    postfix.mails(CUSTOMER)
}

#[test]
fn commas_and_the_turkish_i_of_a_locale_reach_no_reply_and_no_mail() {
    for mail in surroundings("locale", Tool::Nothing) {
        let text = String::from_utf8_lossy(&mail).into_owned();
        for line in [
            "\nMIME-Version: 1.0",
            "\nSubject: ISTANBUL title I i",
            "\nTo: one@clients.test",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let date = MessageParser::default().parse(&mail).unwrap();
        assert!(date.date().is_some_and(|date| date.is_valid()), "{text}");
    }
}

#[test]
fn the_working_folder_may_change_and_vanish() {
    surroundings("folder", Tool::Nothing);
}

#[test]
fn the_environment_may_be_emptied_and_the_time_zone_and_umask_change() {
    surroundings("environment", Tool::Nothing);
}

#[test]
fn a_closed_standard_output_is_no_way_into_our_files_and_sockets() {
    surroundings("descriptors", Tool::Nothing);
}

fn limits(mode: &str, tool: Tool) {
    let postfix = Postfix::start();
    let mut settings = settings(&postfix, "starttls");
    // A process that ends while its worker sends leaves mails of which nobody knows whether they arrived.
    settings["delivery"] = json!({ "unsure_wait_s": 1 });
    let program = Program::compile("limits", tool, settings);
    let output = program.succeeds(&[("TILLMAIL_TEST_MODE", mode)]);
    let number = |word| -> usize { word_after(&output, word).parse().unwrap() };
    let (accepted, aborted) = (number("accepted="), number("aborted="));
    let mails = wait_until("every mail has arrived", MAIL_DEADLINE, || {
        let mails = postfix.mails(CUSTOMER);
        (message_ids(&mails).len() >= accepted).then_some(mails)
    });
    let ids = message_ids(&mails);
    // Whoever was ended may have had one mail in doubt on each of its two lines, and may have kept one more than it said.
    let twice = mails.len() - ids.len();
    assert!(twice <= 2 * aborted, "{twice} twice, {aborted} aborted");
    let kept = accepted..=accepted + aborted;
    assert!(kept.contains(&ids.len()), "{} of {kept:?}", ids.len());
}

#[test]
fn without_free_descriptors_it_accepts_and_sends_later() {
    limits("files", Tool::Nothing);
}

#[test]
fn a_file_that_may_not_grow_is_a_code_and_no_signal() {
    limits("file_size", Tool::Nothing);
}

#[test]
fn a_thread_that_cannot_start_is_a_code() {
    limits("threads", Tool::Nothing);
}

#[test]
fn too_little_memory_is_a_code_or_an_end_that_loses_nothing() {
    limits("memory", Tool::Nothing);
}

fn interrupted(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("interrupted", tool, settings(&postfix, "starttls"));
    program.succeeds(&[]);
}

#[test]
fn a_storm_of_signals_and_unmasked_floating_point_disturb_no_call() {
    interrupted(Tool::Nothing);
}

fn crowd(tool: Tool, more: &[(&str, &str)]) {
    let postfix = Postfix::start();
    let mut settings = settings(&postfix, "starttls");
    // A shutdown without patience leaves mails of which nobody knows whether they arrived.
    settings["delivery"] = json!({ "unsure_wait_s": 1 });
    let program = Program::compile("crowd", tool, settings);
    let output = program.succeeds(more);
    let accepted: usize = word_after(&output, "accepted=").parse().unwrap();
    wait_until(
        "every mail has arrived, some of them twice",
        MAIL_DEADLINE,
        || (message_ids(&postfix.mails(CUSTOMER)).len() == accepted).then_some(()),
    );
}

#[test]
fn a_hundred_threads_call_while_it_shuts_down_and_opens_again() {
    crowd(Tool::Nothing, &[]);
}
