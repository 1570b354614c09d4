//! A damaged outbox: set aside whole, what is readable taken over, nothing sent twice, and the shop is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::scratch::{Scratch, free_port, wait_until};
use support::scripted::{Script, Scripted};
use support::shop::{self, and, plain_settings};
use tillmail::error::{Error, MAIL_E_DAMAGED, MAIL_E_FOLDER, MAIL_E_NEWER};
use tillmail::{Language, Mailer};

const SOON: Duration = Duration::from_secs(30);
const PAGE: usize = 4_096;
const TO: &str = "client@example.fr";

fn open(folder: &Path) -> Result<Mailer, Error> {
    shop::open_in(folder, Language::French)
}

/// A state folder with mails that were sent and mails that wait, closed.
struct Filled {
    scratch: Scratch,
    sent: BTreeSet<String>,
    waiting: BTreeSet<String>,
    /// A server that took the sent ones and takes what still comes.
    server: Scripted,
}

impl Filled {
    fn new() -> Filled {
        let server = Scripted::start(Script::plain());
        let scratch = Scratch::new("damage");
        let mailer = open(&scratch.path().join("state")).unwrap();
        let quick = json!({ "delivery": { "retry_s": [3_600] } });
        mailer
            .configure(&and(plain_settings(server.port()), &quick))
            .unwrap();
        let send = |number: &str| {
            let text = json!({ "text": format!("Reçu {number}\n").repeat(40) });
            mailer
                .send_receipt(&and(shop::receipt(number, TO), &text))
                .unwrap()["id"]
                .clone()
        };
        let sent: BTreeSet<String> = (0..30).map(|n| format!("S-{n}")).collect();
        let ids: Vec<Value> = sent.iter().map(|number| send(number)).collect();
        for id in ids {
            mailer.wait(&json!({ "id": id })).unwrap();
        }
        mailer
            .configure(&json!({ "smtp": { "port": free_port() } }))
            .unwrap();
        let waiting: BTreeSet<String> = (0..30).map(|n| format!("W-{n}")).collect();
        waiting.iter().for_each(|number| drop(send(number)));
        mailer.shut_down(SOON).unwrap();
        drop(mailer);
        Filled {
            scratch,
            sent,
            waiting,
            server,
        }
    }

    fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    fn file(&self) -> PathBuf {
        self.state().join("outbox.db")
    }

    /// Moves the log into the file, and changes its bytes.
    fn damage(&self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let connection = Connection::open(self.file()).unwrap();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        drop(connection);
        let mut bytes = std::fs::read(self.file()).unwrap();
        change(&mut bytes);
        std::fs::write(self.file(), &bytes).unwrap();
        bytes
    }

    fn received(&self) -> Vec<String> {
        let received = self.server.received();
        let numbers = received.iter().map(|mail| number_in(&mail.data));
        numbers.collect()
    }
}

/// The receipt's number in a mail, by its text.
fn number_in(mail: &[u8]) -> String {
    let parsed = mail_parser::MessageParser::default().parse(mail).unwrap();
    let text = parsed.body_text(0).unwrap().into_owned();
    text.split_whitespace().nth(1).unwrap().to_owned()
}

fn known(mailer: &Mailer, state: &str) -> BTreeSet<String> {
    let page = mailer
        .journal(&json!({ "state": state, "limit": 500 }))
        .unwrap();
    let mails = page["mails"].as_array().unwrap();
    mails
        .iter()
        .map(|mail| mail["number"].as_str().unwrap().to_owned())
        .collect()
}

fn notice(mailer: &Mailer) -> Option<Value> {
    let health = mailer.health(&json!({})).unwrap();
    let notices = health["notices"].as_array().unwrap().clone();
    notices
        .into_iter()
        .find(|notice| notice["id"] == "set_aside")
}

/// Finds the page on which a word stands, among the pages of rows.
fn page_with(bytes: &[u8], word: &str) -> usize {
    let found = bytes
        .windows(word.len())
        .position(|window| window == word.as_bytes());
    found.unwrap() / PAGE
}

