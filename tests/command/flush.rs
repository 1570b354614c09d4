//! `flush`: sends what waits, keeps what must wait, and ends.

use crate::run::{
    CONFIG, DEADLINE, Folder, LATER, OK, UNAVAILABLE, ended, nobody_listens, server, signal,
};
use crate::support::scratch::{free_port, wait_until};
use crate::support::scripted::{Action, Script, Scripted, Step};
use crate::support::shop::{self, and, plain_settings};
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;

fn slow_waits(port: u16) -> serde_json::Value {
    and(
        plain_settings(port),
        &json!({ "delivery": { "retry_s": [3600], "unsure_wait_s": 3600, "probe_s": 3600 } }),
    )
}

#[test]
fn everything_leaves_and_it_ends() {
    let (server, settings) = server(Script::plain());
    let folder = Folder::with(&settings, 5);
    folder
        .run(&["flush"])
        .says(&["Left: 5.", "#1", "sent"])
        .ends_with(OK);
    assert_eq!((server.received().len(), server.connections()), (5, 1));
    assert_eq!(folder.states(), ["sent"; 5]);
    let (reply, code) = folder.json(&["flush"]);
    assert_eq!((reply["sent"].as_u64(), code), (Some(0), OK));
}

#[test]
fn what_waits_for_the_network_is_tried_at_once_and_what_fails_again_waits() {
    let port = free_port();
    let folder = Folder::with(&slow_waits(port), 3);
    let ran = folder.run(&["flush"]);
    ran.says(&["Still waiting: 3.", "passing trouble", "3 mails", "→"])
        .ends_with(LATER);
    let age = || folder.visit().journal(&json!({ "id": 1 })).unwrap()["mail"].clone();
    let before = age();
    assert_eq!(before["class"], "network");
    let server = Scripted::start_on(Script::plain(), port);
    let (reply, code) = folder.json(&["flush"]);
    assert_eq!((reply["sent"].as_u64(), code), (Some(3), OK), "{reply}");
    assert_eq!(server.received().len(), 3);
    assert_eq!(age()["tries"], 2, "its tries are not counted anew");
}

