//! Emissions: what makes a receipt one mail, and the digest that tells what was sent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use rusqlite::Connection;
use serde_json::json;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::scratch::free_port;
use support::scripted::{Script, Scripted};
use support::shop::{self, Shop, and, plain_settings};

const SOON: Duration = Duration::from_secs(30);
const TO: &str = "client@clients.test";

#[test]
fn number_type_recipient_and_store_together_make_a_receipt_one_mail() {
    let shop = Shop::with(&plain_settings(free_port()));
    let first = shop.send("1", TO);
    let cases = [
        ("the same", json!({}), true),
        (
            "another text, as a till that prints again would give",
            json!({ "text": "autre" }),
            true,
        ),
        (
            "the address in capitals",
            json!({ "to": "Client@CLIENTS.test" }),
            true,
        ),
        ("the type by its name", json!({ "type": "ticket" }), true),
        ("another number", json!({ "number": "2" }), false),
        ("another type", json!({ "type": "facture" }), false),
        (
            "another recipient",
            json!({ "to": "autre@clients.test" }),
            false,
        ),
        ("another store", json!({ "store": "2" }), false),
    ];
    for (case, change, same) in cases {
        let receipt = and(shop::receipt("1", TO), &change);
        let reply = shop.mailer.send_receipt(&receipt).unwrap();
        assert_eq!(reply["duplicate"], same, "{case}");
        assert_eq!(reply["id"] == first, same, "{case}");
        assert_eq!(reply["emission"], 1, "{case}");
    }
}

#[test]
fn the_journals_digest_is_that_of_the_bytes_the_server_got_behind_the_sender() {
    let server = Scripted::start(Script::plain());
    let shop = Shop::with(&plain_settings(server.port()));
    let id = shop.send("1", TO);
    shop.wait(id, SOON).unwrap();
    let copy = shop.mailer.resend(&json!({ "id": id })).unwrap()["id"]
        .as_i64()
        .unwrap();
    shop.wait(copy, SOON).unwrap();
    let raw = Connection::open(shop.folder().join("state/outbox.db")).unwrap();
    for (received, id) in server.received().iter().zip([id, copy]) {
        let frozen: Vec<u8> = raw
            .query_row("SELECT mime FROM content WHERE mail_id = ?1", [id], |row| {
                row.get(0)
            })
            .unwrap();
        assert!(
            received.data.ends_with(&frozen),
            "only headers stand in front of the frozen bytes"
        );
        let front = &received.data[..received.data.len() - frozen.len()];
        let front = String::from_utf8_lossy(front).into_owned();
        assert!(
            front.starts_with("From: ") && front.matches("\r\n").count() == 1,
            "{front}"
        );
        assert_eq!(shop.mail(id)["sha256"], sha256sum(&frozen), "mail {id}");
    }
    assert_ne!(
        shop.mail(id)["sha256"],
        shop.mail(copy)["sha256"],
        "a copy is another mail"
    );
}

/// Another program's digest.
fn sha256sum(bytes: &[u8]) -> String {
    let mut program = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = program.wait_with_output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    words.split_whitespace().next().unwrap().to_owned()
}