#[test]
fn a_file_that_is_no_database_any_more_is_set_aside_whole_and_the_till_goes_on() {
    for (case, keep) in [
        ("overwritten", 0),
        ("its header is gone", usize::MAX),
        ("cut short", 700),
    ] {
        let filled = Filled::new();
        let damaged = filled.damage(|bytes| match keep {
            0 => bytes.fill(b'x'),
            usize::MAX => bytes[..100].fill(0),
            keep => bytes.truncate(keep),
        });
        let mailer = open(&filled.state()).unwrap();
        let aside = std::fs::read(filled.state().join("outbox.damaged-1.db")).unwrap();
        assert!(aside == damaged, "{case}: whole, and not written to");
        let notice = notice(&mailer).expect(case);
        assert!(
            notice["message"]
                .as_str()
                .unwrap()
                .contains("outbox.damaged-1.db"),
            "{notice}"
        );
        assert!(
            notice["hint"].as_str().unwrap().contains("support"),
            "{notice}"
        );
        mailer
            .configure(&plain_settings(filled.server.port()))
            .unwrap();
        let id = mailer.send_receipt(&shop::receipt("after", TO)).unwrap()["id"].clone();
        mailer.wait(&json!({ "id": id })).expect("the till goes on");
        mailer.shut_down(Duration::ZERO).unwrap();
        drop(mailer);

        let again = open(&filled.state()).unwrap();
        assert!(
            !filled.state().join("outbox.damaged-2.db").exists(),
            "{case}: once"
        );
        std::fs::remove_file(filled.state().join("outbox.damaged-1.db")).unwrap();
        assert!(
            notice_is_gone(&again),
            "{case}: told until the file is dealt with"
        );
        again.shut_down(Duration::ZERO).unwrap();
    }
}

fn notice_is_gone(mailer: &Mailer) -> bool {
    notice(mailer).is_none()
}

#[test]
fn one_bad_page_costs_what_stands_on_it_and_nothing_is_sent_twice() {
    let filled = Filled::new();
    let signed_in =
        "INSERT INTO token (account, refresh_token, refreshed_at) VALUES ('a', 'sealed', 1)";
    let file = Connection::open(filled.file()).unwrap();
    assert_eq!(file.execute(signed_in, []).unwrap(), 1);
    drop(file);
    // The page of a waiting mail's content: only sending it meets the damage.
    let damaged = filled.damage(|bytes| {
        let page = page_with(bytes, "=A7u W-29");
        bytes[page * PAGE..(page + 1) * PAGE].fill(0xa5);
    });
    let mailer = open(&filled.state()).unwrap();
    mailer
        .configure(&json!({ "smtp": { "port": filled.server.port() } }))
        .map_err(|error| assert_eq!(error.code, MAIL_E_DAMAGED))
        .ok();
    wait_until("the damage is met and noted", SOON, || {
        let _ = mailer.journal(&json!({ "limit": 500 }));
        filled.state().join("outbox.damaged").exists().then_some(())
    });
    let health = mailer.health(&json!({}));
    let told = health.map_or_else(
        |error| error.sentence(Language::French),
        |health| health.to_string(),
    );
    assert!(
        told.contains("endommagé") && told.contains("Redémarrez"),
        "{told}"
    );
    // A mail cut off behind its final dot would go twice, as it must.
    mailer.shut_down(SOON).unwrap();
    drop(mailer);

    let mailer = open(&filled.state()).unwrap();
    let aside = std::fs::read(filled.state().join("outbox.damaged-1.db")).unwrap();
    assert!(aside.len() >= damaged.len(), "whole");
    assert!(notice(&mailer).is_some());
    let settings = mailer.settings(&json!({})).unwrap();
    assert_eq!(
        settings["configured"], true,
        "the settings were readable: {settings}"
    );
    mailer
        .configure(&json!({ "smtp": { "port": filled.server.port() } }))
        .unwrap();
    wait_until("all that waits is settled", SOON, || {
        (known(&mailer, "queued").is_empty() && known(&mailer, "sending").is_empty()).then_some(())
    });
    let received = filled.received();
    let once: BTreeSet<String> = received.iter().cloned().collect();
    assert_eq!(received.len(), once.len(), "nothing twice: {received:?}");
    let lost: BTreeSet<&String> = filled
        .sent
        .union(&filled.waiting)
        .filter(|number| !once.contains(*number))
        .collect();
    assert!(lost.len() <= 4, "a page holds few mails: {lost:?}");
    // What was sent is known as sent: the same receipt again is no new mail.
    let first_sent = known(&mailer, "sent")
        .into_iter()
        .find(|number| number.starts_with('S'))
        .unwrap();
    let text = json!({ "text": format!("Reçu {first_sent}\n").repeat(40) });
    let again = mailer
        .send_receipt(&and(shop::receipt(&first_sent, TO), &text))
        .unwrap();
    assert_eq!(again["duplicate"], true);
    mailer.shut_down(Duration::ZERO).unwrap();
    drop(mailer);
    let tokens = Connection::open(filled.file()).unwrap().query_row(
        "SELECT account || refresh_token FROM token",
        [],
        |row| row.get::<_, String>(0),
    );
    assert_eq!(tokens.unwrap(), "asealed", "nobody has to sign in again");
}

