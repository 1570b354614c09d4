//! The C programs of tests/c, compiled and run as a host would: plainly, with the sanitizers, under valgrind.
//!
//! Each runs against a mail server of its own, with a deadline; what arrives is read by another parser
//! than the one that wrote it.

// clippy.toml's "in tests" permissions do not cover the helpers that tests call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing)]

mod support;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use support::postfix::Postfix;
use support::program::{
    CUSTOMER, HTML, Program, SUBJECT, TEXT, Tool, child_ends_in_time, receipt, settings, word_after,
};
use support::scratch::ReservedPort;
use support::scripted::{Action, Script, Scripted, Step};

const MAIL_DEADLINE: Duration = Duration::from_secs(20);
/// The program's end when a kill came too late to tell anything; then it is done again.
const ALREADY_ON_ITS_WAY: i32 = 3;

/// Wants this one mail, once, with nothing lost on its way.
fn the_receipt_has_arrived_once(postfix: &Postfix, message_id: &str) {
    let mails = postfix.wait_for_mails(CUSTOMER, 1, MAIL_DEADLINE);
    assert_eq!(mails.len(), 1, "mails for {CUSTOMER}");
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("CAFÉ DE L'ÉTÉ"));
    assert_eq!(from.address(), Some("boutique@example.test"));
    assert_eq!(
        mail.to().unwrap().first().unwrap().address(),
        Some(CUSTOMER)
    );
    assert_eq!(mail.subject(), Some(SUBJECT));
    assert_eq!(mail.message_id(), Some(message_id.trim_matches(['<', '>'])));
    assert_eq!(with_lf(&mail.body_text(0).unwrap()), TEXT);
    assert_eq!(with_lf(&mail.body_html(0).unwrap()), HTML);
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    assert!(postfix.mails("unknown@clients.test").is_empty());
}

fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn configure(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("configure", tool, settings(&postfix, "starttls"));
    program.succeeds(&[]);
}

fn send_receipt(tool: Tool, security: &str) {
    let postfix = Postfix::start();
    let program = Program::compile("send_receipt", tool, settings(&postfix, security));
    let output = program.succeeds(&[]);
    the_receipt_has_arrived_once(&postfix, word_after(&output, "message_id="));
}

fn misuse(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("misuse", tool, settings(&postfix, "starttls"));
    program.succeeds(&[]);
    assert!(postfix.mails(CUSTOMER).is_empty());
}

fn verify(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("verify", tool, settings(&postfix, "starttls"));
    let closed = ReservedPort::new();
    let port = closed.number().to_string();
    program.succeeds(&[("TILLMAIL_TEST_CLOSED_PORT", &port)]);
    assert!(postfix.mails(CUSTOMER).is_empty());
}

fn threads(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("threads", tool, settings(&postfix, "starttls"));
    let output = program.succeeds(&[]);
    let accepted: usize = word_after(&output, "accepted=").parse().unwrap();
    let mails = postfix.wait_for_mails(CUSTOMER, accepted, MAIL_DEADLINE);
    let ids: BTreeSet<String> = mails
        .iter()
        .map(|mail| MessageParser::default().parse(mail).unwrap())
        .map(|mail| mail.message_id().unwrap().to_owned())
        .collect();
    assert_eq!((mails.len(), ids.len()), (accepted, accepted));
}

fn guest(tool: Tool) {
    let postfix = Postfix::start();
    let program = Program::compile("guest", tool, settings(&postfix, "starttls"));
    let resetting = Scripted::start(Script::plain().on(Step::MailFrom, Action::Reset));
    let port = resetting.port().to_string();
    program.succeeds(&[("TILLMAIL_TEST_RESET_PORT", &port)]);
    postfix.wait_for_mails(CUSTOMER, 1, MAIL_DEADLINE);
}

#[test]
fn configure_plainly() {
    configure(Tool::Nothing);
}

#[test]
fn configure_with_sanitizers() {
    configure(Tool::Sanitizers);
}

#[test]
fn configure_under_valgrind() {
    configure(Tool::Valgrind);
}

#[test]
fn no_call_needs_init_first() {
    let program = Program::compile("configure", Tool::Nothing, json!({}));
    program.succeeds(&[("TILLMAIL_TEST_MODE", "without_init")]);
}

#[test]
fn verify_plainly() {
    verify(Tool::Nothing);
}

#[test]
fn verify_with_sanitizers() {
    verify(Tool::Sanitizers);
}

#[test]
fn send_receipt_over_starttls() {
    send_receipt(Tool::Nothing, "starttls");
}

#[test]
fn send_receipt_over_implicit_tls() {
    send_receipt(Tool::Nothing, "tls");
}

#[test]
fn send_receipt_with_sanitizers() {
    send_receipt(Tool::Sanitizers, "starttls");
}

#[test]
fn send_receipt_under_valgrind() {
    send_receipt(Tool::Valgrind, "starttls");
}

#[test]
fn misuse_plainly() {
    misuse(Tool::Nothing);
}

#[test]
fn misuse_with_sanitizers() {
    misuse(Tool::Sanitizers);
}

#[test]
fn misuse_under_valgrind() {
    misuse(Tool::Valgrind);
}

#[test]
fn threads_plainly() {
    threads(Tool::Nothing);
}

#[test]
fn threads_with_sanitizers() {
    threads(Tool::Sanitizers);
}

#[test]
fn guest_plainly() {
    guest(Tool::Nothing);
}

#[test]
fn guest_with_sanitizers() {
    guest(Tool::Sanitizers);
}

#[test]
fn a_kill_right_after_the_answer_loses_and_doubles_nothing() {
    // The system may let the worker run first; a kill that late proves nothing and is done again.
    let mut proved = 0;
    for _ in 0..10 {
        if killed_mail_is_delivered_by_the_next_start() {
            proved += 1;
        }
        if proved == 3 {
            return;
        }
    }
    panic!("{proved} of 10 kills came in time");
}

