//! A million mails: memory stays flat, and the till's calls stay quick enough to be used.
//!
//! In a test binary of its own, because it looks at the memory of the whole process.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::scratch::{free_port, wait_until};
use support::scripted::{Script, Scripted};
use support::shop::{self, Shop, and, plain_settings};
use tillmail::error::{MAIL_E_JOURNAL_FULL, MAIL_E_OUTBOX_BYTES, MAIL_E_OUTBOX_FULL};

const SOON: Duration = Duration::from_secs(60);
const MILLION: u64 = 1_000_000;
/// What the process may grow by, whatever waits: page caches, a batch of mails, the allocator's slack.
const GROWTH_BYTES: u64 = 24 << 20;

/// Copies the waiting mail of a folder until `count` wait, as an outage of months would leave them. In another
/// process, so that its memory is not taken for ours.
fn fill(state: &Path, count: u64) {
    let script = "import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.executescript(open(sys.argv[2]).read())";
    let sql = state.join("fill.sql");
    std::fs::write(&sql, copies(count)).unwrap();
    let status = Command::new("python3")
        .args(["-c", script])
        .args([state.join("outbox.db"), sql])
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

fn copies(count: u64) -> String {
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    );
    format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         {numbers}
         INSERT INTO mail (id, kind, store, number, document_type, recipient, once, emission, test, message_id,
                           subject, size, sha256, state, accepted_at, next_at, lane)
             SELECT i, kind, store, 'N-' || i, document_type, recipient, 'once-' || i, 1, 0,
                    '<' || i || '@example.test>', subject, size, sha256, 'queued', accepted_at, accepted_at, lane
             FROM n, (SELECT * FROM mail WHERE id = 1);
         {numbers}
         INSERT INTO content (mail_id, mime) SELECT i, mime FROM n, (SELECT mime FROM content WHERE mail_id = 1);
         {numbers}
         INSERT INTO event (at, mail_id, event) SELECT 1, i, 'accepted' FROM n;
         COMMIT;"
    )
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1_024
}

fn notice(shop: &Shop, id: &str) -> Option<Value> {
    let health = shop.mailer.health(&json!({})).unwrap();
    let notices = health["notices"].as_array().unwrap().clone();
    notices.into_iter().find(|notice| notice["id"] == id)
}

#[test]
fn memory_stays_flat_while_a_million_mails_wait_and_leave() {
    let server = Scripted::start(Script::plain());
    let settings = and(
        plain_settings(free_port()),
        &json!({
            "delivery": { "max_waiting": 2 * MILLION, "retry_s": [3_600], "batch": 50 },
            "smtp": { "limits": { "connections": 1 } },
        }),
    );
    let shop = Shop::with(&settings);
    let small = json!({ "text": "x" });
    shop.mailer
        .send_receipt(&and(shop::receipt("N-1", "a@example.fr"), &small))
        .unwrap();
    wait_until("the account waits", SOON, || {
        (shop.events(1).len() > 1).then_some(())
    });
    for _ in 0..50 {
        shop.mailer.health(&json!({})).unwrap();
        shop.mailer.journal(&json!({ "limit": 500 })).unwrap();
    }
    let before = resident_bytes();
    fill(&shop.folder().join("state"), MILLION);

    let used = |what: &str| {
        let grown = resident_bytes().saturating_sub(before);
        println!("{what}: {} KiB more than with one mail", grown / 1_024);
        assert!(grown < GROWTH_BYTES, "{what}: {grown} bytes more");
    };
    let health = shop.mailer.health(&json!({})).unwrap();
    assert_eq!(health["counts"]["queued"], MILLION, "{health}");
    used("a million mails wait");
    for page in 0..20 {
        let request = json!({ "limit": 500, "before": MILLION - 500 * page });
        assert_eq!(
            shop.mailer.journal(&request).unwrap()["mails"]
                .as_array()
                .unwrap()
                .len(),
            500
        );
        shop.send(&format!("new-{page}"), "b@example.fr");
    }
    used("20 pages of the journal, 20 new mails");

    shop.mailer
        .configure(&json!({ "smtp": { "port": server.port() } }))
        .unwrap();
    used("saving settings makes a million mails due");
    wait_until("1500 have left", Duration::from_secs(120), || {
        (server.connections() > 30).then_some(())
    });
    used("1500 have left");
    let counts = shop.mailer.health(&json!({})).unwrap()["counts"].clone();
    assert!(
        counts["sending"].as_u64().unwrap() <= 50,
        "one batch at a time: {counts}"
    );
}

#[test]
fn each_bound_answers_with_its_own_code_and_health_warns_before() {
    let cases = [
        (
            json!({ "delivery": { "max_waiting": 10 } }),
            MAIL_E_OUTBOX_FULL,
            "outbox_fills",
            8,
            10,
        ),
        (
            json!({ "delivery": { "max_waiting_bytes": 20_000 } }),
            MAIL_E_OUTBOX_BYTES,
            "outbox_fills",
            0,
            0,
        ),
        (
            json!({ "journal": { "max_lines": 100 } }),
            MAIL_E_JOURNAL_FULL,
            "journal_full",
            0,
            0,
        ),
    ];
    for (bound, code, warning, warns_at, full_at) in cases {
        let slow = json!({ "delivery": { "retry_s": [3_600] } });
        let shop = Shop::with(&and(and(plain_settings(free_port()), &slow), &bound));
        let mut warned_at = None;
        let mut sent = 0;
        let refused = loop {
            if notice(&shop, warning).is_some() {
                warned_at.get_or_insert(sent);
            }
            match shop
                .mailer
                .send_receipt(&shop::receipt(&format!("B-{sent}"), "a@example.fr"))
            {
                Ok(_) => sent += 1,
                Err(error) => break error,
            }
            assert!(sent < 200, "{bound}: never full");
        };
        assert_eq!(refused.code, code, "{bound}: {refused:?}");
        let warned_at =
            warned_at.unwrap_or_else(|| panic!("{bound}: full at {sent} without a warning"));
        assert!(
            warned_at < sent,
            "{bound}: warned at {warned_at}, full at {sent}"
        );
        if full_at > 0 {
            assert_eq!((warned_at, sent), (warns_at, full_at), "{bound}");
        }
        let again = shop
            .mailer
            .send_receipt(&shop::receipt("B-0", "a@example.fr"))
            .unwrap();
        assert_eq!(again["duplicate"], true, "{bound}: what is kept is known");
    }
}

#[test]
fn a_full_journal_makes_room_by_itself_when_mails_leave() {
    let server = Scripted::start(Script::plain());
    let bound = json!({ "journal": { "max_lines": 100 } });
    let shop = Shop::with(&and(plain_settings(server.port()), &bound));
    for number in 0..120 {
        let id = shop.send(&format!("J-{number}"), "a@example.fr");
        shop.wait(id, SOON).unwrap();
    }
    wait_until("the oldest are forgotten", SOON, || {
        let page = shop.mailer.journal(&json!({ "limit": 500 })).unwrap();
        let mails = page["mails"].as_array().unwrap().clone();
        (mails.len() <= 50 && mails[0]["number"] == "J-119").then_some(())
    });
    assert!(notice(&shop, "journal_full").is_none());
}