#[test]
fn any_damaged_page_leaves_a_library_that_works_and_never_sends_twice() {
    // Every page that a small file has, one after the other.
    let filled = Filled::new();
    let whole = filled.damage(|_| ());
    let pages = whole.len() / PAGE;
    let step = (pages / 24).max(1);
    for page in (0..pages).step_by(step) {
        let scratch = Scratch::new("page");
        let state = scratch.path().join("state");
        std::fs::create_dir(&state).unwrap();
        std::fs::copy(filled.state().join("secret.key"), state.join("secret.key")).unwrap();
        let mut bytes = whole.clone();
        bytes[page * PAGE..(page + 1) * PAGE].fill(0x5a);
        std::fs::write(state.join("outbox.db"), &bytes).unwrap();
        // As a check by a technician, or an earlier call, would leave it.
        std::fs::write(state.join("outbox.damaged"), "").unwrap();
        let mailer = open(&state).unwrap_or_else(|error| panic!("page {page}: {error:?}"));
        if notice(&mailer).is_some() {
            let aside = std::fs::read(state.join("outbox.damaged-1.db")).unwrap();
            assert!(aside == bytes, "page {page}: set aside whole");
        }
        assert!(
            !state.join("outbox.damaged").exists(),
            "page {page}: looked at"
        );
        let server = Scripted::start(Script::plain());
        mailer.configure(&plain_settings(server.port())).unwrap();
        let id = mailer.send_receipt(&shop::receipt("after", TO)).unwrap()["id"].clone();
        mailer
            .wait(&json!({ "id": id }))
            .unwrap_or_else(|error| panic!("page {page}: {error:?}"));
        wait_until("what waits is settled", SOON, || {
            known(&mailer, "queued").is_empty().then_some(())
        });
        let numbers: Vec<String> = server
            .received()
            .iter()
            .map(|mail| number_in(&mail.data))
            .collect();
        let once: BTreeSet<&String> = numbers.iter().collect();
        assert_eq!(once.len(), numbers.len(), "page {page}: {numbers:?}");
        assert!(
            !numbers.iter().any(|number| number.starts_with('S')),
            "page {page}: what was sent is not sent again"
        );
        mailer.shut_down(Duration::ZERO).unwrap();
        drop(mailer);
        let check: String = Connection::open(state.join("outbox.db"))
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "page {page}");
    }
}

#[test]
fn while_another_program_has_it_open_a_damaged_file_stays_where_it_is() {
    let filled = Filled::new();
    filled.damage(|_| ());
    let other = open(&filled.state()).unwrap();
    // The other program's connection would go on writing into a file that was renamed under it.
    std::fs::write(filled.state().join("outbox.damaged"), "").unwrap();
    let raw = Connection::open(filled.state().join("outbox.db")).unwrap();
    raw.execute_batch(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'content';",
    )
    .unwrap();
    drop(raw);
    let refused = open(&filled.state()).unwrap_err();
    assert_eq!(refused.code, MAIL_E_DAMAGED);
    let sentence = refused.sentence(Language::French);
    assert!(
        sentence.contains("Fermez tous les programmes"),
        "{sentence}"
    );
    assert!(!filled.state().join("outbox.damaged-1.db").exists());
    other.shut_down(Duration::ZERO).unwrap();
    drop(other);
    let mailer = open(&filled.state()).unwrap();
    assert!(filled.state().join("outbox.damaged-1.db").exists());
    mailer.shut_down(Duration::ZERO).unwrap();
}

#[test]
fn a_rescue_that_was_cut_off_is_finished_by_the_next_start() {
    let filled = Filled::new();
    filled.damage(|_| ());
    let state = filled.state();
    // As after a power cut between "complete" and "in place", with the log set aside already.
    std::fs::copy(state.join("outbox.db"), state.join("outbox.rescued.db")).unwrap();
    std::fs::write(state.join("outbox.db"), "damaged").unwrap();
    std::fs::write(state.join("outbox.damaged-1.db-wal"), "its log").unwrap();
    std::fs::write(state.join("outbox.copy.db"), "half a copy").unwrap();
    let mailer = open(&state).unwrap();
    assert_eq!(known(&mailer, "sent"), filled.sent);
    assert_eq!(
        std::fs::read(state.join("outbox.damaged-1.db")).unwrap(),
        b"damaged"
    );
    assert!(!state.join("outbox.rescued.db").exists());
    mailer.shut_down(Duration::ZERO).unwrap();
}

#[test]
fn a_newer_file_and_a_foreign_one_are_left_exactly_as_they_are() {
    for (case, change, code) in [
        ("newer", "PRAGMA user_version = 99", MAIL_E_NEWER),
        ("foreign", "PRAGMA application_id = 7", MAIL_E_FOLDER),
    ] {
        let filled = Filled::new();
        let raw = Connection::open(filled.file()).unwrap();
        raw.execute_batch(change).unwrap();
        drop(raw);
        let before = filled.damage(|_| ());
        let refused = open(&filled.state()).unwrap_err();
        assert_eq!(refused.code, code, "{case}: {refused:?}");
        assert!(!refused.sentence(Language::French).is_empty());
        let after = std::fs::read(filled.file()).unwrap();
        assert!(after == before, "{case}: not a byte is changed");
        assert!(
            !filled.state().join("outbox.damaged-1.db").exists(),
            "{case}"
        );
    }
}
