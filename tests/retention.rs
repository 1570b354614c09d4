//! Forgetting by the worker itself: what is past its time is found nowhere in the state folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use serde_json::json;
use std::path::Path;
use std::time::Duration;
use support::scratch::{Scratch, wait_until};
use support::scripted::{Script, Scripted, Step};
use support::shop::{self, and, plain_settings};
use tillmail::error::MAIL_E_CONTENT;

const SOON: Duration = Duration::from_secs(30);

/// Whether a file of the folder holds these words, in any case of ASCII.
fn is_found(folder: &Path, words: &str) -> bool {
    let words = words.to_ascii_lowercase().into_bytes();
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let bytes = bytes.to_ascii_lowercase();
        bytes.windows(words.len()).any(|window| window == words)
    })
}

#[test]
fn the_worker_forgets_contents_and_addresses_in_the_files_and_keeps_what_waits() {
    let scratch = Scratch::new("retention");
    let state = scratch.path().join("state");
    let refuses = "550 5.1.1 <refusee.martin@clients.test>: unknown";
    let server = Scripted::start(
        Script::plain()
            .reply(Step::RcptTo, "250 2.1.5 Ok")
            .times(1)
            .reply(Step::RcptTo, refuses),
    );
    let mailer = shop::open(&state);
    let days = json!({ "journal": { "content_days": 3, "address_days": 3 } });
    mailer
        .configure(&and(plain_settings(server.port()), &days))
        .unwrap();
    let send = |number: &str, to: &str| {
        let receipt = and(
            shop::receipt(number, to),
            &json!({ "text": format!("ACHAT-SECRET-{number}") }),
        );
        mailer.send_receipt(&receipt).unwrap()["id"].clone()
    };
    let sent = send("1", "jeanne.martin@clients.test");
    mailer.wait(&json!({ "id": sent })).unwrap();
    let refused = send("2", "refusee.martin@clients.test");
    mailer.wait(&json!({ "id": refused })).unwrap_err();
    for words in ["ACHAT-SECRET-1", "jeanne.martin", "refusee.martin"] {
        assert!(is_found(&state, words), "{words} is kept for three days");
    }
    drop(server);
    send("3", "attend.martin@clients.test");
    let no_days = json!({ "journal": { "content_days": 0, "address_days": 0 } });
    mailer.configure(&no_days).unwrap();
    mailer.shut_down(SOON).unwrap();
    drop(mailer);

    let mailer = shop::open(&state);
    wait_until("the worker has forgotten", SOON, || {
        let gone = [
            "ACHAT-SECRET-1",
            "ACHAT-SECRET-2",
            "jeanne.martin",
            "refusee.martin",
        ];
        (!gone.iter().any(|words| is_found(&state, words))).then_some(())
    });
    let journal = mailer.journal(&json!({ "id": sent })).unwrap();
    assert_eq!(
        journal["mail"]["state"], "sent",
        "what happened is still told"
    );
    let copy = mailer.resend(&json!({ "id": sent })).unwrap_err();
    assert_eq!(copy.code, MAIL_E_CONTENT);
    for words in ["ACHAT-SECRET-3", "attend.martin"] {
        assert!(is_found(&state, words), "{words} waits");
    }
    mailer.shut_down(Duration::ZERO).unwrap();
}