#[test]
fn a_flush_makes_no_mail_younger() {
    let folder = Folder::with(&slow_waits(free_port()), 1);
    folder.run(&["flush"]).ends_with(LATER);
    folder.run(&["flush"]).ends_with(LATER);
    let connection = rusqlite::Connection::open(folder.state().join("outbox.db")).unwrap();
    let retried: Option<i64> = connection
        .query_row("SELECT retry_from FROM mail WHERE id = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(retried, None);
}

#[test]
fn what_a_server_asked_for_is_kept_also_by_a_new_process() {
    // Each row: what the server says at which step, and the reason that is told.
    let cases = [
        (
            Step::MailFrom,
            "452 4.5.3 daily limit exceeded, sending quota",
            "account",
        ),
        (
            Step::Greeting,
            "421 4.7.0 too many connections, try later",
            "account",
        ),
        (Step::Auth, "535 5.7.8 bad credentials", "paused"),
        (Step::RcptTo, "450 4.2.0 mailbox busy, try later", "later"),
    ];
    for (step, words, reason) in cases {
        let script = Script::plain().reply(step, words);
        let server = Scripted::start(script);
        let login = json!({ "smtp": { "user": "boutique@example.test", "password": "pass-word" } });
        let folder = Folder::with(&and(slow_waits(server.port()), &login), 3);
        folder.run(&["flush"]).ends_with(LATER);
        let connections = server.connections();
        for _ in 0..2 {
            let (reply, code) = folder.json(&["flush"]);
            assert_eq!(code, LATER, "{words}");
            assert_eq!(
                reply["waiting"]["held"][0]["reason"], reason,
                "{words}: {reply}"
            );
            assert_eq!(reply["waiting"]["held"][0]["mails"], 3, "{words}: {reply}");
        }
        assert_eq!(
            server.connections(),
            connections,
            "{words}: the server was asked again"
        );
    }
}

#[test]
fn a_mail_in_doubt_keeps_its_wait() {
    let script = Script::plain().on(Step::FinalReply, Action::Close).times(1);
    let server = Scripted::start(script);
    let folder = Folder::with(&slow_waits(server.port()), 1);
    folder
        .run(&["flush"])
        .says(&["may have arrived"])
        .ends_with(LATER);
    folder
        .run(&["flush"])
        .says(&["Still waiting: 1."])
        .ends_with(LATER);
    assert_eq!(server.connections(), 1);
}

#[test]
fn limits_of_the_provider_hold() {
    let server = Scripted::start(Script::plain());
    let limits = json!({ "smtp": { "limits": { "per_hour": 2 } } });
    let folder = Folder::with(&and(slow_waits(server.port()), &limits), 5);
    folder
        .run(&["flush"])
        .says(&["Left: 2.", "Still waiting: 3.", "sending limit reached"])
        .ends_with(LATER);
    folder.run(&["flush"]).says(&["Left: 0."]).ends_with(LATER);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn a_refused_mail_is_told_and_the_others_leave() {
    let script = Script::plain()
        .reply(Step::RcptTo, "550 5.1.1 no such user")
        .times(1);
    let (_server, settings) = server(script);
    let folder = Folder::with(&settings, 3);
    let ran = folder.run(&["flush"]);
    ran.says(&["Left: 2. Failed: 1.", "tillmail show ID"])
        .ends_with(UNAVAILABLE);
    let (reply, code) = folder.json(&["flush"]);
    assert_eq!(
        (reply["failed"].as_u64(), code),
        (Some(0), OK),
        "what failed before is not told again"
    );
}

#[test]
fn nothing_is_sent_where_nothing_is_set_up() {
    let folder = Folder::with(&nobody_listens(), 1);
    let connection = rusqlite::Connection::open(folder.state().join("outbox.db")).unwrap();
    connection
        .execute(
            "UPDATE settings SET document = '{}', version = version + 1",
            [],
        )
        .unwrap();
    folder
        .run(&["flush"])
        .says(&["not set up", "1 mail"])
        .ends_with(CONFIG);
}

#[test]
fn an_interrupt_ends_it_tidily_and_loses_nothing() {
    let (server, settings) = server(Script::plain().hold_final_dot());
    let patient = json!({ "smtp": { "timeouts": { "final_ms": 60_000, "total_ms": 120_000 } } });
    let folder = Folder::with(&and(settings, &patient), 3);
    let child = folder
        .command(&["flush"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    server.wait_until_holding(DEADLINE);
    signal(&child, "-INT");
    // The mail that is being sent is waited for.
    wait_until("the command stops", DEADLINE, || {
        std::thread::sleep(Duration::from_millis(300));
        server.release();
        Some(())
    });
    let ran = ended(child);
    ran.says(&["Interrupted", "Left: 1.", "Still waiting: 2."])
        .ends_with(LATER);
    assert_eq!(folder.states(), ["sent", "queued", "queued"]);
    folder.run(&["flush"]).says(&["Left: 2."]).ends_with(OK);
    let received = server.received();
    assert_eq!(received.len(), 3, "one mail each, none twice");
}

#[test]
fn its_time_is_kept() {
    let (server, settings) = server(Script::plain().hold_final_dot());
    let patient = json!({ "smtp": { "timeouts": { "final_ms": 60_000, "total_ms": 120_000 } } });
    let folder = Folder::with(&and(settings, &patient), 1);
    let ran = folder.run(&["flush", "--timeout", "1s"]);
    ran.says(&["time given is over"]).ends_with(LATER);
    drop(server);
}

#[test]
fn where_a_till_is_open_that_till_sends_and_the_flush_watches() {
    let port = free_port();
    let folder = Folder::with(&slow_waits(port), 2);
    let till = shop::open(&folder.state());
    wait_until("the till has tried", DEADLINE, || {
        let mail = till.journal(&json!({ "id": 1 })).unwrap()["mail"].clone();
        (mail["class"] == "network").then_some(())
    });
    let server = Scripted::start_on(Script::plain(), port);
    let (reply, code) = folder.json(&["flush"]);
    assert_eq!((reply["sent"].as_u64(), code), (Some(2), OK), "{reply}");
    assert_eq!(server.received().len(), 2);
    assert_eq!(till.installation().unwrap()["sender"], "this_process");
}