fn killed_mail_is_delivered_by_the_next_start() -> bool {
    let postfix = Postfix::start();
    let mut settings = settings(&postfix, "starttls");
    settings["delivery"] = json!({ "unsure": "hold" });
    let program = Program::compile("crash_send", Tool::Nothing, settings);
    let said = program.run(&[("TILLMAIL_TEST_MODE", "send")]);
    assert_eq!(
        killed_by(said.status),
        Some(libc::SIGKILL),
        "{}",
        said.output
    );
    let taken: Value = serde_json::from_str(&said.output).unwrap();
    let next = program.run(&[("TILLMAIL_TEST_MODE", "wait")]);
    if next.status.code() == Some(ALREADY_ON_ITS_WAY) {
        return false;
    }
    assert!(next.status.success(), "{}: {}", next.status, next.output);
    let message_id = taken["message_id"].as_str().unwrap();
    assert!(next.output.contains(message_id), "{}", next.output);
    the_receipt_has_arrived_once(&postfix, message_id);
    true
}

fn killed_by(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

fn plain_settings(server: &Scripted) -> Value {
    json!({
        "sender": { "address": "boutique@example.test", "name": "Café de l'Été" },
        "smtp": { "host": "127.0.0.1", "port": server.port(), "security": "none" },
        "delivery": { "unsure_wait_s": 1 },
    })
}

fn message_ids(server: &Scripted) -> Vec<String> {
    let received = server.received();
    let ids = received.iter().map(|mail| {
        let parsed = MessageParser::default().parse(&mail.data).unwrap();
        format!("<{}>", parsed.message_id().unwrap())
    });
    ids.collect()
}

#[test]
fn a_kill_while_the_server_holds_the_final_dot_delivers_with_the_same_message_id() {
    let server = Scripted::start(Script::plain().hold_final_dot());
    let program = Program::compile("crash_send", Tool::Nothing, plain_settings(&server));
    let stays = [("TILLMAIL_TEST_MODE", "stay")];
    let mut till = program.command(&stays).spawn().unwrap();
    server.wait_until_holding(MAIL_DEADLINE);
    till.kill().unwrap();
    till.wait().unwrap();
    server.release();
    let said = program.succeeds(&[("TILLMAIL_TEST_MODE", "wait")]);
    assert!(said.contains("\"state\":\"sent\""), "{said}");
    let ids = message_ids(&server);
    assert_eq!(ids.len(), 2, "once before the kill, once after: {ids:?}");
    assert_eq!(ids[0], ids[1]);
    assert!(said.contains(&ids[0]), "{ids:?} {said}");
}

#[test]
fn when_the_process_that_drains_is_killed_another_one_takes_over() {
    let server = Scripted::start(Script::plain().hold_final_dot());
    let program = Program::compile("crash_send", Tool::Nothing, plain_settings(&server));
    let stays = [("TILLMAIL_TEST_MODE", "stay")];
    let mut first = program.command(&stays).spawn().unwrap();
    server.wait_until_holding(MAIL_DEADLINE);
    let mut second = program.command(&stays).spawn().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    server.release();
    let status = support::scratch::wait_until("the second process to end", MAIL_DEADLINE, || {
        second.try_wait().unwrap()
    });
    assert!(status.success(), "{status}");
    assert_eq!(message_ids(&server).len(), 2);
}

#[test]
fn a_till_in_its_own_process_sends_but_does_not_configure_and_sees_new_settings_at_once() {
    // Whoever opens first drains: the back office for both, or the till with settings it did not write.
    the_till_beside(true);
    the_till_beside(false);
}

fn the_till_beside(office_drains: bool) {
    let first = Scripted::start(Script::plain());
    let second = Scripted::start(Script::plain());
    let program = Program::compile("role_till", Tool::Nothing, json!({}));
    let mut office = support::shop::open(&program.path("state"));
    office.configure(&plain_settings(&first)).unwrap();
    if !office_drains {
        office.shut_down(MAIL_DEADLINE).unwrap();
    }
    let mut other_receipt = receipt();
    other_receipt["number"] = json!("2");
    let mut command = program.command(&[
        ("TILLMAIL_TEST_RECEIPT_2", &other_receipt.to_string()),
        ("TILLMAIL_TEST_PORT_1", &first.port().to_string()),
        ("TILLMAIL_TEST_PORT_2", &second.port().to_string()),
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut till = command.spawn().unwrap();
    let said = first_line(till.stdout.take().unwrap());
    let ready = said.recv_timeout(MAIL_DEADLINE).unwrap_or_default();
    if ready == "ready\n" {
        if !office_drains {
            office = support::shop::open(&program.path("state"));
        }
        let port = json!({ "smtp": { "port": second.port() } });
        office.configure(&port).unwrap();
        // A child that has ended does not read; its status tells.
        let _ = till.stdin.take().unwrap().write_all(b"\n");
    } else {
        till.kill().unwrap();
    }
    let status = child_ends_in_time(&mut till, MAIL_DEADLINE);
    let words = fs::read_to_string(program.path("said.err")).unwrap();
    assert_eq!(ready, "ready\n", "{words}");
    let status = status.unwrap_or_else(|| panic!("it did not end in time and was killed: {words}"));
    assert!(status.success(), "{status}: {words}");
    let received = (message_ids(&first).len(), message_ids(&second).len());
    assert_eq!(received, (1, 1), "office_drains={office_drains}");
    office.shut_down(Duration::ZERO).unwrap();
}

fn first_line(output: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(output).read_line(&mut line);
        let _ = sender.send(line);
    });
    receiver
}
